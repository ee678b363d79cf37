"""PDF/A-2u out: original image streams, invisible text, XMP; right by construction, checked after writing."""
