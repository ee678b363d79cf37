"""PDF/A-2u out: original image streams, an invisible text layer, XMP; correct by construction, checked after writing."""
