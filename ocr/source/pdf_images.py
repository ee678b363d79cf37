"""Image XObjects: their own encoded bytes for keeping, their samples for reading."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name

from ocr.source.image import Pixels
from ocr.source.pdf_open import DAMAGE, PDFIUM
from ocr.source.refusals import refusal
from ocr.source.streams import ColourSpace, EncodedImage, usable_icc

_PLAIN = {
    "/ASCII85Decode": "/ASCII85Decode",
    "/A85": "/ASCII85Decode",
    "/ASCIIHexDecode": "/ASCIIHexDecode",
    "/AHx": "/ASCIIHexDecode",
    "/FlateDecode": "/FlateDecode",
    "/Fl": "/FlateDecode",
    "/LZWDecode": "/LZWDecode",
    "/LZW": "/LZWDecode",
    "/RunLengthDecode": "/RunLengthDecode",
    "/RL": "/RunLengthDecode",
}
_IMAGE = {
    "/DCTDecode": "/DCTDecode",
    "/DCT": "/DCTDecode",
    "/CCITTFaxDecode": "/CCITTFaxDecode",
    "/CCF": "/CCITTFaxDecode",
    "/JBIG2Decode": "/JBIG2Decode",
    "/JPXDecode": "/JPXDecode",
}
_MAX_ICC = 4 * 1024 * 1024


def filters(image: Any) -> list[str]:
    """Return the full names of the stream's filters, outermost first; unknown ones as they stand."""
    value = image.get("/Filter")
    names = [] if value is None else [str(v) for v in (value if isinstance(value, Array) else [value])]
    return [_PLAIN.get(n) or _IMAGE.get(n) or n for n in names]


def _parms(image: Any, count: int) -> list[Any]:
    value = image.get("/DecodeParms", image.get("/DP"))
    values = list(value) if isinstance(value, Array) else [value]
    return [v if isinstance(v, Dictionary) else None for v in (values + [None] * count)[:count]]


def kept(image: Any) -> EncodedImage | None:
    """Return *image* as its own encoded bytes, where PDF/A-2 holds them as they are; else None.

    Wrappers around a photographic or bilevel codec (ASCII85, Flate over JPEG) are taken off, which leaves the codec's
    bytes alone. Not taken: JPX, LZW, CMYK, Lab, Separation and DeviceN (rules 6.1.6, 6.2.4), damaged dictionaries.
    """
    try:
        return _kept(image)
    except (*DAMAGE, struct.error, zlib.error):
        return None


def _kept(image: Any) -> EncodedImage | None:
    names = filters(image)
    parms = _parms(image, len(names))
    width, height = int(image.Width), int(image.Height)
    stencil = bool(image.get("/ImageMask", False))
    last = names[-1] if names else ""
    bits = 1 if stencil or last in ("/CCITTFaxDecode", "/JBIG2Decode") else int(image.get("/BitsPerComponent", 8))
    colour = ColourSpace("DeviceGray") if stencil else colour_space(image.get("/ColorSpace"))
    if colour is None or bits not in (1, 2, 4, 8, 16) or any(n not in _PLAIN and n not in _IMAGE for n in names):
        return None
    if any(n in _IMAGE for n in names[:-1]) or (colour.palette is not None and bits > 8):
        return None
    decode = image.get("/Decode")
    components = 1 if colour.palette is not None or colour.base == "DeviceGray" else 3
    out = EncodedImage(b"", last[1:], width, height, bits, colour, decode=_decode(decode, components, bits, colour))
    if last == "/JPXDecode":
        return None
    if last == "/DCTDecode":
        return _kept_jpeg(image, names, parms, out, components)
    if last == "/CCITTFaxDecode":
        numbers = {k: _plain_value(v) for k, v in (parms[-1].items() if parms[-1] is not None else ())}
        entries = {k[1:]: v for k, v in numbers.items() if v is not None and k not in ("/Type",)}
        return replace(out, data=_peeled(image, names, parms), decode_parms=entries)
    if last == "/JBIG2Decode":
        shared = parms[-1].get("/JBIG2Globals") if parms[-1] is not None else None
        return replace(
            out,
            data=_peeled(image, names, parms),
            jbig2_globals=None if shared is None else shared.read_bytes(),
        )
    return _kept_samples(image, names, parms, out, components)


def _kept_jpeg(
    image: Any, names: list[str], parms: list[Any], out: EncodedImage, components: int
) -> EncodedImage | None:
    data = _peeled(image, names, parms)
    if jpeg_frame(data) != (out.width, out.height, components) or out.colour.palette is not None or out.bits != 8:
        return None
    transform = parms[-1].get("/ColorTransform") if parms[-1] is not None else None
    return replace(out, data=data, decode_parms={} if transform is None else {"ColorTransform": int(transform)})


def _kept_samples(
    image: Any, names: list[str], parms: list[Any], out: EncodedImage, components: int
) -> EncodedImage | None:
    row = (out.width * components * out.bits + 7) // 8
    samples = image.read_bytes()
    if len(samples) < row * out.height:
        return None
    if names and names[-1] == "/FlateDecode":
        numbers = {k[1:]: _plain_value(v) for k, v in (parms[-1].items() if parms[-1] is not None else ())}
        entries = {k: v for k, v in numbers.items() if v is not None}
        return replace(out, data=_peeled(image, names, parms), decode_parms=entries)
    if names == ["/RunLengthDecode"]:
        return replace(out, data=image.read_raw_bytes())
    packed = zlib.compress(samples[: row * out.height], 6)
    return replace(out, data=packed, filter="FlateDecode", unchanged=False)


def _peeled(image: Any, names: list[str], parms: list[Any]) -> bytes:
    """Return the bytes below all filters but the last."""
    raw: bytes = image.read_raw_bytes()
    if len(names) <= 1:
        return raw
    with pikepdf.Pdf.new() as scratch:
        outer = pikepdf.Stream(scratch, raw)
        outer.Filter = Array([Name(n) for n in names[:-1]])
        if any(p is not None for p in parms[:-1]):
            copies = [Dictionary() if p is None else Dictionary(_copied(p)) for p in parms[:-1]]
            outer.DecodeParms = Array(copies)
        data: bytes = outer.read_bytes()
    return data


def _copied(parms: Any) -> dict[str, Any]:
    values = {k: _plain_value(v) for k, v in parms.items()}
    return {k: v for k, v in values.items() if v is not None}


def _plain_value(value: Any) -> int | bool | None:
    if isinstance(value, bool):
        return value
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _decode(decode: Any, components: int, bits: int, colour: ColourSpace) -> tuple[float, ...] | None:
    if decode is None:
        return None
    values = tuple(float(v) for v in decode)
    default = (0.0, float(2**bits - 1)) if colour.palette is not None else (0.0, 1.0) * components
    if len(values) != 2 * components:
        raise ValueError("Decode of another length")
    return None if values == default else values


def colour_space(space: Any, depth: int = 0) -> ColourSpace | None:
    """Return *space* in the terms of PDF/A with an sRGB output intent, or None where samples have to be converted.

    CalGray and CalRGB are written as the device space.
    """
    if space is None or depth > 1:
        return None
    if isinstance(space, Name):
        grey, rgb = ("/DeviceGray", "/G", "/CalGray"), ("/DeviceRGB", "/RGB", "/CalRGB")
        return (
            ColourSpace("DeviceGray") if str(space) in grey else ColourSpace("DeviceRGB") if str(space) in rgb else None
        )
    if not isinstance(space, Array) or len(space) == 0:
        return None
    family = str(space[0])
    if family == "/ICCBased":
        base = {1: "DeviceGray", 3: "DeviceRGB"}.get(int(space[1].get("/N", 0)))
        if base is None:
            return None
        profile = space[1].read_bytes()
        return ColourSpace(base, usable_icc(profile if len(profile) <= _MAX_ICC else None, base))
    if family in ("/Indexed", "/I") and len(space) == 4:
        under = colour_space(space[1], depth + 1)
        if under is None or under.palette is not None:
            return None
        table = space[3].read_bytes() if isinstance(space[3], pikepdf.Stream) else bytes(space[3])
        size = (int(space[2]) + 1) * (3 if under.base == "DeviceRGB" else 1)
        return replace(under, palette=table[:size].ljust(size, b"\0"))
    return colour_space(Name(family), depth + 1) if len(space) == 1 or family in ("/CalGray", "/CalRGB") else None


def jpeg_frame(data: bytes) -> tuple[int, int, int] | None:
    """Return (width, height, components) of a JPEG that PDF readers know: 8 bit, baseline to progressive Huffman."""
    at = 2
    if data[:2] != b"\xff\xd8":
        return None
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in (0x01, *range(0xD0, 0xD8)):
            at += 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in (0xC0, 0xC1, 0xC2):
            if length < 8 or at + 10 > len(data):
                return None
            precision, height, width, components = struct.unpack_from(">BHHB", data, at + 4)
            return (width, height, components) if precision == 8 else None
        if marker in (0xDA, 0xD9) or (0xC3 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)):
            return None
        at += 2 + length
    return None


def samples(image: Any, encoded: EncodedImage | None, number: int) -> Pixels:
    """Return the samples of *image*, grey ``(h, w)`` or RGB ``(h, w, 3)``, decoded by PDFium.

    With *encoded*, exactly that is decoded: what is read is what is kept.

    Raises:
        BadInput: ``corrupt``.
    """
    try:
        small = _one_image_pdf(image, encoded)
        with PDFIUM:
            document = pypdfium2.PdfDocument(small)
            try:
                page = document[0]
                found = next(page.get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,)))
                out = _to_array(found.get_bitmap())
            finally:
                document.close()
    except (*DAMAGE, StopIteration, struct.error, MemoryError) as error:
        raise refusal("corrupt", f"page {number}: image cannot be decoded ({type(error).__name__})") from error
    return out


def _to_array(bitmap: Any) -> Pixels:
    array = bitmap.to_numpy()
    mode = bitmap.mode
    if mode in ("BGR", "BGRX", "BGRA"):
        array = array[..., 2::-1]
    elif mode in ("RGB", "RGBX", "RGBA"):
        array = array[..., :3]
    elif array.ndim == 3:
        array = array[..., 0]
    return np.array(array, dtype=np.uint8, order="C")


def _one_image_pdf(image: Any, encoded: EncodedImage | None) -> bytes:
    with pikepdf.Pdf.new() as small:
        page = small.add_blank_page(page_size=(100, 100))
        if encoded is None:
            xobject = small.copy_foreign(image)
        else:
            xobject = pikepdf.Stream(small, encoded.data)
            xobject.update(dictionary(encoded, small))
        page.obj.Resources = Dictionary(XObject=Dictionary(I=xobject))
        page.obj.Contents = pikepdf.Stream(small, b"100 0 0 100 0 0 cm /I Do")
        sink = io.BytesIO()
        small.save(sink, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return sink.getvalue()


def dictionary(encoded: EncodedImage, owner: pikepdf.Pdf) -> dict[str, Any]:
    """Return the entries of an image XObject for *encoded*, for use with pikepdf."""
    space: Any = Name("/" + encoded.colour.base)
    if encoded.colour.palette is not None:
        step = 3 if encoded.colour.base == "DeviceRGB" else 1
        table = encoded.colour.palette
        space = Array([Name.Indexed, space, len(table) // step - 1, pikepdf.String(table)])
    entries: dict[str, Any] = {
        "/Type": Name.XObject,
        "/Subtype": Name.Image,
        "/Width": encoded.width,
        "/Height": encoded.height,
        "/BitsPerComponent": encoded.bits,
        "/ColorSpace": space,
    }
    if encoded.filter:
        entries["/Filter"] = Name("/" + encoded.filter)
    parms: dict[str, Any] = {f"/{k}": v for k, v in encoded.decode_parms.items()}
    if encoded.jbig2_globals is not None:
        parms["/JBIG2Globals"] = owner.make_indirect(pikepdf.Stream(owner, encoded.jbig2_globals))
    if parms:
        entries["/DecodeParms"] = Dictionary(parms)
    if encoded.decode is not None:
        entries["/Decode"] = Array([round(v) if v == round(v) else v for v in encoded.decode])
    return entries
