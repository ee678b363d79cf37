"""Is this PDF page a scan? Reads the page's drawing program, far enough to say "this one image is all one sees"."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pikepdf

Matrix = tuple[float, float, float, float, float, float]
Rect = tuple[float, float, float, float]

_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_MAX_CONTENT_BYTES = 8 * 1024 * 1024
_MAX_FORM_DEPTH = 4
_INVISIBLE_TEXT = 3
_SHOW_TEXT = frozenset(("Tj", "TJ", "'", '"'))
_PAINT_PATH = frozenset(("f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh"))
_OTHER_PATH = frozenset(("m", "l", "c", "v", "y"))
_OPERATORS = " ".join(
    ["q Q cm gs g rg k cs sc scn Tr Tf Do BDC BI ID EI W W* n re h", *_SHOW_TEXT, *_PAINT_PATH, *_OTHER_PATH]
)
#: how far (points) an image may fall short of a page's edge and still hide what was drawn beneath it
_EDGE = 1.5


class _NotAScanError(Exception):
    """Something that only a renderer can judge."""


@dataclass(frozen=True)
class PlacedImage:
    """The one image of a page.

    Attributes:
        image: the image XObject.
        matrix: unit square to page space (points, y up).
        black: fill colour is black; matters for stencil masks.
    """

    image: Any
    matrix: Matrix
    black: bool

    @property
    def bounds(self) -> Rect:
        """Bounding box on the page, points, y up."""
        return _bounds(self.matrix, (0.0, 0.0, 1.0, 1.0))


@dataclass(frozen=True)
class _State:
    matrix: Matrix = _IDENTITY
    black: bool = True
    text_mode: int = 0
    type3: bool = False
    opaque: bool = True
    clip: Rect | None = None  # page space


def multiply(m: Matrix, n: Matrix) -> Matrix:
    """Return the matrix that applies *m* first, then *n* (PDF order)."""
    a, b, c, d, e, f = m
    g, h, i, j, k, o = n
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + o)


def _bounds(m: Matrix, r: Rect) -> Rect:
    xs = [m[0] * x + m[2] * y + m[4] for x in (r[0], r[2]) for y in (r[1], r[3])]
    ys = [m[1] * x + m[3] * y + m[5] for x in (r[0], r[2]) for y in (r[1], r[3])]
    return min(xs), min(ys), max(xs), max(ys)


def _inside(inner: Rect, outer: Rect, slack: float) -> bool:
    return (
        inner[0] >= outer[0] - slack
        and inner[1] >= outer[1] - slack
        and inner[2] <= outer[2] + slack
        and inner[3] <= outer[3] + slack
    )


def single_image(page: pikepdf.Page, page_box: Rect) -> PlacedImage | None:
    """Return the image that is all one sees of *page* (annotations aside), or None where it has to be rendered.

    Invisible text (render mode 3) does not count, nor does anything drawn before an opaque image that covers the
    page: scanning software puts its text layer there.
    """
    finder = _Finder(page_box)
    try:
        finder.run(page, page.obj.get("/Resources", pikepdf.Dictionary()), _State(), 0)
    except (_NotAScanError, pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        return None
    if len(finder.seen) == 1 and isinstance(finder.seen[0], PlacedImage):
        return finder.seen[0]
    return None


class _Finder:
    def __init__(self, page_box: Rect) -> None:
        self.page_box = page_box
        self.seen: list[PlacedImage | None] = []  # None: something visible that is not an image

    def run(self, source: Any, resources: Any, state: _State, depth: int) -> None:
        _check_size(source)
        stack: list[_State] = []
        base = len(stack)
        path: list[Rect | None] = []  # rectangles of the current path; None: any other segment
        clipping = False
        for instruction in pikepdf.parse_content_stream(source, _OPERATORS):
            operands, op = instruction.operands, str(instruction.operator)
            if op == "q":
                stack.append(state)
            elif op == "Q":
                state = stack.pop() if len(stack) > base else state
            elif op == "cm":
                state = replace(state, matrix=multiply(_matrix(operands), state.matrix))
            elif op == "re":
                x, y, w, h = (float(v) for v in operands)
                path.append((min(x, x + w), min(y, y + h), max(x, x + w), max(y, y + h)))
            elif op in _OTHER_PATH:
                path.append(None)
            elif op in ("W", "W*"):
                clipping = True
            elif op == "n" or op in _PAINT_PATH:
                if op != "n":
                    self._paint()
                if clipping:
                    state = replace(state, clip=_clip(state, path))
                path, clipping = [], False
            elif op in _SHOW_TEXT:
                if state.text_mode != _INVISIBLE_TEXT or state.type3:
                    self._paint()
            elif op == "INLINE IMAGE":
                self._paint()
            elif op == "Do":
                self._draw(resources.XObject[str(operands[0])], resources, state, depth)
            else:
                state = _set(state, op, operands, resources)

    def _paint(self) -> None:
        if self.seen and self.seen[-1] is None:
            return
        self.seen.append(None)

    def _draw(self, thing: Any, resources: Any, state: _State, depth: int) -> None:
        if "/OC" in thing:
            raise _NotAScanError
        if thing.get("/Subtype") == "/Form":
            if depth >= _MAX_FORM_DEPTH:
                raise _NotAScanError
            inner = replace(state, matrix=multiply(_matrix(thing.get("/Matrix", _IDENTITY)), state.matrix))
            box = thing.get("/BBox")
            if box is not None:
                inner = replace(inner, clip=_clip(inner, [_rect(box)]))
            self.run(thing, thing.get("/Resources", resources), inner, depth + 1)
            return
        if thing.get("/Subtype") != "/Image":
            return
        placed = PlacedImage(thing, state.matrix, state.black)
        bounds = placed.bounds
        if (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) < 1.0:
            return
        visible = _intersect(bounds, self.page_box)
        if state.clip is not None and not _inside(visible, state.clip, _EDGE):
            raise _NotAScanError
        see_through = not state.opaque or "/SMask" in thing or "/Mask" in thing or "/SMaskInData" in thing
        if see_through:
            raise _NotAScanError
        stencil = bool(thing.get("/ImageMask", False))
        if stencil and not state.black:
            raise _NotAScanError
        if not stencil and _inside(self.page_box, bounds, _EDGE):
            self.seen.clear()
        self.seen.append(placed)


def _check_size(source: Any) -> None:
    """Refuse drawing programs too long to be a scan's; measured before they are parsed."""
    contents = source.obj.get("/Contents") if isinstance(source, pikepdf.Page) else source
    streams: Iterable[Any] = contents if isinstance(contents, pikepdf.Array) else [contents]
    total = 0
    for stream in streams:
        if stream is not None:
            total += len(stream.read_bytes())
        if total > _MAX_CONTENT_BYTES:
            raise _NotAScanError


def _matrix(values: Any) -> Matrix:
    a, b, c, d, e, f = (float(v) for v in values)
    if not all(math.isfinite(v) for v in (a, b, c, d, e, f)):
        raise _NotAScanError
    return a, b, c, d, e, f


def _rect(values: Any) -> Rect:
    x0, y0, x1, y1 = (float(v) for v in values)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _intersect(a: Rect, b: Rect) -> Rect:
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _clip(state: _State, path: list[Rect | None]) -> Rect:
    """Return the clip after a path of one rectangle under an axis-parallel matrix; anything else is not judged."""
    if len(path) != 1 or path[0] is None:
        raise _NotAScanError
    a, b, c, d = state.matrix[:4]
    if not (abs(b) + abs(c) < 1e-6 or abs(a) + abs(d) < 1e-6):
        raise _NotAScanError
    bounds = _bounds(state.matrix, path[0])
    return bounds if state.clip is None else _intersect(bounds, state.clip)


def _set(state: _State, op: str, operands: Any, resources: Any) -> _State:
    if op == "gs":
        return replace(state, opaque=state.opaque and _opaque(resources.ExtGState[str(operands[0])]))
    if op in ("g", "rg"):
        return replace(state, black=all(float(v) == 0 for v in operands))
    if op == "k":
        return replace(state, black=[float(v) for v in operands][3:] == [1.0])
    if op == "cs":
        return replace(state, black=str(operands[0]) in ("/DeviceGray", "/DeviceRGB"))
    if op in ("sc", "scn"):
        return replace(state, black=state.black and all(float(v) == 0 for v in operands))
    if op == "Tr":
        return replace(state, text_mode=int(operands[0]))
    if op == "Tf":
        font = resources.get("/Font", {}).get(str(operands[0]))
        return replace(state, type3=font is not None and font.get("/Subtype") == "/Type3")
    if op == "BDC" and str(operands[0]) == "/OC":
        raise _NotAScanError
    return state


def _opaque(graphics: Any) -> bool:
    full = float(graphics.get("/ca", 1)) == 1
    mask = graphics.get("/SMask")
    no_mask = mask is None or str(mask) == "/None"
    blend = graphics.get("/BM")
    return full and no_mask and (blend is None or str(blend) in ("/Normal", "/Compatible"))
