"""What reading produces: plain frozen data that crosses rooms and is stored as JSON.

Frame: all boxes are ``(left, top, right, bottom)`` in pixels of the *upright frame* of the page: the scanned image
turned by ``rotation`` degrees clockwise, then straightened by ``skew_deg`` about its centre, on a canvas just large
enough to lose no corner. Where neither was needed the frame is the scanned image itself.
Confidences are 0.0 to 1.0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

Box = tuple[int, int, int, int]

FIELD_NAMES = (
    "so_ky_hieu",
    "ngay_ban_hanh",
    "loai_van_ban",
    "trich_yeu",
    "co_quan_ban_hanh",
    "co_quan_chu_quan",
    "dia_danh",
    "nguoi_ky",
    "chuc_vu",
    "quyen_han",
    "kinh_gui",
    "noi_nhan",
    "do_khan",
    "do_mat",
    "loai_giay_to",  # class of the paper: domain.papers.paper_codes
    "ho_ten",  # of the holder, on papers that citizens bring; one a line where there are two
    "ngay_sinh",
    "noi_dung_giay",  # what such a paper is about in a few words: plot of land, grade, class of licence
    "co_gia_tri_den",
    "con_dau",
    "chu_ky_so",
    "phu_luc",
    "so_trang",
    "so_to",
)


@dataclass(frozen=True)
class Word:
    """One word as recognised, NFC, no white space inside."""

    text: str
    confidence: float
    box: Box
    #: the reading before a second look or the statistics of the language changed it; empty where nothing did
    raw: str = ""


@dataclass(frozen=True)
class Line:
    """One line of words, left to right, as the recogniser grouped them."""

    words: tuple[Word, ...]
    box: Box
    #: y of the baseline at the left and right edge of ``box``, frame pixels
    baseline: tuple[float, float]

    @property
    def text(self) -> str:
        """The words with one space between them."""
        return " ".join(w.text for w in self.words)


@dataclass(frozen=True)
class Mark:
    """Something seen that is not text: ``con_dau`` (red seal), ``chu_ky`` (blue pen)."""

    kind: str
    box: Box
    confidence: float


@dataclass(frozen=True)
class Code:
    """A machine-readable mark on the page and what it says (personal data on identity cards)."""

    kind: str  # "qr", "bar" (any other code of bars), "patch" (separator sheet: "T", "2" or "3")
    text: str
    box: Box


@dataclass(frozen=True)
class SignatureBlock:
    """What a signature field of the file shows on a page: its own text, not a recogniser's reading of it."""

    field: str  # full name of the signature field
    box: Box
    text: str  # lines as they stand; "" where it shows a picture only


@dataclass(frozen=True)
class SignatureClaim:
    """What one digital signature in the file says of itself. Nothing here was verified: these are claims."""

    field: str  # full name of the signature field
    kind: str  # "person", "agency", "gazette" (công báo), "unknown": guessed from the names in the certificate
    signer: str  # common name in the signer's certificate
    organisation: str  # organisation and unit in it, "" without
    signed_at: datetime | None  # aware; the time stamp's, else the one that the signer wrote
    time_source: str  # "timestamp", "signer", "": whose clock


@dataclass(frozen=True)
class PenCandidate:
    """What a gap of the head may say; "" where nothing is written in it."""

    text: str  # digits as written, a day or month with two; a number may end in a letter (``12b``)
    confidence: float


@dataclass(frozen=True)
class PenReading:
    """A gap of the typed head, read stroke by stroke: ``so``, ``ngay`` or ``thang``, likeliest candidate first."""

    kind: str
    box: Box  # the gap with its typed neighbours: what a reviewer needs to see
    candidates: tuple[PenCandidate, ...]
    pen: float  # how far the digits look written (1.0), not typed (0.0)
    #: a letter seems to stand behind the digits (``12a``): the last sign is as low as one, or there is more ink
    letter: bool = False


@dataclass(frozen=True)
class PageReading:
    """One page, read once. ``lines`` stand in human reading order, and ``text`` follows that order."""

    number: int  # 1-based in its file
    width_px: int
    height_px: int
    image_width_px: int  # as scanned, before rotation and straightening
    image_height_px: int
    dpi: float
    rotation: int  # 0, 90, 180, 270: clockwise turn that makes the scan upright
    skew_deg: float  # counter-clockwise turn (degrees) that straightened it; 0.0 when left alone
    blank: bool
    mean_confidence: float  # over words, weighted by length; 0.0 without words
    text: str
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...] = ()
    engine: str = ""  # for instance "tesserocr 2.13.0 / tesseract 5.5.4 / vie"
    image_source: str = ""  # "jpeg", "ccitt", "jbig2", "flate", "rendered", ...: how the pixels were had
    pixel_digest: str = ""  # of the decoded samples in canonical mode with their size (``ocr.source.pixels``)
    #: where the words come from: "" recognised; "used" the file's own text layer; "mixed" that and, for what it does
    #: not cover, recognition; else why the text layer was not believed (``ocr.textlayer.judge.REASONS``): recognised
    text_layer: str = ""
    signature_blocks: tuple[SignatureBlock, ...] = ()
    codes: tuple[Code, ...] = ()
    pen: tuple[PenReading, ...] = ()
    stamped: tuple[Line, ...] = ()  # those of ``lines`` that a stamp lying over print says

    @property
    def words(self) -> tuple[Word, ...]:
        """All words in reading order."""
        return tuple(w for line in self.lines for w in line.words)


@dataclass(frozen=True)
class FieldValue:
    """A value read by machine, with the evidence for it. A guess is marked by its confidence and source."""

    value: str  # lists (kinh_gui, noi_nhan) are one item a line
    confidence: float
    source: str  # "ocr", "text-layer", "signature", "derived", "file-name"
    page: int  # 1-based in the file; 0 when the evidence is not on a page
    box: Box | None
    raw: str = ""  # the reading before repair
    candidates: tuple[str, ...] = ()
    #: what else spoke for (``+``) or against (``-``) the value: ``ocr.fields.checks.CHECKS``
    checks: tuple[str, ...] = ()
    #: a person should look at it: less sure than the field's threshold (``ocr.fields.calibration``)
    review: bool = True


@dataclass(frozen=True)
class OwnerClue:
    """A number on the paper that may name its owner: a candidate with evidence, never an assignment.

    The number is personal data; it is not shown by ``repr``.
    """

    kind: str  # "citizen" (12 digits), "cmnd" (9 digits, old card), "org" (tax number)
    number: str = field(repr=False)
    confidence: float
    source: str  # "ocr", "qr"
    page: int
    box: Box | None
    #: codes of domain.owners.personal_number_doubts, "no-label" where no words beside it say what the number is
    doubts: tuple[str, ...] = ()
    name: str = field(default="", repr=False)  # the person's name where the evidence holds it


@dataclass(frozen=True)
class DocumentReading:
    """A document within a file: page range and the fields found."""

    first_page: int
    last_page: int
    fields: dict[str, FieldValue] = field(default_factory=dict)
    owners: tuple[OwnerClue, ...] = ()  # best first


@dataclass(frozen=True)
class FileReading:
    """All that was read from one file; the shape of ``sohoa ocr --json`` (``docs/formats.md``)."""

    source: str
    sha256: str
    engine: str
    pages: tuple[PageReading, ...]
    documents: tuple[DocumentReading, ...]
    signatures: tuple[SignatureClaim, ...] = ()  # of the whole file, in the order of signing
