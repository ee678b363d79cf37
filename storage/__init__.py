"""The warehouse: content-addressed objects, manifests, and the catalogue that indexes them."""
