"""The procedure of certification."""
