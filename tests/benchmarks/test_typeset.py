"""The generator of test sets: its truth is complete, and the same seed gives the same bytes."""

from __future__ import annotations

import json
import lzma
import shutil
from pathlib import Path

import numpy as np
import pikepdf

from benchmarks import typeset, typeset_faces
from benchmarks.typeset_content import held_out, load_sentences
from benchmarks.typeset_damage import Damage, damaged
from tests.require import need
from training.rerank.train import held_out as kept_for_measuring

HEAD = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nNGHỊ ĐỊNH\n"


def corpus_at(folder: Path) -> Path:
    """Write a small corpus of sentences and return its path."""
    text = HEAD + "Quy định về quản lý hồ sơ lưu trữ\n"
    text += "".join(f"Căn cứ Luật số {n}/2020/QH14 ngày {n} tháng 6 năm 2020;\n" for n in range(11, 16))
    text += "".join(f"{n}. Cơ quan quản lý hồ sơ có trách nhiệm nộp lưu hồ sơ đúng hạn.\n" for n in range(1, 90))
    path = folder / "corpus.jsonl.xz"
    with lzma.open(path, "wt", encoding="utf-8") as file:
        # A text that the reader's statistics were counted from gives no page.
        counted = text.replace("lưu trữ", "in ấn").replace("nộp lưu", "đóng dấu")
        for name, body in (("text-0", counted), ("text-1", text)):
            file.write(json.dumps({"id": name, "text": body}, ensure_ascii=False) + "\n")
    return path


def test_sentences_come_only_from_texts_that_the_reader_has_not_seen(tmp_path: Path) -> None:
    paragraphs, bases, subjects = load_sentences(corpus_at(tmp_path))
    assert len(paragraphs) == 89 and all("nộp lưu" in p for p in paragraphs)
    assert len(bases) == 5 and subjects == ["Quy định về quản lý hồ sơ lưu trữ"]
    assert all(held_out(f"văn bản {n}") == kept_for_measuring(f"văn bản {n}") for n in range(40))


def test_same_seed_same_bytes_and_complete_truth(tmp_path: Path) -> None:
    found = shutil.which("fc-list") is not None
    if found:
        try:
            typeset_faces.installed_faces()
        except SystemExit:
            found = False
    need("fonts", found, f"none of {typeset_faces.PACKAGES} is installed")
    corpus = corpus_at(tmp_path)
    for out in ("a", "b"):
        typeset.main([str(corpus), str(tmp_path / out), "--pages", "1", "--sets", "turned"])
    first, second = tmp_path / "a" / "turned", tmp_path / "b" / "turned"
    names = sorted(path.name for path in first.iterdir())
    assert names == ["layout.json", "truth.json", "turned-000.pdf"]
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)
    known = json.loads((first / "truth.json").read_text(encoding="utf-8"))["turned-000.pdf"]
    with pikepdf.open(first / "turned-000.pdf") as pdf:
        assert len(pdf.pages) == known["pages"] == len(known["page_text"])
    assert known["blank_pages"] == [int(n) for n, text in known["page_text"].items() if not text]
    front = known["page_text"]["1"]
    assert known["co_quan"].split()[0] in front
    assert "Độc lập - Tự do - Hạnh phúc" in front.split("\n")
    assert known["nguoi_ky"] in "\n".join(known["page_text"].values()).split("\n")


def test_a_page_that_suffers_nothing_stays_as_it_is() -> None:
    page = np.full((600, 400, 3), 255, np.uint8)
    page[100:110, 50:300] = 0
    same = damaged(page, Damage(noise=0.0, paper=(255, 255, 255)), None, np.random.default_rng(1))
    assert np.array_equal(same, page)


def test_a_quarter_turn_keeps_the_ink() -> None:
    page = np.full((600, 400, 3), 255, np.uint8)
    page[100:110, 50:300] = 0
    turned = damaged(page, Damage(noise=0.0, paper=(255, 255, 255), turn=1), None, np.random.default_rng(1))
    assert np.array_equal(turned, np.rot90(page))
