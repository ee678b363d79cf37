"""Certificates, OCSP, CRL and time stamps of the test authority, made by certomancer from the folder's keys.

certomancer runs inside our process: its own server takes seconds to start and knows no moved clock.
Every certificate is written to the folder once and read back afterwards, so a restart gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any, cast

import certomancer.crypto_utils as certomancer_crypto
from asn1crypto import algos, keys, ocsp, tsp, x509
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, PKIArchitecture, ServiceLabel
from certomancer.services import CertomancerServiceError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from signing.authority.folder import SYSTEM_KEYS, AuthorityFolder
from signing.authority.plan import CredentialPlan

_WARNING = "KHÔNG DÙNG THẬT - TEST"
_FIRST_SERIAL = 0x2000  # of signers; the issuing CA gives its other certificates lower ones
_CRL_PERIOD = "PT1H"


class _CachedKeys(certomancer_crypto.PycaCryptographyBackend):
    """certomancer loads (and proves the primes of) a private key again for each use: half a second for RSA-3072."""

    def __init__(self) -> None:
        self._loaded: OrderedDict[bytes, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey] = OrderedDict()

    def load_private_key(
        self, key_bytes: bytes, password: bytes | None
    ) -> tuple[keys.PrivateKeyInfo, keys.PublicKeyInfo]:
        key = serialization.load_pem_private_key(key_bytes, password, unsafe_skip_rsa_key_validation=True)  # our own
        private = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return keys.PrivateKeyInfo.load(private), keys.PublicKeyInfo.load(public)

    def generic_sign(
        self, private_key: keys.PrivateKeyInfo, tbs_bytes: bytes, sd_algo: algos.SignedDigestAlgorithm
    ) -> bytes:
        der = private_key.dump()
        key = self._loaded.get(der)
        if key is None:
            key = cast(
                "rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey",
                serialization.load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True),
            )
            self._loaded[der] = key
        digest: hashes.HashAlgorithm = getattr(hashes, sd_algo.hash_algo.upper())()
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(tbs_bytes, ec.ECDSA(digest))
        return key.sign(tbs_bytes, padding.PKCS1v15(), digest)


certomancer_crypto.CRYPTO_BACKEND = _CachedKeys()


class Pki:
    """The authority's public-key services, at any moment."""

    def __init__(self, folder: AuthorityFolder) -> None:
        self.folder = folder
        self._arch = _architecture(folder)
        for name in certificate_names(folder):
            file = folder.certificate_file(name)
            if not file.exists():
                file.write_bytes(self._arch.get_cert(CertLabel(name)).dump())
        self._crls: dict[tuple[str, int], bytes] = {}
        self._stampers: dict[str, Any] = {}

    def certificate(self, name: str) -> bytes:
        """Return certificate *name*, DER."""
        return cast("bytes", self._arch.get_cert(CertLabel(name)).dump())

    def ocsp(self, label: str, request: bytes, now: datetime) -> bytes:
        """Answer an OCSP request (RFC 6960), DER in and out. Raises ``KeyError`` or ``ValueError``."""
        responder = self._service("summon_responder", label, now.replace(microsecond=0))
        return cast("bytes", responder.build_ocsp_response(ocsp.OCSPRequest.load(request, strict=True)).dump())

    def timestamp(self, label: str, request: bytes, now: datetime) -> bytes:
        """Answer a time-stamp request (RFC 3161), DER in and out. Raises ``KeyError`` or ``ValueError``."""
        wanted = tsp.TimeStampReq.load(request, strict=True)
        imprint = wanted["message_imprint"]
        algorithm = imprint["hash_algorithm"]["algorithm"].native
        if algorithm not in ("sha256", "sha384", "sha512"):
            return _refusal("bad_alg")
        if len(imprint["hashed_message"].native) != hashlib.new(algorithm).digest_size:
            return _refusal("bad_data_format")
        stamper = self._stampers.get(label)
        if stamper is None:
            stamper = self._service("summon_timestamper", label, now)
            # as certomancer built them they are encoded anew for every token: ten times the work of the signature
            stamper.tsa_cert = x509.Certificate.load(stamper.tsa_cert.dump())
            stamper.certs_to_embed = [x509.Certificate.load(cert.dump()) for cert in stamper.certs_to_embed]
            self._stampers[label] = stamper
        stamper.fixed_dt = now
        return cast("bytes", stamper.request_tsa_response(wanted).dump())

    def crl(self, label: str, now: datetime) -> bytes:
        """Return the newest CRL at *now*, DER. Raises ``KeyError``."""
        period = int(now.timestamp() // 60)
        if (label, period) not in self._crls:
            self._crls = {(label, period): self._service("get_crl", label, now).dump()}
        return self._crls[label, period]

    def _service(self, method: str, label: str, now: datetime) -> Any:
        try:
            return getattr(self._arch.service_registry, method)(ServiceLabel(label), now)
        except CertomancerServiceError as error:
            raise KeyError(label) from error


def certificate_names(folder: AuthorityFolder) -> list[str]:
    """Return the names of all certificates, authorities first."""
    return [*SYSTEM_KEYS, *(f"signer-{plan.id}" for plan in folder.credentials)]


def _refusal(reason: str) -> bytes:
    status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {reason}})
    return cast("bytes", tsp.TimeStampResp({"status": status}).dump())


def _architecture(folder: AuthorityFolder) -> PKIArchitecture:
    config = {
        "external-url-prefix": folder.base_url,
        "keysets": {
            "pki": {
                "path-prefix": "keys",
                "keys": {
                    name: {"path": folder.key_file(name).name}
                    for name in (*SYSTEM_KEYS, *(f"signer-{plan.id}" for plan in folder.credentials))
                },
            }
        },
        "pki-architectures": {
            "pki": {
                "keyset": "pki",
                "entities": _entities(folder),
                "certs": _certificates(folder),
                "services": _SERVICES,
            }
        },
    }
    loaded = CertomancerConfig(
        config,
        key_search_dir=str(folder.path),
        config_search_dir=str(folder.path),
        external_url_prefix=None,
        lazy_load_keys=True,
    )
    return loaded.get_pki_arch(ArchLabel("pki"))


_SERVICES: dict[str, Any] = {
    "ocsp": {"issuing": {"for-issuer": "issuing", "responder-cert": "ocsp", "validity-period": {"hours": 12}}},
    "crl-repo": {
        name: {"for-issuer": name, "simulated-update-schedule": _CRL_PERIOD} for name in ("root", "issuing", "tsa-root")
    },
    "time-stamping": {name: {"signing-cert": name, "certs-to-embed": ["tsa-root"]} for name in ("tsa", "tsa-2")},
}


def _entities(folder: AuthorityFolder) -> dict[str, Any]:
    def system(name: str) -> dict[str, Any]:
        return {
            "country-name": "VN",
            "organization-name": f"Dịch vụ chứng thực thử nghiệm ({_WARNING})",
            "organizational-unit-name": folder.instance,
            "common-name": f"{name} - {_WARNING}",
        }

    entities = {
        "root": system("Root CA"),
        "issuing": system("Issuing CA"),
        "ocsp": system("OCSP"),
        "tsa-root": system("TSA Root CA"),
        "tsa": system("TSA 1"),
        "tsa-2": system("TSA 2"),
    }
    for plan in folder.credentials:
        entities[f"signer-{plan.id}"] = {
            "country-name": "VN",
            "organization-name": plan.organisation,
            "organizational-unit-name": _WARNING,
            **({"title": plan.title} if plan.title else {}),
            "common-name": plan.name,
            "user-id": plan.identifier,
        }
    return entities


def _certificates(folder: AuthorityFolder) -> dict[str, Any]:
    start = folder.created - timedelta(days=1)

    def validity(days: int) -> dict[str, str]:
        end = start + timedelta(days=days)
        if days < 0:  # a certificate that has expired: valid for a year before its end
            return {"valid-from": (end - timedelta(days=365)).isoformat(), "valid-to": end.isoformat()}
        return {"valid-from": start.isoformat(), "valid-to": end.isoformat()}

    def authority(issuer: str, days: int, *, crl: str, ocsp_service: str | None = None, depth: int) -> dict[str, Any]:
        params = {"crl-repo": crl, "max-path-len": depth, **({"ocsp-service": ocsp_service} if ocsp_service else {})}
        return {
            "issuer": issuer,
            "validity": validity(days),
            "profiles": [{"id": "simple-ca", "params": params}],
        }

    time_stamping = {
        "issuer": "tsa-root",
        "validity": validity(12 * 365),
        "extensions": [
            {
                "id": "key_usage",
                "critical": True,
                "smart-value": {"schema": "key-usage", "params": ["digital_signature"]},
            },
            {"id": "extended_key_usage", "critical": True, "value": ["time_stamping"]},
        ],
    }
    certificates: dict[str, Any] = {
        "root": authority("root", 30 * 365, crl="root", depth=1),
        "issuing": authority("root", 20 * 365, crl="issuing", ocsp_service="issuing", depth=0),
        "ocsp": {"issuer": "issuing", "validity": validity(20 * 365), "profiles": ["ocsp-responder"]},
        "tsa-root": authority("tsa-root", 30 * 365, crl="tsa-root", depth=0),
        "tsa": dict(time_stamping),
        "tsa-2": dict(time_stamping),
    }
    for serial, plan in enumerate(folder.credentials, _FIRST_SERIAL):
        certificates[f"signer-{plan.id}"] = _signer(plan, validity(plan.days), serial, start)
    for name, certificate in certificates.items():
        file = folder.certificate_file(name)
        if file.exists():
            certificate["certificate-file"] = str(file.relative_to(folder.path))
    return certificates


def _signer(plan: CredentialPlan, validity: dict[str, str], serial: int, start: datetime) -> dict[str, Any]:
    return {
        "issuer": "issuing",
        "validity": validity,
        "serial": serial,
        "profiles": ["digsig-commitment"],
        **({"revocation": {"revoked-since": start.isoformat(), "reason": "key_compromise"}} if plan.revoked else {}),
    }
