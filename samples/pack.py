"""Scanned pages into the files that offices have: PDF of JPEGs, multi-page G4 TIFF, JPEG, PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pikepdf
from PIL import Image

from samples.marks import Pixels
from samples.model import Scan


def jpeg(page: Pixels, scan: Scan) -> bytes:
    """Return *page* as JPEG with its resolution; grey where the scanner was set to grey."""
    image = Image.fromarray(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY) if scan.grey else page)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=scan.quality, dpi=(scan.dpi, scan.dpi))
    return out.getvalue()


def pdf(pages: Sequence[bytes], sizes: Sequence[tuple[int, int]], scan: Scan) -> pikepdf.Pdf:
    """Return a PDF whose pages each show one full-page JPEG at true size; *sizes* are (width, height) in pixels."""
    out = pikepdf.new()
    space = pikepdf.Name.DeviceGray if scan.grey else pikepdf.Name.DeviceRGB
    for data, (wide, high) in zip(pages, sizes, strict=True):
        image = pikepdf.Stream(out, data)
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height, image.BitsPerComponent = wide, high, 8
        image.ColorSpace, image.Filter = space, pikepdf.Name.DCTDecode
        points = [wide * 72 / scan.dpi, high * 72 / scan.dpi]
        draw = f"q {points[0]:.3f} 0 0 {points[1]:.3f} 0 0 cm /Im0 Do Q".encode()
        page = pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=[0, 0, *(round(p, 3) for p in points)],
            Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image)),
            Contents=pikepdf.Stream(out, draw),
        )
        out.pages.append(pikepdf.Page(page))
    out.docinfo["/Producer"] = "Scan Station 4.2"
    return out


def write(path: Path, pages: Sequence[Pixels], scan: Scan) -> None:
    """Write *pages* to *path* in the form of *scan*. JPEG and PNG hold one page."""
    if scan.form == "pdf":
        sizes = [(page.shape[1], page.shape[0]) for page in pages]
        pdf([jpeg(page, scan) for page in pages], sizes, scan).save(path, deterministic_id=True)
    elif scan.form == "tiff":
        bits = [Image.fromarray(_black_and_white(page)).convert("1") for page in pages]
        dpi = (scan.dpi, scan.dpi)
        bits[0].save(path, "TIFF", save_all=True, append_images=bits[1:], compression="group4", dpi=dpi)
    elif scan.form == "jpeg":
        path.write_bytes(jpeg(pages[0], scan))
    elif scan.form == "png":
        Image.fromarray(pages[0]).save(path, "PNG", dpi=(scan.dpi, scan.dpi), compress_level=4)
    else:
        raise ValueError(scan.form)


def _black_and_white(page: Pixels) -> Pixels:
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    return np.where(grey > 165, 255, 0).astype(np.uint8)
