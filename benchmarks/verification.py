"""Files per second and median time of verification, with pyHanko's ``adesverify`` and ``pdfsig`` beside it.

``python -m benchmarks.verification [--jobs 2] [--rounds 3]``: the test suite's honest and attack files, in worker
processes. Prints a table; the verdict columns count files called valid (of attacks none may be).
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from signing.verify.isolated import verify_isolated
from signing.verify.model import Indication
from signing.verify.second_opinion import ask
from tests.signing_verify.attacks import ATTACKS, trust
from tests.signing_verify.honest import HONEST
from tests.signing_verify.pki import good, now


def timed(run: Iterator[tuple[Path, object]]) -> Iterator[tuple[Path, object, float]]:
    while True:
        started = time.perf_counter()
        try:
            path, verdict = next(run)
        except StopIteration:
            return
        yield path, verdict, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beside", action="store_true", help="also run pyhanko adesverify and pdfsig (slow)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        honest, attacks = [], []
        for name, make in HONEST.items():
            case = make()
            if case.trust is None or case.trust.version == trust().version:
                (Path(folder) / f"honest-{name}.pdf").write_bytes(case.pdf)
                honest.append(Path(folder) / f"honest-{name}.pdf")
        for name, make_attack in ATTACKS.items():
            if make_attack().trust is not None or make_attack().expected is not None:
                continue  # visible only with the register or another trust store: the test suite has those
            (Path(folder) / f"attack-{name}.pdf").write_bytes(make_attack().pdf)
            attacks.append(Path(folder) / f"attack-{name}.pdf")
        for jobs in sorted({1, options.jobs}):
            for _ in range(options.rounds):
                warm = [honest[0]] * jobs
                run = timed(verify_isolated([*warm, *honest, *attacks], trust(), now=now(), jobs=jobs))
                for _ in warm:
                    next(run)
                started = time.perf_counter()
                said = list(run)
                seconds = time.perf_counter() - started
                valid = [p.name for p, v, _ in said if v.indication is Indication.PASSED]  # type: ignore[attr-defined]
                good_ones = sum(n.startswith("honest") for n in valid)
                median = statistics.median(s for _, _, s in said)
                print(
                    f"sohoa jobs={jobs}: {len(said) / seconds:5.1f} files/s, median {median:.3f} s, "
                    f"honest {good_ones}/{len(honest)}, attacks called valid "
                    f"{len(valid) - good_ones}/{len(attacks)}"
                )
        if options.beside:
            beside(Path(folder), honest, attacks)


def beside(folder: Path, honest: list[Path], attacks: list[Path]) -> None:
    """What two other programs say of the same files."""
    root = folder / "root.der"
    root.write_bytes(good().root.der)
    tool = shutil.which("pyhanko")
    for label, files in (("honest", honest), ("attacks", attacks)):
        if tool:
            started = time.perf_counter()
            command = [tool, "sign", "adesverify", "--trust", str(root), "--trust-replace", "--no-revocation-check"]
            ok = sum(
                subprocess.run([*command, str(f)], capture_output=True, check=False).returncode == 0 for f in files
            )
            print(f"pyhanko adesverify {label}: {ok}/{len(files)} valid, {time.perf_counter() - started:.1f} s")
        started = time.perf_counter()
        opinions = [ask(f).fields for f in files]
        ok = sum(
            bool(o) and all(w in ("", "Signature is Valid.") or "not yet" in w for w in o.values()) for o in opinions
        )
        print(f"pdfsig {label}: {ok}/{len(files)} valid, {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
