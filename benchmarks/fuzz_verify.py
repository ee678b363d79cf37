"""Mutated signed files through the isolated verifier: no crash, no hang, none called valid.

``python -m benchmarks.fuzz_verify [--count 20000] [--seed 1] [--jobs 1] [--keep DIR]``

The mutants are those of ``tests.signing_verify.mutating``. A mutant called valid is a finding, unless it says exactly
what its source says (``untouched``); those are counted by themselves. A worker that crashed or was stopped is a
finding too. ``--keep`` writes the findings' files. Exit code 1 with findings.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from signing.verify.isolated import verify_isolated
from signing.verify.model import Indication
from tests.signing_verify.attacks import trust
from tests.signing_verify.fuzz_sources import sources
from tests.signing_verify.mutating import Mutant, mutations
from tests.signing_verify.pki import now
from tests.signing_verify.untouched import untouched

WORKER = frozenset({"worker-crashed", "worker-timeout", "worker-memory"})


def run(seed: int, count: int, jobs: int, keep: Path | None) -> int:
    """Print what was found; return the number of findings."""
    waiting: dict[Path, Mutant] = {}
    verdicts: Counter[str] = Counter()
    findings, harmless, started = 0, 0, time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        intact = [folder / f"{one.name}.pdf" for one in sources()]
        for path, one in zip(intact, sources(), strict=True):
            path.write_bytes(one.pdf)
        for path, verdict in verify_isolated(intact, trust(), now=now(), jobs=jobs):
            assert verdict.indication is Indication.PASSED, f"{path.name}: {[r.code for r in verdict.reasons]}"

        def files() -> Iterator[Path]:
            for number, mutant in enumerate(mutations(seed, count)):
                path = folder / f"{number}.pdf"
                path.write_bytes(mutant.pdf)
                waiting[path] = mutant
                yield path

        for done, (path, verdict) in enumerate(verify_isolated(files(), trust(), now=now(), jobs=jobs), 1):
            mutant = waiting.pop(path)
            verdicts[verdict.indication.value if verdict.sha256 else verdict.code] += 1
            valid = verdict.indication is Indication.PASSED
            if valid and untouched(mutant):
                harmless += 1
            elif valid or verdict.code in WORKER:
                findings += 1
                print("FINDING", path.stem, verdict.code, mutant.how, flush=True)
                if keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{seed}-{path.stem}.pdf").write_bytes(mutant.pdf)
                    (keep / f"{seed}-{path.stem}-source.pdf").write_bytes(mutant.source.pdf)
            path.unlink()
            if done % 1000 == 0:
                print(f"{done} files, {time.monotonic() - started:.0f} s, {dict(verdicts)}", flush=True)
    print(f"seed {seed}: {count} mutants, {dict(verdicts)}; {harmless} of the valid ones say what their source says")
    print(f"{findings} findings")
    return findings


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    return int(run(options.seed, options.count, options.jobs, options.keep) > 0)


if __name__ == "__main__":
    raise SystemExit(main())
