"""Names that officers of an agency have confirmed: what they typed or let stand on earlier papers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.catalogue import schema as t

#: papers that are looked through, newest first: names change with offices and people
MOST_PAPERS = 5000
_AGENCIES, _SIGNER, _ISSUER = ("co_quan_ban_hanh", "co_quan_chu_quan"), "nguoi_ky", "co_quan_ban_hanh"


@dataclass(frozen=True)
class ConfirmedNames:
    """Names as officers gave them; sorted, so that the same catalogue gives the same names in the same order."""

    agencies: tuple[str, ...] = ()
    signers: tuple[tuple[str, str], ...] = ()  # person, and the agency confirmed on the same paper ("" without)


def confirmed_names(connection: Connection, agency: str) -> ConfirmedNames:
    """Return the names that officers have confirmed on the newest :data:`MOST_PAPERS` papers of *agency*.

    A value that only a machine has read is never among them.
    """
    d, f = t.documents.c, t.fields.c
    newest = (
        select(d.id)
        .where(d.agency == agency)
        .order_by(d.created_at.desc(), d.id.desc())
        .limit(MOST_PAPERS)
        .subquery("newest")
    )
    query = (
        select(f.document_id, f.name, f.human_value)
        .join_from(newest, t.fields, f.document_id == newest.c.id)
        .where(f.name.in_([*_AGENCIES, _SIGNER]), f.human_value.is_not(None), f.human_value != "")
    )
    rows = [(r.document_id, r.name, " ".join(r.human_value.split())) for r in connection.execute(query)]
    issuers = {document: value for document, name, value in rows if name == _ISSUER}
    return ConfirmedNames(
        tuple(sorted({value for _, name, value in rows if name in _AGENCIES})),
        tuple(sorted({(value, issuers.get(document, "")) for document, name, value in rows if name == _SIGNER})),
    )
