"""The system's seal on reports: opened from the settings, put on every form, and checked again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.errors import Advice, NotReady
from pipeline.settings import Settings
from pipeline.trust import trust_in_force
from signing.staged import Timestamper
from signing.trust import TSA, TrustStore
from signing.verify.isolated import verify_isolated
from signing.verify.seal import (
    SUFFIX,
    Seal,
    SealCheck,
    certificate_of,
    check_detached,
    check_pdf,
    open_seal,
    seal_of,
    sealed_pdf,
)


@dataclass(frozen=True)
class Stamp:
    """A seal, the moment, and a time-stamping service where one is configured."""

    seal: Seal
    now: datetime
    timestamper: Timestamper | None = None

    def on(self, contents: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the reports by suffix: the PDF sealed, and ``<suffix>.p7s`` beside each other one."""
        sealed: dict[str, bytes] = {}
        for suffix, content in contents.items():
            if suffix == ".pdf":
                sealed[suffix] = sealed_pdf(self.seal, content, self.now, self.timestamper)
            else:
                sealed[suffix] = content
                sealed[suffix + SUFFIX] = seal_of(self.seal, content, self.timestamper)
        return sealed


@contextmanager
def stamping(settings: Settings, now: datetime) -> Iterator[Stamp | None]:
    """Yield the installation's seal, None where none is set. Raises ``NotReady`` for one that cannot be used.

    Time stamps come from ``signing.tsa_urls`` where they are set; a service that does not answer costs the time stamp
    only.
    """
    key, certificate = settings.verify.seal_key_file, settings.verify.seal_certificate_file
    if key is None or certificate is None:
        yield None
        return
    seal = open_seal(key, certificate, now)
    anchors = [anchor.der for anchor in trust_in_force(settings).anchors_for(TSA)]
    if not settings.signing.tsa_urls or not anchors:
        yield Stamp(seal, now)
        return
    from signing.timestamp import TsaClient, TsaPool

    clients = [TsaClient(url, anchors, timeout_s=settings.signing.timeout_s) for url in settings.signing.tsa_urls]
    with closing(TsaPool(clients)) as pool:
        yield Stamp(seal, now, pool)


def check_seals(settings: Settings, reports: Iterable[Path], *, now: datetime) -> Iterator[tuple[Path, SealCheck]]:
    """Yield for each report whether it bears this installation's seal and is unchanged.

    Raises ``NotReady`` (``seal-none``) where no seal's certificate is set, ``BadInput`` for one that cannot be read.
    """
    file = settings.verify.seal_certificate_file
    if file is None:
        advice = Advice("Chưa khai báo chứng thư dấu của hệ thống.", "Chưa kiểm tra gì.", "Xem docs/verification.md.")
        raise NotReady("seal-none", "verify.seal_certificate_file is not set", advice)
    certificate = certificate_of(file)
    for path in reports:
        if path.suffix.lower() == ".pdf":
            ((_, verdict),) = verify_isolated([path], TrustStore(), now=now)
            yield path, check_pdf(verdict, certificate)
            continue
        beside = path.with_name(path.name + SUFFIX)
        try:
            yield path, check_detached(path.read_bytes(), beside.read_bytes(), certificate)
        except OSError:
            yield path, SealCheck(False, "Dấu của hệ thống: không thấy báo cáo hoặc tệp dấu bên cạnh.")
