"""Reading one page: pixels in, a :class:`ocr.model.PageReading` out. Same pixels and options, same reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocr.handwriting.read import read_gaps
from ocr.layout import arrange
from ocr.layout_grid import Grid
from ocr.model import Code, Line, Mark, PageReading
from ocr.ocr_copy import (
    FINE_DPI,
    OcrCopy,
    finer,
    grid_in_frame,
    in_copy,
    in_frame,
    make_copy,
    skew_of,
    without_rules,
    zoom_of,
)
from ocr.options import ReadOptions
from ocr.page_image import PageImage
from ocr.pen_cover import without_pen
from ocr.prepare.choice import PREPARATIONS, reads_badly, surest
from ocr.prepare.codes import find_codes
from ocr.prepare.columns import part_columns
from ocr.prepare.frame import canvas_size, cut_box, map_box, scan_to_frame, turn
from ocr.prepare.ink import Ink, find_ink
from ocr.prepare.junk import is_blank, without_junk
from ocr.prepare.marks import clear_seal, find_marks
from ocr.prepare.rotation import best_rotation, in_doubt, sureness
from ocr.prepare.skew import lines_run_down, measure_slant
from ocr.prepare.stamps import Parted, stamps_only, without_stamps
from ocr.recognizer import Gray, Recognizer, Weigher
from ocr.rerank.apart import with_words_apart
from ocr.rerank.codes import with_codes_repaired
from ocr.rerank.places import with_places_repaired
from ocr.rerank.rerank import rerank
from ocr.rerank.signs import with_signs_repaired
from ocr.rerank.statistics import statistics
from ocr.roman_numbers import with_roman_numbers_repaired
from ocr.second_look import look_again
from ocr.splitting.separators import all_codes
from ocr.stamped import stamps_over_print, sure_enough, without_remains
from ocr.textlayer.page import own_text, with_blocks
from ocr.textlayer.read import TextLayer
from ocr.under_seal import read_under_seal

#: Lines that stand out like this run across the page for sure (sideways pages give less than 1.1).
_PLAINLY_ACROSS = 1.5
_BLACK_AND_WHITE = frozenset({"ccitt", "jbig2"})
_COLOUR_SCALE = 4
_SEAL_SCALE = 2


def read_page(image: PageImage, number: int, options: ReadOptions, recognizer: Recognizer) -> PageReading:
    """Read page *number* (1-based) of a file.

    Args:
        image: the page; decoded here, once.
        number: kept in the reading.
        options: how to read; ``options.engine`` is not looked at, *recognizer* is used.
        recognizer: an opened engine.

    Raises:
        BadInput: ``page-timeout``, ``page-too-large``, or what decoding the page raises.
    """
    gray = image.gray()
    height, width = gray.shape
    dpi = float(image.dpi) if image.dpi >= 30 else 300.0
    codes = find_codes(gray, dpi)
    coarse = None if image.kind in _BLACK_AND_WHITE and not image.overlays else image.rgb(_COLOUR_SCALE)
    marks = _marks(image, coarse, dpi) if coarse is not None else ()
    layer = own_text(image, gray, dpi, marks, recognizer)
    if layer.lines:
        return _by_own_text(image, number, dpi, layer, marks, codes, recognizer)
    inked, stamps = gray, tuple[Parted, ...]()
    if options.clear_seals:
        inked = gray = _without_seals(image, gray, marks)
        if coarse is not None:
            stamps = stamps_over_print(image, coarse, dpi, marks)
            gray = without_stamps(gray, stamps) if stamps else gray

    rotation = image.pdf_rotate % 360 // 90 * 90
    ink = find_ink(turn(gray, rotation), dpi)
    slant = measure_slant(ink.mask)
    candidates = [0]  # further clockwise turns
    if options.find_rotation and slant.contrast < _PLAINLY_ACROSS and lines_run_down(ink.mask, slant):
        candidates = [0, 90, 270]  # upright too: a short list on an empty page looks much like lines on their side

    def read(sample: Gray) -> list[Line]:
        return recognizer.recognise(sample, reading_dpi)

    zoom, reading_dpi = zoom_of(dpi, options)
    if len(candidates) > 1:
        believed = make_copy(gray, rotation, 0.0, zoom, reading_dpi, ink)
        turned = best_rotation(believed.gray, candidates, read)
        if turned:
            rotation = (rotation + turned) % 360
            ink = find_ink(turn(gray, rotation), dpi)
            slant = measure_slant(ink.mask)
        else:
            candidates = [0]
    copy, grids = without_rules(make_copy(gray, rotation, skew_of(slant, options), zoom, reading_dpi, ink))
    raw = _read_columns(copy, grids, read) if ink.ratio > 0 or ink.mask.any() else []
    if options.find_rotation and len(candidates) == 1 and in_doubt(raw):
        turned = best_rotation(copy.gray, [0, 180], read)
        if turned:
            # Upside down the lines have the same slope: only the picture is turned.
            turned_copy = make_copy(gray, (rotation + 180) % 360, copy.skew_deg, zoom, reading_dpi, ink)
            copy, grids = without_rules(turned_copy)
            raw = _read_columns(copy, grids, read)

    if options.adapt and reads_badly(raw):
        changed = [change(gray, dpi) for change in PREPARATIONS]
        others = [make_copy(g, copy.rotation, copy.skew_deg, zoom, reading_dpi, ink) for g in changed]
        best = surest([copy.gray, *(other.gray for other in others)], read)
        if best:
            other, other_grids = without_rules(others[best - 1])
            other_raw = _read_columns(other, other_grids, read)
            if sureness(other_raw) > sureness(raw):
                gray, copy, grids, raw = changed[best - 1], other, other_grids, other_raw

    if options.second_look and raw:
        raw = look_again(
            raw, copy.gray, lambda: finer(gray, copy, dpi, ink), lambda s: recognizer.recognise(s, FINE_DPI)
        )
    frame_w, frame_h = canvas_size(width, height, copy.rotation, copy.skew_deg)
    lines = without_junk(in_frame(raw, copy, frame_w, frame_h), frame_h)
    if options.rerank:
        lines, _ = rerank(with_words_apart(lines), statistics())
        lines = with_signs_repaired(with_places_repaired(with_codes_repaired(lines)))
        lines = with_roman_numbers_repaired(lines)
    matrix = scan_to_frame(width, height, copy.rotation, copy.skew_deg)
    framed = with_blocks(lines, layer, matrix, frame_w, frame_h)
    lines = framed.lines
    framed_marks = tuple(Mark(m.kind, map_box(m.box, matrix, frame_w, frame_h), m.confidence) for m in marks)
    codes = all_codes(gray, dpi, codes, lines)
    tables = [grid_in_frame(grid, copy, frame_w, frame_h) for grid in grids]
    blank = is_blank(lines, ink.ratio, marks) and not codes
    if options.second_look and not blank:
        weigh = recognizer.weigh if isinstance(recognizer, Weigher) else None
        lines = read_under_seal(lines, frame_w, frame_h, dpi, tables, gray, matrix, recognizer.recognise, weigh)
    stamped = [] if blank or not stamps else _read_stamps(stamps, gray.shape, copy, ink, read, frame_w, frame_h)
    if stamps:
        lines = without_remains(lines, [map_box(one.box, matrix, frame_w, frame_h) for one in stamps], stamped)
    lines = [] if blank else [*lines, *stamped]
    arranged = arrange(lines, frame_w, frame_h, framed.blocks, framed_marks, tables, stamped)
    gaps = read_gaps(inked, matrix, arranged.lines, frame_w, frame_h, dpi)
    strokes = [gap.strokes for gap in gaps if gap.strokes]
    text = arranged.text
    if strokes:
        text = without_pen(
            text, arranged.lines, strokes, copy.gray, lambda box: in_copy(box, copy, frame_w, frame_h), read
        )
    return PageReading(
        number=number,
        width_px=frame_w,
        height_px=frame_h,
        image_width_px=width,
        image_height_px=height,
        dpi=dpi,
        rotation=copy.rotation,
        skew_deg=copy.skew_deg,
        blank=blank,
        mean_confidence=_mean_confidence(arranged.lines),
        text=text,
        lines=arranged.lines,
        marks=framed_marks,
        engine=recognizer.name_and_version,
        image_source=image.kind,
        pixel_digest=image.pixel_digest(),
        text_layer=layer.verdict,
        signature_blocks=framed.blocks,
        codes=tuple(Code(c.kind, c.text, map_box(c.box, matrix, frame_w, frame_h)) for c in codes),
        pen=tuple(gap.reading for gap in gaps),
        stamped=tuple(stamped),
    )


def _by_own_text(
    image: PageImage,
    number: int,
    dpi: float,
    layer: TextLayer,
    marks: tuple[Mark, ...],
    codes: tuple[Code, ...],
    recognizer: Recognizer,
) -> PageReading:
    """Return the reading of a page whose own text was believed: drawn upright and level by the renderer."""
    arranged = arrange(list(layer.lines), image.width, image.height, layer.blocks, marks)
    return PageReading(
        number=number,
        width_px=image.width,
        height_px=image.height,
        image_width_px=image.width,
        image_height_px=image.height,
        dpi=dpi,
        rotation=0,
        skew_deg=0.0,
        blank=False,
        mean_confidence=_mean_confidence(arranged.lines),
        text=arranged.text,
        lines=arranged.lines,
        marks=marks,
        engine=recognizer.name_and_version,
        image_source=image.kind,
        pixel_digest=image.pixel_digest(),
        text_layer=layer.verdict,
        signature_blocks=layer.blocks,
        codes=codes,
    )


def _marks(image: PageImage, small: NDArray[np.uint8], dpi: float) -> tuple[Mark, ...]:
    """Return seals and signatures of the page, boxes in scan pixels; *small* is its small colour copy."""
    rows, columns = small.shape[:2]
    fx, fy = image.width / columns, image.height / rows
    return tuple(
        Mark(
            m.kind,
            cut_box(
                (round(m.box[0] * fx), round(m.box[1] * fy), round(m.box[2] * fx), round(m.box[3] * fy)),
                image.width,
                image.height,
            ),
            m.confidence,
        )
        for m in find_marks(small, dpi / fx)
        if m.kind != "chu_ky" or not _in_widget(m, image, fx, fy)
    )


def _in_widget(mark: Mark, image: PageImage, fx: float, fy: float) -> bool:
    """Tell whether *mark*, in pixels of the small copy, stands in a signature widget: its blue text is no pen's."""
    x, y = (mark.box[0] + mark.box[2]) / 2 * fx, (mark.box[1] + mark.box[3]) / 2 * fy
    boxes = (getattr(overlay, "box", (0, 0, 0, 0)) for overlay in image.overlays)
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in boxes)


def _without_seals(image: PageImage, gray: Gray, marks: tuple[Mark, ...]) -> Gray:
    seals = [m for m in marks if m.kind == "con_dau"]
    if not seals:
        return gray
    colour = image.rgb(_SEAL_SCALE)
    lifted = gray.copy()
    for seal in seals:
        clear_seal(lifted, seal.box, colour, _SEAL_SCALE)
    return lifted


def _read_stamps(
    stamps: Sequence[Parted],
    shape: tuple[int, ...],
    copy: OcrCopy,
    ink: Ink,
    read: Callable[[Gray], list[Line]],
    frame_w: int,
    frame_h: int,
) -> list[Line]:
    """Return the lines that *stamps* say, frame pixels: their ink is read as a page of its own."""
    alone = make_copy(
        stamps_only(shape, stamps), copy.rotation, copy.skew_deg, copy.zoom, copy.dpi, replace(ink, paper=255)
    )
    cleared, _ = without_rules(alone)
    lines = without_junk(in_frame(read(cleared.gray), cleared, frame_w, frame_h), frame_h)
    return [line for line in lines if sure_enough(line)]


def _read_columns(copy: OcrCopy, grids: Sequence[Grid], read: Callable[[Gray], list[Line]]) -> list[Line]:
    """Read the copy, the columns of head and foot kept apart."""
    return read(part_columns(copy.gray, copy.dpi, grids))


def _mean_confidence(lines: tuple[Line, ...]) -> float:
    """Return the mean over words, each weighted by its length; 0.0 without words."""
    weights = [(w.confidence, len(w.text)) for line in lines for w in line.words]
    total = sum(n for _, n in weights)
    return round(sum(c * n for c, n in weights) / total, 4) if total else 0.0
