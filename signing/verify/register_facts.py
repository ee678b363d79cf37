"""What a file carries against what the register knows of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from signing.verify.model import Expected, Reason, SignatureVerdict
from signing.verify.words import reason


def against_register(found: Sequence[SignatureVerdict], expected: Expected | None, data: bytes) -> list[Reason]:
    """Compare with what the register knows: stripping, extra signers and rollback are visible only this way."""
    if expected is None:
        return []
    faults: list[Reason] = []
    wanted = {s.field: s for s in expected.signatures}
    names = {s.field for s in found}
    faults += [reason("missing-signature", f"({name})") for name in wanted if name not in names]
    for verdict in found:
        entry = wanted.get(verdict.field)
        if entry is None:
            faults.append(reason("unexpected-signature", f"({verdict.field})"))
            continue
        if entry.role and verdict.role and entry.role not in verdict.role.split("+"):
            faults.append(reason("wrong-role", f"({verdict.field})"))
        if entry.certificate_sha256 and (
            verdict.signer is None or verdict.signer.sha256 != entry.certificate_sha256.lower()
        ):
            faults.append(reason("wrong-certificate", f"({verdict.field})"))
        if verdict.level < expected.level:
            faults.append(reason("level-lower", f"({verdict.field}: {verdict.level} < {expected.level})"))
    if expected.sha256 and hashlib.sha256(data).hexdigest() != expected.sha256.lower():
        faults.append(reason("not-issued-bytes"))
    return faults
