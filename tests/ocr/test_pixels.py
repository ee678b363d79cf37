"""A page image is known again in any lossless wrapping, and nothing else is taken for it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from ocr.source.pages import PageImages
from ocr.source.pixels import page_digest
from tests.ocr.source_files import DPI, RASTER, SCAN_PDFS, bilevel, g4_tiff, picture, saved

SAME = {
    "bilevel": ["g4.tif", "g4-strips.tif", "g3.tif", "bilevel.png", "ccitt", "ccitt-stencil", "jbig2", "jbig2-globals"],
    "grey": ["grey.png", "grey.tif", "flate-predictor"],
    "colour": ["rgb.png", "palette.png", "rgb.tif", "flate-rgb"],
    "jpeg": ["rgb.jpg", "dct-rgb", "dct-icc", "dct-in-ascii85"],
}


def _digest(name: str, folder: Path) -> str:
    if name in RASTER:
        media_type, make = RASTER[name]
        (folder / name).write_bytes(make())
        return _of(folder / name, media_type)
    return _of(SCAN_PDFS[name][2](folder / f"{name}.pdf"), "application/pdf")


def _of(path: Path, media_type: str) -> str:
    with PageImages(path, media_type) as pages:
        return pages.page(1).pixel_digest()


@pytest.mark.parametrize("image", SAME)
def test_one_image_in_many_wrappings(image: str, tmp_path: Path) -> None:
    assert len({_digest(name, tmp_path) for name in SAME[image]}) == 1


def test_other_images_have_other_digests(tmp_path: Path) -> None:
    digests = [_digest(names[0], tmp_path) for names in SAME.values()]
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize(
    "change",
    [
        lambda: saved(bilevel(), "TIFF", compression="tiff_lzw", dpi=(2 * DPI, 2 * DPI)),
        lambda: saved(bilevel(), "TIFF", compression="tiff_deflate", tiffinfo=_told(305, "another scanner")),
        lambda: saved(bilevel().convert("L"), "TIFF"),
        lambda: saved(bilevel().convert("RGB"), "TIFF", compression="tiff_lzw"),
        lambda: g4_tiff(bilevel(), one_strip=False),
    ],
    ids=["lzw", "flate-and-metadata", "eight-bit", "rgb", "strips"],
)
def test_compression_depth_and_metadata_do_not_count(change: Callable[[], bytes], tmp_path: Path) -> None:
    (tmp_path / "again.tif").write_bytes(change())
    assert _of(tmp_path / "again.tif", "image/tiff") == _digest("g4.tif", tmp_path)


def _told(tag: int, value: str) -> TiffImagePlugin.ImageFileDirectory_v2:
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    directory[tag] = value
    return directory


def test_every_pixel_counts() -> None:
    for base in (np.asarray(picture().convert("L")), np.asarray(bilevel().convert("L"))):
        spot = base.copy()
        spot[399, 7] ^= 255
        turned = np.ascontiguousarray(base[:, ::-1])
        wide = base.reshape(base.shape[1], base.shape[0])
        faint = base.copy()
        faint[3, 3] = 254
        found = [page_digest(samples, None) for samples in (base, spot, turned, wide, faint)]
        assert all(one != other for one, other in combinations(found, 2))


def test_colour_counts_where_the_grey_is_the_same() -> None:
    grey = np.full((40, 40), 120, np.uint8)
    plain = np.full((10, 10, 3), 120, np.uint8)
    red, blue = plain.copy(), plain.copy()
    red[2:5, 2:5], blue[2:5, 2:5] = (200, 90, 70), (70, 90, 200)
    assert page_digest(grey, None) == page_digest(grey, plain)
    assert len({page_digest(grey, colours) for colours in (plain, red, blue)}) == 3


def test_a_grey_image_is_the_same_whatever_colours_it_could_have(tmp_path: Path) -> None:
    page = Image.fromarray(np.asarray(picture().convert("L")))
    found = set()
    for name, image in (("l", page), ("rgb", page.convert("RGB"))):
        (tmp_path / f"{name}.png").write_bytes(saved(image, "PNG"))
        found.add(_of(tmp_path / f"{name}.png", "image/png"))
    assert len(found) == 1
