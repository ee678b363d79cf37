"""Certificates of disposal looked at again: there, unchanged since they were recorded, their seal intact."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pipeline.disposal import certificate_key
from pipeline.workplace import Workplace
from storage.catalogue import disposals, tombstones
from storage.catalogue.disposals import Disposal
from storage.errors import ObjectDamaged

if TYPE_CHECKING:
    from signing.verify.seal import SealCheck


@dataclass(frozen=True)
class CertificateCheck:
    """What was found of one certificate (or supplement).

    ``problem``: "" where it is as recorded, else ``missing``, ``altered`` (not the bytes whose digest the disposal and
    its tombstones name), ``seal`` (a seal that is broken). ``seal``: None where it bears none, or no certificate of the
    seal is set to check it by; one of another certificate (a key of before) is told there and is no problem as long
    as the digest is right.
    """

    disposal: Disposal
    key: str
    problem: str
    sealed: bool
    seal: SealCheck | None


def check_certificates(workplace: Workplace, agency: str) -> Iterator[CertificateCheck]:
    """Yield what stands of the certificate of every disposal of *agency* that was begun. Raises ``Unavailable``."""
    with workplace.catalogue.read() as connection:
        begun = disposals.listed(connection, agency, "carrying", "done")
    for disposal in begun:
        if disposal.certificate_sha256:
            yield check_certificate(workplace, disposal)
        supplement = certificate_key(disposal, supplement=True)
        if workplace.store.stat(supplement) is not None:
            yield check_certificate(workplace, disposal, supplement=True)


def check_certificate(workplace: Workplace, disposal: Disposal, *, supplement: bool = False) -> CertificateCheck:
    """Look at one certificate. Of a supplement no digest is recorded: its seal alone tells. Raises ``Unavailable``."""
    key = certificate_key(disposal, supplement=supplement)
    try:
        content = workplace.store.get(key)
    except KeyError:
        return CertificateCheck(disposal, key, "missing", False, None)
    except ObjectDamaged:
        return CertificateCheck(disposal, key, "altered", False, None)
    sealed = b"/ByteRange" in content
    seal, broken = _seal(workplace, content) if sealed else (None, False)
    problem = "seal" if broken else ""
    if not supplement:
        with workplace.catalogue.read() as connection:
            named = {one.certificate_sha256 for one in tombstones.of_disposal(connection, disposal.id)}
        if named | {disposal.certificate_sha256} != {hashlib.sha256(content).hexdigest()}:
            problem = "altered"
    return CertificateCheck(disposal, key, problem, sealed, seal)


def _seal(workplace: Workplace, content: bytes) -> tuple[SealCheck | None, bool]:
    """Return what is to be said of the seal, and whether it is broken, whosever it is."""
    from signing.trust import TrustStore
    from signing.verify.isolated import verify_isolated
    from signing.verify.model import Indication
    from signing.verify.seal import certificate_of, check_pdf

    with TemporaryDirectory(prefix="sohoa-seal-") as folder:
        path = Path(folder) / "certificate.pdf"
        path.write_bytes(content)
        ((_, verdict),) = verify_isolated([path], TrustStore(), now=workplace.clock())
    whole = bool(verdict.signatures) and all(
        one.integrity is Indication.PASSED and one.coverage == "file" for one in verdict.signatures
    )
    file = workplace.settings.verify.seal_certificate_file
    return (None if file is None else check_pdf(verdict, certificate_of(file))), not whole
