"""What a file carries as evidence: its document security store, certificates and revocation values inside a CMS."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from asn1crypto import cms
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.sign.general import find_cms_attribute_iter

log = logging.getLogger(__name__)
MAX_ITEMS = 400  # a file with two B-LTA signatures carries about ten
_ALL = {
    "/Certs": ("cert", DecodePurpose.CERTIFICATE),
    "/CRLs": ("crl", DecodePurpose.CRL),
    "/OCSPs": ("ocsp", DecodePurpose.OCSP_RESPONSE),
}
_SINGLE = {key.removesuffix("s"): told for key, told in _ALL.items()}


def dss_items(handler: Any) -> Iterator[tuple[str, bytes]]:
    """Yield ``(kind, der)`` of the DSS seen through *handler*; damaged parts are skipped, never raised."""
    try:
        dss = handler.root["/DSS"]
    except Exception:
        return
    for key, (kind, purpose) in _ALL.items():
        try:
            items = list(dss[key])[:MAX_ITEMS] if key in dss else []
        except Exception:  # noqa: S112  whatever a hostile dictionary raises, it holds no evidence
            continue
        for item in items:
            try:
                yield kind, item.get_object().read_data(purpose)
            except Exception:
                log.debug("unreadable DSS entry of kind %s", kind)
    yield from _by_signature(dss)


def _by_signature(dss: Any) -> Iterator[tuple[str, bytes]]:
    """Yield what the store keeps for single signatures (/VRI, ISO 32000-2, 12.8.4.4); usually the same streams."""
    try:
        entries = [dss["/VRI"][key] for key in list(dss["/VRI"])[:MAX_ITEMS]] if "/VRI" in dss else []
    except Exception:
        return
    for entry in entries:
        for key, (kind, purpose) in _SINGLE.items():
            try:
                for index in range(len(entry[key]) if key in entry else 0):
                    yield kind, entry[key][index].read_data(purpose)
            except Exception:
                log.debug("unreadable entry of kind %s for a signature", kind)


def cms_certificates(signed_data: cms.SignedData) -> Iterator[bytes]:
    """Yield the DER X.509 certificates inside a CMS."""
    for choice in signed_data["certificates"] or ():
        if choice.name == "certificate":
            yield choice.chosen.dump()


def adobe_items(signed_data: cms.SignedData) -> Iterator[tuple[str, bytes]]:
    """Yield revocation values of Adobe's signed attribute (ISO 32000-1, 12.8.3.3.2)."""
    try:
        attributes = signed_data["signer_infos"][0]["signed_attrs"]
        for archive in find_cms_attribute_iter(attributes, "adobe_revocation_info_archival"):
            for item in archive["crl"] or ():
                yield "crl", item.dump()
            for item in archive["ocsp"] or ():
                yield "ocsp", item.dump()
    except Exception:
        log.debug("unreadable revocation archive attribute")
