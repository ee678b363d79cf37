"""The signature policy in force: algorithms, key purposes, revocation, tolerances. Constants stand in ``rules``.

Sources: ETSI TS 119 312 (algorithms), RFC 5280 4.2.1.3 and 4.2.1.12 (key usage), RFC 3161 2.3 (timestamping).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from asn1crypto import x509
from pyhanko_certvalidator.policy_decl import (
    REQUIRE_REVINFO,
    AlgorithmUsageConstraint,
    AlgorithmUsagePolicy,
    CertRevTrustPolicy,
)

from signing.verify.rules import CURVES, DIGESTS, MIN_RSA_BITS

REVOCATION = CertRevTrustPolicy(REQUIRE_REVINFO)  # every certificate below the root needs a CRL or an OCSP answer

# a certificate whose extended key usage names only these was issued to a machine, not to a signer
MACHINE_PURPOSES = frozenset({"server_auth", "code_signing", "time_stamping", "ocsp_signing"})


class Algorithms(AlgorithmUsagePolicy):
    """An allow list, independent of time: what is not named is refused."""

    def digest_algorithm_allowed(self, algo: Any, moment: datetime | None) -> AlgorithmUsageConstraint:
        """Allow SHA-2 and SHA-3 from 256 bits."""
        return AlgorithmUsageConstraint(algo["algorithm"].native in DIGESTS)

    def signature_algorithm_allowed(
        self, algo: Any, moment: datetime | None, public_key: Any | None
    ) -> AlgorithmUsageConstraint:
        """Allow RSA (PKCS#1 v1.5 and PSS), ECDSA on the named curves, and EdDSA, with an allowed digest."""
        try:
            name = algo.signature_algo
        except ValueError:
            name = algo["algorithm"].native
        try:
            digest = algo.hash_algo
        except ValueError:  # rsaEncryption names no digest; the CMS digest algorithm is checked by itself
            digest = None
        allowed = digest is None or digest in DIGESTS or name in ("ed25519", "ed448")
        if name.startswith("rsa"):
            allowed = allowed and (public_key is None or public_key.bit_size >= MIN_RSA_BITS)
        elif name == "ecdsa":
            allowed = allowed and (public_key is None or public_key.curve[1] in CURVES)
        else:
            allowed = allowed and name in ("ed25519", "ed448")
        return AlgorithmUsageConstraint(bool(allowed))


def may_sign_documents(certificate: x509.Certificate) -> bool:
    """Say whether key usage and extended key usage allow signing a document with *certificate*."""
    usage = certificate.key_usage_value
    if usage is not None and not {"digital_signature", "non_repudiation"} & set(usage.native):
        return False
    if certificate.ca:
        return False
    purposes = certificate.extended_key_usage_value
    return purposes is None or not set(purposes.native) <= MACHINE_PURPOSES


def may_stamp_time(certificate: x509.Certificate) -> bool:
    """RFC 3161 2.3: extended key usage present, critical, and nothing but timeStamping."""
    purposes = certificate.extended_key_usage_value
    critical = "extended_key_usage" in certificate.critical_extensions
    return purposes is not None and purposes.native == ["time_stamping"] and critical
