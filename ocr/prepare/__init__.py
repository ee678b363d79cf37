"""Making the OCR copy of a page: straight, upright, free of seals. The archived image is never touched."""
