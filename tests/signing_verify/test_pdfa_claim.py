"""A file's claim to be PDF/A is examined beside its signatures."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest

from signing.verify.document import verify_pdf
from signing.verify.isolated import pdfa_isolated
from signing.verify.pdfa import BROKEN, CONFORMING, NONE, UNPROVEN, PdfaCheck, ask_verapdf, examine
from signing.verify.report import About, to_dict
from signing.verify.report_html import to_html
from tests.require import need
from tests.signing.signed import certified
from tests.signing_verify.attacks import signed, trust
from tests.signing_verify.making import base
from tests.signing_verify.pki import now
from tests.verapdf import SCRIPT, available


def _claiming(pdf: bytes, part: str, letter: str) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        with opened.open_metadata() as xmp:
            xmp["pdfaid:part"], xmp["pdfaid:conformance"] = part, letter
        opened.save(out)
    return out.getvalue()


def _found(pdf: bytes, tmp_path: Path) -> PdfaCheck:
    file = tmp_path / "claim.pdf"
    file.write_bytes(pdf)
    found = examine(file)
    assert pdfa_isolated(file) == found
    return found


def test_claims(tmp_path: Path) -> None:
    assert _found(signed(), tmp_path).result == NONE
    assert _found(_claiming(base(), "2", "B"), tmp_path).result == UNPROVEN
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(certified())) as opened:
        opened.Root.Version = pikepdf.Name("/2.0")
        opened.save(out)
    lie = _found(out.getvalue(), tmp_path)
    assert (lie.claim, lie.result) == ("2u", BROKEN) and lie.rules
    copy = _found(certified(), tmp_path)
    assert (copy.claim, copy.result) == ("2u", UNPROVEN)  # form fields are beyond the checker in process
    assert _found(_claiming(base(), "4", "F"), tmp_path).result == UNPROVEN


def test_what_is_no_pdf_has_no_claim(tmp_path: Path) -> None:
    (tmp_path / "no.pdf").write_bytes(b"%PDF-1.7\nkhong")
    assert pdfa_isolated(tmp_path / "no.pdf") is None


@pytest.mark.slow
def test_verapdf_proves_or_refutes(tmp_path: Path) -> None:
    import subprocess

    need("verapdf", available(), "Java 17 and Maven (or the jar in the cache) are needed: scripts/verapdf path")
    jar = Path(subprocess.run([SCRIPT, "path"], capture_output=True, check=True, text=True).stdout.strip())
    for name, pdf, result in (("good", certified(), CONFORMING), ("lie", _claiming(base(), "2", "U"), BROKEN)):
        file = tmp_path / f"{name}.pdf"
        file.write_bytes(pdf)
        said = ask_verapdf(jar, file, examine(file))
        assert (said.result, said.checker) == (result, "veraPDF 1.28.2"), said
        assert bool(said.rules) == (result == BROKEN)


def test_veraPDF_missing_leaves_what_was_found(tmp_path: Path) -> None:  # noqa: N802
    found = PdfaCheck("2u", UNPROVEN, "x")
    assert ask_verapdf(tmp_path / "none.jar", tmp_path / "f.pdf", found) is found


def test_a_broken_claim_is_told_and_fails_no_signature() -> None:
    verdict = verify_pdf(signed(), trust(), now=now())
    claim = PdfaCheck("2b", BROKEN, "pikepdf", ("<6.1>",)).shape()
    data = to_dict(verdict, About(pdfa=claim))
    assert data["verdict"]["indication"] == "TOTAL-PASSED"
    assert (data["pdfa"]["claim"], data["pdfa"]["result"]) == ("2b", "not-conforming")
    assert not any("PDF/A" in limit for limit in data["limits"])
    page = to_html(verdict, About(pdfa=claim))
    assert "KHÔNG đạt" in page and "<6.1>" not in page
