"""Proof of one signature or timestamp in time: valid now, or provably valid when made (EN 319 102-1, 5.3 to 5.6).

pyHanko 0.38 builds paths and checks revocation; the order of steps is ours, because its own long-term procedure lets
some signatures through (a signature made after the certificate expired, a result "not improved" but still PASSED) and
reads the machine's clock in places. Here one rule holds: PASSED only if a certificate path was valid at a moment not
before the proven time of the signature, that time lies within the certificate's validity, and the authority of every
timestamp used was proven the same way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from asn1crypto import cms, x509
from pyhanko.sign.ades.report import AdESIndeterminate, AdESStatus, AdESSubIndic
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation import generic_cms
from pyhanko.sign.validation.ades import ades_basic_validation, ades_timestamp_validation
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
    bootstrap_validation_data_handlers,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec, ValidationDataHandlers
from pyhanko_certvalidator.fetchers import FetcherBackend, Fetchers
from pyhanko_certvalidator.ltv.ades_past import past_validate
from pyhanko_certvalidator.ltv.poe import POEManager, POEType
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.registry import PathBuilder, SimpleTrustManager

from signing.trust import AGENCY, PERSON, TSA, Anchor, TrustStore
from signing.verify.evidence import DOCUMENT, FETCHED, STORE, Evidence
from signing.verify.model import Indication
from signing.verify.policy import REVOCATION, Algorithms

log = logging.getLogger(__name__)

# faults that an earlier proof of existence may heal (EN 319 102-1, 5.6.2.4)
HEALED_BY_PROOF = frozenset(
    {
        AdESIndeterminate.REVOKED_NO_POE,
        AdESIndeterminate.REVOKED_CA_NO_POE,
        AdESIndeterminate.OUT_OF_BOUNDS_NO_POE,
        AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED,
        AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        AdESIndeterminate.REVOCATION_OUT_OF_BOUNDS_NO_POE,
        AdESIndeterminate.TRY_LATER,
        AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE,  # pyHanko's answer to an expired intermediate
    }
)


@dataclass(frozen=True)
class Outcome:
    """The answer of a proof. ``path`` is what was found of the chain."""

    indication: Indication
    sub_indication: str
    path: ValidationPath | None = None

    @property
    def passed(self) -> bool:
        """True for PASSED."""
        return self.indication is Indication.PASSED


class _NoNetwork(FetcherBackend):
    """Stands where pyHanko would open connections; it is never asked, and refuses if it is."""

    def get_fetchers(self) -> Fetchers:
        raise RuntimeError("verification never lets pyHanko use the network")

    async def close(self) -> None:
        return


class Prover:
    """Trust, policy, clock and evidence of one verification."""

    def __init__(self, store: TrustStore, now: datetime, evidence: Evidence) -> None:
        self.store = store
        self.now = now
        self.evidence = evidence
        self.timing = ValidationTimingInfo(now, now, point_in_time_validation=True)
        self.anchors = [x509.Certificate.load(a.der) for a in store.anchors]
        self.signer_policy = self._policy(store.anchors_for(PERSON, AGENCY))
        self.tsa_policy = self._policy(store.anchors_for(TSA))

    def proofs(self) -> POEManager:
        """Return an empty register of proofs of existence: whatever is not in it exists since ``now`` only."""
        return POEManager(current_dt_override=self.now)

    async def signature(self, signed_data: cms.SignedData, digest: bytes, proofs: POEManager) -> Outcome:
        """Prove the signer's certificate of a signature over *digest*; *proofs* must hold the signature's own time."""
        result = await ades_basic_validation(
            signed_data,
            self._spec(),
            timing_info=self.timing,
            raw_digest=digest,
            validation_data_handlers=self._handlers(self.proofs()),
        )
        path = getattr(result.api_status, "validation_path", None)
        return await self._conclude(signed_data, result.ades_subindic, path, self.signer_policy, proofs)

    async def timestamp(self, token: cms.SignedData, imprint: Callable[[str], bytes], proofs: POEManager) -> Outcome:
        """Prove a timestamp token whose message imprint must equal ``imprint(digest algorithm)``."""
        result = await ades_timestamp_validation(
            token,
            self._spec(),
            imprint,
            timing_info=self.timing,
            validation_data_handlers=self._handlers(self.proofs()),
        )
        path = getattr(result.api_status, "validation_path", None)
        return await self._conclude(token, result.ades_subindic, path, self.tsa_policy, proofs)

    def anchor_of(self, path: ValidationPath | None, roles: Iterable[str]) -> tuple[Anchor, ...]:
        """Return the anchors (one per decision) that *path* ends at and that may speak for one of *roles*."""
        if path is None:
            return ()
        certificate = getattr(path.trust_anchor.authority, "certificate", None)
        if certificate is None:
            return ()
        der = certificate.dump()
        return tuple(a for a in self.store.anchors_for(*roles) if a.der == der)

    def damaged_evidence(self) -> int:
        """Count evidence at hand that is not genuine."""
        return self.evidence.damaged(self.anchors)

    def unattached_certificates(self) -> int:
        """Count certificates at hand whose issuer is unknown."""
        return self.evidence.unattached(self.anchors)

    # -- inside --------------------------------------------------------------------------------------------------

    async def _conclude(
        self,
        signed_data: cms.SignedData,
        subindic: AdESSubIndic,
        path: ValidationPath | None,
        policy: CertValidationPolicySpec,
        proofs: POEManager,
    ) -> Outcome:
        name = subindic.standard_name
        if subindic.status is AdESStatus.PASSED:
            return Outcome(Indication.PASSED, "", path)
        if subindic.status is AdESStatus.FAILED:
            return Outcome(Indication.FAILED, name, path)
        if subindic in HEALED_BY_PROOF:
            proven = proofs[signed_data["signer_infos"][0]["signature"].native]
            healed = await self._past(signed_data, policy, proofs, proven)
            if healed is not None:
                return Outcome(Indication.PASSED, "", healed)
            if subindic is AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE and self._lacks_evidence(path):
                name = AdESIndeterminate.TRY_LATER.standard_name  # pyHanko has no word of its own for this
        return Outcome(Indication.INDETERMINATE, name, path)

    def _lacks_evidence(self, path: ValidationPath | None) -> bool:
        return not self.evidence_complete(path, (DOCUMENT, STORE, FETCHED))

    def evidence_complete(self, path: ValidationPath | None, origins: Iterable[str]) -> bool:
        """Say whether every certificate below the root of *path* has genuine evidence of one of *origins*."""
        if path is None:
            return False
        chain = list(path)
        anchor = getattr(path.trust_anchor.authority, "certificate", None)
        if anchor is not None and (not chain or chain[0].dump() != anchor.dump()):
            chain.insert(0, anchor)
        pairs = [(c, i) for i, c in pairwise(chain) if isinstance(c, x509.Certificate)]
        return all(c.ocsp_no_check_value is not None or self.evidence.covers(c, i, origins) for c, i in pairs)

    async def _past(
        self,
        signed_data: cms.SignedData,
        policy: CertValidationPolicySpec,
        proofs: POEManager,
        proven: datetime,
    ) -> ValidationPath | None:
        """Past signature validation: return a path valid at some moment not before *proven*, else None."""
        info = extract_certificate_info(signed_data)
        certificate = info.signer_cert
        if not certificate.not_valid_before <= proven <= certificate.not_valid_after:
            return None
        for evidence in self._evidence_choices(certificate):
            handlers = self._handlers(copy(proofs), evidence, info.other_certs)
            paths = PathBuilder(policy.trust_manager, handlers.cert_registry).async_build_paths_lazy(certificate)
            try:
                async for path in paths:
                    try:
                        control = await past_validate(path, policy, handlers, init_control_time=self.now)
                    except Exception as error:  # every refusal, typed or not, is "not proven by this path"
                        log.debug("past validation refused a path: %s", type(error).__name__)
                        continue
                    if proven <= control:
                        return path
            except Exception as error:
                log.debug("no path could be built: %s", type(error).__name__)
            finally:
                await paths.cancel()  # type: ignore[no-untyped-call]
        return None

    def _evidence_choices(self, certificate: x509.Certificate) -> list[Evidence]:
        """All evidence; then, for an expired certificate, only what was issued while it was valid.

        A list issued after expiry need not mention the certificate any more (RFC 5280, 3.3), so its silence proves
        nothing, and pyHanko would slide its control time past the end of validity. Evidence that *does* claim a
        revocation is never left out: then the second choice is not offered.
        """
        choices = [self.evidence]
        end = certificate.not_valid_after
        if end < self.now and self.evidence.revoked_since(certificate) is None:
            crls = {k: v for k, v in self.evidence.crls.items() if v[0]["tbs_cert_list"]["this_update"].native <= end}
            ocsps = {
                k: v
                for k, v in self.evidence.ocsps.items()
                if all(r["this_update"].native <= end for r in v[0].response_data["responses"])
            }
            if len(crls) + len(ocsps) < len(self.evidence.crls) + len(self.evidence.ocsps):
                choices.append(replace(self.evidence, crls=crls, ocsps=ocsps))
        return choices

    def _policy(self, anchors: Iterable[Anchor]) -> CertValidationPolicySpec:
        roots = [x509.Certificate.load(der) for der in dict.fromkeys(a.der for a in anchors)]
        return CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build(trust_roots=roots),
            revinfo_policy=REVOCATION,
            algorithm_usage_policy=Algorithms(),
        )

    def _knowledge(self, evidence: Evidence, more: Iterable[x509.Certificate] = ()) -> LocalKnowledge:
        certificates = [*evidence.certificates.values(), *self.anchors, *more]
        return LocalKnowledge(evidence.ocsp_containers(), evidence.crl_containers(), certificates)

    def _spec(self, evidence: Evidence | None = None, more: Iterable[x509.Certificate] = ()) -> SignatureValidationSpec:
        return SignatureValidationSpec(
            cert_validation_policy=self.signer_policy,
            ts_cert_validation_policy=self.tsa_policy,
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                RevinfoOnlineFetchingRule.LOCAL_ONLY, _NoNetwork(), CertificateFetchingRule.NEVER_FETCH
            ),
            local_knowledge=self._knowledge(evidence or self.evidence, more),
            key_usage_settings=KeyUsageConstraints(key_usage=set()),
        )

    def _handlers(
        self, proofs: POEManager, evidence: Evidence | None = None, more: Iterable[x509.Certificate] = ()
    ) -> ValidationDataHandlers:
        return bootstrap_validation_data_handlers(
            self._spec(evidence, more), self.timing, is_historical=True, poe_manager_override=proofs
        )


def prove(proofs: POEManager, data: bytes, moment: datetime) -> None:
    """Register that *data* existed at *moment*."""
    proofs.register(data, poe_type=POEType.VALIDATION, dt=moment)


def integrity(signed_data: cms.SignedData, digest: bytes, content_type: str) -> tuple[bool, bool]:
    """Check digest and raw signature alone: ``(intact, valid)``. Raises what a malformed CMS makes pyHanko raise."""
    info = generic_cms.extract_certs_for_validation(signed_data)
    intact, valid = generic_cms.validate_sig_integrity(
        signed_data["signer_infos"][0], info.signer_cert, content_type, digest
    )
    return bool(intact), bool(valid)


def signer_of(signed_data: cms.SignedData) -> x509.Certificate:
    """Return the certificate that the CMS names as its signer's. Raises what a malformed CMS makes pyHanko raise."""
    return generic_cms.extract_certs_for_validation(signed_data).signer_cert
