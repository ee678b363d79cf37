"""What a run has to say about each file: one row, shown as a table or as JSON."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

#: outcome -> Vietnamese word of the table
OUTCOMES = {
    "digitised": "đã số hóa",
    "certified": "đã chứng thực",
    "known": "đã có sẵn",
    "duplicate": "trùng tệp đã có",
    "quarantined": "cách ly",
    "failed": "chưa xong",
}

#: kind of a proposal -> how the table says it, the other document's id behind
ALIKE = {
    "same-pixels": "ảnh trang giống hệt văn bản",
    "rescan": "có thể là bản quét lại của văn bản",
    "conflict": "cùng số, ký hiệu nhưng khác nội dung với văn bản",
}


@dataclass(frozen=True)
class Row:
    """One file of a run. ``owner`` is masked; ``seconds`` is the wall time spent on it in this run."""

    file: str
    outcome: str  # key of OUTCOMES
    document_id: str = ""
    pages: int = 0
    type: str = ""
    so_ky_hieu: str = ""
    ngay_ban_hanh: str = ""
    owner: str = ""
    signatures: int = 0
    level: str = ""  # lowest PAdES level of its signatures, "" without
    seconds: float = 0.0
    stored_at: str = ""
    code: str = ""
    message: str = ""
    alike: tuple[str, ...] = ()  # open proposals, "kind:id of the other document"
    doubtful: tuple[str, ...] = ()  # of type, so_ky_hieu, ngay_ban_hanh: what the machine only guesses

    def shown(self, name: str) -> str:
        """Return a value read by machine as a table shows it: a guess bears a question mark."""
        value = str(getattr(self, name))
        return f"{value} (?)" if value and name in self.doubtful else value


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """Return how many rows ended how, every outcome named."""
    found = Counter(row.outcome for row in rows)
    return {outcome: found[outcome] for outcome in OUTCOMES}


def one_a_file(rows: Sequence[Row], order: Sequence[str]) -> list[Row]:
    """Return one row a file in the *order* of names; of several the last, which tells all (digitised, certified)."""
    last = {row.file: row for row in rows}
    place = {name: number for number, name in enumerate(order)}
    return sorted(last.values(), key=lambda row: place.get(row.file, len(place)))


def exit_code(rows: Sequence[Row], *, strict: bool) -> int:
    """Return 1 when a file is not finished (*strict*: or was quarantined), else 0. Quarantine is a finished outcome."""
    undone = {"failed", "quarantined"} if strict else {"failed"}
    return int(any(row.outcome in undone for row in rows))


def rows_json(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the machine form of a run's result."""
    return {"counts": counts(rows), "documents": [asdict(row) for row in rows]}


def _place(row: Row) -> str:
    """Return where the row's document stands, short enough for a table: agency, id, version."""
    parts = row.stored_at.split("/")  # owner/<agency>/<owner pseudonym>/<document id>/vNNNN.json
    return f"{parts[1]}/{parts[3]}/{parts[4].removesuffix('.json')}" if len(parts) == 5 else ""


def _outcome(row: Row) -> str:
    return OUTCOMES[row.outcome] + (f" ({row.code})" if row.code else "")


def _signed(row: Row) -> str:
    return f"{row.signatures} × {row.level}" if row.signatures else ""


def _effort(row: Row) -> str:
    return f"{row.pages} trang · {row.seconds:.1f} s" if row.pages else f"{row.seconds:.1f} s"


def _number(row: Row) -> str:
    return row.shown("so_ky_hieu")


#: heading, what stands below it, how the column is set
_Column = tuple[str, Callable[[Row], str], dict[str, Any]]
_COLUMNS: tuple[_Column, ...] = (
    ("Tệp", lambda row: row.file, {"max_width": 36}),
    ("Kết quả", _outcome, {}),
    ("Trang", lambda row: str(row.pages or ""), {"justify": "right"}),
    ("Loại", lambda row: row.shown("type"), {"max_width": 20}),
    ("Số/ký hiệu", _number, {}),
    ("Ngày", lambda row: row.shown("ngay_ban_hanh"), {}),
    ("Chủ sở hữu", lambda row: row.owner, {}),
    ("Chữ ký", _signed, {}),
    ("Giây", lambda row: f"{row.seconds:.1f}", {"justify": "right"}),
    ("Nơi lưu (cơ quan / mã văn bản / bản)", _place, {}),
)
_STACKED: tuple[_Column, ...] = (
    ("Tệp, nơi lưu, chủ sở hữu", lambda row: _lines(row.file, _place(row), row.owner), {"min_width": 39}),
    ("Kết quả", lambda row: _lines(_outcome(row), _effort(row), _signed(row)), {}),
    ("Văn bản", lambda row: _lines(row.shown("type"), _number(row), row.shown("ngay_ban_hanh")), {}),
)
_ENDLESS = 1000  # columns


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _table(columns: Sequence[_Column], rows: Sequence[Row], title: str) -> Table:
    from rich import box
    from rich.table import Table

    stacked = columns is _STACKED
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False, leading=int(stacked))
    for heading, _, options in columns:
        table.add_column(heading, no_wrap=True, **options)
    for row in rows:
        table.add_row(*(text(row) for _, text, _ in columns))
    return table


def print_table(rows: Sequence[Row], title: str) -> None:
    """Print the rows as a table on stdout, then what was quarantined and why.

    A terminal too narrow for one line a file gets three; a file or a pipe gets whole lines, however long.
    """
    from rich.console import Console

    # names of files and what was read are no markup: "[/...]" would end the run, ":...:" would be a picture
    width = None if sys.stdout.isatty() else _ENDLESS
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    table = _table(_COLUMNS, rows, title)
    if console.measure(table, options=console.options.update(max_width=_ENDLESS)).maximum > console.width:
        table = _table(_STACKED, rows, title)
    console.print(table)
    found = counts(rows)
    console.print(" · ".join(f"{word}: {found[outcome]}" for outcome, word in OUTCOMES.items() if found[outcome]))
    for row in rows:
        if row.outcome in ("quarantined", "failed") and row.message:
            console.print(f"{row.file}: {row.message}")
    for row in rows:
        look = f"sohoa duplicates list --agency {_place(row).partition('/')[0]}"
        for kind, _, other in (proposal.partition(":") for proposal in row.alike):
            console.print(f"{row.file}: {ALIKE[kind]} {other}; chờ cán bộ xem ({look})")
