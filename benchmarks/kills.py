"""Kill -9 a batch at random moments, run it again to its end, compare with an undisturbed run.

    python benchmarks/kills.py [--kills 10] [--seed 1] [--manifest samples/archive/manifest.csv]

Runs the same manifest twice in two fresh data folders: once undisturbed, once killed at random moments of its course
(the whole process group), then once more to the end. Compared: documents, states, versions, fields, text, register
numbers, audit chain. Prints a table and exits 1 on any difference.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def start(data: Path, manifest: Path) -> subprocess.Popen[bytes]:
    """Start the batch in a process group of its own."""
    environment = os.environ | {"SOHOA_DATA_DIR": str(data)}
    command = [str(Path(sys.executable).parent / "sohoa"), "batch", "run", str(manifest), "--local", "--json"]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )


def finish(data: Path, manifest: Path) -> float:
    """Run the batch to its end; return the seconds it took."""
    started = time.perf_counter()
    process = start(data, manifest)
    output, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"the batch ended with {process.returncode}: {output[-500:]!r}")
    json.loads(output)
    return time.perf_counter() - started


def state(data: Path) -> dict[str, Any]:
    """Return what must be equal: everything but times, pseudonyms and signed bytes."""
    from pipeline.settings import Settings
    from pipeline.workplace import open_workplace
    from storage.catalogue import documents, register

    with open_workplace(Settings(data_dir=data)) as workplace:
        with workplace.catalogue.read() as connection:
            ids = documents.ids(connection, limit=100_000)
            books = {
                (agency, book, year): [
                    (entry.number, entry.state)
                    for entry in register.entries(connection, agency=agency, book=book, year=year)
                ]
                for agency, book, year in register.books(connection)
            }
        found: dict[str, Any] = {"registers": {str(key): sorted(value) for key, value in books.items()}}
        for document_id in ids:
            view = workplace.warehouse.show(document_id)
            document = view.document
            text = ""
            if any(stored.role == "text" for stored in view.objects):
                text = workplace.warehouse.open_role(document_id, "text").decode("utf-8")
            found[f"{document.agency} {document.original_sha256}"] = {
                "status": document.status,
                "code": document.quarantine_code,
                "pages": document.pages,
                "versions": [version.message for version in view.versions],
                "roles": sorted((stored.role, stored.ordinal) for stored in view.objects),
                "fields": {name: (field.value, field.confidence) for name, field in view.fields.items()},
                "numbers": len([entry for entry in view.register if entry.state == "issued"]),
                "text": text,
            }
        return found


def sound(data: Path) -> list[str]:
    """Return the findings of an audit of the warehouse: digests, signatures, chain, register."""
    environment = os.environ | {"SOHOA_DATA_DIR": str(data)}
    command = [str(Path(sys.executable).parent / "sohoa"), "audit", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    return [finding["code"] for finding in json.loads(done.stdout)["findings"]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--manifest", type=Path, default=ROOT / "samples" / "archive" / "manifest.csv")
    args = parser.parse_args()
    dice = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        calm, rough = Path(folder) / "calm", Path(folder) / "rough"
        seconds = finish(calm, args.manifest)
        print(f"undisturbed: {seconds:.1f} s")
        done = 0
        while done < args.kills:
            process = start(rough, args.manifest)
            after = dice.uniform(1.0, max(3.0, seconds / 3))
            try:
                process.wait(after)
                print(f"  run ended by itself before {after:.1f} s; starting over in a fresh folder")
                rough = Path(folder) / f"rough{done}-{int(after * 1000)}"
                continue
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                done += 1
                print(f"  kill {done} after {after:.1f} s")
        again = finish(rough, args.manifest)
        print(f"run to the end after {done} kills: {again:.1f} s")
        expected, found = state(calm), state(rough)
        different = sorted(key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key))
        findings = sound(rough)
        print(f"documents {len(expected) - 1}, different {len(different)}, audit findings {len(findings)}")
        for key in different:
            print("  differs:", key.split()[0], expected.get(key) is not None, found.get(key) is not None)
        return 1 if different or findings else 0


if __name__ == "__main__":
    sys.exit(main())
