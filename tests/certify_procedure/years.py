"""The test authorities of two decades, answering inside this process at a clock that a test turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from pipeline.certify.site import EvidenceSite, SigningSite
from pipeline.workplace import Workplace, open_workplace
from signing.authority.folder import AuthorityFolder, open_folder
from signing.authority.pki import Pki
from signing.authority.plan import DEFAULT_CREDENTIALS
from signing.evidence import EvidenceCollector
from signing.remote import Authorisation, Credential
from signing.timestamp import TsaClient, TsaPool
from signing.trust import AGENCY, PERSON, TSA, Anchor, TrustStore
from signing.verify.fetching import AllowListFetcher
from tests.pipeline.bench import catalogue_made, settings

_TYPES = {"ocsp": "application/ocsp-response", "tsa": "application/timestamp-reply"}


@dataclass
class Years:
    """Authorities, made at different times, and the present."""

    folders: list[AuthorityFolder]
    now: datetime
    pkis: dict[int, Pki] = field(default_factory=dict)  # by port
    asked: list[str] = field(default_factory=list)  # paths, as they were asked

    def clock(self) -> datetime:
        """Return the present."""
        return self.now

    def trust(self) -> TrustStore:
        """Return the trust list: what every authority of these years stands for."""
        anchors = []
        for folder in self.folders:
            anchors.append(Anchor(folder.certificate("root"), frozenset({PERSON, AGENCY})))
            anchors.append(Anchor(folder.certificate("tsa-root"), frozenset({TSA})))
        return TrustStore(tuple(anchors), evidence_hosts=frozenset(self._hosts()))

    def lists(self) -> tuple[bytes, ...]:
        """Return the newest list of every time-stamping root that is there by now."""
        return tuple(p.crl("tsa-root", self.now) for p in self.pkis.values() if p.folder.created <= self.now)

    def pool(self) -> TsaPool:
        """Return a time-stamping service of each authority, the oldest first."""
        roots = [anchor.der for anchor in self.trust().anchors_for(TSA)]
        urls = [f"{folder.base_url}/pki/tsa/tsa" for folder in self.folders]
        return TsaPool([TsaClient(url, roots, now=self.clock, transport=self._transport()) for url in urls])

    def collector(self) -> EvidenceCollector:
        """Return a collector that asks them."""
        roots = [anchor.der for anchor in self.trust().anchors]
        return EvidenceCollector(roots, self._hosts(), now=self.clock, transport=self._transport())

    def fetcher(self) -> AllowListFetcher:
        """Return what a verifier asks online."""
        return AllowListFetcher(self._hosts(), transport=self._transport())

    def evidence(self) -> EvidenceSite:
        """Return the services of a renewal."""
        return EvidenceSite(self.pool(), self.collector(), self.trust())

    def signing(self, place: Workplace) -> SigningSite:
        """Return the services of a certification: the first authority's signers."""
        return SigningSite(
            Keys(self.folders[0]), self.pool(), self.collector(), self.trust(), place.settings, test=True
        )

    def _hosts(self) -> list[str]:
        return [f"127.0.0.1:{folder.port}" for folder in self.folders]

    def _transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.port is not None
        pki, parts = self.pkis[request.url.port], request.url.path.split("/")
        self.asked.append(request.url.path)
        kind, label = parts[2], parts[3]
        if kind == "crls":
            return httpx.Response(200, content=pki.crl(label, self.now))
        answer = pki.ocsp if kind == "ocsp" else pki.timestamp
        content = answer(label, request.content, self.now)
        return httpx.Response(200, content=content, headers={"Content-Type": _TYPES[kind]})


@dataclass
class Keys:
    """A signing service that signs at once with the keys of a folder."""

    folder: AuthorityFolder

    def credential(self, credential_id: str) -> Credential:
        """See ``RemoteSigner``."""
        plan = next(plan for plan in self.folder.credentials if plan.id == credential_id)
        chain = (self.folder.certificate("issuing"), self.folder.certificate("root"))
        certificate = self.folder.certificate(f"signer-{credential_id}")
        return Credential(credential_id, certificate, chain, plan.key.partition("-")[0], 50)

    def authorise(self, credential: Credential, digests: Sequence[bytes], description: str) -> Authorisation:
        """See ``RemoteSigner``."""
        return Authorisation(credential.credential_id, tuple(digests), "sad", 0.0)

    def sign(self, authorisation: Authorisation, digests: Sequence[bytes]) -> list[bytes]:
        """See ``RemoteSigner``."""
        pem = self.folder.key_file(f"signer-{authorisation.credential_id}").read_bytes()
        key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
        sha256 = Prehashed(hashes.SHA256())
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return [key.sign(digest, ec.ECDSA(sha256)) for digest in digests]
        return [key.sign(digest, padding.PKCS1v15(), sha256) for digest in digests]  # type: ignore[union-attr]


def authorities(root: Path, *made: int) -> list[AuthorityFolder]:
    """Return authorities made at the beginning of the years *made*."""
    return [
        open_folder(root / str(year), DEFAULT_CREDENTIALS, 31900 + number, created=datetime(year, 1, 1, tzinfo=UTC))
        for number, year in enumerate(made)
    ]


@contextmanager
def years(folders: list[AuthorityFolder], now: datetime, data_dir: Path) -> Iterator[tuple[Years, Workplace]]:
    """Yield the authorities at *now* and an installation that lives by the same clock."""
    time = Years(folders, now)
    time.pkis = {folder.port: Pki(folder) for folder in folders}
    catalogue_made(data_dir)
    with open_workplace(settings(data_dir), time.clock) as place:
        yield time, place
