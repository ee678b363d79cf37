"""The engine that reads all lines of a page at once: parsing packs, finding lines, the network, decoding."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from domain.errors import BadInput
from ocr.engines.batch_engine import BatchRecognizer
from ocr.engines.decode import Decoder, confidence
from ocr.engines.factory import engine_name, open_recognizer
from ocr.engines.forms import as_figures, cuts, is_formed
from ocr.engines.linepicture import line_picture
from ocr.engines.network import HEIGHT, STEP, Network
from ocr.engines.tessdata import find_tessdata
from ocr.engines.textlines import find_lines
from ocr.engines.traineddata import Model, UnknownModel, Weights, load
from ocr.options import ReadOptions
from ocr.recognizer import Weigher
from ocr.second_look import DOUBTFUL
from tests.ocr.engine_need import opened
from tests.ocr.page_drawing import LINES, typed_page

DPI = 150
LABELS = (" ", "t", "ô", "ổ", "ó", "c", "h", "ứ", *"123IlS.,/", "")
NOTHING = len(LABELS) - 1


def drawn() -> np.ndarray:
    return np.asarray(typed_page().convert("L"))


def small_model(seed: int = 3, units: tuple[int, ...] = (4, 6, 5, 7)) -> Model:
    """A model of the right form with weights by chance."""
    rng = np.random.default_rng(seed)

    def weights(inputs: int, outputs: int) -> Weights:
        matrix = rng.integers(-127, 128, (inputs + 1, outputs)).astype(np.float32)
        return Weights(matrix, np.full(outputs, 1 / 127 / 40, np.float32))

    column, first, second, third = units
    return Model(
        weights(9, 3),
        weights(3 + column, 4 * column),
        (
            weights(column + first, 4 * first),
            weights(first + second, 4 * second),
            weights(second + third, 4 * third),
        ),
        weights(third, len(LABELS)),
        LABELS,
        NOTHING,
        frozenset({"tổ", "chức"}),
    )


def test_a_lone_figure_is_not_lost_in_the_grain_of_the_paper() -> None:
    rng = np.random.default_rng(5)
    page = rng.normal(250, 3, (60, 300)).clip(0, 255).astype(np.uint8)
    cv2.putText(page, "1", (140, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 40, 2)
    (line,) = find_lines(page, DPI)
    wide = replace(line, left=line.left - 100, right=line.right + 100)  # most lows of its rows are grain
    for one in (line, wide):
        pixels = line_picture(page, one).pixels
        assert pixels.min() == -127
        paper = pixels[:, : pixels.shape[1] // 4] if one is wide else pixels[:, :1]
        assert np.median(paper) > 100
        assert (pixels < 0).mean() < 0.3


def plain_outputs(model: Model, picture: np.ndarray) -> np.ndarray:
    """The network written down as plainly as can be, a line and a step at a time."""

    def sums(weights: Weights, inputs: np.ndarray) -> np.ndarray:
        return (inputs @ weights.matrix[:-1] + 127 * weights.matrix[-1]) * weights.scale

    def whole(values: np.ndarray) -> np.ndarray:
        return np.rint(127 * values)

    def recurrent(weights: Weights, inputs: np.ndarray) -> np.ndarray:
        units = weights.matrix.shape[1] // 4
        output, state, rows = np.zeros(units), np.zeros(units), []
        for row in inputs:
            gates = sums(weights, np.concatenate([row, output]))
            opened = 1 / (1 + np.exp(-gates[units:]))
            state = opened[units : 2 * units] * state + opened[:units] * np.tanh(gates[:units])
            output = whole(np.tanh(state) * opened[2 * units :])
            rows.append(output)
        return np.array(rows)

    steps = picture.shape[1] // STEP
    framed = np.zeros((HEIGHT + 2, picture.shape[1] + STEP + 2))
    framed[1:-1, 1 : picture.shape[1] + 1] = picture
    columns = []
    for t in range(steps):
        rows = []
        for y in range(HEIGHT // STEP):
            spots = [
                sums(model.convolution, framed[3 * y + b : 3 * y + b + 3, 3 * t + a : 3 * t + a + 3].T.ravel())
                for a in range(3)
                for b in range(3)
            ]
            rows.append(whole(np.tanh(np.max(spots, axis=0))))
        columns.append(recurrent(model.column, np.array(rows))[-1])
    values = recurrent(model.across[0], np.array(columns))
    values = recurrent(model.across[1], values[::-1])[::-1]
    return sums(model.output, recurrent(model.across[2], values))


def pictures(count: int = 7, seed: int = 1) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    widths = rng.integers(9, 90, count)
    return [rng.integers(-127, 128, (HEIGHT, w)).astype(np.float32) for w in widths]


def test_network_computes_what_the_plain_formulas_say() -> None:
    model, lines = small_model(), pictures()
    for picture, got in zip(lines, Network(model).run(lines), strict=True):
        assert got.shape == (picture.shape[1] // STEP, len(LABELS))
        # float32 against float64: a rounding to a whole number may fall to the other side now and then
        assert np.abs(got - plain_outputs(model, picture)).max() < 0.05


def test_what_shares_a_batch_changes_no_bit() -> None:
    network, lines = Network(small_model()), pictures(9)
    together = network.run(lines)
    backwards = network.run(lines[::-1])[::-1]
    for i, picture in enumerate(lines):
        assert np.array_equal(together[i], backwards[i])
        assert np.array_equal(together[i], network.run([picture])[0])


def test_batches_are_cut_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    network, lines = Network(small_model()), pictures(9)
    whole = network.run(lines)
    monkeypatch.setattr("ocr.engines.network._MOST_STEPS", 25)
    monkeypatch.setattr("ocr.engines.network._BLOCK", 4)
    for one, other in zip(whole, network.run(lines), strict=True):
        assert np.array_equal(one, other)


def test_pictures_without_a_step_have_no_outputs() -> None:
    network = Network(small_model())
    narrow = np.zeros((HEIGHT, STEP - 1), np.float32)
    assert [len(r) for r in network.run([narrow])] == [0]
    assert network.run([]) == []
    assert len(network.run([narrow, pictures(1)[0]])[0]) == 0


def logits(*steps: dict[str, float]) -> np.ndarray:
    """Outputs that give each step the chances named; the rest goes to "nothing"."""
    table = np.full((len(steps), len(LABELS)), 1e-9)
    for row, chances in zip(table, steps, strict=True):
        for character, chance in chances.items():
            row[LABELS.index(character)] = chance
        row[NOTHING] += max(0.0, 1 - sum(chances.values()))
    return np.log(table).astype(np.float32)


SURE = {"t": {"t": 0.99}, "c": {"c": 0.99}, "h": {"h": 0.99}, "ứ": {"ứ": 0.99}}


def test_words_are_cut_at_spaces_and_repeated_steps_are_one_character() -> None:
    found = Decoder(small_model()).words(
        logits({"t": 0.98}, {"t": 0.9}, {}, {"ổ": 0.97}, {" ": 0.9}, {"c": 0.99}, {"h": 0.99}, {"ứ": 0.99}, {"c": 0.99})
    )
    assert [f.text for f in found] == ["tổ", "chức"]
    assert (found[0].first, found[0].last) == (0, 3) and found[1].first == 5
    assert found[0].sureness == pytest.approx(0.97, abs=1e-3) and not found[0].spellings


def test_a_known_word_is_preferred_only_when_nearly_as_likely() -> None:
    decoder = Decoder(small_model())
    near = decoder.words(logits({"t": 0.99}, {"ô": 0.7, "ổ": 0.25}))
    assert near[0].text == "tổ"
    assert {s.text for s in near[0].spellings} >= {"tô", "tổ"}
    far = decoder.words(logits({"t": 0.99}, {"ô": 0.98, "ổ": 0.01}))
    assert far[0].text == "tô"


def test_one_vowel_read_as_two_is_put_right() -> None:
    found = Decoder(small_model()).words(logits({"t": 0.99}, {"ô": 0.6, "ổ": 0.35}, {"ổ": 0.9, "ô": 0.08}))
    assert found[0].text == "tổ"


def test_digits_are_never_chosen_for_a_word() -> None:
    found = Decoder(small_model()).words(logits({"1": 0.55, "t": 0.44}, {"ổ": 0.99}))
    assert found[0].text == "1ổ" and {s.text for s in found[0].spellings} >= {"1ổ", "tổ"}


def figures(*steps: dict[str, float]) -> str:
    (found,) = Decoder(small_model()).words(logits(*steps))
    return found.text


def test_between_spellings_with_digits_one_that_papers_have_is_preferred() -> None:
    assert figures({"1": 0.3, "I": 0.69}, {"2": 0.99}, {"/": 0.99}, {"3": 0.99}) == "12/3"
    assert figures({"I": 0.98}, {"2": 0.99}, {"3": 0.99}, {",": 0.6, ".": 0.39}) == "123,"
    # A figure that was read stays, however near another one is.
    assert figures({"1": 0.51, "2": 0.48}, {"2": 0.99}) == "12"


def test_a_letter_alone_in_its_line_is_a_figure_in_doubt() -> None:
    (found,) = Decoder(small_model()).words(logits({"l": 0.6, "I": 0.39}))
    assert found.text == "1" and confidence(found.sureness) < 0.5
    assert figures({"I": 0.995}) == "I"
    assert figures({"S": 0.6, "3": 0.35}) == "3"
    (found,) = Decoder(small_model()).words(logits({"ó": 0.998}))
    assert found.text == "6" and confidence(found.sureness) < 0.5


def test_a_list_begins_with_a_number_unless_the_roman_one_is_clear() -> None:
    rest = [{" ": 0.99}, *SURE.values()]

    def first(*steps: dict[str, float]) -> str:
        return Decoder(small_model()).words(logits(*steps, *rest))[0].text

    assert first({"I": 0.6, "1": 0.39}, {".": 0.99}) == "1."
    assert first({"I": 0.995}, {".": 0.995}) == "I."
    assert first({"2": 0.99}, {",": 0.6, ".": 0.39}) == "2."


@pytest.mark.parametrize(
    ("text", "formed"),
    [("1.250,5", True), ("13/07/1978;", True), ("33/07/1978", False), ("58/2024/QH15.", True), ("12.,", False),
     ("I30.242", False), ("140/2025/NĐ-CP./.", True), ("đ)", True), ("dđ)", False)],
)  # fmt: skip
def test_forms_of_figures_and_signs(text: str, formed: bool) -> None:
    assert is_formed(text) is formed


def test_letters_become_figures_only_where_figures_come_of_it() -> None:
    assert [as_figures(t) for t in ("I30.242.000", "3I", "199S", "5ó6", "25/08/199S5")] == [
        "130.242.000", "31", "1995", "56", "25/08/1995",
    ]  # fmt: skip
    for text in ("KT2", "S1", "A/H5N1", "TCHC17", "I."):
        assert as_figures(text) == text


def test_spaces_that_were_lost_in_narrow_cells() -> None:
    known = {"thôn", "xã", "đức", "phổ", "vạn", "ninh", "số", "km", "ng"}

    def parted(text: str) -> str:
        places = cuts(text, lambda word: word.lower() in known)
        return " ".join(text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True))

    assert parted("Thôn4,xãĐứcPhổ") == "Thôn 4, xã Đức Phổ"
    assert parted("VạnNinh") == "Vạn Ninh" and parted("số63/2025/QH15;") == "số 63/2025/QH15;"
    for text in ("km2", "KT2", "1.250,5", "PowerPoint", "QyĐ", "ngHồn", "UBND", "VT,", "12/QĐ-UBND"):
        assert parted(text) == text


def test_a_space_nearly_seen_parts_two_known_words() -> None:
    decoder = Decoder(small_model())
    rest = [{"c": 0.99}, {"h": 0.99}, {"ứ": 0.99}, {"c": 0.99}]
    near = decoder.words(logits({"t": 0.99}, {"ổ": 0.99}, {" ": 0.4}, *rest))
    assert [(f.text, f.first, f.last) for f in near] == [("tổ", 0, 1), ("chức", 3, 6)]
    assert [f.text for f in decoder.words(logits({"t": 0.99}, {"ổ": 0.99}, {" ": 0.01}, *rest))] == ["tổchức"]
    # Neither is cut what has digits nor what would leave an unknown word.
    assert len(decoder.words(logits({"1": 0.99}, {"ổ": 0.99}, {" ": 0.4}, *rest))) == 1
    assert len(decoder.words(logits({"t": 0.99}, {"ổ": 0.99}, {" ": 0.4}, *rest[:3]))) == 1


def test_confidence_falls_with_the_least_sure_character() -> None:
    assert confidence(1.0) == 0.97 and confidence(0.0) == 0.0
    rising = [confidence(n / 100) for n in range(101)]
    assert rising == sorted(rising) and len(set(rising)) == len(rising)
    # What is as likely wrong as right is looked at again, and is no junk.
    assert 0.5 < confidence(0.5) < DOUBTFUL < confidence(0.8) < confidence(0.9) < 0.9


def test_other_files_are_no_models(tmp_path: Path) -> None:
    for data in (b"", b"\x05\0\0\0", struct.pack("<I", 65), bytes(300)):
        path = tmp_path / "x.traineddata"
        path.write_bytes(data)
        with pytest.raises(UnknownModel):
            load(path)


def test_installed_pack_is_understood() -> None:
    opened("batch").close()
    model = load(find_tessdata("vie") / "vie.traineddata")
    assert {"ệ", "Đ", "0", "/"} <= set(model.labels) and model.labels[model.nothing] == ""
    assert {"quyết", "định", "của"} <= model.words


def test_cut_packs_are_refused_not_misread(tmp_path: Path) -> None:
    opened("batch").close()
    whole = (find_tessdata("vie") / "vie.traineddata").read_bytes()
    path = tmp_path / "vie.traineddata"
    for length in (100, 5_000, 200_000, 450_000):
        path.write_bytes(whole[:length])
        with pytest.raises(UnknownModel):
            load(path)


def test_packs_that_it_cannot_run_are_read_by_tesseract_itself() -> None:
    opened("tesserocr").close()
    both = ReadOptions(engine="batch", languages="osd+vie")
    assert engine_name(both).startswith("tesserocr ")
    other = open_recognizer(ReadOptions(engine="batch", languages="vie"))
    assert other.name_and_version.startswith("batch ")


def test_lines_are_found_with_baselines_and_strokes() -> None:
    gray = drawn()
    lines = find_lines(gray, DPI)
    assert len(lines) == len(LINES)
    assert [n.y(0) for n in lines] == sorted(n.y(0) for n in lines)
    for line in lines:
        assert 5 < line.ascent < 40 and line.left < line.right
        assert line.above >= line.ascent * 0.9 and line.below >= -2
        picture = line_picture(gray, line)
        assert picture.pixels.shape[0] == HEIGHT
        assert picture.pixels.min() == -127 and picture.pixels.max() == 127
        assert np.array_equal(picture.pixels, np.rint(picture.pixels))
        assert picture.x(0) < line.left + line.ascent


def test_rules_and_frames_do_not_hide_letters() -> None:
    gray = drawn().copy()
    plain = len(find_lines(gray, DPI))
    lines = find_lines(gray, DPI)
    for line in lines:
        bottom = round(line.y(line.left)) + 3
        cv2.rectangle(gray, (line.left - 12, bottom - 40), (line.right + 12, bottom), 0, 2)
    assert abs(len(find_lines(gray, DPI)) - plain) <= 1


def test_a_letter_that_touches_a_seal_stays_with_its_line() -> None:
    gray = np.asarray(typed_page(("Đặng Văn Minh",), left=400).convert("L")).copy()
    (plain,) = find_lines(gray, DPI)
    height = round(plain.ascent)
    for x in (plain.left - 30, plain.right):
        touched = gray.copy()
        # It runs through the heads of the first, the last letters.
        cv2.circle(touched, (x, round(plain.base) - height - 120), 121, 90, 3)
        line = max(find_lines(touched, DPI), key=lambda n: n.right - n.left)
        assert line.left <= plain.left + 2 and line.right >= plain.right - 2
        assert plain.left - line.left < 2 * height and line.right - plain.right < 2 * height


def test_slanting_lines_are_levelled() -> None:
    gray = drawn()
    height, width = gray.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -0.7, 1)
    slanted = cv2.warpAffine(gray, turn, (width, height), borderValue=255)
    recognizer = opened("batch")
    words = [w.text for line in recognizer.recognise(slanted, DPI) for w in line.words]
    recognizer.close()
    wanted = [w for line in LINES for w in line.split()]
    assert sum(w in words for w in wanted) / len(wanted) >= 0.9


def test_what_a_line_says_is_likelier_than_what_it_does_not() -> None:
    recognizer = opened("batch")
    assert isinstance(recognizer, Weigher)
    weighed = recognizer.weigh(drawn(), DPI)
    assert [one.line for one in weighed] == recognizer.recognise(drawn(), DPI)
    for one in weighed:
        words = [w.text for w in one.line.words]
        first, end = words[0], "".join(f" {w}" for w in words[1:])
        (own, other, longer) = one.chances([first, "Khuỳnh", first + first], end)
        assert own > max(other, longer)
        assert one.chances([first + end]) == [pytest.approx(own, abs=1e-6)]


def test_spellings_stand_beside_their_words() -> None:
    recognizer = opened("batch")
    assert isinstance(recognizer, BatchRecognizer)
    rng = np.random.default_rng(2)
    noisy = np.clip(drawn() + rng.normal(0, 30, drawn().shape), 0, 255).astype(np.uint8)
    read = recognizer.read(noisy, DPI)
    assert [r.line for r in read] == recognizer.recognise(noisy, DPI)
    for line in read:
        assert len(line.spellings) == len(line.line.words)
        for spellings in line.spellings:
            assert [s.chance for s in spellings] == sorted((s.chance for s in spellings), reverse=True)
            assert all(s.text and s.chance <= 1e-3 for s in spellings)
    assert any(s for line in read for s in line.spellings)


def test_a_page_of_noise_neither_fails_nor_takes_for_ever() -> None:
    recognizer = opened("batch")
    rng = np.random.default_rng(4)
    for page in (rng.integers(0, 255, (200, 160), dtype=np.uint8), np.zeros((300, 300), np.uint8), np.eye(90) > 0):
        for line in recognizer.recognise(np.asarray(page, np.uint8) * 255 if page.dtype == bool else page, DPI):
            assert line.words and 0 <= line.box[0] < line.box[2] <= page.shape[1]
    with pytest.raises(BadInput):
        opened("batch", page_timeout_s=1e-9).recognise(drawn(), DPI)
