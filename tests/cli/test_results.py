from __future__ import annotations

import re

import pytest

from pipeline.results import Row, print_table

PLACE = "owner/H98.36/pseudonym/cjqyumyry3a4aljoimzmydkxjl/v0003.json"
ROW = Row(
    "trich_luc_khai_sinh.png", "certified", pages=1, type="Trích lục khai sinh", so_ky_hieu="1385/TLKS-BS",
    ngay_ban_hanh="2025-09-26", owner="citizen:0043******35", signatures=2, level="B-LTA", seconds=1.5, stored_at=PLACE,
)  # fmt: skip
SHOWN = (
    "trich_luc_khai_sinh.png", "đã chứng thực", "1385/TLKS-BS", "2025-09-26", "citizen:0043******35", "2 × B-LTA",
    "H98.36/cjqyumyry3a4aljoimzmydkxjl/v0003",
)  # fmt: skip


def test_a_file_or_a_pipe_gets_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    long = Row("x.pdf", "quarantined", code="c" * 30, owner="o" * 120, stored_at=PLACE, message="m" * 300)
    print_table([ROW, long], "Lô")
    said = capsys.readouterr().out
    (line,) = [line for line in said.splitlines() if ROW.file in line]
    assert all(part in line for part in SHOWN)
    assert "o" * 120 in said and f"x.pdf: {'m' * 300}\n" in said


@pytest.mark.parametrize("columns", [100, 140])
def test_a_terminal_too_narrow_for_that_gets_three_lines_a_file(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    print_table([ROW], "Lô")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert max(map(len, lines)) <= columns
    assert all(any(part in line for line in lines) for part in SHOWN)
    assert not any("…" in line for line in lines)


def test_who_is_told_of_a_rescan_is_told_where_to_look(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([Row("x.pdf", "digitised", stored_at=PLACE, alike=("rescan:abc",))], "Lô")
    assert "văn bản abc; chờ cán bộ xem (sohoa duplicates list --agency H98.36)" in capsys.readouterr().out


def test_what_looks_like_markup_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([Row("[red]:skull:.pdf", "digitised", so_ky_hieu="12[/QĐ-UBND]", stored_at=PLACE)], "Lô")
    said = capsys.readouterr().out
    assert "[red]:skull:.pdf" in said and "12[/QĐ-UBND]" in said
