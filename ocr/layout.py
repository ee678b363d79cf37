"""Human reading order of a Vietnamese administrative page, from the recogniser's lines.

The page is a few zones (Decree 30/2020, Appendix I): marks above the head, left cell, right cell, body, foot left
cell, foot right cell, what follows. A person reads each zone to its end before the next; a recogniser reads across.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ocr.layout_aside import find_aside
from ocr.layout_foot import find_foot
from ocr.layout_grid import Grid, insert_tables, take_framed, take_tables
from ocr.layout_header import find_header
from ocr.layout_rows import cut_at_gaps, in_order, middle, typical_height
from ocr.layout_stamps import is_heading, take_stamp
from ocr.layout_tables import body_order
from ocr.model import Line, Mark, SignatureBlock


@dataclass(frozen=True)
class Zones:
    """Lines of one page by zone, each zone in reading order; empty where the page has no such zone."""

    above: tuple[Line, ...] = ()
    head_left: tuple[Line, ...] = ()
    head_right: tuple[Line, ...] = ()
    stamp: tuple[Line, ...] = ()
    body: tuple[Line, ...] = ()
    foot_left: tuple[Line, ...] = ()
    foot_right: tuple[Line, ...] = ()
    after: tuple[Line, ...] = ()

    def in_order(self) -> tuple[tuple[Line, ...], ...]:
        """The zones in the order a person reads them."""
        return (
            self.above,
            self.head_left,
            self.head_right,
            self.stamp,
            self.body,
            self.foot_left,
            self.foot_right,
            self.after,
        )


@dataclass(frozen=True)
class Arranged:
    """Lines in the order a person reads them, and the paper's text: a line each, an empty line between blocks.

    The text leaves out what is no text of the paper (``ocr.layout_aside``).
    """

    lines: tuple[Line, ...]
    text: str


def find_zones(
    lines: Sequence[Line], width: int, height: int, grids: Sequence[Grid] = (), stamped: Collection[Line] = ()
) -> Zones:
    """Return the zones of a page. *width* and *height* are those of the frame, in pixels; *grids* its ruled tables.

    *stamped* are those of *lines* that a stamp says: they lie over others and are kept apart from the start.
    Every word of *lines* stands in exactly one zone; a recognised line may be cut where it joined two columns, and
    fragments of one row may be joined.
    """
    apart = set(stamped)
    kept = [line for line in lines if line.words and line not in apart]
    if not kept:
        return Zones(stamp=tuple(line for line in lines if line in apart))
    unit = typical_height(kept)
    tables, kept = take_tables(kept, [g for g in grids if not g.is_frame], unit)
    stamp, kept = take_framed(kept, [g for g in grids if g.is_frame], unit)
    head = find_header(kept, width, height)
    rest: Sequence[Line] = head.rest if head else kept
    if not stamp:
        # The stamp's heading may stand so close under the number that it looked like a line of the left cell.
        loose = [line for line in head.left if is_heading(line)] if head else []
        stamp, rest = take_stamp([*loose, *rest], width, height, unit)
        if head and loose:
            left = tuple(line for line in head.left if line not in loose or line in rest)
            head, rest = replace(head, left=left), [line for line in rest if line not in loose]
    foot = find_foot(rest, width, height)
    foot_top = min((line.box[1] for line in (*foot.left, *foot.right)), default=height) if foot else height
    return Zones(
        above=tuple(_marks(head.above, unit)) if head else (),
        head_left=head.left if head else (),
        head_right=head.right if head else (),
        stamp=(*(line for line in lines if line in apart), *stamp),
        body=tuple(
            insert_tables(
                body_order(foot.before if foot else rest, width, unit), [t for t in tables if t.top < foot_top]
            )
        ),
        foot_left=foot.left if foot else (),
        foot_right=foot.right if foot else (),
        after=tuple(
            insert_tables(body_order(foot.after, width, unit) if foot else (), [t for t in tables if t.top >= foot_top])
        ),
    )


def arrange(
    lines: Sequence[Line],
    width: int,
    height: int,
    signature_blocks: Sequence[SignatureBlock] = (),
    marks: Sequence[Mark] = (),
    grids: Sequence[Grid] = (),
    stamped: Collection[Line] = (),
) -> Arranged:
    """Return *lines* in human reading order.

    No word is lost or doubled in the lines; a recognised line may be cut where it joined two columns.

    Args:
        lines: as recognised, frame pixels.
        width: of the frame, pixels.
        height: of the frame, pixels.
        signature_blocks: what signature fields show on the page.
        marks: seals and pen strokes.
        grids: ruled tables.
        stamped: those of *lines* that a stamp says.
    """
    found = find_zones(lines, width, height, grids, stamped)
    zones = [zone for zone in found.in_order() if zone]
    ordered = tuple(line for zone in zones for line in zone)
    if not ordered:
        return Arranged((), "")
    aside = find_aside(ordered, found.above, signature_blocks, marks, typical_height(ordered), grids)
    own = [[line for line in zone if id(line) not in aside] for zone in zones]
    blocks = [block for zone in own if zone for block in _blocks(zone)]
    return Arranged(ordered, "\n\n".join("\n".join(line.text for line in block) for block in blocks))


def _blocks(zone: Sequence[Line]) -> Iterable[list[Line]]:
    """Split a zone where the white between two lines is far more than usual."""
    steps = [middle(b) - middle(a) for a, b in pairwise(zone) if middle(b) > middle(a)]
    limit = 1.9 * median(steps) if steps else 0.0
    block = [zone[0]]
    for line in zone[1:]:
        if middle(line) - middle(block[-1]) > limit:
            yield block
            block = []
        block.append(line)
    yield block


def _marks(lines: Sequence[Line], unit: float) -> list[Line]:
    """Order stamps and signature texts above the head: each block to its end, blocks left to right."""
    parts = sorted((p for line in lines for p in cut_at_gaps(line, 1.2 * unit)), key=lambda p: (p.box[1], p.box))
    blocks: list[list[Line]] = []
    for part in parts:
        for block in blocks:
            last = block[-1]
            shared = min(last.box[2], part.box[2]) - max(last.box[0], part.box[0])
            if shared > 0 and part.box[1] - last.box[3] < unit:
                block.append(part)
                break
        else:
            blocks.append([part])
    blocks.sort(key=lambda b: min(p.box[0] for p in b))
    return [line for block in blocks for line in in_order(block, unit)]
