"""Image files (JPEG, PNG, TIFF) as pages."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, BinaryIO, Literal

import cv2
import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from domain.errors import BadInput
from ocr.source import tiff
from ocr.source.image import Kind, PageImage, Pixels, luma, resized
from ocr.source.limits import Limits
from ocr.source.refusals import refusal
from ocr.source.streams import (
    ColourSpace,
    EncodedImage,
    flate,
    from_png,
    group4,
    jpeg,
    png_chunks,
    png_of,
    sane_dpi,
    usable_icc,
)

# This room checks the pixels of every image against its own limits before decoding.
Image.MAX_IMAGE_PIXELS = None
Image.init()

#: EXIF/TIFF orientation -> (mirrored, clockwise turn): 2, 4, 5, 7 are mirrored (rule: mirror left-right, then turn)
_ORIENTATION = {1: (False, 0), 2: (True, 0), 3: (False, 180), 4: (True, 180), 5: (True, 270), 6: (False, 90)} | {
    7: (True, 90),
    8: (False, 270),
}
#: what cameras and drawing programs write when they do not know
_WRITERS_DEFAULT_DPI = (72, 96)
_A3_SHORT_INCHES, _A0_SHORT_INCHES = 11.7, 33.2


class RasterFile:
    """An open image file."""

    def __init__(self, path: Path, media_type: str, limits: Limits) -> None:
        self.path = path
        self._limits = limits
        self._media_type = media_type
        self._data = b""
        self._handle: BinaryIO | None = None
        self._image: Any = None
        try:
            if media_type == "image/tiff":
                # by handle, not by name: Pillow would map the file, and a file cut short under it kills the process
                self._handle = path.open("rb")
                self._image = Image.open(self._handle, formats=("TIFF",))
                self._frames = tiff.page_frames(path, limits)
            else:
                self._data = path.read_bytes()
                self._image = Image.open(io.BytesIO(self._data), formats=("JPEG", "PNG"))
                self._frames = [0]
        except BadInput:
            self.close()
            raise
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, KeyError, TypeError, EOFError) as error:
            self.close()
            if isinstance(error, FileNotFoundError | PermissionError):
                raise
            raise refusal("corrupt", f"image header cannot be read ({type(error).__name__})") from error
        self.page_count = len(self._frames)

    def close(self) -> None:
        """Close the file."""
        if self._image is not None:
            self._image.close()
        if self._handle is not None:
            self._handle.close()

    def check_all(self) -> None:
        """Look at every page's size and completeness.

        Raises:
            BadInput: ``corrupt``, ``too-many-pixels``, ``unsupported-image``.
        """
        for number in range(1, self.page_count + 1):
            page = self.page(number)
            page.check_complete()

    def page(self, number: int) -> RasterPage:
        """Return page *number* (1-based)."""
        try:
            if self._media_type == "image/tiff":
                self._image.seek(self._frames[number - 1])
            image = self._image
            width, height = image.size
        except (OSError, EOFError, SyntaxError, ValueError, KeyError, TypeError) as error:
            raise refusal("corrupt", f"page {number}: directory cannot be read ({type(error).__name__})") from error
        if width < 1 or height < 1:
            raise refusal("corrupt", f"page {number}: image without area")
        if width * height > self._limits.max_pixels:
            raise refusal("too-many-pixels", f"page {number}: {width} x {height}, limit {self._limits.max_pixels}")
        kinds: dict[str, Kind] = {"image/tiff": "tiff", "image/jpeg": "jpeg", "image/png": "png"}
        return RasterPage(number, self, self._frames[number - 1], self._image, self._data, kinds[self._media_type])


class RasterPage(PageImage):
    """One page of an image file."""

    def __init__(self, number: int, file: RasterFile, frame: int, image: Any, data: bytes, kind: Kind) -> None:
        mirrored, turn = _ORIENTATION.get(_orientation(image), (False, 0))
        dpi_x, dpi_y = _resolution(image)
        super().__init__(number, image.size, (dpi_x, dpi_y), kind, turn)
        self._file, self._frame, self._image, self._data = file, frame, image, data
        self._mirrored = mirrored
        self._mode = image.mode  # the image object is shared between the pages of a TIFF
        if kind == "tiff" and tiff.is_group4(image):
            self.kind = "ccitt"
        if mirrored:
            self.kind = "rendered"
        self._decoded: Pixels | None = None

    def check_complete(self) -> None:
        """Raise ``corrupt`` when the end of the image is missing."""
        if self._image.format == "PNG":
            kinds = {kind for kind, _ in png_chunks(self._data)}
            complete = b"IDAT" in kinds and b"IEND" in kinds
        elif self._image.format == "TIFF":
            complete = tiff.data_lies_inside(self._image, self._file.path)
        else:
            complete = jpeg_ends(self._data) or _loads(self._data)
        if not complete:
            raise refusal("corrupt", f"page {self.number}: image data is incomplete")
        if self._image.mode in ("F", "I"):
            raise refusal("unsupported-image", f"page {self.number}: 32-bit samples")

    def _decode_gray(self) -> Pixels:
        if self._image.format != "TIFF" and self._mode in ("L", "RGB") and self._data[:2] == b"\xff\xd8":
            return self._turned_over(decode_jpeg(self._data, cv2.IMREAD_GRAYSCALE, self.number))
        samples = self._samples()
        return samples if samples.ndim == 2 else luma(samples)

    def scan_rgb(self, scale: Literal[1, 2, 4, 8] = 1) -> Pixels:
        """Return colour samples; a JPEG is decoded straight to the smaller size."""
        if self._image.format != "TIFF" and self._mode in ("L", "RGB") and self._data[:2] == b"\xff\xd8":
            return self._turned_over(decode_jpeg(self._data, JPEG_SCALE[scale], self.number))
        samples = self._samples()
        size = (-(-self.width // scale), -(-self.height // scale))
        samples = resized(samples, size)
        return np.repeat(samples[..., None], 3, axis=2) if samples.ndim == 2 else samples

    def encoded(self) -> EncodedImage:
        """Return the file's own bytes where a PDF can hold them, else a lossless copy (CMYK: RGB JPEG, quality 95)."""
        self._seek()
        if not self._mirrored:
            kept = self._kept()
            if kept is not None:
                return kept
        if self._mode == "CMYK":
            return jpeg(self._samples(), 95)
        samples = self._samples()
        if self._mode == "1":
            return group4(samples == 0)
        exact = None if self._mirrored else png_of(self._image)
        return exact or flate(samples)

    def _kept(self) -> EncodedImage | None:
        image = self._image
        if image.format == "TIFF":
            return tiff.kept_stream(image, self._file.path)
        icc = image.info.get("icc_profile")
        if image.format == "PNG":
            return from_png(self._data)
        if image.mode not in ("L", "RGB"):
            return None
        base = "DeviceGray" if image.mode == "L" else "DeviceRGB"
        return EncodedImage(
            self._data, "DCTDecode", self.width, self.height, 8, ColourSpace(base, usable_icc(icc, base))
        )

    def _seek(self) -> None:
        if self._image.format == "TIFF":
            self._image.seek(self._frame)

    def _turned_over(self, samples: Pixels) -> Pixels:
        return np.ascontiguousarray(samples[:, ::-1]) if self._mirrored else samples

    def _samples(self) -> Pixels:
        """Return all samples, grey ``(h, w)`` or RGB ``(h, w, 3)``, 8 bit, on white."""
        if self._decoded is None:
            try:
                self._seek()
                self._image.load()
                self._decoded = self._turned_over(to_samples(self._image))
            except (OSError, EOFError, SyntaxError, ValueError, KeyError, TypeError, MemoryError) as error:
                raise refusal("corrupt", f"page {self.number}: cannot be decoded ({type(error).__name__})") from error
        return self._decoded


#: cv2 flags that decode a JPEG straight to 1/scale
JPEG_SCALE = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def decode_jpeg(data: bytes, flags: int, number: int) -> Pixels:
    """Return the samples of a complete JPEG, grey or RGB by *flags* (cv2), without applying EXIF orientation.

    Raises:
        BadInput: ``corrupt``; data that stops early is refused, not filled up with grey.
    """
    if not jpeg_ends(data) and not _loads(data):
        raise refusal("corrupt", f"page {number}: JPEG data stops early")
    out = cv2.imdecode(np.frombuffer(data, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION)
    if out is None:
        raise refusal("corrupt", f"page {number}: JPEG cannot be decoded")
    if out.ndim == 3:
        out = cv2.cvtColor(out, cv2.COLOR_BGR2RGB)
    return np.asarray(out, dtype=np.uint8)


def jpeg_ends(data: bytes) -> bool:
    """Tell whether an end-of-image marker stands within the last 4 KiB (writers pad with zeros or line ends)."""
    return b"\xff\xd9" in data[-4096:]


def _loads(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            image.load()
    except (OSError, SyntaxError, ValueError):
        return False
    return True


def to_samples(image: Any) -> Pixels:
    """Return *image* (loaded) as 8-bit grey or RGB samples, transparency laid on white.

    Raises:
        BadInput: ``unsupported-image``.
    """
    mode = image.mode
    if mode.startswith("I;16"):
        return np.asarray(np.asarray(image).astype(np.uint16) >> 8, dtype=np.uint8)
    if mode == "I" and image.format == "PNG":  # 16-bit grey
        return np.asarray(np.clip(np.asarray(image), 0, 65535) >> 8, dtype=np.uint8)
    if mode in ("F", "I"):
        raise refusal("unsupported-image", "32-bit samples")
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        colour = image.convert("RGBA")
        sheet = Image.new("RGBA", colour.size, (255, 255, 255, 255))
        sheet.alpha_composite(colour)
        grey = mode in ("LA", "La", "L", "1")
        return np.asarray(sheet.convert("L" if grey else "RGB"))
    if mode in ("1", "L"):
        return np.asarray(image.convert("L"))
    if mode == "CMYK":
        return np.asarray(cmyk_to_rgb(image))
    return np.asarray(image.convert("RGB"))


def cmyk_to_rgb(image: Any) -> Any:
    """Return *image* (CMYK) as sRGB, through its own profile where it has a good one."""
    profile = image.info.get("icc_profile")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image.convert("RGB")


def _orientation(image: Any) -> int:
    try:
        if image.format == "TIFF":
            return int(image.tag_v2.get(274, 1))
        return int(image.getexif().get(274, 1))
    except (OSError, ValueError, TypeError, SyntaxError, KeyError):
        return 1


def _resolution(image: Any) -> tuple[float, float]:
    width, height = image.size
    try:
        pair = tiff.dpi(image) if image.format == "TIFF" else image.info.get("dpi")
        dpi_x, dpi_y = (float(pair[0]), float(pair[1])) if pair else (None, None)
    except (OSError, ValueError, TypeError, IndexError, ZeroDivisionError, KeyError):
        dpi_x = dpi_y = None
    if dpi_x and dpi_y:
        short = min(width / dpi_x, height / dpi_y)
        unknown = round(dpi_x) in _WRITERS_DEFAULT_DPI and short > _A3_SHORT_INCHES
        if unknown or short > _A0_SHORT_INCHES:
            dpi_x = dpi_y = None
    return sane_dpi(dpi_x, dpi_y, width, height)
