"""TIFF: pages, resolution, and strips that can be kept byte by byte."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

from ocr.source.limits import Limits
from ocr.source.refusals import refusal
from ocr.source.streams import ColourSpace, EncodedImage, ccitt_parms

# TIFF 6.0 tag numbers
_SUBFILE, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER = 254, 258, 259, 262, 266
_STRIP_OFFSETS, _SAMPLES, _STRIP_COUNTS, _T6_OPTIONS, _UNIT, _TILE_OFFSETS = 273, 277, 279, 293, 296, 324
_X_RESOLUTION, _Y_RESOLUTION, _TILE_COUNTS = 282, 283, 325
_GROUP4 = 4


def page_frames(path: Path, limits: Limits) -> list[int]:
    """Return the indexes of the directories that are pages: thumbnails are left out, loops end the walk.

    Raises:
        BadInput: ``corrupt``, ``too-many-pages``.
    """
    frames: list[int] = []
    with path.open("rb") as file:
        seen: set[int] = set()
        order, big, at = _header(file)
        index = 0
        while at:
            if at in seen:
                raise refusal("corrupt", "TIFF directories run in a circle")
            seen.add(at)
            if len(seen) > limits.max_pages:
                raise refusal("too-many-pages", f"more than {limits.max_pages} pages")
            reduced, at = _directory(file, order, big, at)
            if not reduced:
                frames.append(index)
            index += 1
    if not seen:
        raise refusal("corrupt", "TIFF without a directory")
    return frames or [0]


def _header(file: BinaryIO) -> tuple[str, bool, int]:
    head = file.read(16)
    order = "<" if head[:2] == b"II" else ">"
    (version,) = struct.unpack_from(order + "H", head.ljust(16, b"\0"), 2)
    big = version == 43
    (first,) = struct.unpack_from(order + ("Q" if big else "I"), head.ljust(16, b"\0"), 8 if big else 4)
    return order, big, int(first)


def _directory(file: BinaryIO, order: str, big: bool, at: int) -> tuple[bool, int]:
    """Return whether the directory at *at* is a thumbnail, and where the next one stands (0: none)."""
    count_format, entry_bytes, next_format = ("Q", 20, "Q") if big else ("H", 12, "I")
    file.seek(at)
    raw = file.read(struct.calcsize(order + count_format))
    if len(raw) < struct.calcsize(order + count_format):
        raise refusal("corrupt", "TIFF directory outside the file")
    (count,) = struct.unpack(order + count_format, raw)
    if not 0 < count <= 4096:
        raise refusal("corrupt", f"TIFF directory with {count} entries")
    body = file.read(count * entry_bytes + struct.calcsize(order + next_format))
    if len(body) < count * entry_bytes:
        raise refusal("corrupt", "TIFF directory is cut off")
    reduced = False
    for entry in range(0, count * entry_bytes, entry_bytes):
        tag, _ = struct.unpack_from(order + "HH", body, entry)
        if tag == _SUBFILE:
            (value,) = struct.unpack_from(order + "I", body, entry + (12 if big else 8))
            reduced = bool(value & 1)
    rest = body[count * entry_bytes :].ljust(8, b"\0")
    return reduced, int(struct.unpack_from(order + next_format, rest)[0])


def dpi(image: Any) -> tuple[float, float] | None:
    """Return the resolution by the tags; None where the unit is unknown."""
    tags = image.tag_v2
    unit = tags.get(_UNIT, 2)
    if unit == 1 or _X_RESOLUTION not in tags or _Y_RESOLUTION not in tags:
        return None
    factor = 2.54 if unit == 3 else 1.0
    return float(tags[_X_RESOLUTION]) * factor, float(tags[_Y_RESOLUTION]) * factor


def is_group4(image: Any) -> bool:
    """Tell whether the current frame is CCITT Group 4."""
    return bool(image.tag_v2.get(_COMPRESSION) == _GROUP4)


def data_lies_inside(image: Any, path: Path) -> bool:
    """Tell whether all strips or tiles of the current frame lie inside the file."""
    tags = image.tag_v2
    offsets = tags.get(_STRIP_OFFSETS) or tags.get(_TILE_OFFSETS)
    counts = tags.get(_STRIP_COUNTS) or tags.get(_TILE_COUNTS)
    if not offsets or not counts:
        return False
    end = path.stat().st_size
    return all(o + c <= end for o, c in zip(_each(offsets), _each(counts), strict=False))


def _each(value: Any) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (int(value),)


def kept_stream(image: Any, path: Path) -> EncodedImage | None:
    """Return the strip of the current frame as it is, where a PDF can hold it: Group 4 in one strip.

    Two more things hinder: bits in reverse order (FillOrder 2) and the rare uncompressed mode of T.6.
    """
    tags = image.tag_v2
    offsets = _each(tags.get(_STRIP_OFFSETS, ()))
    counts = _each(tags.get(_STRIP_COUNTS, ()))
    plain = (
        tags.get(_COMPRESSION) == _GROUP4
        and len(offsets) == len(counts) == 1
        and _each(tags.get(_BITS, 1)) == (1,)
        and tags.get(_SAMPLES, 1) == 1
        and tags.get(_FILL_ORDER, 1) == 1
        and not tags.get(_T6_OPTIONS, 0)
        and tags.get(_PHOTOMETRIC) in (0, 1)
    )
    if not plain:
        return None
    with path.open("rb") as file:
        file.seek(offsets[0])
        data = file.read(counts[0])
    width, height = image.size
    parms = ccitt_parms(width, height, black_is_1=tags[_PHOTOMETRIC] == 1)
    return EncodedImage(data, "CCITTFaxDecode", width, height, 1, ColourSpace("DeviceGray"), parms)
