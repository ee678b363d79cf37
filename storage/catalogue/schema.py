"""The tables, one definition for SQLite and PostgreSQL. Times are text, ISO 8601 UTC of fixed width (sortable).

They are defined by area in ``tables/``; from here they are used, so that none is missing from the metadata. The
full-text index is made by the migration, for each database its own (``text_index.py``).
"""

from __future__ import annotations

from storage.catalogue.tables.base import metadata
from storage.catalogue.tables.certification import (
    certification_requests,
    certification_steps,
    register_books,
    register_entries,
    signing_jobs,
    signing_transitions,
)
from storage.catalogue.tables.disposal import disposals, holds, tombstones
from storage.catalogue.tables.keeping import audit_events, audit_heads, fixity, fixity_queue, records_pending
from storage.catalogue.tables.papers import (
    document_text,
    documents,
    fields,
    lost_texts,
    objects,
    owners,
    pixels,
    relations,
    versions,
)
from storage.catalogue.tables.work import batch_items, batches, case_closings, case_documents, cases, inbox, outbox

__all__ = [
    "audit_events",
    "audit_heads",
    "batch_items",
    "batches",
    "case_closings",
    "case_documents",
    "cases",
    "certification_requests",
    "certification_steps",
    "disposals",
    "document_text",
    "documents",
    "fields",
    "fixity",
    "fixity_queue",
    "holds",
    "inbox",
    "lost_texts",
    "metadata",
    "objects",
    "outbox",
    "owners",
    "pixels",
    "records_pending",
    "register_books",
    "register_entries",
    "relations",
    "signing_jobs",
    "signing_transitions",
    "tombstones",
    "versions",
]
