"""The tables of the catalogue by area, all in one metadata; ``storage.catalogue.schema`` has them together."""
