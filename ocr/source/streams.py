"""Encoded images: what a PDF writer needs to keep an image byte by byte, and lossless encoders where it cannot."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

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


def usable_icc(profile: bytes | None, base: str) -> bytes | None:
    """Return *profile* if PDF/A-2 takes it for *base* (ISO 19005-2, 6.2.4.2): ICC before 5, fitting space."""
    if not profile or len(profile) < 128 or len(profile) > 4 * 1024 * 1024 or profile[36:40] != b"acsp":
        return None
    (declared,) = struct.unpack_from(">I", profile)
    space = {"DeviceGray": b"GRAY", "DeviceRGB": b"RGB "}[base]
    fits = profile[8] < 5 and profile[12:16] in (b"prtr", b"mntr", b"scnr", b"spac") and profile[16:20] == space
    return profile[:declared] if fits and 128 < declared <= len(profile) else None


def from_png(data: bytes, *, unchanged: bool = True) -> EncodedImage | None:
    """Return the image data of a PNG as it is (a PDF reads PNG's deflate and predictors), or None where it cannot.

    Interlacing and transparency have no counterpart in a plain PDF image.
    """
    chunks = png_chunks(data)
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        return None
    width, height, bits, colour_type, _, _, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    parts = dict(chunks)
    if interlace or colour_type not in (0, 2, 3) or b"tRNS" in parts or b"IDAT" not in parts:
        return None
    base = "DeviceGray" if colour_type == 0 else "DeviceRGB"
    palette = parts.get(b"PLTE") if colour_type == 3 else None
    if colour_type == 3 and (not palette or len(palette) % 3 or len(palette) > 768):
        return None
    colours = 3 if colour_type == 2 else 1
    return EncodedImage(
        data=b"".join(body for kind, body in chunks if kind == b"IDAT"),
        filter="FlateDecode",
        width=width,
        height=height,
        bits=bits,
        colour=ColourSpace(base, usable_icc(_png_icc(parts.get(b"iCCP")), base), palette),
        decode_parms={"Predictor": 15, "Colors": colours, "BitsPerComponent": bits, "Columns": width},
        unchanged=unchanged,
    )


def _png_icc(chunk: bytes | None) -> bytes | None:
    if not chunk or b"\0" not in chunk[:80]:
        return None
    try:
        return zlib.decompressobj().decompress(chunk[chunk.index(b"\0") + 2 :], 4 * 1024 * 1024)
    except zlib.error:
        return None


def flate(samples: Pixels) -> EncodedImage:
    """Return *samples*, grey ``(h, w)`` or RGB ``(h, w, 3)``, as Flate with PNG predictors; lossless."""
    from PIL import Image

    image = png_of(Image.fromarray(np.ascontiguousarray(samples)))
    assert image is not None  # Pillow writes neither interlaced nor transparent for these modes
    return image


def png_of(image: Any) -> EncodedImage | None:
    """Return a Pillow image without transparency as Flate with PNG predictors, depth and palette kept; lossless."""
    if image.mode not in ("L", "P", "RGB", "I;16", "I;16B") or "transparency" in image.info:
        return None
    sink = io.BytesIO()
    image.save(sink, "PNG", compress_level=6, icc_profile=image.info.get("icc_profile"))
    return from_png(sink.getvalue(), unchanged=False)


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
    import cv2

    # not by Pillow: its optimised encoder gives up on noisy pictures ("suspension not allowed")
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    order = samples if samples.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(samples), cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(order), options)
    if not done:
        raise ValueError(f"no JPEG of {samples.shape}")
    return EncodedImage(
        data=data.tobytes(),
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
