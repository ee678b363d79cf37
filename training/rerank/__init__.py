"""Making of the statistics in ``ocr/rerank``."""
