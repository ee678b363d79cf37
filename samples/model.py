"""What a sample document says (``Paper``) and how it came onto paper and through the scanner (``Scan``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class P:
    """A paragraph. ``**bold**`` may stand around whole words; ``style`` is the face of the rest."""

    text: str
    style: str = ""  # "", "b", "i", "bi"
    align: str = "justify"  # "justify", "centre", "left"
    size: float = 14.0
    indent_mm: float = 12.7
    before_pt: float = 6.0


@dataclass(frozen=True)
class Table:
    """A ruled table; the first row is its head. Column widths are shares of the text width."""

    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]
    size: float = 12.0


@dataclass(frozen=True)
class Form:
    """Label and value pairs of a form, one a line; the value stands in bold where ``bold`` names the label."""

    rows: tuple[tuple[str, str], ...]
    bold: tuple[str, ...] = ()


Block = P | Table | Form


@dataclass(frozen=True)
class Paper:
    """A document by the boxes of Decree 30/2020; lines are broken as printed."""

    co_quan: tuple[str, ...]
    so: str
    ky_hieu: str
    ngay: date
    dia_danh: str
    body: tuple[Block, ...]
    nguoi_ky: str
    chuc_vu: str
    co_quan_chu_quan: tuple[str, ...] = ()
    loai: str | None = None  # None: công văn
    trich_yeu: tuple[str, ...] = ()
    kinh_gui: tuple[str, ...] = ()
    quyen_han: tuple[str, ...] = ()
    noi_nhan: tuple[str, ...] = ()
    do_khan: str | None = None
    hyphen_number: bool = False  # Party style: 35-TB/TGV
    number_label: str = "Số:"
    pen_number: bool = False
    pen_day: bool = False
    border: bool = False  # a certificate's frame
    seal_words: tuple[str, str] = ("", "")  # upper and lower arc
    body_size: float = 14.0
    leading: float = 1.3  # line height to the em
    motto: tuple[str, ...] = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
    star: str = ""  # stands under the agency instead of the line: ``*`` on papers of the Party

    @property
    def so_ky_hieu(self) -> str:
        """Number and sign as they are cited."""
        return f"{self.so}{'-' if self.hyphen_number else '/'}{self.ky_hieu}"


@dataclass(frozen=True)
class Arrival:
    """The stamp of the office that received the paper."""

    agency: str
    number: str
    day: date


@dataclass(frozen=True)
class Stamp:
    """A stamp on the first page: lines of letters, with or without a frame."""

    lines: tuple[tuple[str, float], ...]  # text and size in points
    size_mm: tuple[float, float]
    colour: tuple[int, int, int]
    centre: tuple[float, float]  # points from the top left corner
    turn_deg: float = 0.0
    frame: bool = True


@dataclass(frozen=True)
class Scan:
    """One pass through a scanner."""

    form: str = "pdf"  # "pdf", "tiff" (G4), "jpeg", "png"
    dpi: int = 300
    quality: int = 72  # JPEG
    skew_deg: tuple[float, ...] = (0.3,)  # by page, repeated
    noise: float = 4.0  # standard deviation, grey levels
    blur_px: float = 0.7  # at 300 dpi
    shade: float = 0.06  # how much darker the darkest corner is
    paper: tuple[int, int, int] = (250, 249, 246)
    ink: int = 30  # grey level of the text
    specks: int = 20
    grey: bool = False
    blank_versos: tuple[int, ...] = ()  # pages after which the empty back side was scanned too
    upside_down: tuple[int, ...] = ()  # pages of the file, 1-based
    holes: bool = False
    shadow: bool = False  # a dark left edge
    salt: int = 0  # makes another scan of the same paper


@dataclass(frozen=True)
class Entry:
    """A file of the archive: what, how, whose."""

    name: str  # stable short name, for --only
    file: str
    owner: str
    agency: str
    case: str
    kind: str  # "component" or "result"
    procedure: str
    certify: bool
    paper: Paper | None
    scan: Scan = field(default_factory=Scan)
    arrival: Arrival | None = None
    special: str = ""  # "", "duplicate:<name>", "corrupt", "encrypted", "empty", "signed"
    stamps: tuple[Stamp, ...] = ()
