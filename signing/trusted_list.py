"""Reading a trusted list of ETSI TS 119 612 (XML): which services were granted, from when to when.

The list's own signature (XAdES, clause 5.7.1) is checked by ``signed_list`` against certificates of the scheme operator
that the caller trusts; without them whoever imports the list names the SHA-256 that the operator published.
Of a service, every period "granted" counts, of today's status and of its history (clauses 5.5.4 to 5.6).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree

from domain.errors import Advice, BadInput
from signing.trust import AGENCY, PERSON, TSA, Anchor

NAMESPACE = "{http://uri.etsi.org/02231/v2#}"
_ROLES = {
    "/Svctype/CA/QC": frozenset({PERSON, AGENCY}),
    "/Svctype/CA/PKC": frozenset({PERSON, AGENCY}),
    "/Svctype/TSA/QTST": frozenset({TSA}),
    "/Svctype/TSA": frozenset({TSA}),
}
_GOOD = frozenset({"granted", "recognisedatnationallevel", "undersupervision", "accredited", "supervisionincessation"})


def signed_list(xml: bytes, operators: Sequence[bytes]) -> tuple[bytes, str]:
    """Check the list's enveloped signature; return exactly what was signed, and the SHA-256 of the operator's
    certificate that signed it.

    Args:
        xml: the list as published.
        operators: DER certificates of the scheme operator; nothing that the list itself brings is trusted.

    Raises:
        BadInput: ``trusted-list-signature`` when none of them signed the whole list (SHA-2, no other transforms).
    """
    from cryptography import x509
    from lxml import etree  # type: ignore[import-untyped]
    from signxml.exceptions import SignXMLException
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise _bad_signature("a document type is not allowed")
    rules = SignatureConfiguration(expect_references=True, location="./")
    for der in operators:
        try:
            certificate = x509.load_der_x509_certificate(der)
            found = XMLVerifier().verify(xml, x509_cert=certificate, expect_config=rules)
        except (SignXMLException, etree.LxmlError, ValueError, TypeError, KeyError, AttributeError):
            continue
        for result in found if isinstance(found, list) else [found]:
            if result.signed_xml is not None and result.signed_xml.tag == f"{NAMESPACE}TrustServiceStatusList":
                return etree.tostring(result.signed_xml), hashlib.sha256(der).hexdigest()
    raise _bad_signature("not signed by a certificate named")


def _bad_signature(log_message: str) -> BadInput:
    return BadInput(
        "trusted-list-signature",
        log_message,
        Advice(
            "Chữ ký của danh sách tin cậy không đúng, hoặc không do chứng thư đã nêu ký.",
            "Danh sách tin cậy giữ nguyên.",
            "Lấy lại tệp và chứng thư từ cơ quan công bố.",
        ),
    )


def anchors_of_list(xml: bytes, *, source: str) -> list[Anchor]:
    """Return an anchor for every certificate and granted period of the CA and TSA services in *xml*.

    Raises ``BadInput`` (``trusted-list``) for what is no such list, has a document type, or names no service.
    """
    try:
        if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
            raise ValueError("a document type is not allowed")
        root = ElementTree.fromstring(xml)  # noqa: S314  no entities without a document type
        if root.tag != f"{NAMESPACE}TrustServiceStatusList":
            raise ValueError("not a trusted list")
        found = [anchor for service in root.iter(f"{NAMESPACE}TSPService") for anchor in _service(service, source)]
        if not found:
            raise ValueError("no service")
    except (ElementTree.ParseError, ValueError, UnicodeError, LookupError, binascii.Error) as error:
        raise BadInput(
            "trusted-list",
            f"not a usable trusted list: {type(error).__name__}",
            Advice(
                "Tệp không phải danh sách tin cậy TS 119 612 dùng được.",
                "Danh sách tin cậy giữ nguyên.",
                "Lấy lại tệp từ cơ quan công bố.",
            ),
        ) from error
    return list(dict.fromkeys(found))


def _service(service: ElementTree.Element, source: str) -> list[Anchor]:
    now = service.find(f"{NAMESPACE}ServiceInformation")
    if now is None:
        raise ValueError("a service without information")
    states = [_state(now), *(_state(old) for old in service.iter(f"{NAMESPACE}ServiceHistoryInstance"))]
    states.sort(key=lambda state: state[0])
    certificates = [
        base64.b64decode("".join((one.text or "").split()), validate=True)
        for one in now.iter(f"{NAMESPACE}X509Certificate")
    ]
    anchors = []
    for at, (start, good, roles) in enumerate(states):
        end = states[at + 1][0] if at + 1 < len(states) else None
        if good and roles:
            anchors += [Anchor(der, roles, start, end, source) for der in certificates]
    return anchors


def _state(element: ElementTree.Element) -> tuple[datetime, bool, frozenset[str]]:
    kind = (element.findtext(f"{NAMESPACE}ServiceTypeIdentifier") or "").strip()
    status = (element.findtext(f"{NAMESPACE}ServiceStatus") or "").strip().rpartition("/")[2].lower()
    begun = datetime.fromisoformat((element.findtext(f"{NAMESPACE}StatusStartingTime") or "").strip())
    roles = next((roles for end, roles in _ROLES.items() if kind.endswith(end)), frozenset[str]())
    return begun if begun.tzinfo else begun.replace(tzinfo=UTC), status in _GOOD, roles
