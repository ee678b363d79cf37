"""Certify documents while the process is killed and the signing service misbehaves; show that nothing is lost.

    python benchmarks/certify_faults.py [--runs 300] [--seed 1]

Each run takes in new papers, certifies them once with a disturbance (killed before or after something lasting, a fault
of the service, both, or a storm of faults), then undisturbed, and checks: no stored signature is asked for again, no
second number, no gap in the register, no copy published without our verifier's word on exactly its bytes, one valid
copy in the end. Prints tables in Markdown; exits 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    from signing.authority.launch import running_authority
    from tests.certify_kills.harness import Outcome, count_boundaries, disturbances, office, suffer

    os.fsync = lambda _file: None  # type: ignore[assignment]  # a killed process loses nothing that it wrote
    started = time.monotonic()
    outcomes: list[Outcome] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        running_authority(Path(folder) / "authority") as authority,
        office(Path(folder) / "data", authority) as at,
    ):
        boundaries = len(count_boundaries(at, 1)), len(count_boundaries(at, 2))
        for number, disturbance in enumerate(disturbances(boundaries, args.runs, args.seed), 1):
            outcomes.append(suffer(at, disturbance))
            if outcomes[-1].wrong:
                print(f"run {number}: {disturbance}: {outcomes[-1].wrong}", file=sys.stderr)
            if number % 25 == 0:
                print(f"{number} runs, {time.monotonic() - started:.0f} s", file=sys.stderr)

    def table(title: str, groups: Iterable[str], of: Callable[[Outcome], Iterable[str]]) -> None:
        rows: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in outcomes:
            for name in of(outcome):
                rows[name].append(outcome)
        print(f"\n| {title} | runs | struck | run after it | second run | asked again | voided | wrong |")
        print("|---|---|---|---|---|---|---|---|")
        for name in [*groups, *sorted(rows.keys() - set(groups))]:
            some = rows[name]
            calm = [sum(o.calm_runs == n for o in some) for n in (1, 2)]
            sums = sum(o.struck for o in some), *calm, sum(o.asked_again for o in some), sum(o.voided for o in some)
            print(f"| {name} | {len(some)} | {' | '.join(map(str, sums))} | {sum(bool(o.wrong) for o in some)} |")

    print(f"{len(outcomes)} runs, seed {args.seed}, {len(os.sched_getaffinity(0))} cores, ", end="")
    documents = sum(o.disturbance.documents for o in outcomes)
    print(f"{documents} documents, boundaries {boundaries[0]} and {boundaries[1]}, {time.monotonic() - started:.0f} s")
    table("disturbance", ["kill", "SIGKILL", "fault", "kill + fault", "storm"], lambda o: [o.disturbance.label])
    table("left in state (person / agency)", [], lambda o: [o.left])
    table("fault", [], lambda o: [f"{f.method}: {f.kind}" for f in o.disturbance.faults])
    return 1 if any(outcome.wrong for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
