"""Verifying files: of strangers, of the warehouse, and our own before they are issued."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from pipeline.derivative import software
from pipeline.settings import Settings
from pipeline.trust import trust_in_force
from pipeline.verify_register import RegisterCheck
from pipeline.verify_seal import Stamp
from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD
from signing.trust import AGENCY, PERSON
from signing.verify.dss.install import default_folder
from signing.verify.dss.judge import combine, judging
from signing.verify.isolated import pdfa_isolated, pictures_isolated, verify_isolated
from signing.verify.model import DocumentVerdict, Expected, ExpectedSignature, Indication, Level, Status
from signing.verify.pdfa import NONE, PdfaCheck, ask_verapdf
from signing.verify.report import About, to_json
from signing.verify.report_html import to_html

VERAPDF = Path.home() / ".cache" / "sohoa" / "verapdf" / "greenfield-apps-1.28.2.jar"  # what scripts/verapdf fetched
EXIT_VALID, EXIT_INVALID, EXIT_INDETERMINATE, EXIT_UNREADABLE = 0, 1, 2, 3


def issued_copy_expected(sha256: str) -> Expected:
    """Return what a certified copy of ours must be: both roles, B-LTA, exactly these bytes."""
    return Expected(
        signatures=(ExpectedSignature(PERSON_FIELD, PERSON), ExpectedSignature(AGENCY_FIELD, AGENCY)),
        level=Level.B_LTA,
        sha256=sha256,
    )


def report_json(
    verdict: DocumentVerdict, name: str = "", register: RegisterCheck | None = None, pdfa: PdfaCheck | None = None
) -> bytes:
    """Return the JSON report (``docs/verification.md``) as bytes."""
    return to_json(verdict, about(name, _asked(register), pdfa)).encode("utf-8")


def about(name: str, register: Mapping[str, str] | None = None, pdfa: PdfaCheck | None = None) -> About:
    """Return what our reports tell beside the verdict on the file *name*."""
    return About(name, tool=software(), register=register, pdfa=pdfa.shape() if pdfa is not None else None)


def check_pdfa(settings: Settings, path: Path) -> PdfaCheck | None:
    """Say what became of the file's claim to be PDF/A: in a worker, and by veraPDF where it is; None if unreadable."""
    found = pdfa_isolated(path)
    if found is None or found.result == NONE:
        return found
    jar = settings.verify.verapdf_jar or VERAPDF
    return ask_verapdf(jar, path, found)


def _asked(register: RegisterCheck | None) -> dict[str, str] | None:
    return None if register is None or register.code == "not-asked" else register.shape()


def verify_files(
    settings: Settings,
    paths: Iterable[Path],
    *,
    now: datetime,
    trust: Path | None = None,
    expected: Mapping[Path, Expected] | None = None,
    jobs: int = 0,
    second_opinion: bool = False,
) -> Iterator[tuple[Path, DocumentVerdict]]:
    """Verify *paths* offline in isolated workers and yield each with its verdict, in order.

    *trust* is a folder of anchors that replaces the installation's own. With *second_opinion*, or where the settings
    say so, EU DSS is asked too, and nothing is valid that it does not call valid. Raises ``NotReady`` for a bad folder
    and for EU DSS that is asked for and not there.
    """
    store = trust_in_force(settings, trust)
    workers = jobs or len(os.sched_getaffinity(0))
    ask_dss = second_opinion or settings.verify.second_opinion
    with ExitStack() as stack:
        judge = stack.enter_context(judging(dss_folder(settings), store)) if ask_dss else None

        def opinion(path: Path, verdict: DocumentVerdict) -> DocumentVerdict:
            return combine(verdict, judge.ask(path, now)) if judge is not None else verdict

        opinions = (opinion,) if judge is not None else ()
        yield from verify_isolated(
            paths, store, now=now, expected=expected, jobs=workers, second_opinion=True, opinions=opinions
        )


def dss_folder(settings: Settings) -> Path:
    """Return the folder of EU DSS."""
    return settings.verify.dss_dir or default_folder()


def write_report(
    folder: Path,
    name: str,
    verdict: DocumentVerdict,
    register: RegisterCheck | None = None,
    file: Path | None = None,
    *,
    pdfa: PdfaCheck | None = None,
    stamp: Stamp | None = None,
) -> tuple[Path, ...]:
    """Write the reports of one file to *folder*: JSON, HTML, PDF/A-2u, and the XML of ETSI TS 119 102-2.

    With *file*, pages that a forbidden change made look different are shown in the HTML. With *stamp* the PDF bears the
    system's seal and each other form has it beside it (``.p7s``). Returns the reports' paths. Raises ``NotReady``
    without fonts.
    """
    from pipeline.verify_paper import to_pdf
    from signing.verify.etsi import to_etsi_xml  # its generated classes take a while to load

    folder.mkdir(parents=True, exist_ok=True)
    pictures = pictures_isolated(file, verdict) if file is not None else ()
    stem = f"{Path(name).stem}-{verdict.sha256[:8]}"
    contents = {
        ".json": report_json(verdict, name, register, pdfa),
        ".html": to_html(verdict, about(name, _asked(register), pdfa), pictures=pictures).encode(),
        ".pdf": to_pdf(verdict, file_name=name, register=register, pdfa=pdfa),
        ".xml": to_etsi_xml(verdict, file_name=name, tool=software()),
    }
    if stamp is not None:
        contents = stamp.on(contents)
    paths = tuple(folder / f"{stem}{suffix}" for suffix in contents)
    for path, content in zip(paths, contents.values(), strict=True):
        path.write_bytes(content)
    return paths


def exit_code(verdicts: Iterable[DocumentVerdict], checks: Iterable[RegisterCheck] = ()) -> int:
    """Return the exit code of ``sohoa verify``: unreadable over invalid over indeterminate over valid.

    What the register says counts like a verdict: a copy that it does not know is never plain valid.
    """
    order = (EXIT_VALID, EXIT_INDETERMINATE, EXIT_INVALID, EXIT_UNREADABLE)
    by_indication = {Indication.FAILED: EXIT_INVALID, Indication.INDETERMINATE: EXIT_INDETERMINATE}
    found = [
        EXIT_UNREADABLE if v.status is Status.UNREADABLE else by_indication.get(v.indication, EXIT_VALID)
        for v in verdicts
    ]
    found += [by_indication.get(Indication(c.indication), EXIT_VALID) for c in checks if c.indication]
    return max(found, key=order.index, default=EXIT_VALID)
