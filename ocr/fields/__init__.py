"""Fields of documents: :func:`ocr.fields.documents.read_documents`."""
