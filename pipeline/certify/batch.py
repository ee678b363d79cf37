"""Certified copies asked for by a batch: one authorisation for many documents."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.certify.run import Certified, certify_documents
from pipeline.certify.site import TEST_CERTIFIER, open_signing
from pipeline.officers import required
from pipeline.results import Row
from pipeline.rows import document_row
from pipeline.workplace import Workplace


def certify_marked(workplace: Workplace, names: Mapping[str, str]) -> list[Row]:
    """Issue the certified copies that a batch asks for, by the certifier set for batches; return a row each.

    *names*: document id -> name of the item that brought it (:func:`pipeline.batch.to_certify`), shown in its row.
    Without such a certifier, or where officers must prove themselves (``certify.officers``), nothing is done: the
    documents stay digitised and wait for an officer. Raises as
    :func:`pipeline.certify.run.certify_documents`.
    """
    settings = workplace.settings
    certifier = settings.signing.default_certifier or (TEST_CERTIFIER if settings.signing.provider == "test" else "")
    if not names or not certifier or required(settings):
        return []
    with open_signing(settings, workplace.clock) as site:
        by_agency: dict[str, list[str]] = {}
        for document_id in names:
            agency = next((c.agency for c in settings.signing.certifiers if c.id == certifier), None)
            agency = agency or workplace.warehouse.show(document_id).document.agency
            by_agency.setdefault(agency, []).append(document_id)
        done: list[Certified] = []
        for agency, ids in by_agency.items():
            done += certify_documents(workplace, site, ids, certifier_id=certifier, agency=agency)
    return [certified_row(workplace, one, names[one.document_id]) for one in done]


def certified_row(workplace: Workplace, one: Certified, name: str = "") -> Row:
    """Return the table row of one outcome, under *name* (default: the name that the document came with)."""
    view = workplace.warehouse.show(one.document_id)
    outcome = "failed" if one.problem else "certified" if one.new else "known"
    row = document_row(workplace, one.document_id, name or view.document.original_name, outcome, one.seconds)
    if one.problem is None:
        return row
    return Row(**{**row.__dict__, "code": one.problem.code, "message": str(one.problem.advice)})
