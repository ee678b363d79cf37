"""Our own verifier's word on what was just signed: in this process for a few files, in worker processes for many."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from domain.errors import Advice, Unavailable
from pipeline.workplace import Workplace
from signing.trust import TrustStore
from signing.verify.document import verify_pdf
from signing.verify.isolated import verify_isolated
from signing.verify.model import DocumentVerdict, Expected, Indication, Level

NOT_PROVEN = "copy-not-proven"
_FEW = 6  # starting a worker costs as much as judging three files


@dataclass(frozen=True)
class Finished:
    """A file to judge, and what it must be. ``expected.sha256`` is filled in."""

    pdf: bytes = field(repr=False)
    expected: Expected


def finished(pdf: bytes, expected: Expected) -> Finished:
    """Return *pdf* as a file to judge, of exactly these bytes."""
    sha256 = hashlib.sha256(pdf).hexdigest()
    return Finished(pdf, Expected(expected.signatures, expected.level, sha256))


def judge(workplace: Workplace, trust: TrustStore, files: Sequence[Finished]) -> Iterator[DocumentVerdict]:
    """Yield the verdict on each of *files*, in order, at the workplace's present; offline, as any receiver would."""
    now = workplace.clock()
    if len(files) < _FEW:
        for one in files:
            yield verify_pdf(one.pdf, trust, now=now, expected=one.expected)
        return
    with workplace.scratch() as folder:
        expected: dict[object, Expected] = {}
        paths = []
        for number, one in enumerate(files):
            path = folder / f"{number}.pdf"
            path.write_bytes(one.pdf)
            expected[path] = one.expected
            paths.append(path)
        jobs = min(len(files), len(os.sched_getaffinity(0)))
        for _, verdict in verify_isolated(paths, trust, now=now, expected=expected, jobs=jobs):  # type: ignore[arg-type]
            yield verdict


def good(verdict: DocumentVerdict, signatures: int) -> bool:
    """Tell whether *verdict* lets a file be given out: valid, B-LTA, exactly so many signatures."""
    right = verdict.indication is Indication.PASSED and verdict.level >= Level.B_LTA
    return right and len(verdict.signatures) == signatures


def is_over(verdict: DocumentVerdict) -> bool:
    """Tell whether what was signed can never become valid.

    ``INDETERMINATE`` says that proof is missing now (a responder did not answer, its answer was too old, the trust list
    lacks a root): evidence is collected and judged again by the next run, and no number is burnt for it.
    """
    return verdict.indication is Indication.FAILED


def not_proven_yet(code: str) -> Unavailable:
    """Return the error for a signed file that cannot be proven valid at this moment."""
    return Unavailable(
        NOT_PROVEN,
        f"own verifier: not enough proof yet ({code})",
        Advice(
            "Đã ký nhưng lúc này chưa đủ bằng chứng để xác nhận chữ ký hợp lệ nên chưa cấp.",
            "Số và chữ ký được giữ nguyên, người ký không phải xác nhận lại.",
            "Chạy lại sau; nếu lặp lại, báo quản trị viên kiểm tra dịch vụ OCSP/CRL và danh sách gốc tin cậy.",
        ),
    )
