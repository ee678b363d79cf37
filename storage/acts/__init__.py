"""What may be done to a document in the warehouse, by kind of act; ``storage.warehouse`` is the door to all of it."""
