"""Files in: what a file really is, and its pages as images, with the encoded originals kept."""
