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


def dss_items(handler: Any) -> Iterator[tuple[str, bytes]]:
    """Yield ``(kind, der)`` of the DSS seen through *handler*; damaged parts are skipped, never raised."""
    try:
        dss = handler.root["/DSS"]
    except Exception:
        return
    purposes = {
        "/Certs": ("cert", DecodePurpose.CERTIFICATE),
        "/CRLs": ("crl", DecodePurpose.CRL),
        "/OCSPs": ("ocsp", DecodePurpose.OCSP_RESPONSE),
    }
    for key, (kind, purpose) in purposes.items():
        try:
            items = list(dss[key])[:MAX_ITEMS] if key in dss else []
        except Exception:  # noqa: S112  whatever a hostile dictionary raises, it holds no evidence
            continue
        for item in items:
            try:
                yield kind, item.get_object().read_data(purpose)
            except Exception:
                log.debug("unreadable DSS entry of kind %s", kind)


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
