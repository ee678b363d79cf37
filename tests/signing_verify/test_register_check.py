"""What the register says of a file: issued, cancelled, unknown, stripped; and what it costs where there is none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import Unavailable
from pipeline.verify import EXIT_INDETERMINATE, EXIT_INVALID, EXIT_VALID, exit_code, report_json
from pipeline.verify_register import COPY_FIELDS, check_register, register_at_hand
from pipeline.workplace import Workplace
from signing.verify.document import verify_pdf
from signing.verify.model import DocumentVerdict, Indication, Level
from storage.catalogue import register
from storage.records import RegisterEntry
from tests.pipeline.bench import AGENCY, TablePool, run, scan, settings, workplace
from tests.signing_verify.attacks import signed_two, trust
from tests.signing_verify.pki import now


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
def passed() -> DocumentVerdict:
    return verify_pdf(signed_two(), trust(), now=now())


def copy_of(verdict: DocumentVerdict, content: bytes, *fields: str) -> DocumentVerdict:
    """Return *verdict* as if it were about *content*, its signatures in *fields*."""
    names = fields or tuple(sorted(COPY_FIELDS))
    signatures = tuple(replace(verdict.signatures[0], field=name, level=Level.B_LTA) for name in names)
    return replace(verdict, sha256=hashlib.sha256(content).hexdigest(), signatures=signatures)


def issue(place: Workplace, document_id: str, content: bytes, key: str) -> RegisterEntry:
    with place.catalogue.begin() as connection:
        entry = register.reserve(
            connection, agency=AGENCY, book="SCT/BS", year=2026, document_id=document_id, idempotency_key=key,
            at="2026-03-01T02:00:00.000000Z",
        )  # fmt: skip
    place.warehouse.save_certified(
        document_id, content, agent="thu", number=entry.ref, number_details={"level": "B-LTA"}, stage_key=key
    )
    return entry


def paper(place: Workplace, folder: Path) -> str:
    scan(folder / "mot.tif", "mot")
    return run(place, TablePool(), folder)[0].document_id


def test_an_issued_copy_and_the_same_after_it_was_cancelled(
    place: Workplace, tmp_path: Path, passed: DocumentVerdict
) -> None:
    document_id = paper(place, tmp_path / "lo")
    entry = issue(place, document_id, b"ban sao", "mot")
    verdict = copy_of(passed, b"ban sao")
    said = check_register(place.catalogue, verdict)
    assert (said.code, said.number, said.book) == ("copy-issued", "01", "01/2026 - SCT/BS")
    assert (said.document_id, said.level_issued, said.agency) == (document_id, "B-LTA", AGENCY)
    assert said.line.startswith("Đối chiếu sổ chứng thực: số 01, quyển số: 01/2026 - SCT/BS".replace("số:", "số"))
    assert exit_code([verdict], [said]) == EXIT_VALID

    with place.catalogue.begin() as connection:
        register.cancel(connection, entry.ref, reason="nhầm bản chính", at="2026-03-02T02:00:00.000000Z")
    said = check_register(place.catalogue, verdict)
    assert (said.code, said.indication) == ("copy-cancelled", "FAILED")
    assert "nhầm bản chính" in said.message
    assert exit_code([verdict], [said]) == EXIT_INVALID

    # certified again under another number: each copy keeps its own line
    again = issue(place, document_id, b"ban sao hai", "hai")
    assert again.number == 2
    assert check_register(place.catalogue, copy_of(passed, b"ban sao hai")).code == "copy-issued"
    assert check_register(place.catalogue, verdict).code == "copy-cancelled"


def test_what_carries_our_fields_but_was_never_issued_is_not_plain_valid(
    place: Workplace, passed: DocumentVerdict
) -> None:
    verdict = copy_of(passed, b"ai do lam")
    assert verdict.indication is Indication.PASSED
    said = check_register(place.catalogue, verdict)
    assert (said.code, said.indication) == ("copy-unknown", "INDETERMINATE")
    assert exit_code([verdict], [said]) == EXIT_INDETERMINATE
    assert "copy-unknown" in report_json(verdict, "a.pdf", said).decode()
    half = check_register(place.catalogue, copy_of(passed, b"cat mot chu ky", min(COPY_FIELDS)))
    assert half.code == "copy-unknown"


def test_missing_signature_and_lower_level_of_a_copy_in_the_warehouse(
    place: Workplace, tmp_path: Path, passed: DocumentVerdict
) -> None:
    issue(place, paper(place, tmp_path / "lo"), b"ban sao", "mot")
    assert check_register(place.catalogue, copy_of(passed, b"ban sao", min(COPY_FIELDS))).code == "copy-roles"
    verdict = copy_of(passed, b"ban sao")
    lower = replace(verdict, signatures=tuple(replace(s, level=Level.B_T) for s in verdict.signatures))
    assert check_register(place.catalogue, lower).code == "copy-level"


def test_other_signed_files_are_no_question_for_the_register(place: Workplace, passed: DocumentVerdict) -> None:
    said = check_register(place.catalogue, passed)
    assert (said.code, said.indication) == ("not-a-copy", "")
    assert exit_code([passed], [said]) == EXIT_VALID


def test_without_a_catalogue_nothing_is_made(tmp_path: Path, passed: DocumentVerdict) -> None:
    with register_at_hand(settings(tmp_path / "data")) as catalogue:
        assert catalogue is None
        said = check_register(catalogue, copy_of(passed, b"x"))
    assert (said.code, said.indication) == ("not-asked", "")
    assert not (tmp_path / "data").exists()


def test_a_register_that_does_not_answer_proves_nothing(
    place: Workplace, passed: DocumentVerdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> None:
        from domain.errors import Advice

        raise Unavailable("database", "no answer", Advice("x", "y", "z"))

    monkeypatch.setattr("pipeline.verify_register.holders", silent)
    said = check_register(place.catalogue, copy_of(passed, b"x"))
    assert (said.code, said.indication) == ("register-unavailable", "INDETERMINATE")
    assert check_register(place.catalogue, passed).code == "not-a-copy"
