"""A small PDF/A-2u file with text and a picture, as the pipeline would make one."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image, ImageCms, ImageDraw

from signing.appearance.block import text_operators
from signing.appearance.embed import embed_font
from signing.appearance.typeface import characters, face

XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Quyết định thử nghiệm số {number}</rdf:li></rdf:Alt></dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def make_base(number: int = 1, pages: int = 1, lines: int = 12) -> bytes:
    """Return a PDF/A-2u of *pages* pages, each with a picture and *lines* lines of Vietnamese text."""
    document = Pdf.new()
    text = f"Quyết định số {number}/QĐ-UBND về việc thử nghiệm chữ ký số từ xa"
    font = embed_font(document, face("regular"), characters([text]))
    picture = Image.new("RGB", (200, 80), "white")
    ImageDraw.Draw(picture).ellipse((10, 10, 70, 70), outline=(200, 20, 20), width=3)
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=80)
    image = document.make_indirect(
        Stream(
            document,
            jpeg.getvalue(),
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=200,
            Height=80,
            ColorSpace=Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=Name.DCTDecode,
        )
    )
    for _ in range(pages):
        page = document.add_blank_page(page_size=(595.28, 841.89))
        page.add_resource(font, Name.Font, Name.F1)
        page.add_resource(image, Name.XObject, Name.Im0)
        parts = [b"q 150 0 0 60 90 740 cm /Im0 Do Q"]
        parts += [text_operators(face("regular"), text, 13, 90, 710 - 20 * row, "#000000") for row in range(lines)]
        page.contents_add(Stream(document, b"\n".join(parts).replace(b"/SohoaRegular", b"/F1")))
    profile = Stream(document, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), N=3)
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=pikepdf.String("sRGB"),
        DestOutputProfile=document.make_indirect(profile),
    )
    document.Root.OutputIntents = Array([document.make_indirect(intent)])
    xmp = XMP.replace("{number}", str(number)).encode()
    document.Root.Metadata = document.make_indirect(Stream(document, xmp, Type=Name.Metadata, Subtype=Name.XML))
    document.Root.Lang = pikepdf.String("vi-VN")
    out = io.BytesIO()
    document.save(out, fix_metadata_version=False, min_version="1.7", static_id=True)
    return out.getvalue()


def now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)
