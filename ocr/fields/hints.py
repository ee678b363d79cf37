"""Facts about a file that do not come from the pixels of its pages: what the reader may be told, and by whom.

Other rooms fill these in (``pipeline`` does the gluing): signatures found in the file, text of their widgets, the
file's name, and a small book of agencies and signers that officers have confirmed before. Hints raise or lower
confidence and fill gaps; each says where it came from, and none overrules what is printed without a trace among the
candidates.
"""

from __future__ import annotations

from dataclasses import dataclass

from ocr.model import Box, SignatureClaim


@dataclass(frozen=True)
class Stated:
    """A field's value that the file itself states: text of a signature widget, a form field, its text layer."""

    field: str  # one of ocr.model.FIELD_NAMES
    value: str  # in the field's form: ISO date, "118/QĐ-UBND"
    source: str  # "signature" or "text-layer"
    confidence: float = 0.98
    page: int = 0
    box: Box | None = None


@dataclass(frozen=True)
class KnownNames:
    """Names that an officer has confirmed on earlier papers; never what a machine read alone.

    ``signers`` maps a person to the agencies (as ``co_quan_ban_hanh``) they have signed for.
    """

    agencies: frozenset[str] = frozenset()
    signers: tuple[tuple[str, str], ...] = ()  # (person, agency)


@dataclass(frozen=True)
class Evidence:
    """All that is known of a file besides its pages."""

    signatures: tuple[SignatureClaim, ...] = ()  # claims: nobody has verified them here
    stated: tuple[Stated, ...] = ()
    file_name: str = ""  # a weak hint: file names lie
    known: KnownNames = KnownNames()


#: nothing is known but the pages
NOTHING = Evidence()
