"""Does every file of a folder become PDF/A-2u whose text is what was recognised?

    python benchmarks/fidelity.py FOLDER [--keep OUT]

Runs `sohoa ocr` over the folder, veraPDF (flavour 2u) over what came out, and compares the words that `pdftotext`
gives back with the words recognised, in order. Needs poppler-utils, Java and `scripts/verapdf`.
"""

from __future__ import annotations

import argparse
import difflib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def words_of(pdf: Path) -> list[str]:
    """Return the words that pdftotext reads, in stream order."""
    text = subprocess.run(["pdftotext", "-raw", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
    return text.split()


def same(expected: list[str], found: list[str]) -> int:
    """Return how many expected words stand in *found* in order."""
    if expected == found:
        return len(expected)
    blocks = difflib.SequenceMatcher(None, expected, found, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


def verapdf(files: list[Path]) -> dict[str, bool]:
    """Return file name -> compliant with PDF/A-2u."""
    done = subprocess.run(
        [str(ROOT / "scripts" / "verapdf"), "check", *map(str, files)], capture_output=True, text=True
    )
    report = json.loads(done.stdout)["report"]
    result = {}
    for job in report["jobs"]:
        name = Path(job["itemDetails"]["name"]).name
        outcome = job.get("validationResult") or [{}]
        first = outcome[0] if isinstance(outcome, list) else outcome
        result[name] = bool(first.get("compliant"))
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path, help="folder for the PDF/A files")
    args = parser.parse_args()
    out = args.keep or Path(tempfile.mkdtemp())
    sohoa = str(Path(sys.executable).parent / "sohoa")
    started = time.perf_counter()
    run = subprocess.run([sohoa, "ocr", str(args.folder), str(out), "--json", str(out / "reading.json")])
    seconds = time.perf_counter() - started
    readings = json.loads((out / "reading.json").read_text(encoding="utf-8"))
    files = sorted(out.glob("*.pdf"))
    valid = verapdf(files)
    print(f"{'file':40} {'pages':>5} {'words':>6} {'back':>8} {'2u':>5} {'size':>6}")
    pages = words = kept = 0
    for reading in readings:
        pdf = out / (Path(reading["source"]).stem + ".pdf")
        expected = [word["text"] for page in reading["pages"] for word in page["words"]]
        matched = same(expected, words_of(pdf))
        pages, words, kept = pages + len(reading["pages"]), words + len(expected), kept + matched
        ratio = pdf.stat().st_size / (args.folder / reading["source"]).stat().st_size
        share = matched / len(expected) if expected else 1.0
        ok = "yes" if valid.get(pdf.name) else "NO"
        print(
            f"{reading['source'][:40]:40} {len(reading['pages']):5} {len(expected):6} {share:8.3%} {ok:>5} {ratio:6.2f}"
        )
    print(
        f"{len(readings)} files, {pages} pages, {words} words: {kept / max(words, 1):.3%} come back; "
        f"{sum(valid.values())} of {len(files)} are PDF/A-2u; {seconds:.0f} s; exit code of sohoa ocr {run.returncode}"
    )
    return 0 if all(valid.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
