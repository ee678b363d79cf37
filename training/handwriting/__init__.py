"""The recogniser of pen-written numbers: its pictures (``strokes``, ``lines``) and its training (``train``)."""
