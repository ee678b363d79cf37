"""An audit goes on after it was killed, tells what changed, draws the same sample again, and lists renewals."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from domain.errors import Refused
from pipeline.audit import AuditResult, _summary, audit_warehouse
from pipeline.audit_book import AuditRow, AuditRun, open_audit_book
from pipeline.workplace import Workplace
from signing.verify.document import verify_pdf
from signing.verify.model import Expected, ExpectedSignature
from tests.pipeline.bench import Killed, TablePool, crash, run, scan, workplace
from tests.signing_verify.attacks import signed_two, trust
from tests.signing_verify.pki import good, now
from tests.signing_verify.suite import ATTACKS

PAPERS = ("mot", "hai", "ba", "bon")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with four papers; the first two have a signed copy."""
    root = tmp_path_factory.mktemp("runs")
    for name in PAPERS:
        scan(root / "lo" / f"{name}.tif", name)
    with workplace(root / "data") as place:
        ids = {row.file: row.document_id for row in run(place, TablePool(), root / "lo")}
        place.warehouse.save_certified(ids["mot.tif"], signed_two(), agent="thu", stage_key="1")
        place.warehouse.save_certified(ids["hai.tif"], ATTACKS["isa_page_replaced"]().pdf, agent="thu", stage_key="2")
    anchors = root / "data" / "trust"
    anchors.mkdir()
    (anchors / "goc.pem").write_bytes(good().root.certificate.public_bytes(Encoding.PEM))
    for number, der in enumerate(trust().crls):
        (anchors / f"{number}.crl").write_bytes(der)
    return root / "data"


@pytest.fixture
def place(warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    def issued(sha256: str) -> Expected:
        return Expected((ExpectedSignature("NguoiChungThuc"), ExpectedSignature("CoQuan")), sha256=sha256)

    monkeypatch.setattr("pipeline.certify.expected.issued_copy_expected", issued)
    shutil.copytree(warehouse, tmp_path / "data")
    with workplace(tmp_path / "data") as opened:
        yield opened


def facts(result: AuditResult) -> dict[str, object]:
    shape = result.shape()
    return {key: shape[key] for key in ("documents", "objects", "certified", "findings", "verdicts", "renewals")}


def test_a_killed_audit_goes_on_and_says_the_same(
    place: Workplace, warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        crash(patch, "pipeline.audit_book.AuditBook.put", nth=3)
        with pytest.raises(Killed):
            audit_warehouse(place, jobs=1)
    looked: list[str] = []
    show = type(place.warehouse).show
    monkeypatch.setattr(type(place.warehouse), "show", lambda self, one: looked.append(one) or show(self, one))
    resumed = audit_warehouse(place, jobs=1)
    assert resumed.resumed
    assert len(looked) == 2  # two of four were done
    whole = audit_warehouse(place, jobs=2)
    assert not whole.resumed
    assert facts(resumed) == facts(whole)
    assert whole.documents == 4
    assert sum(whole.verdicts.values()) == whole.certified == 2
    assert [f.code for f in whole.findings] == ["copy-invalid"]
    assert not (place.settings.data_dir / "audit" / "work").exists()


def test_what_changed_since_last_time(place: Workplace) -> None:
    first = audit_warehouse(place, jobs=1)
    assert first.changes == []
    passed = next(r for r in _rows(place) if r.verdict == "PASSED")
    shutil.rmtree(place.settings.data_dir / "trust")
    second = audit_warehouse(place, jobs=1)
    (change,) = [c for c in second.changes if c.document_id == passed.document_id]
    assert change.before.startswith("PASSED B-LTA")
    assert "INDETERMINATE" in change.after and "copy-indeterminate" in change.after
    assert audit_warehouse(place, jobs=1).changes == []


def _rows(place: Workplace) -> list[AuditRow]:
    with open_audit_book(place.settings.data_dir / "audit") as book:
        (last,) = book._connection.execute("SELECT max(id) FROM runs").fetchone()
        return list(book.rows(AuditRun(last, "", 0, "", False)))


def test_timestamps_to_renew_within_a_year(place: Workplace) -> None:
    end = good().tsa.certificate.not_valid_after_utc
    assert len(audit_warehouse(place, jobs=1).renewals) == 0
    (row,) = [r for r in _rows(place) if r.verdict == "PASSED"]
    assert row.renew_until.startswith(end.strftime("%Y-%m-%dT%H:%M:%S"))
    with open_audit_book(place.settings.data_dir / "audit") as book:
        for days, found in ((364, True), (366, False)):
            listed = _summary(book, AuditRun(1, "all", 0, "", False), end - timedelta(days=days)).renewals
            assert (row.document_id in {r.document_id for r in listed}) is found


@pytest.fixture
def unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies get the verdict of an empty file: these tests ask which documents are looked at."""
    verdict = verify_pdf(b"", trust(), now=now())
    monkeypatch.setattr("pipeline.audit.verify_files", lambda _, paths, **__: ((path, verdict) for path in paths))


@pytest.mark.usefixtures("unjudged")
def test_a_sample_can_be_drawn_again(place: Workplace) -> None:
    def drawn(seed: int | None) -> tuple[list[str], AuditResult]:
        result = audit_warehouse(place, sample=2, seed=seed)
        return [r.document_id for r in _rows(place)], result

    seven, result = drawn(7)
    assert (len(seven), result.documents, result.seed) == (2, 2, 7)
    assert drawn(7)[0] == seven
    assert any(drawn(seed)[0] != seven for seed in range(8, 80))  # two of four, whose ids are new in every run
    free, told = drawn(None)
    assert drawn(told.seed)[0] == free


@pytest.mark.usefixtures("unjudged")
def test_only_what_changed_since_a_day(place: Workplace) -> None:
    today = datetime.now(UTC).date()
    assert audit_warehouse(place, since=today - timedelta(days=1)).documents == 4
    assert audit_warehouse(place, since=date(2999, 1, 1)).documents == 0


def test_two_audits_at_once_are_refused(place: Workplace) -> None:
    with open_audit_book(place.settings.data_dir / "audit"), pytest.raises(Refused) as told:
        audit_warehouse(place)
    assert told.value.code == "audit-running"
