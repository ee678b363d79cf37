"""What the sample documents say. Every text is our own; the province, its people and its numbers are invented."""
