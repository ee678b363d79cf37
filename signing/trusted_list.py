"""Reading a trusted list of ETSI TS 119 612 (XML): which services were granted, from when to when.

The list's own signature is not checked here: whoever imports it names the SHA-256 that the scheme operator published.
Of a service, every period "granted" counts, of today's status and of its history (clauses 5.5.4 to 5.6).
"""

from __future__ import annotations

import base64
import binascii
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
