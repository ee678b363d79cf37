"""The evidence bundle: a ZIP with which the verdict on one file is repeated offline, on another machine, years later.

It holds the moment, the whole trust list, the policy, what the register expected, the verdict, and (for readers with
other tools) every certificate, OCSP answer, CRL and timestamp by itself. The file itself is not inside, only its
digest. The same inputs give the same bytes. A bundle proves nothing about whom to trust: who repeats it looks at the
trust list inside, or brings one's own anchors.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from domain.errors import Advice, BadInput
from signing.trust import TrustStore
from signing.verify.model import DocumentVerdict, EvidenceItem, Expected
from signing.verify.rules import POLICY_ID, POLICY_SHA256, POLICY_TEXT

FORMAT = "sohoa-evidence-1"
MAX_ENTRIES, MAX_BYTES = 2000, 256 * 2**20
_FOLDERS = {"cert": "certificates/{}.cer", "crl": "crl/{}.crl", "ocsp": "ocsp/{}.ors", "timestamp": "timestamps/{}.tst"}
_README = """GÓI CHỨNG CỨ KIỂM TRA CHỮ KÝ SỐ

Lặp lại kết luận, không cần mạng:  sohoa verify --from-bundle GOI.zip TEP.pdf

bundle.json      tệp nào (SHA-256), thời điểm kiểm tra, chính sách, mã băm của từng mục
verdict.json     kết luận đầy đủ (docs/verification.md)
trust.json       danh sách tin cậy đã dùng: gốc, vai trò, thời hạn, nguồn, CRL
policy.txt       chính sách kiểm tra
certificates/ crl/ ocsp/ timestamps/   chứng cứ lấy từ tệp, dạng DER, tên là SHA-256

Gói này không tự chứng minh gốc nào đáng tin: hãy đối chiếu trust.json với danh sách của chính mình.
"""


@dataclass(frozen=True)
class Bundle:
    """What a bundle says. ``moment`` is the time of validation; ``expected`` what the register knew, if asked."""

    file_name: str
    file_sha256: str
    file_size: int
    moment: datetime
    policy_id: str
    policy_sha256: str
    tool: str
    trust: TrustStore
    verdict: DocumentVerdict
    expected: Expected | None = None
    items: tuple[EvidenceItem, ...] = ()


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    """``bundle.json``. ``entries`` maps every other name to its SHA-256."""

    format: str
    file_name: str
    file_sha256: str
    file_size: int
    moment: datetime
    policy_id: str
    policy_sha256: str
    tool: str
    expected: Expected | None
    entries: dict[str, str]


def write_bundle(
    verdict: DocumentVerdict,
    trust: TrustStore,
    items: Sequence[EvidenceItem],
    *,
    file_name: str,
    expected: Expected | None = None,
    tool: str = "sohoa",
) -> bytes:
    """Return the ZIP for *verdict*, which must have been made offline with *trust* and without a second opinion."""
    contents = {
        "README.txt": _README.encode(),
        "policy.txt": POLICY_TEXT.encode() + b"\n",
        "trust.json": _json(_plain_store(trust)),
        "verdict.json": _json(verdict),
        **{_FOLDERS[item.kind].format(item.sha256): item.der for item in items},
    }
    header = _Header(
        format=FORMAT,
        file_name=file_name,
        file_sha256=verdict.sha256,
        file_size=verdict.size,
        moment=verdict.verified_at,
        policy_id=POLICY_ID,
        policy_sha256=POLICY_SHA256,
        tool=tool,
        expected=expected,
        entries={name: hashlib.sha256(data).hexdigest() for name, data in sorted(contents.items())},
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [("bundle.json", _json(header)), *sorted(contents.items())]:
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def read_bundle(data: bytes) -> Bundle:
    """Read a bundle, every entry checked against its digest; a bundle is a stranger's file like any other.

    Raises ``BadInput`` (``bundle-invalid``) for anything that is not a whole bundle of this format.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > MAX_ENTRIES or sum(i.file_size for i in infos) > MAX_BYTES:
                raise ValueError("too large")
            names = [i.filename for i in infos]
            if len(set(names)) != len(names):
                raise ValueError("a name stands twice")
            contents = {i.filename: _entry(archive, i) for i in infos}
        header = msgspec.json.decode(contents.pop("bundle.json"), type=_Header)
        if header.format != FORMAT or header.moment.tzinfo is None:
            raise ValueError("another format")
        if {name: hashlib.sha256(entry).hexdigest() for name, entry in contents.items()} != header.entries:
            raise ValueError("an entry is not what bundle.json names")
        verdict = msgspec.json.decode(contents["verdict.json"], type=DocumentVerdict)
        if (verdict.sha256, verdict.verified_at) != (header.file_sha256, header.moment):
            raise ValueError("the verdict is about another file or moment")
        trust = _plain_store(msgspec.json.decode(contents["trust.json"], type=TrustStore))
        items = tuple(
            EvidenceItem(kind, entry)
            for kind, pattern in _FOLDERS.items()
            for name, entry in sorted(contents.items())
            if name.startswith(pattern.split("{")[0])
        )
    except (ValueError, KeyError, EOFError, NotImplementedError, OSError, RuntimeError, zipfile.BadZipFile) as error:
        raise BadInput(
            "bundle-invalid",
            f"not an evidence bundle: {type(error).__name__}",
            Advice(
                "Gói chứng cứ hỏng hoặc không đúng dạng.",
                "Chưa tệp nào được kiểm tra.",
                "Lấy lại gói từ nơi đã lập ra nó.",
            ),
        ) from error
    return Bundle(
        header.file_name,
        header.file_sha256,
        header.file_size,
        header.moment,
        header.policy_id,
        header.policy_sha256,
        header.tool,
        trust,
        verdict,
        header.expected,
        items,
    )


def with_own_anchors(bundle: Bundle, own: TrustStore) -> TrustStore:
    """Return *own* anchors with the certificates and CRLs that the bundle brings: these help, but vouch for nothing."""
    roots = {anchor.der for anchor in own.anchors}
    brought = {*(anchor.der for anchor in bundle.trust.anchors), *bundle.trust.intermediates} - roots
    return TrustStore(
        own.anchors,
        tuple(sorted({*own.intermediates, *brought})),
        tuple(sorted({*own.crls, *bundle.trust.crls})),
        own.evidence_hosts,
        own.name,
        own.history,
    )


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as stream:
        data = stream.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise ValueError("an entry is not as long as it says")
    return data


def _plain_store(store: TrustStore) -> TrustStore:
    """Return *store* so that its version is computed from its content, whatever it claimed."""
    return TrustStore(store.anchors, store.intermediates, store.crls, store.evidence_hosts, store.name, store.history)


def _json(value: object) -> bytes:
    shape = msgspec.to_builtins(value, order="sorted")
    return json.dumps(shape, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"
