"""HTTP API of cases and documents, and the pages on which anybody looks a certified copy up."""
