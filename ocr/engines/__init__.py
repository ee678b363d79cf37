"""Engines behind the recogniser seam."""
