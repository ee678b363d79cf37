"""The yardstick itself: each figure on texts whose errors can be counted by hand."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.require import need

if find_spec("rapidfuzz") is None:

    def test_needs_rapidfuzz() -> None:
        need("rapidfuzz", False, "the benchmarks' edit distance is not installed")
else:
    from rapidfuzz.distance import Levenshtein

    from benchmarks.scoring import align, best_end, calibration_error, comparable, coverage, score

    def test_equal_texts_whatever_form_and_white_space() -> None:
        got = score("Uỷ  ban\nnhân dân Hoà Bình", "Ủy ban\n\nnha\u0302n dân Hòa Bình")
        assert (got.letters, got.strict_errors, got.aligned_errors, got.lines_lost) == (24, 0, 0, 0)

    def test_tone_placement_keeps_case_and_quy() -> None:
        assert comparable("HÒA Hòa hòa quý QUÝ hoàn") == "HOÀ Hoà hoà quý QUÝ hoàn"

    def test_order_counts_only_in_the_strict_view() -> None:
        got = score("Nơi nhận:\n- Lưu: VT.\nCHỦ TỊCH", "CHỦ TỊCH Nơi nhận:\n- Lưu: VT.")
        assert got.aligned_errors == 0
        assert got.strict_errors > 8

    def test_surplus_text_counts_only_in_the_strict_view() -> None:
        got = score("Quyết định này", "Quyết định này xq7")
        assert (got.aligned_errors, got.strict_errors, got.strict_word_errors) == (0, 4, 1)

    def test_a_heading_that_the_truth_leaves_out_counts_in_the_strict_view_alone() -> None:
        got = score("Số: 12\nBên A: ông An", "HỢP ĐỒNG Số: 12 Bên B: ông An 3")
        assert (got.strict_errors, got.within_errors) == (12, 1)
        inside = score("Số: 12\nBên A: ông An", "Số: 12 xq7 Bên A: ông An")
        assert inside.within_errors == inside.strict_errors == 4
        assert score("Số: 12", "").within_errors == 6

    def test_a_lost_line_counts_in_full() -> None:
        got = score("Điều 1. Ban hành kèm theo\nĐiều 2. Hiệu lực", "Điều 1. Ban hành kèm theo")
        assert (got.lines, got.lines_lost, got.aligned_errors) == (2, 1, len("Điều 2. Hiệu lực"))

    def test_one_span_serves_one_line() -> None:
        got = score("CHỦ TỊCH\nCHỦ TỊCH", "CHỦ TỊCH")
        assert got.lines_lost == 1

    def test_marks_and_digits_are_counted_apart() -> None:
        got = score("đất đai năm 2024", "đắt dai năm 2O24")
        assert (got.marked, got.mark_errors) == (4, 2)
        assert (got.digits, got.digit_errors) == (4, 1)
        assert got.aligned_errors == 3

    def test_short_lines_do_not_take_part_of_a_word() -> None:
        found = align(["2"], "năm 2025 2")
        assert (found[0].found, found[0].errors) == ("2", 0)

    def test_a_misread_line_takes_its_own_span() -> None:
        found = align(["Căn cứ Luật Đất đai", "Căn cứ Luật Giá"], "Căn cứ Luặt Giá Căn cứ Luật Đắt đai")
        assert [m.errors for m in found] == [1, 1]
        assert found[0].found == "Căn cứ Luật Đắt đai"

    @settings(max_examples=60, deadline=None)
    @given(st.text("abc ", max_size=8), st.text("abc ", max_size=10))
    def test_best_end_is_the_least_distance_to_any_span(pattern: str, text: str) -> None:
        spans = (text[i:j] for i in range(len(text) + 1) for j in range(i, len(text) + 1))
        assert best_end(pattern, text)[0] == min(Levenshtein.distance(pattern, span) for span in spans)

    def test_coverage_stops_at_the_last_threshold_that_holds() -> None:
        rows = [(0.9, True)] * 99 + [(0.8, False)] + [(0.7, False)]
        assert coverage(rows, 0.99) == pytest.approx(100 / 101)
        assert coverage([(0.5, True), (0.5, False)], 0.99) == 0.0  # equal confidence: no threshold between them

    def test_calibration_error() -> None:
        assert calibration_error([(0.75, True), (0.75, False)]) == pytest.approx(0.25)
        assert calibration_error([(1.0, True), (0.0, False)]) == 0.0
