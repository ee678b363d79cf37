"""The few fields of papers that citizens bring: holder, birthday, number, day and place of issue, what it is about.

They use the names of administrative fields where the meaning is the same (``so_ky_hieu``: the number of the paper,
``ngay_ban_hanh``: day of issue, ``co_quan_ban_hanh``: who issued it): search and duplicate checks see one record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from domain.owners import mst_check_digit
from domain.papers import PaperKind
from domain.text import fold
from ocr.fields.evidence import CEILING, value
from ocr.fields.labels import Labelled, Segment, first_value, segments, values_of
from ocr.fields.owners import read_identity_code
from ocr.fields.people import find_name
from ocr.layout_rows import middle
from ocr.model import FieldValue, PageReading, Word

_DMY = re.compile(r"(?<!\d)(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?((?:19|20)\d\d)(?!\d)")
_WORDS = re.compile(r"ngay(?: date)? (\d{1,2}) thang(?: month)? (\d{1,2}) nam(?: year)? ((?:19|20)\d\d)")
_CIVIL = re.compile(r"^\s*(\d{1,5}\s?/\s?[\w-]{2,14}(?:\s?/\s?\d{4})?)")
_SERIAL = re.compile(r"^([A-ZĐ]{1,3})\s?(\d{5,8})$")
_PLOT = re.compile(r"thua dat so (\w+).{0,40}?to ban do so (\w+)")
_ISSUERS = ("so ", "uy ban nhan dan", "truong ", "dai hoc", "hoc vien", "bo ", "phong ", "van phong dang ky", "cuc ")

Fields = dict[str, FieldValue]
Segments = Mapping[int, Sequence[Segment]]


def read_paper(kind: PaperKind, pages: Sequence[PageReading]) -> Fields:
    """Return the fields of a paper of *kind*; what is not on the page is absent."""
    segs = {page.number: segments(page) for page in pages}
    return _READERS[kind.code](pages, segs)


# --- pieces -------------------------------------------------------------------------------------------------------


def _first(pages: Sequence[PageReading], segs: Segments, labels: Sequence[str]) -> Labelled | None:
    for page in pages:
        found = first_value(page, labels, known=segs[page.number])
        if found is not None:
            return found
    return None


def _person(found: Labelled | None) -> FieldValue | None:
    """A person's name, in small letters with capitals; less sure where it does not look like one."""
    if found is None:
        return None
    words = [w for w in found.words if any(c.isalpha() for c in w.text)][:7]
    name = find_name(words)
    if name is not None:
        limit = 0.97 if not name.changed else 0.75
        return value(
            name.text,
            name.words,
            found.page,
            factor=0.6 + 0.4 * name.fit,
            limit=limit,
            raw=name.raw,
            candidates=name.candidates,
        )
    text = " ".join(w.text.capitalize() if w.text.isupper() else w.text for w in words).strip(" .,:;-*")
    if not 2 <= len(text.split()) <= 6 or any(c.isdigit() for c in text):
        return None
    return value(text, words, found.page, factor=0.6, limit=0.6)


def _day(found: Labelled | None) -> FieldValue | None:
    day = find_day(found.text) if found is not None else None
    if found is None or day is None:
        return None
    words = [w for w in found.words if any(c.isdigit() for c in w.text)]
    weak = min(w.confidence for w in words) < 0.6
    return value(day.isoformat(), words, found.page, limit=0.5 if weak else CEILING, raw=found.text)


def find_day(text: str) -> date | None:
    """Return the first date in *text*, ``05/02/2020`` or ``ngày 05 tháng 02 năm 2020`` (also ``ngày/date 05 ...``)."""
    found = _DMY.search(text) or _WORDS.search(fold(text))
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None


def _day_on_line(pages: Sequence[PageReading], *, lowest: bool) -> FieldValue | None:
    """The day of the place line (``..., ngày 05 tháng 02 năm 2020``); the lowest on the page or the highest.

    A place stands before it, not the number of an entry in a register (``Số đăng ký: 48, ngày ...``).
    """
    found: list[tuple[int, float, FieldValue]] = []
    for page in pages:
        for line in page.lines:
            folded = fold(line.text)
            written = _WORDS.search(folded)
            if written and folded[: written.start()].rstrip(" ,.;")[-1:].isdigit():
                continue
            day = find_day(line.text) if written else None
            if day is None:
                continue
            words = [w for w in line.words if any(c.isdigit() for c in w.text)]
            made = value(day.isoformat(), words or line.words, page.number, factor=0.97, raw=line.text)
            found.append((page.number, middle(line), made))
    if not found:
        return None
    return (max if lowest else min)(found, key=lambda f: (f[0], f[1]))[2]


def _pattern(found: Labelled | None, wanted: re.Pattern[str], tidy: Callable[[str], str] = str) -> FieldValue | None:
    match = wanted.search(found.text) if found is not None else None
    if found is None or match is None:
        return None
    text = match[1]
    words = [w for w in found.words if any(c.isdigit() for c in w.text)] or list(found.words)
    return value(tidy(text), words, found.page)


def _close(text: str) -> str:
    return re.sub(r"\s", "", text)


def _text(found: Labelled | None, *, most: int = 20, factor: float = 0.95) -> FieldValue | None:
    if found is None or not len(found.text) >= 2 or len(found.words) > most:
        return None
    return value(found.text, found.words, found.page, factor=factor)


def _keep(fields: Iterable[tuple[str, FieldValue | None]]) -> Fields:
    return {name: made for name, made in fields if made is not None and made.value}


def _issuer_line(pages: Sequence[PageReading], *, lower: bool) -> FieldValue | None:
    """A line of capitals that names an agency, in the lower or upper part of the page, without the signer's office."""
    for page in pages:
        for line in sorted(page.lines, key=middle):
            if lower != (middle(line) > 0.5 * page.height_px):
                continue
            words = [w for w in line.words if any(c.isalpha() for c in w.text)]
            letters = [c for w in words for c in w.text if c.isalpha()]
            if len(letters) < 6 or sum(c.isupper() for c in letters) < 0.85 * len(letters):
                continue
            while len(words) > 2 and fold(" ".join(w.text for w in words[:2])) in ("giam doc", "hieu truong"):
                words = words[2:]
            folded = fold(" ".join(w.text for w in words)) + " "
            if folded.startswith(_ISSUERS) and len(words) >= 3:
                return value(" ".join(w.text for w in words).strip(" .,:"), words, page.number, factor=0.95)
    return None


# --- kinds --------------------------------------------------------------------------------------------------------


def _identity_card(pages: Sequence[PageReading], segs: Segments) -> Fields:
    number = _first(pages, segs, ("so no", "so dinh danh ca nhan", "personal identification number", "no", "so"))
    name = _first(pages, segs, ("full name", "ho va ten", "ho chu dem va ten khai sinh", "ho ten"))
    born = _first(pages, segs, ("date of birth", "ngay thang nam sinh", "ngay sinh", "sinh ngay"))
    issued = _first(pages, segs, ("date month year", "ngay thang nam cap", "ngay thang nam", "date of issue"))
    fields = _keep(
        (
            ("so_ky_hieu", _pattern(number, re.compile(r"(\d(?:\s?\d){11}|\d(?:\s?\d){8})(?!\d)"), _close)),
            ("ho_ten", _person(name)),
            ("ngay_sinh", _day(born)),
            ("co_gia_tri_den", _day(_first(pages, segs, ("co gia tri den", "date of expiry")))),
            ("ngay_ban_hanh", _day(issued)),
        )
    )
    for page in pages:
        for code in page.codes:
            card = read_identity_code(code.text)
            if card is None:
                continue
            said = {
                "so_ky_hieu": card.number,
                "ho_ten": card.name,
                "ngay_sinh": card.born.isoformat() if card.born else "",
                "ngay_ban_hanh": card.issued.isoformat() if card.issued else "",
            }
            for key, text in said.items():
                if text:
                    printed = fields.get(key)
                    differs = printed is not None and fold(printed.value) != fold(text)
                    others = (text, printed.value) if printed is not None and differs else ()
                    fields[key] = FieldValue(text, 0.8 if differs else CEILING, "qr", page.number, code.box, "", others)
    return fields


def _civil(pages: Sequence[PageReading], segs: Segments, labels: Mapping[str, Sequence[str]]) -> Fields:
    return _keep(
        (
            ("so_ky_hieu", _pattern(_first(pages, segs, ("so",)), _CIVIL, _close)),
            ("ngay_ban_hanh", _day(_first(pages, segs, labels["day"])) or _day_on_line(pages, lowest=True)),
            ("co_quan_ban_hanh", _text(_first(pages, segs, labels["place"]))),
        )
    )


def _birth(pages: Sequence[PageReading], segs: Segments) -> Fields:
    labels = {
        "day": ("ngay thang nam dang ky", "dang ky ngay"),
        "place": ("noi dang ky khai sinh", "noi dang ky"),
    }
    own = ("ho chu dem ten", "ho va ten", "ho ten")
    return _civil(pages, segs, labels) | _keep(
        (
            ("ho_ten", _person(_first(pages, segs, own))),
            ("ngay_sinh", _day(_first(pages, segs, ("ngay thang nam sinh", "sinh ngay", "ngay sinh")))),
        )
    )


def _marriage(pages: Sequence[PageReading], segs: Segments) -> Fields:
    labels = {
        "day": ("ngay thang nam dang ky", "dang ky ngay"),
        "place": ("noi dang ky ket hon", "noi dang ky"),
    }
    fields = _civil(pages, segs, labels)
    wife = _person(_first(pages, segs, ("ho chu dem ten vo", "ho va ten vo")))
    husband = _person(_first(pages, segs, ("ho chu dem ten chong", "ho va ten chong")))
    both = [p for p in (wife, husband) if p is not None]
    if both:
        boxes = [b for p in both if (b := p.box) is not None]
        box = (
            min(b[0] for b in boxes),
            min(b[1] for b in boxes),
            max(b[2] for b in boxes),
            max(b[3] for b in boxes),
        )
        sure_of = min(p.confidence for p in both) * (1.0 if len(both) == 2 else 0.5)
        fields["ho_ten"] = FieldValue(
            "\n".join(p.value for p in both),
            round(sure_of, 3),
            "ocr",
            both[0].page,
            box,
            " / ".join(p.raw for p in both),
        )
    return fields


def _land(pages: Sequence[PageReading], segs: Segments) -> Fields:
    fields = _keep(
        (
            ("ho_ten", _person(_first(pages, segs, ("ong", "ba", "ho ong", "ho ba", "ong ba")))),
            ("ngay_ban_hanh", _day_on_line(pages, lowest=True)),
            ("co_quan_ban_hanh", _issuer_line(pages, lower=True)),
        )
    )
    for page in pages:
        for seg in segs[page.number]:
            plot = _PLOT.search(fold(seg.line.text))
            if plot and "noi_dung_giay" not in fields:
                text = f"Thửa đất số {plot[1]}, tờ bản đồ số {plot[2]}"
                words = [w for w in seg.line.words if any(c.isdigit() for c in w.text)]
                fields["noi_dung_giay"] = value(text, words or seg.line.words, page.number, factor=0.97)
            serial = _SERIAL.match(seg.line.text.strip(" .:"))
            if serial and "so_ky_hieu" not in fields:
                fields["so_ky_hieu"] = value(f"{serial[1]} {serial[2]}", seg.line.words, page.number)
    if "so_ky_hieu" not in fields:
        book = _first(pages, segs, ("so vao so cap gcn", "so vao so cap giay chung nhan", "so vao so"))
        made = _text(book, most=3, factor=0.6)
        if made is not None:
            fields["so_ky_hieu"] = made
    return fields


def _diploma(pages: Sequence[PageReading], segs: Segments) -> Fields:
    serial = re.compile(r"((?:[A-ZĐ]{1,4}[ .-]?)?\d{4,9}(?:/[\w-]+)?)")
    return _keep(
        (
            ("ho_ten", _person(_first(pages, segs, ("cap cho", "cho", "ong ba", "ong", "ba", "ho va ten", "upon")))),
            ("ngay_sinh", _day(_first(pages, segs, ("ngay sinh", "sinh ngay", "date of birth")))),
            ("so_ky_hieu", _pattern(_first(pages, segs, ("so hieu", "serial number", "so hieu bang")), serial)),
            ("ngay_ban_hanh", _day_on_line(pages, lowest=True)),
            ("co_quan_ban_hanh", _issuer_line(pages, lower=False) or _issuer_line(pages, lower=True)),
        )
    )


def _licence(pages: Sequence[PageReading], segs: Segments) -> Fields:
    rank = re.compile(r"\b(A1|A2|A3|A4|A|B1|B2|BE|B|C1E|C1|CE|C|D1E|D2E|DE|D1|D2|D|FB2|FC|FD|FE)\b")
    number = _first(pages, segs, ("so no", "no", "so"))
    ranked = _pattern(_first(pages, segs, ("hang class", "class", "hang")), rank, lambda t: f"Hạng {t}")
    return _keep(
        (
            ("so_ky_hieu", _pattern(number, re.compile(r"(\d(?:\s?\d){11})"), _close)),
            ("ho_ten", _person(_first(pages, segs, ("full name", "ho ten", "ho va ten")))),
            ("ngay_sinh", _day(_first(pages, segs, ("date of birth", "ngay sinh")))),
            ("ngay_ban_hanh", _day_on_line(pages, lowest=True)),
            ("co_gia_tri_den", _day(_first(pages, segs, ("expires", "co gia tri den")))),
            ("noi_dung_giay", ranked),
        )
    )


def _business(pages: Sequence[PageReading], segs: Segments) -> Fields:
    tax = re.compile(r"(\d{10}(?:-\d{3})?|\d{12}|\d{2}[A-Z]\d{7})")
    number = _pattern(_first(pages, segs, ("ma so doanh nghiep", "ma so thue", "ma so dang ky", "ma so", "so")), tax)
    if number is not None and re.fullmatch(r"\d{10}.*", number.value):
        right = mst_check_digit(number.value[:9]) == int(number.value[9])
        sure_of = number.confidence if right else min(0.3, number.confidence)
        number = FieldValue(number.value, sure_of, number.source, number.page, number.box, number.raw)
    again = _day(_first(pages, segs, ("dang ky thay doi lan thu", "dang ky thay doi")))
    issued = again or _day(_first(pages, segs, ("dang ky lan dau", "ngay cap")))
    named = (
        "ten cong ty viet bang tieng viet",
        "ten doanh nghiep viet bang tieng viet",
        "ten ho kinh doanh",
        "ten doanh nghiep",
    )
    name: FieldValue | None = None
    for page in pages:
        for found in values_of(page, named, known=segs[page.number]):
            name = name or _text(_rest_of_name(found, segs[page.number]))
    return _keep(
        (
            ("so_ky_hieu", number),
            ("ngay_ban_hanh", issued),
            ("ho_ten", name),
        )
    )


def _rest_of_name(found: Labelled, segs: Sequence[Segment]) -> Labelled:
    """A company's name runs on in capitals on the next line."""
    last = found.words[-1]
    height = max(1, last.box[3] - last.box[1])
    below: list[Word] = []
    for seg in segs:
        step = middle(seg.line) - (last.box[1] + last.box[3]) / 2
        letters = [c for c in seg.line.text if c.isalpha()]
        if 0.6 * height < step < 2.2 * height and len(letters) > 3 and all(c.isupper() for c in letters):
            below = list(seg.line.words)
            break
    return Labelled((*found.words, *below), found.page)


_READERS: dict[str, Callable[[Sequence[PageReading], Segments], Fields]] = {
    "can-cuoc": _identity_card,
    "khai-sinh": _birth,
    "ket-hon": _marriage,
    "quyen-su-dung-dat": _land,
    "bang-tot-nghiep": _diploma,
    "giay-phep-lai-xe": _licence,
    "dang-ky-kinh-doanh": _business,
}
