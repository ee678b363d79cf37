"""What the signatures in a PDF say of themselves: signer's name, organisation, time. Read, not verified.

Digitising needs the names and times as hints for its fields long before anybody asks for a verdict, and for files
whose chain leads to nobody's trust list. Verdicts are the business of ``signing.verify``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pikepdf
from asn1crypto import cms, tsp, x509

from domain.text import one_line

_MOST_FIELDS = 20_000
_MOST_SIGNATURES = 200
_MOST_BYTES = 4 * 1024 * 1024  # of one CMS value; those with revocation lists inside reach 1 MiB
_LONGEST_NAME = 300
_PDF_TIME = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?(\d\d)?(?:Z|([+-])(\d\d)'?(\d\d)?'?)?")
#: what parsers raise on values that were made to break them
_DAMAGE = (pikepdf.PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, OverflowError)


@dataclass(frozen=True)
class Claim:
    """One signature's own words.

    Attributes:
        field: full name of the signature field.
        signer: common name in the certificate that the signature names as its own; "" when it cannot be read.
        organisation: organisation and unit in that certificate, outer one first.
        signed_at: the time stamp's time, else the one that the signer wrote; aware; None without.
        time_source: ``timestamp`` (a time stamp authority's clock, as the token says), ``signer``, "" without.
    """

    field: str
    signer: str
    organisation: tuple[str, ...]
    signed_at: datetime | None
    time_source: str


def read_claims(path: Path) -> tuple[Claim, ...]:
    """Return what each signature in the PDF at *path* says, in the order of signing; document time stamps left out.

    What cannot be read is left empty, a file that is no PDF has none: a claim is a hint, never an error.
    """
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            found = [(_covered(value), name, value) for name, value in _signatures(pdf)]
            found.sort(key=lambda item: (item[0], item[1]))
            return tuple(_claim(name, value) for _, name, value in found)
    except (*_DAMAGE, OSError):
        return ()


def _signatures(pdf: pikepdf.Pdf) -> list[tuple[str, Any]]:
    form = pdf.Root.get("/AcroForm")
    fields = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
    if not isinstance(fields, pikepdf.Array):
        return []
    todo: list[tuple[Any, str, str]] = [(field, "", "") for field in fields]
    seen: set[tuple[int, int]] = set()
    found: list[tuple[str, Any]] = []
    for _ in range(_MOST_FIELDS):
        if not todo or len(found) >= _MOST_SIGNATURES:
            break
        field, prefix, kind = todo.pop()
        if not isinstance(field, pikepdf.Dictionary) or (field.is_indirect and field.objgen in seen):
            continue
        if field.is_indirect:
            seen.add(field.objgen)
        own = str(field.get("/T", ""))
        name = ".".join(part for part in (prefix, own) if part)
        kind = str(field.get("/FT", kind))
        value = field.get("/V")
        if kind == "/Sig" and isinstance(value, pikepdf.Dictionary) and "/Contents" in value:
            if str(value.get("/SubFilter")) != "/ETSI.RFC3161":
                found.append((name, value))
        elif isinstance(field.get("/Kids"), pikepdf.Array):
            todo.extend((kid, name, kind) for kid in list(field.Kids)[:_MOST_FIELDS])
    return found


def _covered(value: Any) -> int:
    """Return up to which byte the signature reaches: later signatures reach further."""
    try:
        numbers = [int(v) for v in value.ByteRange]
    except _DAMAGE:
        return 0
    return numbers[2] + numbers[3] if len(numbers) == 4 else 0


def _claim(name: str, value: Any) -> Claim:
    certificate: x509.Certificate | None = None
    stamped: datetime | None = None
    written = _pdf_time(value)
    try:
        data = bytes(value.Contents)
        if len(data) <= _MOST_BYTES:
            signed = cms.ContentInfo.load(data)["content"]
            info = signed["signer_infos"][0]
            certificate = _signer(signed, info)
            stamped = _stamped(info)
            written = written or _signing_time(info)
    except _DAMAGE:
        pass  # a hint less
    signer, organisation = _names(certificate)
    source = "timestamp" if stamped else "signer" if written else ""
    return Claim(one_line(name)[:_LONGEST_NAME], signer, organisation, stamped or written, source)


def _signer(signed: Any, info: Any) -> x509.Certificate | None:
    identifier = info["sid"].chosen
    for choice in signed["certificates"]:
        certificate = choice.chosen
        if not isinstance(certificate, x509.Certificate):
            continue
        if isinstance(identifier, cms.IssuerAndSerialNumber):
            if (
                certificate.serial_number == identifier["serial_number"].native
                and certificate.issuer == identifier["issuer"]
            ):
                return certificate
        elif certificate.key_identifier == identifier.native:
            return certificate
    return None


def _stamped(info: Any) -> datetime | None:
    """Return the time in the signature's time stamp token, None without."""
    try:
        for attribute in info["unsigned_attrs"]:
            if attribute["type"].native == "signature_time_stamp_token":
                content = attribute["values"][0]["content"]["encap_content_info"]["content"]
                moment: datetime = tsp.TSTInfo.load(bytes(content))["gen_time"].native
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except _DAMAGE:
        return None
    return None


def _signing_time(info: Any) -> datetime | None:
    for attribute in info["signed_attrs"]:
        if attribute["type"].native == "signing_time":
            moment: datetime = attribute["values"][0].native
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _pdf_time(value: Any) -> datetime | None:
    """Return /M (ISO 32000-1, 7.9.4).

    It comes before the CMS attribute: tools in use here write local time into the latter and call it UTC.
    """
    found = _PDF_TIME.match(str(value.get("/M", "")))
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(g or 0) for g in found.groups()[:6])
    offset = timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0))
    try:
        zone = timezone(-offset if found[7] == "-" else offset)
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


def _names(certificate: x509.Certificate | None) -> tuple[str, tuple[str, ...]]:
    """Return (common name, organisation and units); identifiers of persons are not taken."""
    if certificate is None:
        return "", ()
    common, organisation = "", []
    try:
        for rdn in certificate.subject.chosen:
            for pair in rdn:
                kind, text = pair["type"].native, one_line(str(pair["value"].native))[:_LONGEST_NAME]
                if kind == "common_name":
                    common = text
                elif kind in ("organization_name", "organizational_unit_name"):
                    organisation.append(text)
    except _DAMAGE:
        pass
    return common, tuple(dict.fromkeys(part for part in organisation if part))
