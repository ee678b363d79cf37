"""Vocabulary and law: identifiers, owners, agencies, document types, numbering, certification rules.

No I/O beyond the law tables shipped beside the code; no third-party import beyond pydantic.
"""
