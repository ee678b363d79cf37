"""Reading: page images in, words, geometry, reading order and fields out. Knows nothing of signing or storage."""
