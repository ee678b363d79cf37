"""Verification of signed PDF files."""
