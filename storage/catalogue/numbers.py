"""Số, ký hiệu as one comparable form, whatever way it is written (Decree 30/2020, Phụ lục I, số, ký hiệu)."""

from __future__ import annotations

import re

from domain.text import fold

_LEADING_ZEROS = re.compile(r"^0+(?=\d)")


def number_key(so_ky_hieu: str) -> str:
    """Return the comparable form: ``0118/BC-UBND``, ``118/bc-ubnd``, ``118 bc ubnd`` -> ``118bcubnd``; "" if empty.

    Padding with zeros is a habit of agencies (platform of each registry), so it does not count.
    """
    return _LEADING_ZEROS.sub("", fold(so_ky_hieu).replace(" ", ""))
