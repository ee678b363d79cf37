"""What officers of an agency have confirmed before, as hints for reading its next papers."""

from __future__ import annotations

import hashlib
import json

from ocr.fields.hints import KnownNames
from pipeline.workplace import Workplace
from storage.catalogue.confirmed import confirmed_names


class NameBook:
    """The confirmed names of each agency, looked up once: all papers of one run are read with the same names."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._names: dict[str, KnownNames] = {}

    def of(self, agency: str) -> KnownNames:
        """Return the names known to *agency*. Raises ``Unavailable`` when the catalogue does not answer."""
        if agency not in self._names:
            with self._workplace.catalogue.read() as connection:
                found = confirmed_names(connection, agency)
            self._names[agency] = KnownNames(frozenset(found.agencies), found.signers)
        return self._names[agency]


def names_used(known: KnownNames) -> str:
    """Return how many names were at hand and their digest, as a manifest records it; "" for none."""
    if not known.agencies and not known.signers:
        return ""
    record = json.dumps([sorted(known.agencies), sorted(known.signers)], ensure_ascii=False)
    digest = hashlib.sha256(record.encode()).hexdigest()[:16]
    return f"{len(known.agencies)} agencies, {len(known.signers)} signers, sha256 {digest}"
