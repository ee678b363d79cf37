"""What verification says: plain frozen values, equal for equal input, free of any PDF or ASN.1 library's objects.

Indications and sub-indications are those of ETSI EN 319 102-1 clause 5.1.3; codes of reasons are ours and stable.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from enum import IntEnum, StrEnum


class Indication(StrEnum):
    """The three answers; the worst of the parts is the answer for the whole."""

    PASSED = "PASSED"
    INDETERMINATE = "INDETERMINATE"
    FAILED = "FAILED"

    @property
    def vietnamese(self) -> str:
        """The word on the report."""
        return {"PASSED": "ĐẠT", "INDETERMINATE": "CHƯA ĐỦ CĂN CỨ", "FAILED": "KHÔNG ĐẠT"}[self.value]

    @property
    def total(self) -> str:
        """The name used for a whole validation in EN 319 102-1."""
        return {"PASSED": "TOTAL-PASSED", "INDETERMINATE": "INDETERMINATE", "FAILED": "TOTAL-FAILED"}[self.value]

    @property
    def severity(self) -> int:
        """0 for PASSED, 1 for INDETERMINATE, 2 for FAILED."""
        return list(Indication).index(self)


class Status(StrEnum):
    """Whether the file could be examined at all."""

    VERIFIED = "verified"
    UNREADABLE = "unreadable"


class Level(IntEnum):
    """PAdES baseline level reached (ETSI EN 319 142-1); NONE is a signature below B-B or one that is not intact."""

    NONE = 0
    B_B = 1
    B_T = 2
    B_LT = 3
    B_LTA = 4

    def __str__(self) -> str:
        return "-" if self is Level.NONE else self.name.replace("_", "-")


@dataclass(frozen=True)
class Reason:
    """One finding: a stable code, the sentence an officer reads, and what it does to the verdict."""

    code: str
    message: str
    indication: Indication
    sub_indication: str = ""


@dataclass(frozen=True)
class CertificateInfo:
    """A certificate as a person reads it. ``serial`` is hexadecimal; names are empty where the certificate has none."""

    common_name: str
    organisation: str
    issuer: str
    serial: str
    sha256: str
    key: str
    valid_from: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True)
class EvidenceInfo:
    """A CRL or OCSP answer that was at hand. ``origin`` is ``document``, ``trust-store`` or ``fetched``."""

    kind: str
    producer: str
    this_update: datetime | None
    next_update: datetime | None
    sha256: str
    origin: str


@dataclass(frozen=True)
class NeededEvidence:
    """One thing to fetch before an open verdict can be concluded.

    ``kind``: ``issuer`` (the certificate of who issued ``certificate``), ``anchor`` (the decision to trust the root
    ``certificate``), ``revocation`` (a CRL or OCSP answer about it in force at ``since``), ``archive`` (it has ended at
    ``until``: only a time stamp over evidence issued between ``since`` and ``until`` could still prove it). ``about``
    names the signatures and timestamps that wait for it; ``addresses`` are those that the certificate itself names.
    """

    kind: str
    about: tuple[str, ...]
    certificate: str
    serial: str
    sha256: str
    issuer: str
    addresses: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def also(self, other: NeededEvidence) -> NeededEvidence:
        """Return this with what waits for *other* added; of two beginnings the earlier one."""
        times = [t for t in (self.since, other.since) if t is not None]
        about = tuple(dict.fromkeys((*self.about, *other.about)))
        return replace(self, about=about, since=min(times, default=None))

    @property
    def vietnamese(self) -> str:
        """What the auditor reads: what to fetch, of whom, for which certificate and time, and what waits for it."""
        which = f"chứng thư “{self.certificate}” (số {self.serial})"
        where = f" Địa chỉ ghi trong chứng thư: {', '.join(self.addresses)}." if self.addresses else ""
        waits = f" Cần cho: {', '.join(self.about)}."
        if self.kind == "issuer":
            return f"Lấy chứng thư của tổ chức cấp “{self.issuer}”, bên đã cấp {which}.{where}{waits}"
        if self.kind == "anchor":
            told = f"SHA-256 {self.sha256}"
            return f"Xem xét đưa gốc “{self.certificate}” ({told}) vào danh sách tin cậy, sau khi đối chiếu.{waits}"
        since, until = _local(self.since), _local(self.until)
        if self.kind == "revocation":
            what = f"Lấy CRL hoặc OCSP của “{self.issuer}” về {which}, có hiệu lực vào lúc {since}"
            return f"{what} (chứng thư hết hạn {until}).{where}{waits}"
        only = f"đóng trước lúc đó trên CRL hoặc OCSP phát hành từ {since}, mới chứng minh được"
        return (
            f"Không lấy thêm được gì về {which} của “{self.issuer}”: chứng thư đã hết hạn {until}. "
            f"Chỉ bản tệp có dấu thời gian tài liệu, {only}.{waits}"
        )


def _local(moment: datetime | None) -> str:
    zone = timezone(timedelta(hours=7))
    return moment.astimezone(zone).strftime("%H:%M ngày %d/%m/%Y") if moment is not None else "(không rõ lúc ký)"


@dataclass(frozen=True)
class TimestampVerdict:
    """A timestamp token: inside a signature (``signature``) or over the document (``document``)."""

    kind: str
    field: str
    indication: Indication
    sub_indication: str
    reasons: tuple[Reason, ...]
    time: datetime | None
    authority: CertificateInfo | None
    policy: str
    revision: int
    trust_anchor: str


@dataclass(frozen=True)
class SignatureVerdict:
    """One signature. ``cryptographic`` is about key, certificate and time; ``integrity`` is about the document."""

    field: str
    role: str
    indication: Indication
    sub_indication: str
    cryptographic: Indication
    integrity: Indication
    reasons: tuple[Reason, ...]
    signer: CertificateInfo | None
    algorithm: str
    claimed_time: datetime | None
    proven_time: datetime | None
    proven_by: str
    level: Level
    coverage: str
    covered_bytes: int
    covered_sha256: str
    revision: int
    visible: bool
    timestamps: tuple[TimestampVerdict, ...]
    chain: tuple[CertificateInfo, ...]
    trust_anchor: str
    sub_filter: str
    trust_at_signing: str = ""  # version of the trust list in force at the proven time; empty without a history


@dataclass(frozen=True)
class Revision:
    """One saved state of the file. ``start``/``end`` are byte offsets; ``changes`` says in words what it did."""

    number: int
    start: int
    end: int
    kind: str
    objects: int
    signed_by: tuple[str, ...]
    changes: str
    allowed: bool


@dataclass(frozen=True)
class ActiveContent:
    """What in the file can act, hide or carry something else."""

    scripts: bool = False
    attachments: int = 0
    form_fields: int = 0
    layers: bool = False
    encrypted: bool = False
    dynamic_form: bool = False


@dataclass(frozen=True)
class DocumentVerdict:
    """The verdict on one file; see ``docs/verification.md`` for the JSON form."""

    status: Status
    indication: Indication
    sub_indication: str
    code: str
    reasons: tuple[Reason, ...]
    sha256: str
    size: int
    verified_at: datetime
    trust_version: str
    trust_name: str
    online: bool
    signatures: tuple[SignatureVerdict, ...] = ()
    timestamps: tuple[TimestampVerdict, ...] = ()
    revisions: tuple[Revision, ...] = ()
    evidence: tuple[EvidenceInfo, ...] = ()
    uncovered: tuple[tuple[int, int], ...] = ()
    content: ActiveContent = ActiveContent()
    limits: tuple[str, ...] = ()
    pages: int = 0
    second_opinion: str = ""
    needed: tuple[NeededEvidence, ...] = ()

    @property
    def vietnamese(self) -> str:
        """The verdict in one word for the officer."""
        return "KHÔNG ĐỌC ĐƯỢC" if self.status is Status.UNREADABLE else self.indication.vietnamese

    @property
    def level(self) -> Level:
        """The lowest level among the signatures."""
        return min((s.level for s in self.signatures), default=Level.NONE)


@dataclass(frozen=True)
class ExpectedSignature:
    """A signature the register says must be there. ``role`` is ``person`` or ``agency``; empty means any."""

    field: str
    role: str = ""
    certificate_sha256: str = ""


@dataclass(frozen=True)
class Expected:
    """What the register knows of this document. Anything beyond it is suspicious, anything missing is a fault."""

    signatures: tuple[ExpectedSignature, ...] = ()
    level: Level = Level.NONE
    sha256: str = ""


#: kinds of evidence a file carries, in the order of a bundle
EVIDENCE_KINDS = ("cert", "crl", "ocsp", "timestamp")


@dataclass(frozen=True)
class EvidenceItem:
    """One object as it stands in the file, DER; ``kind`` is one of :data:`EVIDENCE_KINDS`."""

    kind: str
    der: bytes

    @property
    def sha256(self) -> str:
        """SHA-256 of the DER, hex: the same that the report names."""
        return hashlib.sha256(self.der).hexdigest()


@dataclass(frozen=True)
class PagePictures:
    """PNG pictures of one page before and after revision ``revision``; empty where the page is not there."""

    revision: int
    page: int
    before: bytes
    after: bytes


def worst(reasons: tuple[Reason, ...] | list[Reason]) -> tuple[Indication, str]:
    """Return the worst indication among *reasons* and its first sub-indication (PASSED where there is none)."""
    bad = [r for r in reasons if r.indication is not Indication.PASSED]
    if not bad:
        return Indication.PASSED, ""
    first = max(bad, key=lambda r: r.indication.severity)  # max keeps the first of equals
    return first.indication, first.sub_indication
