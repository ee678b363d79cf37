"""A second opinion on the raw signatures by ``pdfsig`` (poppler, NSS), where it is installed.

It is blind to modifications after signing, document timestamps and long-term evidence, so its "valid" means little; but
where it says a signature is broken and we do not, nobody should rely on ours. A disagreement lowers, never raises.
"""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from signing.verify.model import DocumentVerdict, Indication, Status, worst
from signing.verify.words import reason

SECONDS = 20
MEMORY_BYTES = 2 * 1024**3
_BLOCK = re.compile(r"^Signature #\d+:$", re.MULTILINE)
_LINE = re.compile(r"^\s+- (?P<key>[A-Za-z ]+): (?P<value>.*)$", re.MULTILINE)
GOOD = frozenset({"Signature is Valid."})
BAD = frozenset({"Signature is Invalid.", "Digest Mismatch.", "Document isn't signed or corrupted data."})


@dataclass(frozen=True)
class Opinion:
    """What ``pdfsig`` said: ``fields`` maps a field name to its words; ``note`` is why there is no opinion."""

    fields: dict[str, str]
    note: str = ""


def ask(path: Path, *, seconds: float = SECONDS) -> Opinion:
    """Run ``pdfsig`` on *path* in its own limited process; never raises for what it does."""
    program = shutil.which("pdfsig")
    if program is None:
        return Opinion({}, "chưa cài pdfsig")
    command = [program, "-nocert", str(path.absolute())]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"LC_ALL": "C"}) as run:
            try:
                resource.prlimit(run.pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
                resource.prlimit(run.pid, resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))
                out, _ = run.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                run.kill()
                return Opinion({}, "pdfsig quá thời gian")
            except ProcessLookupError:
                out, _ = run.communicate()
    except OSError:
        return Opinion({}, "không chạy được pdfsig")
    if run.returncode < 0:
        return Opinion({}, "pdfsig dừng đột ngột")
    fields: dict[str, str] = {}
    for block in _BLOCK.split(out.decode("utf-8", "replace"))[1:]:
        values = {m["key"]: m["value"].strip() for m in _LINE.finditer(block)}
        name = values.get("Signature Field Name", values.get("Signature Fieldname", ""))
        fields[name] = values.get("Signature Validation", "")
    return Opinion(fields)


def combine(verdict: DocumentVerdict, opinion: Opinion) -> DocumentVerdict:
    """Return *verdict* with the opinion recorded; lowered to INDETERMINATE where they disagree on a good signature."""
    if verdict.status is Status.UNREADABLE:
        return verdict
    if opinion.note:
        return replace(verdict, second_opinion=opinion.note)
    against = [
        s.field
        for s in verdict.signatures
        if s.cryptographic is not Indication.FAILED and opinion.fields.get(s.field, "") in BAD
    ]
    missing = [s.field for s in verdict.signatures if s.field not in opinion.fields and len(opinion.fields) > 0]
    said = "; ".join(f"{name}: {words or 'không kết luận'}" for name, words in opinion.fields.items())
    verdict = replace(verdict, second_opinion=f"pdfsig: {said}" if said else "pdfsig: không thấy chữ ký")
    if not against and not missing:
        return verdict
    disagreement = reason("second-opinion", f"(pdfsig: {', '.join(against or missing)})")
    reasons = (*verdict.reasons, disagreement)
    indication, sub_indication = worst(reasons)
    code = verdict.code if verdict.indication is indication else disagreement.code
    return replace(verdict, reasons=reasons, indication=indication, sub_indication=sub_indication, code=code)
