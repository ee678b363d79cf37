"""Files per second and median time of verification, with pyHanko's own AdES validation and ``pdfsig`` beside it.

``python -m benchmarks.verification [--jobs 2] [--rounds 3]``: the test suite's honest and attack files, judged by our
verifier in its worker processes, by pyHanko through its API (long-term procedure, the same root, lists and
requirements, no network) and by ``pdfsig``. Prints a Markdown table; of attacks none may be called valid. CPU seconds
a file are those of all processes, starting them included: they say the same on a busy machine. Below the table: all
honest files of the suite, each with the anchors and lists it was made for.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import resource
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from signing.verify.isolated import verify_isolated
from signing.verify.model import DocumentVerdict, Indication
from signing.verify.proof import _NoNetwork
from signing.verify.second_opinion import GOOD, ask, available
from tests.signing_verify.attacks import trust
from tests.signing_verify.pki import now
from tests.signing_verify.suite import ATTACKS, HONEST

SECONDS = 30


@dataclass
class Line:
    """One row of the table."""

    who: str
    honest: int
    attacks: int
    median: float | None  # seconds; None where answers of several workers interleave
    rate: float
    cpu: float  # seconds a file, of all processes
    remark: str = ""


def cpu_seconds() -> float:
    """CPU seconds of this process and of those that it has ended."""
    return sum(use.ru_utime + use.ru_stime for use in map(resource.getrusage, (resource.RUSAGE_SELF, _CHILDREN)))


_CHILDREN = resource.RUSAGE_CHILDREN


def files(folder: Path) -> tuple[list[Path], list[Path]]:
    honest, attacks = [], []
    for name, make in HONEST.items():
        case = make()
        if case.trust is None or case.trust.version == trust().version:
            honest.append(folder / f"honest-{name}.pdf")
            honest[-1].write_bytes(case.pdf)
    for name, make_attack in ATTACKS.items():
        attack = make_attack()
        if attack.trust is None and attack.expected is None:  # the others show only with the register or other anchors
            attacks.append(folder / f"attack-{name}.pdf")
            attacks[-1].write_bytes(attack.pdf)
    return honest, attacks


def ours(honest: list[Path], attacks: list[Path], jobs: int) -> Line:
    warm, used = [honest[0]] * jobs, cpu_seconds()
    run = verify_isolated([*warm, *honest, *attacks], trust(), now=now(), jobs=jobs)
    for _ in warm:
        next(run)
    said: list[tuple[Path, DocumentVerdict, float]] = []
    started = last = time.perf_counter()
    for path, verdict in run:
        at = time.perf_counter()
        said.append((path, verdict, at - last))
        last = at
    valid = [path for path, verdict, _ in said if verdict.indication is Indication.PASSED]
    good = sum(path in set(honest) for path in valid)
    median = statistics.median(seconds for _, _, seconds in said) if jobs == 1 else None
    cpu = (cpu_seconds() - used) / len(said)
    return Line(f"sohoa, {jobs} worker(s)", good, len(valid) - good, median, len(said) / (last - started), cpu)


def one_by_one(who: str, judge: Callable[[Path], bool], honest: list[Path], attacks: list[Path]) -> Line:
    """Ask *judge* for every file in this process; a crash or more than ``SECONDS`` is a "no" and is counted."""
    times, valid, crashed, used = [], [], [], cpu_seconds()

    def late(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, late)
    for path in [honest[0], *honest, *attacks]:
        signal.alarm(SECONDS)
        started = time.perf_counter()
        try:
            if judge(path):
                valid.append(path)
        except Exception as error:
            crashed.append(f"{path.stem}: {type(error).__name__}")
        finally:
            signal.alarm(0)
        times.append(time.perf_counter() - started)
    times, valid = times[1:], valid[1:]  # the first was to warm up
    good = sum(path in set(honest) for path in valid)
    called = ", ".join(sorted(p.stem.removeprefix("attack-") for p in valid if p not in set(honest)))
    if called:
        print(f"{who} calls valid: {called}\n")
    remark = f"{len(crashed)} exceptions" if crashed else ""
    cpu = (cpu_seconds() - used) / len(times)
    return Line(who, good, len(valid) - good, statistics.median(times), len(times) / sum(times), cpu, remark)


def pyhanko_says(path: Path) -> bool:
    """All signatures TOTAL-PASSED by pyHanko's own long-term procedure."""
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[x509.Certificate.load(a.der) for a in trust().anchors]),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
    )
    spec = PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=policy,
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                RevinfoOnlineFetchingRule.LOCAL_ONLY, _NoNetwork(), CertificateFetchingRule.NEVER_FETCH
            ),
            local_knowledge=LocalKnowledge(
                known_crls=[CRLContainer(crl.CertificateList.load(der)) for der in trust().crls]
            ),
        )
    )
    reader = PdfFileReader(io.BytesIO(path.read_bytes()))
    signatures = list(reader.embedded_regular_signatures)
    said = [asyncio.run(ades_lta_validation(s, spec)).ades_subindic for s in signatures]
    return bool(said) and all(one is AdESPassed.OK for one in said)


def pdfsig_says(path: Path) -> bool:
    """Every signature that pdfsig can judge is "valid" (it does not judge document timestamps)."""
    words = [word for word in ask(path).fields.values() if word and "not yet" not in word.lower()]
    return bool(words) and all(word in GOOD for word in words)


def table(lines: Iterator[Line], honest: int, attacks: int) -> None:
    heads = f"attacks called valid (of {attacks}) | honest called valid (of {honest})"
    print(f"| who | {heads} | median s | files/s | CPU s a file | |")
    print("|---|---|---|---|---|---|---|")
    for line in lines:
        median = "-" if line.median is None else f"{line.median:.3f}"
        figures = f"{line.attacks} | {line.honest} | {median} | {line.rate:.1f} | {line.cpu:.3f}"
        print(f"| {line.who} | {figures} | {line.remark} |")


def everyone(folder: Path) -> None:
    """Say how many of all honest files are valid with the anchors and lists that each was made for."""
    refused = []
    for name, make in HONEST.items():
        case = make()
        path = folder / f"{name}.pdf"
        path.write_bytes(case.pdf)
        ((_, verdict),) = verify_isolated([path], case.trust or trust(), now=now())
        if verdict.indication is not Indication.PASSED:
            refused.append(name)
    valid = len(HONEST) - len(refused)
    share = 100 * valid / len(HONEST)
    print(f"\nHonest files under their own anchors: {valid} of {len(HONEST)} ({share:.1f} %) {refused or ''}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="of ours; the one in the middle is shown")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        honest, attacks = files(Path(folder))
        lines = []
        for jobs in sorted({1, options.jobs}):
            rounds = [ours(honest, attacks, jobs) for _ in range(options.rounds)]
            lines.append(sorted(rounds, key=lambda line: line.rate)[len(rounds) // 2])
        lines.append(one_by_one("pyHanko AdES, long-term", pyhanko_says, honest, attacks))
        if available():
            lines.append(one_by_one("pdfsig", pdfsig_says, honest, attacks))
        table(iter(lines), len(honest), len(attacks))
        everyone(Path(folder))


if __name__ == "__main__":
    main()
