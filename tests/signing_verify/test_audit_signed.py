"""The audit judges every signed file by its signatures, and reads the print of certified copies back."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from pipeline.audit import audit_warehouse
from pipeline.audit_book import AuditRow, AuditRun, JudgedFile, open_audit_book
from pipeline.audit_signed import ONE_IN, read_back, with_files
from pipeline.workplace import Workplace
from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD
from signing.appearance.copy_mark import COPY_FIELD
from tests.pipeline.bench import workplace
from tests.signing.signed import certified
from tests.signing_verify import raw
from tests.signing_verify.attacks import EVIL, at, trust
from tests.signing_verify.making import base, lta
from tests.signing_verify.pki import good
from tests.signing_verify.test_register_check import issue, paper


@cache
def copy(number: int) -> bytes:
    """A certified copy that shows *number*, signed by person and agency."""
    g = good()
    return lta(g, at(), pdf=certified(number), signers=((PERSON_FIELD, g.person), (AGENCY_FIELD, g.agency)))


@cache
def sealed() -> bytes:
    """A paper signed by the agency alone, as sao y and digitised papers are."""
    return lta(good(), at(), pdf=base(fields=()), signers=((COPY_FIELD, good().agency),), new_box=(60, 60, 260, 130))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    anchors = tmp_path / "data" / "trust"
    anchors.mkdir(parents=True)
    (anchors / "goc.pem").write_bytes(good().root.certificate.public_bytes(Encoding.PEM))
    for number, der in enumerate(trust().crls):
        (anchors / f"{number}.crl").write_bytes(der)
    with workplace(tmp_path / "data") as opened:
        yield opened


def keep(place: Workplace, document_id: str, pdf: bytes, ordinal: int) -> None:
    place.warehouse.save_signed(
        document_id, pdf, ordinal=ordinal, stage_key=f"ky {ordinal}", agent="thu", report=b"{}", detail={}
    )


def test_signed_files_are_judged_and_not_only_hashed(place: Workplace, tmp_path: Path) -> None:
    document_id = paper(place, tmp_path / "lo")
    keep(place, document_id, sealed(), 0)
    clean = audit_warehouse(place, jobs=1)
    assert (clean.findings, clean.signed, clean.certified) == ([], 1, 0)
    assert clean.verdicts == {"PASSED B-LTA": 1}
    # stored as it is, digest and all: only its signature tells
    keep(place, document_id, raw.append(sealed(), {raw.content_of_page(sealed()): raw.stream(EVIL)}), 2)
    found = audit_warehouse(place, jobs=2)
    assert found.signed == 2 and found.verdicts["PASSED B-LTA"] == 1
    assert [(f.code, f.document_id) for f in found.findings] == [("signed-invalid", document_id)]
    assert "bản số hóa đã ký" in found.findings[0].detail
    (change,) = found.changes
    assert change.before == "PASSED B-LTA" and change.after.endswith("signed-invalid")


def test_a_signed_file_by_somebody_else_is_found(place: Workplace, tmp_path: Path) -> None:
    """A valid signature in another field is not the one that was recorded."""
    document_id = paper(place, tmp_path / "lo")
    keep(place, document_id, lta(good(), at()), 0)
    (finding,) = audit_warehouse(place, jobs=1).findings
    assert (
        finding.code == "signed-invalid" and "unexpected-signature" in finding.detail
    ) or "missing" in finding.detail


@pytest.mark.parametrize(("shown", "codes"), [(1, []), (7, ["copy-printed-differs"])])
def test_the_print_of_a_copy_is_the_registers(place: Workplace, tmp_path: Path, shown: int, codes: list[str]) -> None:
    document_id = paper(place, tmp_path / "lo")
    assert issue(place, document_id, copy(shown), "mot").number == 1
    unread = audit_warehouse(place, jobs=1, printed="none")
    assert (unread.findings, unread.certified, unread.printed) == ([], 1, 0)
    read = audit_warehouse(place, jobs=1, printed="all")
    assert [f.code for f in read.findings] == codes
    assert read.printed == 1
    assert read.scope == "printed=all"


def test_ten_audits_read_every_copy_once() -> None:
    papers = [f"{n:032x}" for n in range(200)]
    counted = Counter(one for audit in range(40, 40 + ONE_IN) for one in papers if read_back("some", audit, one))
    assert set(counted) == set(papers) and set(counted.values()) == {1}
    assert all(read_back("all", 1, one) and not read_back("none", 1, one) for one in papers)


def test_the_worst_file_speaks_for_the_document() -> None:
    row = AuditRow("a", "H26.1", 5, findings=(("fixity", "x"),))
    good_, bad = JudgedFile("copy", 0, "PASSED", "B-LTA", "ok", "2031"), JudgedFile(
        "signed", 1, "INDETERMINATE", "B-T", "certificate", "2030", findings=(("signed-indeterminate", "y"),)
    )  # fmt: skip
    told = with_files(row, [good_, bad])
    assert (told.verdict, told.level, told.code, told.renew_until) == ("INDETERMINATE", "B-T", "certificate", "2030")
    assert told.state == "INDETERMINATE B-T fixity signed-indeterminate"


def test_a_book_from_before_goes_on(tmp_path: Path) -> None:
    """The column of files is newer than the book."""
    old = sqlite3.connect(tmp_path / "audit.sqlite")
    old.executescript(
        "CREATE TABLE runs (id INTEGER PRIMARY KEY, scope TEXT NOT NULL, trust TEXT NOT NULL, seed INTEGER NOT NULL, "
        "started TEXT NOT NULL, finished TEXT NOT NULL DEFAULT '');"
        "CREATE TABLE results (run INTEGER NOT NULL REFERENCES runs(id), document_id TEXT NOT NULL, agency TEXT NOT "
        "NULL, objects INTEGER NOT NULL, verdict TEXT NOT NULL, level TEXT NOT NULL, code TEXT NOT NULL, renew_until "
        "TEXT NOT NULL, findings TEXT NOT NULL, PRIMARY KEY (run, document_id)) WITHOUT ROWID;"
        "INSERT INTO runs VALUES (1, 'all', 't', 0, 'x', 'y');"
        "INSERT INTO results VALUES (1, 'a', 'H26.1', 3, 'PASSED', 'B-LTA', 'ok', '', '[]');"
    )
    old.commit()
    old.close()
    with open_audit_book(tmp_path) as book:
        run = AuditRun(2, "all", 0, "", False)
        new = AuditRow("a", "H26.1", 3, files=(JudgedFile("copy", 0, "PASSED", "B-LTA", "ok", findings=(("c", "d"),)),))
        book.put(run, new)
        assert list(book.rows(run)) == [new]
        before = book.before(run, "a")
        assert before is not None and before[0].files == () and before[0].verdict == "PASSED"
