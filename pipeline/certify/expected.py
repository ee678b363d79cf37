"""What the signed files of the warehouse must be: which fields, whose signatures, which level, exactly these bytes."""

from __future__ import annotations

from pipeline.certify.digitised import OFFICER
from pipeline.verify import issued_copy_expected
from signing.appearance.copy_mark import COPY_FIELD
from signing.trust import AGENCY, PERSON
from signing.verify.model import Expected, ExpectedSignature, Level

#: roles of signed files in a version: certified copy, sao y, digitised paper with its signature, signed decision
SIGNED_ROLES = ("certified", "copy", "signed", "decision")


def signed_file_expected(role: str, ordinal: int, sha256: str) -> Expected:
    """Return what the stored file of *role* (one of ``SIGNED_ROLES``) and *ordinal* must be."""
    if role in ("certified", "decision"):  # person and agency, in the same fields
        return issued_copy_expected(sha256)
    who = PERSON if (role, ordinal) == ("signed", OFFICER) else AGENCY
    return Expected(signatures=(ExpectedSignature(COPY_FIELD, who),), level=Level.B_LTA, sha256=sha256)
