"""Where the page reader meets a file's own text: one call before recognition, one after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ocr.layout_rows import union
from ocr.model import Line, Mark, SignatureBlock, Word
from ocr.prepare.frame import Matrix, map_box
from ocr.recognizer import Gray, Recognizer
from ocr.source.pdf_text import PageText
from ocr.textlayer.read import TextLayer, read_text_layer

_NOTHING = TextLayer("", (), (), ())


class TextSource(Protocol):
    """What is needed of a page image."""

    def text(self) -> PageText | None:
        """Return the file's own text of the page."""
        ...


def own_text(image: TextSource, gray: Gray, dpi: float, marks: Sequence[Mark], recognizer: Recognizer) -> TextLayer:
    """Return what became of the page's own text (nothing, where it has none).

    Args:
        image: the page.
        gray: its samples as they lie, seals in it or lifted out.
        dpi: of *gray*.
        marks: seals and pen strokes, pixels of *gray*.
        recognizer: for sample lines.
    """
    text = image.text()
    return _NOTHING if text is None else read_text_layer(text, gray, dpi, marks, recognizer)


@dataclass(frozen=True)
class Framed:
    """Lines and signature blocks in the upright frame."""

    lines: list[Line]
    blocks: tuple[SignatureBlock, ...]


def with_blocks(lines: Sequence[Line], layer: TextLayer, matrix: Matrix, width: int, height: int) -> Framed:
    """Put the own text of signature blocks where a recogniser read their small print.

    Args:
        lines: recognised, upright frame.
        layer: of the page.
        matrix: from the page image as it lies to the frame.
        width: of the frame, pixels.
        height: of the frame, pixels.
    """
    blocks = tuple(SignatureBlock(b.field, map_box(b.box, matrix, width, height), b.text) for b in layer.blocks)
    own = [_mapped(line, matrix, width, height) for line in layer.block_lines]
    if not own:
        return Framed(list(lines), blocks)
    kept = []
    for line in lines:
        words = tuple(w for w in line.words if not any(_within(w, block) for block in own))
        if len(words) == len(line.words):
            kept.append(line)
        elif words:
            kept.append(Line(words, union(w.box for w in words), line.baseline))
    return Framed([*kept, *own], blocks)


def _mapped(line: Line, matrix: Matrix, width: int, height: int) -> Line:
    words = tuple(Word(w.text, w.confidence, map_box(w.box, matrix, width, height)) for w in line.words)
    box = union(w.box for w in words)
    level = matrix[1] == 0 and matrix[3] == 0
    base = (line.baseline[0] * matrix[4] + matrix[5], line.baseline[1] * matrix[4] + matrix[5])
    return Line(words, box, base if level else (float(box[3]), float(box[3])))


def _within(word: Word, line: Line) -> bool:
    """Tell whether *word* stands on *line*: its middle lies within, a little room around."""
    room = 0.4 * (line.box[3] - line.box[1])
    x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
    return line.box[0] - room <= x <= line.box[2] + room and line.box[1] - room <= y <= line.box[3] + room
