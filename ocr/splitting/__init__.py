"""One scan of many papers: where one ends and the next begins, as a proposal."""
