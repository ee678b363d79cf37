"""Numbers and days written by pen into a typed head: where they stand, and what they say."""
