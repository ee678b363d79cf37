"""Signs of papers are put right by their grammar, and only what the grammar knows."""

from __future__ import annotations

import pytest

from ocr.model import Line, Word
from ocr.rerank.codes import repaired, with_codes_repaired


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("79/QĐĐ-UBND", "79/QĐ-UBND"),
        ("45I2018ITT-NHNN", "45/2018/TT-NHNN"),
        ("34/2018INĐ-CP,", "34/2018/NĐ-CP,"),
        ("(289/2025NĐ-CP)", "(289/2025/NĐ-CP)"),
        ("/TT'-UBND", "/TTr-UBND"),
        ("T'THC", "TTHC"),
        ("NÑQ-CP;", "NQ-CP;"),
        ("18I2017!QH14;", "18/2017/QH14;"),
        ("57/2014QHI3", "57/2014/QH13"),
        ("35/2018//OH14,", "35/2018/QH14,"),
        ("70/2025/UBTVOHI5", "70/2025/UBTVQH15"),
        ("58//2017/NĐ-CP", "58/2017/NĐ-CP"),
        ("79//QĐ-UBND", "79/QĐ-UBND"),
    ],
)
def test_what_is_no_sign_becomes_the_sign_that_was_meant(read: str, meant: str) -> None:
    assert repaired(read) == meant


RIGHT = """12/QĐ-UBND 123/2020/NĐ-CP. 143/STC-HCSN 1594-TB/TU 507/UBND-KGVX (39/2011/NQ-HĐND Covid-19 A/H5N1 KT-XH
    TT-BTC 02/12/2024 2025-2030 20°28’08” 02/QTT-TNCN, 04/CNV-TNCN, Bình-Định 85/VP-TTHC O'Neill 1/2 18/2017/QH14
    245/TTr-STNMT ttcbth@quangngai.gov.vn"""


@pytest.mark.parametrize("word", RIGHT.split())
def test_what_is_right_or_unknown_stays(word: str) -> None:
    assert repaired(word) == word


def test_the_reading_is_kept_beside_the_repair() -> None:
    words = (Word("số", 0.9, (0, 0, 9, 9)), Word("79/QĐĐ-UBND", 0.58, (12, 0, 90, 9)))
    line = Line(words, (0, 0, 90, 9), (8.0, 8.0))
    (found,) = with_codes_repaired([line])
    assert found.text == "số 79/QĐ-UBND"
    assert (found.words[1].raw, found.words[1].confidence) == ("79/QĐĐ-UBND", 0.58)
    assert found.words[0] is words[0]


@pytest.mark.parametrize(("gap", "text"), [(3, "Luật số 31/2024/QH15"), (20, "Luật số 3 1/2024/QH15")])
def test_a_torn_number_is_joined_where_there_is_no_gap(gap: int, text: str) -> None:
    words = [Word("Luật", 0.9, (0, 0, 80, 40)), Word("số", 0.9, (95, 0, 130, 40)), Word("3", 0.8, (145, 0, 160, 40))]
    words.append(Word("1/2024/QH15", 0.7, (160 + gap, 0, 400, 40)))
    (found,) = with_codes_repaired([Line(tuple(words), (0, 0, 400, 40), (32.0, 32.0))])
    assert found.text == text
    if gap == 3:
        assert found.words[2] == Word("31/2024/QH15", 0.7, (145, 0, 400, 40), "3 1/2024/QH15")
