"""A page of such a paper, the random facts on it, and what all of them bear."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from domain.owners import mst_check_digit
from samples.fonts import width
from samples.typeset import Rule, Run


def _items(text: str) -> list[str]:
    return text.split("|")


_CODES = _items("001|004|010|019|022|025|030|038|040|045|048|051|052|064|079|092")
_FAMILIES = _items("Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Lương|Lò|Vàng")
_MIDDLES = _items("Văn|Thị|Hữu|Minh|Quốc|Thanh|Ngọc|Đức|Xuân|Thu|Hoài|Kim|Trọng|Gia|Bảo")
_GIVEN = _items(
    "Tuấn|Hạnh|Phước|Lan|Hương|Sơn|Bình|Khánh|Thảo|Nam|Trí|Yến|Nhung|Đạt|Hiền|Vinh|Phượng|Khoa|An|Châu|Tùng"
)
PLACES = _items(
    "Hòa An, Lam Giang|Bình Minh, Quảng Ngãi|Ea Kar, Đắk Lắk|Tân Lập, Bắc Ninh|Xuân Trường, Ninh Bình|"
    "Trà Bồng, Quảng Ngãi"
)


@dataclass
class CitizenPage:
    """One page: what is printed, and what it says."""

    kind: str  # one of domain.papers.paper_codes()
    runs: list[Run] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    owners: list[str] = field(default_factory=list)
    qr: tuple[str, float, float, float] | None = None  # text; left, top, side in points
    seal: tuple[float, float] | None = None  # centre, points
    tint: tuple[int, int, int] = (250, 249, 246)

    def put(self, x: float, y: float, text: str, *, face: str = "", size: float = 13.0, middle: bool = False) -> None:
        """Print *text* with its baseline at *y*, from *x* or about it."""
        self.runs.append(Run(x - width(text, face, size) / 2 if middle else x, y, text, face, size))

    def pair(self, x: float, y: float, label: str, value: str, *, size: float = 13.0, face: str = "b") -> None:
        """Print a label and its value after it."""
        self.put(x, y, label, size=size)
        self.put(x + width(label + " ", "", size), y, value, face=face, size=size)


class Draw:
    """Random facts of people and places."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def one(self, items: list[str] | tuple[str, ...]) -> str:
        """Return one of *items*."""
        return items[int(self.rng.integers(len(items)))]

    def number(self, low: int, high: int) -> int:
        """Return a number from *low* to *high*, both possible."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, share: float) -> bool:
        """Return True with probability *share*."""
        return bool(self.rng.uniform() < share)

    def day(self, first: int, last: int) -> date:
        """Return a day from the year *first* to *last*."""
        return date(first, 1, 1) + timedelta(days=self.number(0, 365 * (last - first + 1) - 1))

    def person(self) -> str:
        """Return a name."""
        return f"{self.one(_FAMILIES)} {self.one(_MIDDLES)} {self.one(_GIVEN)}"

    def personal_number(self, born: date) -> str:
        """Return a well-formed personal number: place, century and sex, year of birth, six digits."""
        sex = self.number(0, 1) + (2 if born.year >= 2000 else 0)
        return f"{self.one(_CODES)}{sex}{born.year % 100:02d}{self.number(0, 999999):06d}"

    def tax_number(self) -> str:
        """Return a tax number of ten digits with its check digit."""
        while True:
            nine = f"{self.number(1, 49):02d}{self.number(0, 9_999_999):07d}"
            check = mst_check_digit(nine)
            if check is not None:
                return f"{nine}{check}"


def dmy(day: date) -> str:
    """Return *day* as ``dd/mm/yyyy``."""
    return f"{day:%d/%m/%Y}"


def in_words(day: date) -> str:
    """Return *day* as official papers date themselves."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def motto(page: CitizenPage, x: float, y: float) -> None:
    """Print name and motto of the state about *x*."""
    page.put(x, y, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", face="b", size=12.5, middle=True)
    page.put(x, y + 16, "Độc lập - Tự do - Hạnh phúc", face="b", size=13, middle=True)
