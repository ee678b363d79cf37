"""Does a file that calls itself PDF/A hold what it claims? Not a question of its signatures: reported beside them.

The checker in process (pikepdf) knows conformance level B of parts 1 to 3 and leaves form fields and the security
store unexamined; so without veraPDF a claim can be refuted here, never proven.
"""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from signing.verify.words import plain

NONE, CONFORMING, BROKEN, UNPROVEN = "no-claim", "conforming", "not-conforming", "unproven"
SECONDS, MOST_RULES = 120, 20
_SAID = {
    NONE: "tệp không tự nhận là PDF/A",
    CONFORMING: "đúng như tệp tự nhận",
    BROKEN: "tệp tự nhận nhưng KHÔNG đạt",
    UNPROVEN: "không thấy lỗi, nhưng chưa kiểm tra được trọn vẹn",
}
#: conformance letters beyond B ask more than the checker in process knows; and it reads no extension schemas
_BEYOND = re.compile(r"ISO_19005_\d:6\.(6\.4|7\.11)-\d$")
_SCHEMAS = "6.6.2.3.1-1"


@dataclass(frozen=True)
class PdfaCheck:
    """``claim`` such as ``2u`` (empty: none); ``result`` one of the words above; ``rules`` that are broken."""

    claim: str
    result: str
    checker: str
    rules: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The sentence an officer reads."""
        claim = f"PDF/A-{self.claim}: " if self.claim else ""
        rules = f" ({', '.join(self.rules[:6])})" if self.rules else ""
        return f"{claim}{_SAID[self.result]}{rules}" + (f"; {self.checker}" if self.checker else "")

    def shape(self) -> dict[str, Any]:
        """Return the ``pdfa`` part of the JSON report."""
        return {**asdict(self), "rules": list(self.rules), "message": self.line}


def examine(path: Path) -> PdfaCheck:
    """Check *path* in this process; for files from strangers only inside a worker. Raises what the file provokes."""
    import pikepdf
    from pikepdf import pdfa

    with pikepdf.open(path) as pdf, pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        part, letter = str(xmp.get("pdfaid:part", "")), str(xmp.get("pdfaid:conformance", ""))
    claim = plain(f"{part}{letter}".lower(), 4)
    if not claim:
        return PdfaCheck("", NONE, "")
    checker = f"pikepdf {pikepdf.__version__}"
    if part not in ("1", "2", "3"):
        return PdfaCheck(claim, UNPROVEN, checker)
    report = pdfa.validate_written(path, f"{part}b")
    broken = [
        f.rule
        for f in report.violations
        if not (_BEYOND.match(f.rule) and letter.upper() != "B" and "conformance is" in f.message)
        and not f.rule.endswith(_SCHEMAS)
    ]
    if broken:
        return PdfaCheck(claim, BROKEN, checker, tuple(plain(rule, 60) for rule in sorted(set(broken))[:MOST_RULES]))
    return PdfaCheck(claim, CONFORMING if report.passed else UNPROVEN, checker)


def ask_verapdf(jar: Path, path: Path, found: PdfaCheck) -> PdfaCheck:
    """Return what veraPDF says of the claim in *found*; *found* itself where it cannot be asked or says nothing."""
    java = shutil.which("java")
    if java is None or not jar.is_file() or not re.fullmatch(r"[1-4][abuef]?", found.claim):
        return found
    name = re.sub(r"^greenfield-apps-|\.jar$", "", jar.name)
    command = [java, "-Xmx768m", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp", str(jar)]
    command += ["org.verapdf.apps.GreenfieldCliWrapper", "--flavour", found.claim, "--format", "json"]
    try:
        with subprocess.Popen(
            [*command, str(path.absolute())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        ) as run:
            try:
                resource.prlimit(run.pid, resource.RLIMIT_CPU, (SECONDS, resource.RLIM_INFINITY))
                out, _ = run.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                run.kill()
                return found
        results = msgspec.json.decode(out)["report"]["jobs"][0]["validationResult"]
        rules = [
            f"{rule['clause']}-{rule['testNumber']}"
            for result in results
            for rule in result["details"]["ruleSummaries"]
            if rule["ruleStatus"] == "FAILED"
        ]
        good = bool(results) and all(result["compliant"] is True for result in results)
    except (OSError, msgspec.MsgspecError, KeyError, IndexError, TypeError, ValueError):
        return found
    checker = f"veraPDF {name}"
    if good and found.result != BROKEN:
        return replace(found, result=CONFORMING, checker=checker, rules=())
    return replace(found, result=BROKEN, checker=checker, rules=_first(rules) or found.rules)


def _first(rules: Sequence[str]) -> tuple[str, ...]:
    return tuple(plain(rule, 60) for rule in dict.fromkeys(rules))[:MOST_RULES]
