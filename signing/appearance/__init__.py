"""What a reader sees of a certification: the lời chứng and the two signature blocks."""
