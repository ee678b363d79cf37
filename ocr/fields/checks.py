"""Cross-checks: what else on the paper, in the file or known from before speaks for or against a value.

A check moves a confidence by a factor on its odds and leaves its name with the value, so that a reviewer sees why. It
never changes what was read, except that a gap may be filled by what the file itself states.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher

from domain.numbering import SoKyHieu, find, parse
from domain.text import fold, same_tone_placement
from ocr.fields.evidence import CEILING, PageZones
from ocr.fields.hints import Evidence, KnownNames
from ocr.fields.vocabulary import AGENCY_HEADS, FAMILIES_OF_TWO, HEADINGS, PLACE_WORDS
from ocr.model import FieldValue

#: name of a check -> what it means; "+" or "-" before it in ``FieldValue.checks`` says which way it spoke
CHECKS = {
    "ky-hieu-loai": "ký hiệu nêu đúng loại văn bản ghi ở tên loại",
    "ky-hieu-co-quan": "ký hiệu khớp tên cơ quan ban hành",
    "nam": "năm trong ký hiệu khớp năm ban hành",
    "ngay-ky": "ngày ban hành so với thời điểm ký số",
    "vien-dan": "số ký hiệu được nhắc lại trong chính văn bản",
    "van-ban-khac": "số ký hiệu này là của văn bản khác được viện dẫn",
    "dau-den": "trùng số của dấu ĐẾN",
    "ten-tep": "có trong tên tệp",
    "da-biet": "đã được cán bộ xác nhận ở văn bản trước",
    "gan-giong": "chỉ khác vài chữ so với tên đã được xác nhận",
    "chung-thu": "so với tên trong chứng thư chữ ký số của tệp",
    "tep-ghi": "so với nội dung do chính tệp ghi",
    "luu": "đơn vị soạn thảo ở dòng Lưu so với ký hiệu",
    "chu-la": "có chữ không phải âm tiết hay chữ viết tắt thường gặp",
    "hai-bo-doc": "hai bộ đọc cho chữ số khác nhau",
    "mot-phan": "có thể thiếu một phần: con dấu hoặc chữ ký che mất chữ bên cạnh",
    "dia-danh-co-quan": "địa danh khớp tên cơ quan",
}
Fields = dict[str, FieldValue]
_COUNCILS = {
    "ubnd": ("uy ban nhan dan", "ubnd"),
    "hdnd": ("hoi dong nhan dan", "hdnd", "thuong truc hoi dong"),
}
_SMALL_WORDS = frozenset({"va", "cua", "tinh", "thanh", "pho", "xa", "phuong"})
_GATHERED = re.compile(r"\b(?:so|quyet dinh|cong van|to trinh|nghi quyet|ke hoach|thong bao|chi thi|bao cao)\b[^,;.]*$")
_OWN = re.compile(r"\b(?:kem theo|ban hanh kem|dinh kem)\b")


def cross_check(fields: Fields, zoned: Sequence[PageZones], evidence: Evidence) -> Fields:
    """Return *fields* with confidences moved by every check that had something to say, and gaps filled."""
    out = _filled(dict(fields), evidence)
    for check in (_sign, _store, _odd_letters, _date, _references, _arrival, _file_name, _known, _signer, _place):
        for name, spoken, weight in check(out, zoned, evidence):
            out[name] = _moved(out[name], spoken, weight)
    return _near_known(out, evidence.known)


def _moved(value: FieldValue, spoken: str, weight: float) -> FieldValue:
    """Multiply the odds of *value* by *weight*; a value that is empty or incomplete stays as doubtful as it is."""
    if not value.value or value.confidence < 0.2 or spoken in value.checks:
        return value
    certain = min(0.995, value.confidence)
    odds = certain / (1 - certain) * weight
    return replace(value, confidence=round(min(CEILING, odds / (1 + odds)), 3), checks=(*value.checks, spoken))


Said = Iterator[tuple[str, str, float]]
_Check = Callable[[Fields, Sequence[PageZones], Evidence], Said]


def _number(fields: Fields) -> SoKyHieu | None:
    at = fields.get("so_ky_hieu")
    return parse(at.value) if at is not None and at.value else None


def _issued(fields: Fields) -> date | None:
    at = fields.get("ngay_ban_hanh")
    try:
        return date.fromisoformat(at.value) if at is not None and at.value else None
    except ValueError:
        return None


def _sign(fields: Fields, _zoned: Sequence[PageZones], _evidence: Evidence) -> Said:
    sign, kind = _number(fields), fields.get("loai_van_ban")
    if sign is None:
        return
    number = fields["so_ky_hieu"]
    # the letters of a sign say nothing of digits in doubt, nor for a sign that the title has put right
    lifted = 1.5 if number.confidence >= 0.6 and not number.candidates else 1.0
    if sign.loai and kind is not None and kind.source == "ocr":
        same = fold(sign.loai) == fold(kind.value)
        yield "so_ky_hieu", ("+" if same else "-") + "ky-hieu-loai", lifted if same else 0.4
        if not same:
            yield "loai_van_ban", "-ky-hieu-loai", 0.6
    agency = fields.get("co_quan_ban_hanh")
    if agency is not None:
        fits = sign_fits_agency(sign.co_quan, agency.value)
        if fits is not None:
            spoken = ("+" if fits else "-") + "ky-hieu-co-quan"
            yield "so_ky_hieu", spoken, lifted if fits else 0.6
            yield "co_quan_ban_hanh", spoken, 1.3 if fits else 0.6
    issued = _issued(fields)
    if sign.nam and issued is not None:
        same = int(sign.nam) == issued.year
        yield "so_ky_hieu", ("+" if same else "-") + "nam", lifted if same else 0.4
        yield "ngay_ban_hanh", ("+" if same else "-") + "nam", 1.5 if same else 0.4


def _store(fields: Fields, _zoned: Sequence[PageZones], _evidence: Evidence) -> Said:
    """The drafting unit that a công văn's sign names stands again behind ``Lưu: VT,`` (Decree 30/2020, box 9b)."""
    sign, recipients = _number(fields), fields.get("noi_nhan")
    if sign is None or sign.loai or len(sign.groups) < 2 or recipients is None:
        return
    kept = [fold(line) for line in recipients.value.split("\n") if fold(line).startswith("luu")]
    units = re.findall(r"[a-z0-9]+", kept[-1])[1:] if kept else []
    unit = re.sub(r"[^a-z0-9]", "", fold(sign.groups[-1]))
    if units:  # nothing is moved without it: some write other units there, but a person should look
        yield "so_ky_hieu", *(("+luu", 2.0) if unit in units else ("-luu", 1.0))


_LETTERS = re.compile(r"[A-ZĐÂĂÊÔƠƯa-zđâăêôơư0-9/.&-]*")
_ALPHABET = frozenset("aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệfghiìíỉĩịjklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvwxyỳýỷỹỵz")
_PRINTED = ("co_quan_ban_hanh", "co_quan_chu_quan", "dia_danh", "nguoi_ky", "chuc_vu", "quyen_han")
_FIRST_WORDS = frozenset(same_tone_placement(head.partition(" ")[0]) for head in (*AGENCY_HEADS, *PLACE_WORDS))
_FIRST_FOLDED = frozenset(map(fold, _FIRST_WORDS))
_ONSET = "ngh|ng|nh|gh|gi|kh|ch|ph|qu|th|tr|[bcdghklmnpqrstvx]"
_SYLLABLE = re.compile(rf"(?:{_ONSET})?[aeiouy]{{1,3}}(?:ch|nh|ng|[cmnpt])?")
_KNOWN_WORDS = frozenset(w for heading in HEADINGS for w in fold(heading).split()) | frozenset(
    ("thpt", "thcs", "th", "ptdt", "ptdtnt", "ptdtbt", "ubnd", "hdnd", "mttq", "tw", "tp", "tx", "gdnn", "gdtx")
)


def _odd_letters(fields: Fields, _zoned: Sequence[PageZones], _evidence: Evidence) -> Said:
    """A sign with letters that no sign has, an agency with what is neither a syllable nor a usual abbreviation.

    And letters of no alphabet used here (``Ï``), an agency whose first word has other marks (``TRƯỞNG THPT``), a
    family name of two syllables with other marks (``Rơ Chấm``).
    """
    sign = fields.get("so_ky_hieu")
    if sign is not None and not _LETTERS.fullmatch(sign.value):
        yield "so_ky_hieu", "-chu-la", 0.1
    for name in ("co_quan_ban_hanh", "co_quan_chu_quan"):
        if name in fields and (
            any(_is_odd(w) for w in fold(fields[name].value).split()) or _begins_oddly(fields[name].value)
        ):
            yield name, "-chu-la", 0.1
    for name in _PRINTED:
        if name in fields and not _ALPHABET.issuperset(c for c in fields[name].value.lower() if c.isalpha()):
            yield name, "-chu-la", 0.1
    signer = fields.get("nguoi_ky")
    if signer is not None and any(
        fold(signer.value).startswith(fold(family) + " ") and not signer.value.startswith(family + " ")
        for family in FAMILIES_OF_TWO
    ):
        yield "nguoi_ky", "-chu-la", 0.1


def _begins_oddly(agency: str) -> bool:
    """Tell whether *agency* begins as a kind of agency does but for marks (``TRƯỞNG``); ``ỦY`` and ``UỶ`` are one."""
    first = same_tone_placement(agency.partition(" ")[0])
    return fold(first) in _FIRST_FOLDED and first not in _FIRST_WORDS


def _is_odd(word: str) -> bool:
    """Tell whether *word*, folded, is no Vietnamese syllable and in no usual heading (as are other peoples' names)."""
    return word not in _KNOWN_WORDS and not word.isdigit() and not _SYLLABLE.fullmatch(word)


def sign_fits_agency(group: str, agency: str) -> bool | None:
    """Say whether the agency *group* of a sign (``UBND``, ``SNV``) fits an agency's name; None where it cannot be told.

    Signs are initials of the name, with or without ``và``, often without what follows the name of the field; agencies
    choose them freely (Decree 30/2020, Appendix I), so only a plain contradiction counts against.
    """
    wanted = re.sub(r"[^a-z]", "", fold(group))
    words = fold(agency).split()
    if len(wanted) < 2 or not words:
        return None
    name = " ".join(words)
    if wanted in _COUNCILS:
        return name.startswith(_COUNCILS[wanted])
    if name.startswith(tuple(begin for begins in _COUNCILS.values() for begin in begins)):
        return None
    initials = [w[0] for w in words]
    short = [w[0] for w in words if w not in _SMALL_WORDS]
    for letters in ("".join(initials), "".join(short)):
        if letters.startswith(wanted) or (len(wanted) >= 3 and wanted.startswith(letters[: len(wanted)])):
            return True
    if wanted[0] == initials[0] and _subsequence(wanted, name.replace(" ", "")):
        return True
    return None


def _subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(c in rest for c in short)


def _date(fields: Fields, _zoned: Sequence[PageZones], evidence: Evidence) -> Said:
    issued = _issued(fields)
    days = [c.signed_at.date() for c in evidence.signatures if c.signed_at is not None]
    if issued is None or not days:
        return
    late = (min(days) - issued).days
    if late < 0:
        yield "ngay_ban_hanh", "-ngay-ky", 0.3
    elif late <= 10:
        yield "ngay_ban_hanh", "+ngay-ky", 3.0


def _references(fields: Fields, zoned: Sequence[PageZones], _evidence: Evidence) -> Said:
    """Other numbers in the running text: the own number is cited by annexes, that of another paper by its grounds."""
    sign = _number(fields)
    if sign is None or not sign.so:
        return
    for page in zoned:
        for line in page.zones.body:
            for at, word in enumerate(line.words):
                if sign.so not in word.text:
                    continue
                cited = find(" ".join(w.text for w in line.words[at:]))
                if cited is None or not cited.same_as(sign):
                    continue
                lead = fold(" ".join(w.text for w in line.words[:at]))
                if _OWN.search(fold(line.text)):
                    yield "so_ky_hieu", "+vien-dan", 2.0
                elif _GATHERED.search(lead) and lead.startswith(("can cu", "thuc hien", "theo", "xet", "phuc dap")):
                    yield "so_ky_hieu", "-van-ban-khac", 0.4
                return


def _arrival(fields: Fields, zoned: Sequence[PageZones], _evidence: Evidence) -> Said:
    sign = _number(fields)
    if sign is None or not sign.so or not zoned:
        return
    stamped = {d.lstrip("0") for line in zoned[0].zones.stamp for d in re.findall(r"\d+", line.text)}
    if sign.so.lstrip("0") in stamped:
        yield "so_ky_hieu", "-dau-den", 0.5


def _file_name(fields: Fields, _zoned: Sequence[PageZones], evidence: Evidence) -> Said:
    """File names lie: they may confirm a little, never contradict."""
    name = fold(evidence.file_name.rsplit(".", 1)[0])
    if not name:
        return
    runs = {r.lstrip("0") for r in re.findall(r"\d+", name)}
    sign = _number(fields)
    if (
        sign is not None
        and sign.so
        and (sign.so.lstrip("0") in runs)
        and (len(sign.so) >= 3 or fold(sign.groups[0]) in name.split())
    ):
        yield "so_ky_hieu", "+ten-tep", 1.5
    issued = _issued(fields)
    digits = re.sub(r"\D", "", name)
    if issued is not None and (f"{issued:%Y%m%d}" in digits or f"{issued:%d%m%Y}" in digits):
        yield "ngay_ban_hanh", "+ten-tep", 1.5


def _known(fields: Fields, _zoned: Sequence[PageZones], evidence: Evidence) -> Said:
    agencies = {_plain(a) for a in evidence.known.agencies}
    for name in ("co_quan_ban_hanh", "co_quan_chu_quan"):
        if name in fields and _plain(fields[name].value) in agencies:
            yield name, "+da-biet", 4.0
    signer = fields.get("nguoi_ky")
    if signer is None:
        return
    agency = fields.get("co_quan_ban_hanh")
    for person, of in evidence.known.signers:
        if _plain(person) == _plain(signer.value):
            same = agency is not None and _plain(of) == _plain(agency.value)
            yield "nguoi_ky", "+da-biet", 4.0 if same else 2.0
            return


def _signer(fields: Fields, _zoned: Sequence[PageZones], evidence: Evidence) -> Said:
    people = [c.signer for c in evidence.signatures if c.kind == "person" and c.signer]
    signer = fields.get("nguoi_ky")
    if signer is None or not people or signer.source == "signature":
        return
    same = any(fold(p) == fold(signer.value) for p in people)
    yield "nguoi_ky", ("+" if same else "-") + "chung-thu", 4.0 if same else 0.5


def _place(fields: Fields, _zoned: Sequence[PageZones], _evidence: Evidence) -> Said:
    place = fields.get("dia_danh")
    if place is None:
        return
    for name in ("co_quan_ban_hanh", "co_quan_chu_quan"):
        if name not in fields:
            continue
        if f" {fold(place.value)} " in f" {fold(fields[name].value)} ":
            if f" {_spelled(place.value)} " in f" {_spelled(fields[name].value)} ":
                yield "dia_danh", "+dia-danh-co-quan", 2.0
            else:  # the same letters with other marks: one of the two is misread
                yield "dia_danh", "-dia-danh-co-quan", 0.3
                yield name, "-dia-danh-co-quan", 0.1
            return
        if _nearly(fold(place.value), fold(fields[name].value)):  # all but a letter or two: likewise
            yield "dia_danh", "-dia-danh-co-quan", 0.3
            yield name, "-dia-danh-co-quan", 0.1
            return


def _nearly(place: str, agency: str) -> bool:
    """Tell whether *agency*, the name of a council, ends in *place* but for a letter or two."""
    words, end = place.split(), agency.split()[-len(place.split()) :]
    council = any(agency.startswith(begin) for begins in _COUNCILS.values() for begin in begins)
    if not council or len(words) < 2 or len(end) != len(words):
        return False
    return SequenceMatcher(None, place, " ".join(end), autojunk=False).ratio() >= 0.75


def _spelled(text: str) -> str:
    return same_tone_placement(" ".join(re.sub(r"[^\w\s]", " ", text).split()))


def _filled(fields: Fields, evidence: Evidence) -> Fields:
    """Fill gaps with what the file states; where both speak and differ, the surer stands and the other is beside it."""
    for stated in evidence.stated:
        made = FieldValue(stated.value, stated.confidence, stated.source, stated.page, stated.box)
        printed = fields.get(stated.field)
        if printed is None or not printed.value or printed.value.startswith(("/", "-")):
            fields[stated.field] = replace(made, raw=printed.raw if printed else "")
        elif fold(printed.value) == fold(stated.value):
            fields[stated.field] = _moved(printed, "+tep-ghi", 6.0)
        else:
            better, other = (made, printed) if made.confidence > printed.confidence else (printed, made)
            both = tuple(dict.fromkeys((better.value, other.value, *better.candidates)))
            fields[stated.field] = _moved(replace(better, candidates=both), "-tep-ghi", 0.4)
    people = [c for c in evidence.signatures if c.kind == "person" and c.signer]
    if people and "nguoi_ky" not in fields:
        fields["nguoi_ky"] = FieldValue(people[0].signer, 0.85, "signature", 0, None)
    day = fields.get("ngay_ban_hanh")
    days = tuple(dict.fromkeys(c.signed_at.date().isoformat() for c in evidence.signatures if c.signed_at))
    if day is not None and not day.value and days:
        fields["ngay_ban_hanh"] = replace(day, candidates=tuple(dict.fromkeys((*day.candidates, *sorted(days)))))
    return fields


def _near_known(fields: Fields, known: KnownNames) -> Fields:
    """Offer a confirmed name that differs from the reading in a letter or two as a candidate."""
    for name, names in (
        ("co_quan_ban_hanh", sorted(known.agencies)),
        ("co_quan_chu_quan", sorted(known.agencies)),
        ("nguoi_ky", sorted({person for person, _ in known.signers})),
    ):
        at = fields.get(name)
        if at is None or not at.value or "+da-biet" in at.checks:
            continue
        read = _plain(at.value)
        near = [n for n in names if SequenceMatcher(None, read, _plain(n), autojunk=False).ratio() >= 0.9]
        if near:
            best = max(near, key=lambda n: SequenceMatcher(None, read, _plain(n), autojunk=False).ratio())
            both = tuple(dict.fromkeys((at.value, best, *at.candidates)))
            fields[name] = _moved(replace(at, candidates=both), "-gan-giong", 0.5)
    return fields


def _plain(text: str) -> str:
    """The form in which names are compared: small letters with their marks."""
    return " ".join(text.casefold().split())
