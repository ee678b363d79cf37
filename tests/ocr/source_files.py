"""Small input files of every kind, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops, ImageCms, ImageDraw

WIDTH, HEIGHT, DPI = 310, 440, 75
#: a red bar top left, a blue block bottom right: no two orientations look the same
RED = (20, 20, 200, 50)
BLUE = (210, 340, 290, 420)


def picture(size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """Return the colour page that all files show."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((RED[0], RED[1], RED[2] - 1, RED[3] - 1), fill=(200, 30, 30))
    draw.rectangle((BLUE[0], BLUE[1], BLUE[2] - 1, BLUE[3] - 1), fill=(30, 60, 180))
    for row in range(80, 320, 20):
        draw.rectangle((30, row, 30 + (row * 7) % 220, row + 6), fill=(0, 0, 0))
    return image


def gray() -> np.ndarray:
    """Return the page in grey."""
    return np.asarray(picture().convert("L"))


def bilevel() -> Image.Image:
    """Return the page in black and white."""
    return picture().convert("L").point(lambda v: 255 if v > 128 else 0).convert("1", dither=Image.Dither.NONE)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return *image* as a file of *kind*."""
    sink = io.BytesIO()
    image.save(sink, kind, **options)
    return sink.getvalue()


def cmyk() -> Image.Image:
    """Return the page in CMYK."""
    return picture().convert("CMYK")


def grey_profile() -> bytes:
    """Return some RGB profile (not one for grey)."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def sixteen_bit() -> Image.Image:
    """Return the page with 16 bits a sample."""
    return Image.fromarray(gray().astype(np.uint16) * 257)


def transparent() -> Image.Image:
    """Return the page with a hole where the red bar is."""
    image = picture().convert("RGBA")
    image.paste((0, 0, 0, 0), RED)
    return image


RASTER: dict[str, tuple[str, Callable[[], bytes]]] = {
    "rgb.jpg": ("image/jpeg", lambda: saved(picture(), "JPEG", quality=85, dpi=(DPI, DPI))),
    "grey.jpg": ("image/jpeg", lambda: saved(picture().convert("L"), "JPEG", quality=85, dpi=(DPI, DPI))),
    "progressive.jpg": ("image/jpeg", lambda: saved(picture(), "JPEG", progressive=True, dpi=(DPI, DPI))),
    "icc.jpg": ("image/jpeg", lambda: saved(picture(), "JPEG", dpi=(DPI, DPI), icc_profile=grey_profile())),
    "cmyk.jpg": ("image/jpeg", lambda: saved(cmyk(), "JPEG", quality=90, dpi=(DPI, DPI))),
    "rgb.png": ("image/png", lambda: saved(picture(), "PNG", dpi=(DPI, DPI))),
    "grey.png": ("image/png", lambda: saved(picture().convert("L"), "PNG", dpi=(DPI, DPI))),
    "bilevel.png": ("image/png", lambda: saved(bilevel(), "PNG", dpi=(DPI, DPI))),
    "palette.png": ("image/png", lambda: saved(picture().quantize(16), "PNG", dpi=(DPI, DPI))),
    "alpha.png": ("image/png", lambda: saved(transparent(), "PNG", dpi=(DPI, DPI))),
    "16bit.png": ("image/png", lambda: saved(sixteen_bit(), "PNG", dpi=(DPI, DPI))),
    "g4.tif": ("image/tiff", lambda: g4_tiff(bilevel(), one_strip=True)),
    "g4-strips.tif": ("image/tiff", lambda: g4_tiff(bilevel(), one_strip=False)),
    "g3.tif": ("image/tiff", lambda: saved(bilevel(), "TIFF", compression="group3", dpi=(DPI, DPI))),
    "grey.tif": ("image/tiff", lambda: saved(picture().convert("L"), "TIFF", compression="tiff_lzw", dpi=(DPI, DPI))),
    "rgb.tif": ("image/tiff", lambda: saved(picture(), "TIFF", compression="tiff_deflate", dpi=(DPI, DPI))),
    "jpeg.tif": ("image/tiff", lambda: saved(picture(), "TIFF", compression="jpeg", dpi=(DPI, DPI))),
    "cmyk.tif": ("image/tiff", lambda: saved(cmyk(), "TIFF", dpi=(DPI, DPI))),
    "alpha.tif": ("image/tiff", lambda: saved(transparent(), "TIFF", dpi=(DPI, DPI))),
    "16bit.tif": ("image/tiff", lambda: saved(sixteen_bit(), "TIFF", dpi=(DPI, DPI))),
    "palette.tif": ("image/tiff", lambda: saved(picture().quantize(16), "TIFF", dpi=(DPI, DPI))),
}


def g4_tiff(image: Image.Image, *, one_strip: bool) -> bytes:
    """Return Group 4 in one strip or in strips of 16 rows."""
    rows = image.height if one_strip else 16
    return saved(image, "TIFF", compression="group4", dpi=(DPI, DPI), tiffinfo={278: rows})


def g4_strip(image: Image.Image) -> bytes:
    """Return the bare Group 4 data of *image*, its black pixels coded as black runs."""
    data = g4_tiff(ImageChops.invert(image), one_strip=True)
    with Image.open(io.BytesIO(data)) as tiff:
        assert tiff.tag_v2[262] == 1  # ones are white to Pillow, and ones are coded as black runs
        start, count = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
    return data[start : start + count]


def multipage_tiff() -> bytes:
    """Return three pages: Group 4, colour, grey."""
    pages = [bilevel(), picture(), picture().convert("L")]
    sink = io.BytesIO()
    pages[0].save(sink, "TIFF", save_all=True, append_images=pages[1:], dpi=(DPI, DPI))
    return sink.getvalue()


def jbig2(image: Image.Image) -> bytes:
    """Return *image* as an embedded JBIG2 stream: page information and one MMR-coded generic region (T.88, 7.2)."""
    size = struct.pack(">II", image.width, image.height)
    information = size + struct.pack(">IIBH", 0, 0, 0, 0)
    region = size + struct.pack(">IIB", 0, 0, 0) + b"\x01" + g4_strip(image)
    return _segment(1, 48, information) + _segment(2, 38, region)


def jbig2_globals() -> bytes:
    """Return a globals stream: one comment segment (T.88, 7.4.15.1)."""
    return _segment(0, 62, struct.pack(">I", 0x20000000) + b"made\0by a test\0\0", page=0)


def _segment(number: int, kind: int, data: bytes, page: int = 1) -> bytes:
    return struct.pack(">IBBBI", number, kind, 0, page, len(data)) + data


def scan_pdf(
    path: Path,
    data: bytes,
    entries: dict[str, Any],
    *,
    matrix: tuple[float, ...] | None = None,
    size: tuple[float, float] = (WIDTH * 72 / DPI, HEIGHT * 72 / DPI),
    rotate: int = 0,
    before: bytes = b"",
    after: bytes = b"",
    build: Callable[[pikepdf.Pdf, Any], None] | None = None,
) -> Path:
    """Write a PDF of one page that shows one image."""
    with pikepdf.Pdf.new() as pdf:
        pdf.add_blank_page(page_size=size)
        page = pdf.pages[0].obj
        image = pikepdf.Stream(pdf, data)
        for key, value in ({"/Type": Name.XObject, "/Subtype": Name.Image} | entries).items():
            image[key] = value(pdf) if callable(value) else value
        page.Resources = Dictionary(XObject=Dictionary(Im0=image))
        m = matrix or (size[0], 0, 0, size[1], 0, 0)
        draw = b"q " + b" ".join(b"%f" % v for v in m) + b" cm /Im0 Do Q"
        page.Contents = pikepdf.Stream(pdf, b"\n".join((before, draw, after)))
        if rotate:
            page.Rotate = rotate
        if build:
            build(pdf, page)
        pdf.save(path, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return path


def image_entries(space: Any, bits: int = 8, **more: Any) -> dict[str, Any]:
    """Return the entries of an image XObject."""
    entries = {"/Width": WIDTH, "/Height": HEIGHT, "/BitsPerComponent": bits, "/ColorSpace": space}
    return entries | {f"/{key}": value for key, value in more.items()}


def _indexed(pdf: pikepdf.Pdf) -> Any:
    palette = bytes(picture().quantize(16).getpalette()[:48])
    return Array([Name.Indexed, Name.DeviceRGB, 15, pikepdf.String(palette)])


def _icc(pdf: pikepdf.Pdf) -> Any:
    return Array([Name.ICCBased, pdf.make_indirect(pikepdf.Stream(pdf, grey_profile(), N=3))])


def _globals(pdf: pikepdf.Pdf) -> Any:
    return Dictionary(JBIG2Globals=pdf.make_indirect(pikepdf.Stream(pdf, jbig2_globals())))


def _fax(*, black_is_1: bool = False) -> Dictionary:
    return Dictionary(K=-1, Columns=WIDTH, Rows=HEIGHT, BlackIs1=black_is_1)


def rgb_jpeg() -> bytes:
    """Return the JPEG that PDFs of this module embed."""
    return saved(picture(), "JPEG", quality=85)


def _a85(data: bytes) -> bytes:
    import base64

    return base64.a85encode(data) + b"~>"


def _predicted(samples: np.ndarray) -> bytes:
    rows = samples.reshape(samples.shape[0], -1)
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))


#: name -> (how PageImage names it, whether the encoded bytes stay, builder)
SCAN_PDFS: dict[str, tuple[str, bool, Callable[[Path], Path]]] = {
    "dct-rgb": (
        "jpeg",
        True,
        lambda p: scan_pdf(p, rgb_jpeg(), image_entries(Name.DeviceRGB, Filter=Name.DCTDecode)),
    ),
    "dct-gray": (
        "jpeg",
        True,
        lambda p: scan_pdf(
            p, saved(picture().convert("L"), "JPEG"), image_entries(Name.DeviceGray, Filter=Name.DCTDecode)
        ),
    ),
    "dct-icc": ("jpeg", True, lambda p: scan_pdf(p, rgb_jpeg(), image_entries(_icc, Filter=Name.DCTDecode))),
    "dct-in-ascii85": (
        "jpeg",
        True,
        lambda p: scan_pdf(
            p,
            _a85(rgb_jpeg()),
            image_entries(Name.DeviceRGB, Filter=Array([Name.ASCII85Decode, Name.DCTDecode])),
        ),
    ),
    "dct-cmyk": (
        "jpeg",
        False,
        lambda p: scan_pdf(
            p,
            saved(cmyk(), "JPEG", quality=90),
            image_entries(Name.DeviceCMYK, Filter=Name.DCTDecode, Decode=Array([1, 0, 1, 0, 1, 0, 1, 0])),
        ),
    ),
    "ccitt": (
        "ccitt",
        True,
        lambda p: scan_pdf(
            p, g4_strip(bilevel()), image_entries(Name.DeviceGray, 1, Filter=Name.CCITTFaxDecode, DecodeParms=_fax())
        ),
    ),
    "ccitt-stencil": (
        "ccitt",
        True,
        lambda p: scan_pdf(
            p,
            g4_strip(bilevel()),
            {
                "/Width": WIDTH,
                "/Height": HEIGHT,
                "/ImageMask": True,
                "/Filter": Name.CCITTFaxDecode,
                "/DecodeParms": _fax(),
            },
        ),
    ),
    "jbig2": (
        "jbig2",
        True,
        lambda p: scan_pdf(p, jbig2(bilevel()), image_entries(Name.DeviceGray, 1, Filter=Name.JBIG2Decode)),
    ),
    "jbig2-globals": (
        "jbig2",
        True,
        lambda p: scan_pdf(
            p,
            jbig2(bilevel()),
            image_entries(Name.DeviceGray, 1, Filter=Name.JBIG2Decode, DecodeParms=_globals),
        ),
    ),
    "flate-rgb": (
        "flate",
        True,
        lambda p: scan_pdf(
            p, zlib.compress(picture().tobytes()), image_entries(Name.DeviceRGB, Filter=Name.FlateDecode)
        ),
    ),
    "flate-predictor": (
        "flate",
        True,
        lambda p: scan_pdf(
            p,
            _predicted(gray()),
            image_entries(
                Name.DeviceGray, Filter=Name.FlateDecode, DecodeParms=Dictionary(Predictor=15, Columns=WIDTH)
            ),
        ),
    ),
    "flate-indexed": (
        "flate",
        True,
        lambda p: scan_pdf(
            p, zlib.compress(picture().quantize(16).tobytes()), image_entries(_indexed, Filter=Name.FlateDecode)
        ),
    ),
    "flate-bilevel-inverted": (
        "flate",
        True,
        lambda p: scan_pdf(
            p,
            zlib.compress(np.packbits(np.asarray(bilevel()) == 0, axis=1).tobytes()),
            image_entries(Name.DeviceGray, 1, Filter=Name.FlateDecode, Decode=Array([1, 0])),
        ),
    ),
    "flate-cmyk": (
        "flate",
        False,
        lambda p: scan_pdf(p, zlib.compress(cmyk().tobytes()), image_entries(Name.DeviceCMYK, Filter=Name.FlateDecode)),
    ),
    "raw-gray": ("flate", False, lambda p: scan_pdf(p, gray().tobytes(), image_entries(Name.DeviceGray))),
    "jpx": (
        "flate",
        False,
        lambda p: scan_pdf(
            p,
            saved(picture(), "JPEG2000", irreversible=False),
            image_entries(Name.DeviceRGB, Filter=Name.JPXDecode),
        ),
    ),
}
