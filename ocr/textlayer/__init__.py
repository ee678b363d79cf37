"""A file's own text: read, judged against the picture, used only where it is sound."""
