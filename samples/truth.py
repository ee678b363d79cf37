"""What a sample says, for measuring: the fields of ``truth.json`` (see ``samples/README.md``)."""

from __future__ import annotations

from samples.model import Entry
from samples.typeset import Sheet


def _sentence(lines: tuple[str, ...]) -> str:
    return " ".join(lines)


def truth_of(entry: Entry, sheets: list[Sheet]) -> dict[str, object]:
    """Return the truth of *entry*: fields by their Vietnamese names and the printed text of each page of the file.

    Pen-written figures, stamps, seals and page numbers are not part of ``page_text``.
    """
    paper, versos = entry.paper, entry.scan.blank_versos
    if paper is None:
        raise ValueError(f"{entry.name} has no paper")
    page_text: dict[str, str] = {}
    blank: list[int] = []
    signed = number = 0
    for index, sheet in enumerate(sheets, 1):
        number += 1
        page_text[str(number)] = "\n".join(sheet.lines)
        if "signature" in sheet.places:
            signed = number
        if index in versos:
            number += 1
            page_text[str(number)] = ""
            blank.append(number)
    arrival = entry.arrival
    return {
        "so_ky_hieu": paper.so_ky_hieu,
        "so_handwritten": paper.pen_number,
        "ngay": paper.ngay.isoformat(),
        "ngay_handwritten": paper.pen_day,
        "thang_handwritten": False,
        "dia_danh": paper.dia_danh,
        "co_quan_chu_quan": _sentence(paper.co_quan_chu_quan) or None,
        "co_quan": _sentence(paper.co_quan),
        "loai": paper.loai or "Công văn",
        "trich_yeu": (f"V/v {_sentence(paper.trich_yeu)}" if paper.loai is None else _sentence(paper.trich_yeu)),
        "kinh_gui": list(paper.kinh_gui),
        "quyen_han": " / ".join(paper.quyen_han) or None,
        "quyen_han_lines": list(paper.quyen_han),
        "chuc_vu": paper.chuc_vu,
        "nguoi_ky": paper.nguoi_ky,
        "noi_nhan": list(paper.noi_nhan),
        "do_khan": paper.do_khan,
        "dau_den": f"{arrival.number}; {arrival.day.isoformat()}" if arrival else None,
        "co_dau_do": not entry.scan.grey and entry.scan.form != "tiff",
        "chu_ky_so_hien_thi": entry.special == "signed",
        "text_layer": entry.special == "signed",
        "pages": number,
        "blank_pages": blank,
        "rotated_pages": list(entry.scan.upside_down),
        "sig_page": signed,
        "page_text": page_text,
    }
