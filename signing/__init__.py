"""Remote signing, evidence and verification. Knows nothing of reading or storage."""
