"""EAD3 of a file (hồ sơ) or a document: the fields of TT 05/2025/TT-BNV, each marked with its name there.

The circular's names stand in ``encodinganalog``: a reader who knows EAD finds title, dates and extent where they
belong, one who knows the circular finds each field by its name. Of a code list the code comes first, then the same in
words. Dates, which EAD3 gives no such attribute, bear the name in ``localtype``.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from storage.eark.model import Unit, shown

EAD3 = "http://ead3.archivists.org/schema/"
#: where EAD3 has a place of its own for a field of the circular
_PLACES = {"maintenance": "appraisal", "mode": "accessrestrict", "format": "phystech", "description": "scopecontent"}
_DATES = {"file": ("startDate", "endDate"), "item": ("issuedDate", "issuedDate")}
_CODE, _TITLE = {"file": "fileCode", "item": "docCode"}, {"file": "title", "item": "subject"}


def ead_xml(unit: Unit, *, made_at: str, agency: tuple[str, str], software: str) -> bytes:
    """Return the EAD3 document (UTF-8) of *unit*; the same arguments give the same bytes."""
    register_namespace("ead", EAD3)
    root = Element(_name("ead"))
    _control(root, unit, made_at, agency, software)
    described = SubElement(root, _name("archdesc"), {"level": unit.level})
    did = SubElement(described, _name("did"))
    _text(did, "unitid", unit.code, encodinganalog=_CODE[unit.level])
    if "paperFileCode" in unit.terms:
        _text(did, "unitid", unit.terms["paperFileCode"][0], encodinganalog="paperFileCode")
    _text(did, "unittitle", unit.title, encodinganalog=_TITLE[unit.level])
    if unit.start or unit.end:
        _dates(did, unit)
    for name, (number, what) in unit.quantities.items():
        kind = {"physdescstructuredtype": "materialtype", "coverage": "whole", "encodinganalog": name}
        extent = SubElement(did, _name("physdescstructured"), kind)
        _text(extent, "quantity", str(number))
        _text(extent, "unittype", what)
    code, iso, words = unit.language
    if words:
        spoken = SubElement(did, _name("langmaterial"), {"encodinganalog": "language"})
        _text(spoken, "language", words, **({"langcode": iso} if iso else {}))
        _text(SubElement(spoken, _name("descriptivenote")), "p", code)
    if unit.organisation:
        _name_of(SubElement(did, _name("origination"), {"encodinganalog": "organName"}), "corpname", unit.organisation)
    _name_of(SubElement(did, _name("repository")), "corpname", agency[1] or agency[0])
    keywords = unit.terms.get("keyword")
    if keywords:
        access = SubElement(described, _name("controlaccess"))
        for word in keywords[0].split(";"):
            _name_of(access, "subject", word.strip(), encodinganalog="keyword")
    for name, (value, said) in unit.terms.items():
        if name in ("keyword", "paperFileCode"):
            continue
        place = SubElement(described, _name(_PLACES.get(name, "odd")), {"encodinganalog": name})
        _text(place, "p", value)
        if said:
            _text(place, "p", said)
    indent(root)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True))


def _control(root: Element, unit: Unit, made_at: str, agency: tuple[str, str], software: str) -> None:
    control = SubElement(root, _name("control"))
    _text(control, "recordid", unit.code)
    titles = SubElement(SubElement(control, _name("filedesc")), _name("titlestmt"))
    _text(titles, "titleproper", unit.title)
    SubElement(control, _name("maintenancestatus"), {"value": "new"})
    keeper = SubElement(control, _name("maintenanceagency"))
    _text(keeper, "agencycode", agency[0])
    _text(keeper, "agencyname", agency[1] or agency[0])
    event = SubElement(SubElement(control, _name("maintenancehistory")), _name("maintenanceevent"))
    SubElement(event, _name("eventtype"), {"value": "created"})
    _text(event, "eventdatetime", made_at, standarddatetime=made_at)
    SubElement(event, _name("agenttype"), {"value": "machine"})
    _text(event, "agent", software)


def _dates(did: Element, unit: Unit) -> None:
    first, last = _DATES[unit.level]
    place = SubElement(did, _name("unitdatestructured"))
    if unit.level == "item" or unit.start == unit.end:
        _text(place, "datesingle", unit.start or unit.end, standarddate=unit.start or unit.end, localtype=first)
        return
    span = SubElement(place, _name("daterange"))
    if unit.start:
        _text(span, "fromdate", unit.start, standarddate=unit.start, localtype=first)
    if unit.end:
        _text(span, "todate", unit.end, standarddate=unit.end, localtype=last)


def _name_of(parent: Element, tag: str, text: str, **attributes: str) -> None:
    _text(SubElement(parent, _name(tag), attributes), "part", text)


def _text(parent: Element, tag: str, text: str, **attributes: str) -> None:
    SubElement(parent, _name(tag), attributes).text = shown(text)


def _name(tag: str) -> str:
    return f"{{{EAD3}}}{tag}"
