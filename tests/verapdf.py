"""veraPDF as judge: many files, one Java process."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.require import need

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "verapdf"


def available() -> bool:
    """Tell whether veraPDF can run here, fetching it once if Maven is there."""
    if shutil.which("java") is None:
        return False
    return subprocess.run([SCRIPT, "path"], capture_output=True, check=False, timeout=300).returncode == 0


def broken_rules(paths: Iterable[Path]) -> dict[Path, list[str]]:
    """Return for every file the PDF/A-2u rules it breaks ("clause-test: description"); empty lists where it passes."""
    files = [Path(p).resolve() for p in paths]
    need("verapdf", available(), "Java 17 and Maven (or the jar in the cache) are needed: scripts/verapdf path")
    if not files:
        return {}
    done = subprocess.run([SCRIPT, "check", *files], capture_output=True, check=False, timeout=600)
    jobs = json.loads(done.stdout)["report"]["jobs"]
    found: dict[Path, list[str]] = {path: ["not judged"] for path in files}
    for job in jobs:
        path = Path(job["itemDetails"]["name"]).resolve()
        results = job.get("validationResult") or []
        if not results:
            found[path] = [f"not judged: {job.get('taskException', 'no result')}"]
            continue
        found[path] = [
            f"{rule['clause']}-{rule['testNumber']}: {rule['description']}"
            for result in results
            for rule in result["details"]["ruleSummaries"]
            if rule["ruleStatus"] == "FAILED"
        ]
        if not all(result["compliant"] for result in results) and not found[path]:
            found[path] = ["not compliant"]
    return found


def assert_pdfa_2u(paths: Iterable[Path]) -> None:
    """Assert that every file is PDF/A-2u; skips visibly (or fails, by ``SOHOA_REQUIRE``) without veraPDF."""
    broken = {path.name: rules for path, rules in broken_rules(paths).items() if rules}
    assert not broken, json.dumps(broken, indent=2, ensure_ascii=False)
