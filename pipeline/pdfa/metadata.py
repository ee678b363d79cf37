"""What a PDF/A file says about itself: DocInfo and XMP, both from one record, always equal."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from xml.sax.saxutils import escape

NAMESPACE = "urn:sohoa:van-ban:1.0#"
PREFIX = "vanban"

#: facts of the document and of its conversion; others may be given, under a name of the same form
DESCRIPTIONS = {
    "so_ky_hieu": "Number and symbol of the document (So, ky hieu), Decree 30/2020",
    "ngay_ban_hanh": "Date of issue, ISO 8601",
    "loai_van_ban": "Type of document",
    "trich_yeu": "Subject (Trich yeu noi dung)",
    "co_quan_ban_hanh": "Issuing agency",
    "co_quan_chu_quan": "Superior agency",
    "dia_danh": "Place of issue",
    "nguoi_ky": "Signer",
    "chuc_vu": "Position of the signer",
    "source_sha256": "SHA-256 of the file this one was converted from",
    "source_media_type": "Media type of the file this one was converted from",
    "source_pages": "Pages of that file, first-last/count, where it holds several documents",
    "converted_at": "Time of conversion, Law 20/2023/QH15 Article 12",
    "converted_by": "Body that converted, Law 20/2023/QH15 Article 12",
    "converted_from": "What was converted (paper or electronic), Law 20/2023/QH15 Article 12",
    "owner": "Identifier of the owner of the electronic warehouse",
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
#: a PDF string holds 32767 bytes (ISO 19005-2, 6.1.13); longer than this, a "subject" is a reading gone wrong
_LONGEST = 4000
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class PdfaMetadata:
    """What goes into DocInfo and XMP.

    Attributes:
        title: what the document is called (dc:title), not empty.
        author: the issuing agency (dc:creator); may be empty.
        language: BCP 47, of the document's text.
        created: when this file is made; with a time zone. No clock is read: the same input gives the same bytes.
        producer: the tool with its version (pdf:Producer).
        facts: document and conversion facts by name (``DESCRIPTIONS``); empty values are left out.
    """

    title: str
    author: str
    language: str
    created: datetime
    producer: str
    facts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.created.tzinfo is None:
            raise ValueError("created needs a time zone")
        bad = [name for name in self.facts if not _NAME.fullmatch(name)]
        if bad:
            raise ValueError(f"fact names must be lower-case identifiers: {sorted(bad)}")


def clean(text: str) -> str:
    """Return *text* without characters that XML cannot hold, on one line, cut to 4000 characters."""
    line = " ".join(_NOT_XML.sub("", text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def xmp_packet(metadata: PdfaMetadata, facts: dict[str, str]) -> bytes:
    """Return the XMP packet for PDF/A-2u (ISO 19005-2, 6.6), *facts* in a declared extension schema."""
    stamp = _iso(metadata.created)
    parts = [
        _simple("pdfaid", "part", "2") + _simple("pdfaid", "conformance", "U"),
        _simple("dc", "format", "application/pdf"),
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{_text(metadata.title)}</rdf:li></rdf:Alt></dc:title>',
        f"<dc:language><rdf:Bag><rdf:li>{_text(metadata.language)}</rdf:li></rdf:Bag></dc:language>",
    ]
    if clean(metadata.author):
        parts.append(f"<dc:creator><rdf:Seq><rdf:li>{_text(metadata.author)}</rdf:li></rdf:Seq></dc:creator>")
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", facts.get("ngay_ban_hanh", "")):
        parts.append(f"<dc:date><rdf:Seq><rdf:li>{facts['ngay_ban_hanh']}</rdf:li></rdf:Seq></dc:date>")
    if facts.get("trich_yeu"):
        parts.append(
            '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">'
            f"{_text(facts['trich_yeu'])}</rdf:li></rdf:Alt></dc:description>"
        )
    parts += [_simple("xmp", name, stamp) for name in ("CreateDate", "ModifyDate", "MetadataDate")]
    parts += [_simple("xmp", "CreatorTool", metadata.producer), _simple("pdf", "Producer", metadata.producer)]
    parts += [_simple(PREFIX, name, value) for name, value in facts.items()]
    if facts:
        parts.append(_extension(facts))
    body = "\n".join(parts)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"'
        ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"'
        ' xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
        ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
        ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"'
        f' xmlns:{PREFIX}="{NAMESPACE}">\n'
        f"{body}\n"
        '</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


def info_entries(metadata: PdfaMetadata, facts: dict[str, str]) -> dict[str, str]:
    """Return the DocInfo entries as text; they equal the XMP properties (ISO 19005-2, 6.6.3 note)."""
    entries = {"Title": clean(metadata.title), "Author": clean(metadata.author)}
    if facts.get("trich_yeu"):
        entries["Subject"] = clean(facts["trich_yeu"])
    entries |= {"Creator": clean(metadata.producer), "Producer": clean(metadata.producer)}
    stamp = metadata.created.strftime("D:%Y%m%d%H%M%S") + _pdf_offset(metadata.created)
    entries |= {"CreationDate": stamp, "ModDate": stamp}
    return {name: value for name, value in entries.items() if value}


def all_facts(metadata: PdfaMetadata, source_sha256: str, media_type: str) -> dict[str, str]:
    """Return the facts to be written, in a fixed order: those given and those known of the conversion."""
    facts = {name: clean(value) for name, value in metadata.facts.items()}
    facts.setdefault("converted_at", _iso(metadata.created))
    facts |= {"source_sha256": source_sha256, "source_media_type": media_type}
    order = {name: at for at, name in enumerate(DESCRIPTIONS)}
    return {name: facts[name] for name in sorted(facts, key=lambda n: (order.get(n, len(order)), n)) if facts[name]}


def _extension(facts: dict[str, str]) -> str:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{escape(DESCRIPTIONS.get(name, 'Fact of the document: ' + name))}"
        "</pdfaProperty:description></rdf:li>\n"
        for name in facts
    )
    return (
        '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Vietnamese administrative document</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>{PREFIX}</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>\n{properties}</rdf:Seq></pdfaSchema:property>"
        "</rdf:li></rdf:Bag></pdfaExtension:schemas>"
    )


def _simple(prefix: str, name: str, value: str) -> str:
    return f"<{prefix}:{name}>{_text(value)}</{prefix}:{name}>"


def _text(value: str) -> str:
    return escape(clean(value))


def _iso(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _pdf_offset(moment: datetime) -> str:
    offset = moment.strftime("%z")
    return "Z" if offset == "+0000" else f"{offset[:3]}'{offset[3:5]}'"
