"""The objects of a PDF/A document: pages, images, the catalog with its output intent and metadata."""

from __future__ import annotations

import hashlib

from ocr.model import PageReading
from ocr.source.image import PageImage
from ocr.source.streams import ColourSpace, EncodedImage, rendering
from pipeline.pdfa.font import InvisibleFont, asset
from pipeline.pdfa.geometry import page_geometry
from pipeline.pdfa.metadata import PdfaMetadata, info_entries, xmp_packet
from pipeline.pdfa.pdf_file import PdfFileWriter, number, numbers, text_string
from pipeline.pdfa.textlayer import text_layer

_COLOURS = {"DeviceGray": 1, "DeviceRGB": 3}


class PdfaDocument:
    """A document being written page by page."""

    def __init__(self, file: PdfFileWriter) -> None:
        self._file = file
        self._tree = file.reserve()
        self._font_number = file.reserve()
        self._font = InvisibleFont()
        self._pages: list[int] = []
        self._shared: dict[bytes, int] = {}

    def add_page(self, image: PageImage, reading: PageReading) -> bool:
        """Write one page; return whether its image is the source's own encoded bytes."""
        encoded = image.encoded()
        place = page_geometry(reading, (encoded.width, encoded.height), (image.dpi_x, image.dpi_y))
        names = [(b"/I", self._image(encoded))]
        parts = [b"q %b cm /I Do Q" % numbers(place.place(0, 0, encoded.width, encoded.height))]
        for index, overlay in enumerate(image.overlays):
            name = b"/O%d" % index
            names.append((name, self._image(rendering(overlay.rgb))))
            parts.append(b"q %b cm %b Do Q" % (numbers(place.place(*overlay.box)), name))
        text = text_layer(reading.lines, place.frame_to_page, self._font)
        fonts = b" /Font <</F %d 0 R>>" % self._font_number if text else b""
        content = self._file.add_stream(b"", b"\n".join([*parts, text]), deflate=True)
        images = b" ".join(b"%b %d 0 R" % named for named in names)
        self._pages.append(
            self._file.add(
                b"<</Type /Page /Parent %d 0 R /MediaBox [0 0 %b] /Resources <</XObject <<%b>>%b>> /Contents %d 0 R>>"
                % (self._tree, numbers((place.width, place.height)), images, fonts, content)
            )
        )
        return encoded.unchanged

    def finish(self, metadata: PdfaMetadata, facts: dict[str, str]) -> str:
        """Write everything that is not a page; return the file's SHA-256, hex."""
        file = self._file
        kids = b" ".join(b"%d 0 R" % page for page in self._pages)
        file.add(b"<</Type /Pages /Count %d /Kids [%b]>>" % (len(self._pages), kids), self._tree)
        if self._font.used:
            self._font.write(file, self._font_number)
        else:
            file.add(b"null", self._font_number)
        profile = file.add_stream(b"/N 3 /Alternate /DeviceRGB", asset("srgb.icc"), deflate=True)
        intent = file.add(
            b"<</Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info (sRGB IEC61966-2.1)"
            b" /DestOutputProfile %d 0 R>>" % profile
        )
        xmp = file.add_stream(b"/Type /Metadata /Subtype /XML", xmp_packet(metadata, facts))
        info = file.add(
            b"<<%b>>"
            % b" ".join(b"/%b %b" % (k.encode(), text_string(v)) for k, v in info_entries(metadata, facts).items())
        )
        root = file.add(
            b"<</Type /Catalog /Pages %d 0 R /Metadata %d 0 R /OutputIntents [%d 0 R] /Lang %b"
            b" /ViewerPreferences <</DisplayDocTitle true>>>>"
            % (self._tree, xmp, intent, text_string(metadata.language))
        )
        return file.finish(root, info)

    def _image(self, image: EncodedImage) -> int:
        entries = [
            b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent %d"
            % (image.width, image.height, image.bits),
            b"/ColorSpace " + self._colour(image.colour),
        ]
        if image.filter:
            entries.append(b"/Filter /" + image.filter.encode())
        parms = [b"/%b %b" % (k.encode(), _plain(v)) for k, v in image.decode_parms.items()]
        if image.jbig2_globals is not None:
            parms.append(b"/JBIG2Globals %d 0 R" % self._once(b"", image.jbig2_globals))
        if parms:
            entries.append(b"/DecodeParms <<%b>>" % b" ".join(parms))
        if image.decode is not None:
            entries.append(b"/Decode [%b]" % b" ".join(number(v) for v in image.decode))
        return self._file.add_stream(b" ".join(entries), image.data)

    def _colour(self, colour: ColourSpace) -> bytes:
        base = b"/" + colour.base.encode()
        if colour.icc is not None:
            count = _COLOURS[colour.base]
            base = b"[/ICCBased %d 0 R]" % self._once(b"/N %d /Alternate %b" % (count, base), colour.icc, deflate=True)
        if colour.palette is None:
            return base
        step = _COLOURS[colour.base]
        high = len(colour.palette) // step - 1
        return b"[/Indexed %b %d <%b>]" % (base, high, colour.palette.hex().encode())

    def _once(self, entries: bytes, data: bytes, *, deflate: bool = False) -> int:
        key = hashlib.sha256(entries + b"\0" + data).digest()
        if key not in self._shared:
            self._shared[key] = self._file.add_stream(entries, data, deflate=deflate)
        return self._shared[key]


def _plain(value: int | bool) -> bytes:
    return str(value).lower().encode()
