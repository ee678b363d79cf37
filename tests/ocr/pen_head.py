"""The head of a paper as words in their places, with gaps where a pen wrote number and day."""

from __future__ import annotations

from ocr.model import Line, Word

EM_PX = 56.0
WIDTH, HEIGHT_PX = 2480, 3508


def word(text: str, left: float, right: float, base: float, confidence: float = 0.96) -> Word:
    low = 0.2 * EM_PX if any(c in "gyqQ," for c in text) else 0
    return Word(text, confidence, (round(left), round(base - 0.7 * EM_PX), round(right), round(base + low)))


def line(*words: Word) -> Line:
    box = (
        min(w.box[0] for w in words),
        min(w.box[1] for w in words),
        max(w.box[2] for w in words),
        max(w.box[3] for w in words),
    )
    feet = [w.box[3] - (round(0.2 * EM_PX) if any(c in "gyqQ," for c in w.text) else 0) for w in words]
    return Line(words, box, (float(max(feet)), float(max(feet))))


BASE = 560.0
MOTTO = line(
    *(
        word(t, 1130 + 140 * i, 1130 + 140 * i + 110, 370)
        for i, t in enumerate(["CỘNG", "HÒA", "XÃ", "HỘI", "CHỦ", "NGHĨA", "VIỆT", "NAM"])
    )
)
AGENCY = line(*(word(t, 440 + 130 * i, 440 + 130 * i + 110, 370) for i, t in enumerate(["ỦY", "BAN", "NHÂN", "DÂN"])))
# Số: [gap 524..640] /QĐ-UBND ... Quảng Ngãi, ngày [1600..1690] tháng [gap] năm 2025
SO, SIGN = word("Số:", 450, 524, BASE), word("/QĐ-UBND", 660, 930, BASE)
QUANG, NGAI = word("Quảng", 1200, 1350, BASE), word("Ngãi,", 1370, 1480, BASE)
NGAY, THANG = word("ngày", 1496, 1602, BASE), word("tháng", 1690, 1816, BASE)
MONTH, NAM, YEAR = word("02", 1830, 1886, BASE), word("năm", 1900, 1994, BASE), word("2025", 2010, 2118, BASE)
BODY = line(
    *(word(t, 500 + 150 * i, 500 + 150 * i + 120, 900) for i, t in enumerate(["Căn", "cứ", "Luật", "Tổ", "chức"]))
)
DATE = [QUANG, NGAI, NGAY, THANG, MONTH, NAM, YEAR]
