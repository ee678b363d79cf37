"""A small archive that looks like life: own texts, invented people and places, rendered, damaged and packed."""
