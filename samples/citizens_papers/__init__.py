"""Papers that citizens bring, by kind: what is printed where, and what it says."""
