"""The signing services of this installation, opened for a block: signer, time stamps, evidence, trust."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace

from domain.errors import Advice, NotReady, Refused
from domain.people import Certifier
from pipeline.certify.people import TEST_CERTIFIER as TEST_CERTIFIER
from pipeline.certify.people import agency_of
from pipeline.certify.providers import open_provider, require_provider
from pipeline.settings import AgencySettings, Settings, SigningSettings
from pipeline.trust import trust_in_force
from pipeline.workplace import Clock
from signing.appearance.fonts import find_font
from signing.authority.launch import running_authority
from signing.authority.plan import DEFAULT_CREDENTIALS, CredentialPlan
from signing.certificates import check_holder
from signing.csc import CscClient
from signing.evidence import EvidenceCollector
from signing.remote import PhoneSigner, RemoteSigner
from signing.timestamp import TsaClient, TsaPool
from signing.trust import AGENCY, PERSON, TSA, TrustStore


@dataclass(frozen=True)
class SigningSite:
    """What certification works with. ``test`` marks signatures that bind nobody."""

    signer: RemoteSigner | PhoneSigner
    timestamper: TsaPool
    collector: EvidenceCollector
    trust: TrustStore
    settings: Settings
    test: bool

    def certifier(self, certifier_id: str, agency: str) -> Certifier:
        """Return the person who certifies. Raises ``Refused`` when unknown, or competent for another agency only."""
        for known in self.settings.signing.certifiers:
            if known.id == certifier_id:
                if known.agency != agency:
                    raise _refused("certifier-agency", "Người chứng thực này không thuộc cơ quan đã chọn.")
                return Certifier(known.id, known.name, known.position, known.agency, known.credential_id)
        if self.test and certifier_id == TEST_CERTIFIER:
            person = DEFAULT_CREDENTIALS[0]
            return Certifier(TEST_CERTIFIER, person.name, person.title, agency, person.id)
        raise _refused("certifier-unknown", "Không có người chứng thực mang mã này trong cấu hình.")

    def agency(self, code: str) -> AgencySettings:
        """Return the agency that seals. Raises ``Refused`` when it has no signing credential."""
        return agency_of(self.settings, code)

    def check_holder(self, credential_id: str, name: str) -> None:
        """Check that the credential is that of *name*, with the number that the settings give.

        Raises ``Refused`` (``signer-certificate``), ``NotReady`` (file of the number missing), ``Unavailable``.
        """
        check_holder(self.signer.credential(credential_id).certificate, name, self._number(credential_id))

    def _number(self, credential_id: str) -> str:
        signing = self.settings.signing
        for person in signing.certifiers:
            if person.credential_id == credential_id:
                return person.identity_number()
        return next((a.tax_code for a in signing.agencies if a.credential_id == credential_id), "")


@dataclass(frozen=True)
class EvidenceSite:
    """What a renewal works with: time stamps, evidence and trust, without anybody who signs."""

    timestamper: TsaPool
    collector: EvidenceCollector
    trust: TrustStore


@contextmanager
def open_evidence(settings: Settings, clock: Clock) -> Iterator[EvidenceSite]:
    """Open time-stamping services and evidence for the block; the signing service is not asked for.

    Raises ``NotReady`` when something is not configured or does not start.
    """
    signing = settings.signing
    with ExitStack() as stack:
        tsa_urls, hosts = signing.tsa_urls, signing.evidence_hosts
        if signing.provider == "test":
            folder = settings.data_dir / "authority"
            endpoints = stack.enter_context(running_authority(folder, _test_credentials(settings)))
            tsa_urls, hosts = endpoints.tsa_urls, endpoints.evidence_hosts
        trust = trust_in_force(settings)
        timestamper, collector = _evidence(stack, signing, trust, tsa_urls, hosts, clock)
        yield EvidenceSite(timestamper, collector, trust)


def _evidence(
    stack: ExitStack,
    signing: SigningSettings,
    trust: TrustStore,
    tsa_urls: Sequence[str],
    hosts: Sequence[str],
    clock: Clock,
) -> tuple[TsaPool, EvidenceCollector]:
    signers = [anchor.der for anchor in trust.anchors_for(PERSON, AGENCY)]
    stampers = [anchor.der for anchor in trust.anchors_for(TSA)]
    clients = [TsaClient(tsa, stampers, now=clock, timeout_s=signing.timeout_s) for tsa in tsa_urls]
    collector = EvidenceCollector([*signers, *stampers], hosts, now=clock, timeout_s=signing.timeout_s)
    return stack.enter_context(closing(TsaPool(clients))), stack.enter_context(closing(collector))


@contextmanager
def open_signing(settings: Settings, clock: Clock) -> Iterator[SigningSite]:
    """Open the signing services for the block; with ``provider = "test"`` the built-in authority is started.

    Raises ``NotReady`` when something is not configured or does not start.
    """
    signing = settings.signing
    with ExitStack() as stack:
        if signing.provider == "test":
            folder = settings.data_dir / "authority"
            endpoints = stack.enter_context(running_authority(folder, _test_credentials(settings)))
            trust = trust_in_force(settings)
            signer: RemoteSigner | PhoneSigner = stack.enter_context(
                closing(CscClient(endpoints.csc_url, endpoints.token(), endpoints.secret, timeout_s=signing.timeout_s))
            )
            tsa_urls, hosts = endpoints.tsa_urls, endpoints.evidence_hosts
        else:
            trust = trust_in_force(settings)
            signer = stack.enter_context(open_provider(settings))
            tsa_urls, hosts = signing.tsa_urls, signing.evidence_hosts
        timestamper, collector = _evidence(stack, signing, trust, tsa_urls, hosts, clock)
        yield SigningSite(
            signer=signer,
            timestamper=timestamper,
            collector=collector,
            trust=trust,
            settings=settings,
            test=signing.provider == "test",
        )


def _test_credentials(settings: Settings) -> tuple[CredentialPlan, ...]:
    """Return credentials for everybody named in the settings, with numbers that belong to nobody."""
    names = {agency.code: agency.name for agency in settings.signing.agencies}
    plans = {plan.id: plan for plan in DEFAULT_CREDENTIALS}
    for person in settings.signing.certifiers:
        plans[person.credential_id] = replace(
            DEFAULT_CREDENTIALS[0],
            id=person.credential_id,
            name=person.name,
            title=person.position,
            organisation=names.get(person.agency, person.agency),
        )
    for agency in settings.signing.agencies:
        plans[agency.credential_id] = replace(
            DEFAULT_CREDENTIALS[1], id=agency.credential_id, name=agency.name, organisation=agency.name
        )
    return tuple(plans.values())


def _refused(code: str, happened: str) -> Refused:
    return Refused(
        code, code, Advice(happened, "Chưa có gì được ký.", "Kiểm tra cấu hình signing.certifiers/agencies.")
    )


def _not_ready(code: str, log: str, happened: str) -> NotReady:
    return NotReady(code, log, Advice(happened, "Chưa có gì được ký.", "Khai báo rồi chạy lại; xem `sohoa doctor`."))


def require_signing(settings: Settings) -> None:
    """Check fonts, configuration and trust anchors without asking any service. Raises ``NotReady``."""
    find_font("regular")
    find_font("bold")
    if settings.signing.provider == "test":
        return
    require_provider(settings)
    trust = trust_in_force(settings)
    if not trust.anchors_for(PERSON, AGENCY) or not trust.anchors_for(TSA):
        raise _not_ready(
            "trust-empty",
            "no trust anchors for signers or time stamps",
            "Chưa có chứng thư gốc tin cậy của nhà cung cấp chữ ký hoặc dấu thời gian.",
        )
