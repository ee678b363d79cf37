"""Encoded images: what a PDF writer needs to keep an image byte by byte, and lossless encoders where it cannot."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: dpi below or above these are a writer's default or a mistake, not a scanner's setting
SANE_DPI = (50.0, 2400.0)
A4_SHORT_INCHES = 210 / 25.4


@dataclass(frozen=True)
class ColourSpace:
    """Colour space of an image.

    Attributes:
        base: ``DeviceGray`` or ``DeviceRGB``, of the samples or, with a palette, of its entries.
        icc: profile bytes for the base, or None for the device space (meaning sRGB here).
        palette: ``3 * n`` or ``n`` bytes for an Indexed space, else None.
    """

    base: str
    icc: bytes | None = None
    palette: bytes | None = None


@dataclass(frozen=True)
class EncodedImage:
    """An image ready to stand in a PDF.

    Attributes:
        data: encoded bytes.
        filter: PDF filter name without slash: ``DCTDecode``, ``CCITTFaxDecode``, ``JBIG2Decode``, ``FlateDecode``,
            ``RunLengthDecode``, or ``""`` for raw samples.
        width: samples a row.
        height: rows.
        bits: bits a component.
        colour: colour space of the samples.
        decode_parms: PDF ``/DecodeParms`` entries (numbers and booleans).
        decode: PDF ``/Decode`` where it is not the default.
        jbig2_globals: bytes of the globals segment stream.
        unchanged: the bytes are the source's own encoded bytes.
    """

    data: bytes
    filter: str
    width: int
    height: int
    bits: int
    colour: ColourSpace
    decode_parms: dict[str, int | bool] = field(default_factory=dict)
    decode: tuple[float, ...] | None = None
    jbig2_globals: bytes | None = None
    unchanged: bool = True


def sane_dpi(dpi_x: float | None, dpi_y: float | None, width: int, height: int) -> tuple[float, float]:
    """Return a believable resolution; where the file gives none, as if the short side were that of A4."""
    low, high = SANE_DPI
    known = [d for d in (dpi_x, dpi_y) if d is not None and low <= d <= high]
    if dpi_x in known and dpi_y in known and dpi_x is not None and dpi_y is not None:
        return float(dpi_x), float(dpi_y)
    if known:
        return float(known[0]), float(known[0])
    guess = max(low, min(high, min(width, height) / A4_SHORT_INCHES))
    return guess, guess


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return the chunks of a PNG as (type, body), up to and with IEND; stops at damage without error."""
    chunks: list[tuple[bytes, bytes]] = []
    if not data.startswith(_PNG_SIGNATURE):
        return chunks
    at = len(_PNG_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        if at + 12 + length > len(data):
            break
        chunks.append((kind, data[at + 8 : at + 8 + length]))
        if kind == b"IEND":
            break
        at += 12 + length
    return chunks


def flate(samples: Pixels) -> EncodedImage:
    """Return *samples*, grey ``(h, w)`` or RGB ``(h, w, 3)``, as Flate with PNG predictors; lossless."""
    from PIL import Image

    sink = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(samples)).save(sink, "PNG", compress_level=6)
    data = b"".join(body for kind, body in png_chunks(sink.getvalue()) if kind == b"IDAT")
    colours = 1 if samples.ndim == 2 else 3
    return EncodedImage(
        data=data,
        filter="FlateDecode",
        width=samples.shape[1],
        height=samples.shape[0],
        bits=8,
        colour=ColourSpace("DeviceGray" if colours == 1 else "DeviceRGB"),
        decode_parms={"Predictor": 15, "Colors": colours, "BitsPerComponent": 8, "Columns": samples.shape[1]},
        unchanged=False,
    )


def group4(black: NDArray[np.bool_]) -> EncodedImage:
    """Return a bilevel image, True where black, as one CCITT Group 4 strip; lossless."""
    from PIL import Image

    height, width = black.shape
    sink = io.BytesIO()
    Image.fromarray(np.where(black, np.uint8(0), np.uint8(255))).convert("1", dither=Image.Dither.NONE).save(
        sink, "TIFF", compression="group4", tiffinfo={278: height}
    )
    tiff = Image.open(io.BytesIO(sink.getvalue()))
    offsets, counts = tiff.tag_v2[273], tiff.tag_v2[279]  # type: ignore[attr-defined]
    if len(offsets) != 1:
        packed = np.packbits(~black, axis=1).tobytes()
        return EncodedImage(
            zlib.compress(packed, 9), "FlateDecode", width, height, 1, ColourSpace("DeviceGray"), unchanged=False
        )
    return EncodedImage(
        data=sink.getvalue()[offsets[0] : offsets[0] + counts[0]],
        filter="CCITTFaxDecode",
        width=width,
        height=height,
        bits=1,
        colour=ColourSpace("DeviceGray"),
        decode_parms=ccitt_parms(width, height, black_is_1=bool(tiff.tag_v2[262] == 1)),  # type: ignore[attr-defined]
        unchanged=False,
    )


def ccitt_parms(width: int, height: int, *, black_is_1: bool, k: int = -1) -> dict[str, int | bool]:
    """Return ``/DecodeParms`` of a CCITT stream (ISO 32000-1, table 11)."""
    return {"K": k, "Columns": width, "Rows": height, "BlackIs1": black_is_1}


def jpeg(samples: Pixels, quality: int) -> EncodedImage:
    """Return *samples*, grey or RGB, as baseline JPEG 4:4:4; lossy."""
    from PIL import Image

    sink = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(samples)).save(sink, "JPEG", quality=quality, subsampling=0, optimize=True)
    return EncodedImage(
        data=sink.getvalue(),
        filter="DCTDecode",
        width=samples.shape[1],
        height=samples.shape[0],
        bits=8,
        colour=ColourSpace("DeviceGray" if samples.ndim == 2 else "DeviceRGB"),
        unchanged=False,
    )


def rendering(rgb: Pixels) -> EncodedImage:
    """Return a rendered page in the form that fits: grey when no colour is there; Flate unless JPEG is far smaller."""
    if not (rgb[..., 0] != rgb[..., 1]).any() and not (rgb[..., 1] != rgb[..., 2]).any():
        rgb = np.ascontiguousarray(rgb[..., 0])
    if rgb.ndim == 2 and np.isin(np.unique(rgb), (0, 255)).all():
        return group4(rgb == 0)
    exact, lossy = flate(rgb), jpeg(rgb, 90)
    return exact if len(exact.data) <= 1.5 * len(lossy.data) else lossy
