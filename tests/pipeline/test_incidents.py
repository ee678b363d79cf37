"""Incident reports and certificates of disposal: kept, sealed where a seal is set, and looked at again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from domain.errors import NotReady, Refused
from pipeline.audit import audit_warehouse
from pipeline.cli.main import main
from pipeline.disposal import carry_out, certificate_key, known
from pipeline.disposal_check import check_certificate
from pipeline.incidents import list_reports, report_of
from pipeline.settings import VerifySettings
from pipeline.upkeep import open_replica, replicate_store, scrub_store
from pipeline.verify_seal import check_seals
from pipeline.workplace import Workplace, open_workplace
from storage.keys import blob_key
from storage.small import check_small
from tests.pipeline.old_papers import approved, paper, text_of, with_terms, years_later
from tests.signing_verify.pki import issue
from tests.storage.conftest import Clock, hurry
from tests.storage.fresh import lay_catalogue
from tests.verapdf import assert_pdfa_2u


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def seal(tmp_path: Path, clock: Clock) -> VerifySettings:
    start, end = clock.now - timedelta(days=30), clock.now + timedelta(days=366 * 20)
    own, key, certificate = (
        issue("Hệ thống", kind="ec", label="seal-ec", start=start, end=end),
        tmp_path / "k",
        tmp_path / "c",
    )
    key.write_bytes(own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    certificate.write_bytes(own.certificate.public_bytes(Encoding.PEM))
    return VerifySettings(seal_key_file=key, seal_certificate_file=certificate)


@pytest.fixture
def workplace(tmp_path: Path, clock: Clock, seal: VerifySettings) -> Iterator[Workplace]:
    lay_catalogue(tmp_path / "data" / "catalogue.sqlite")
    with open_workplace(with_terms(tmp_path, verify=seal), clock) as opened:
        hurry(opened.catalogue)
        yield opened


def damaged(workplace: Workplace) -> str:
    """Flip a bit of an original; return its key."""
    one = paper(workplace, "one")
    replicate_store(workplace)
    scrub_store(workplace)
    key = blob_key(workplace.warehouse.show(one).document.original_sha256)
    data = bytearray(workplace.store.get(key))
    data[0] ^= 1
    workplace.store.replace(key, bytes(data))
    return key


def test_a_scrub_that_found_damage_leaves_a_sealed_report_in_both_copies(
    workplace: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = damaged(workplace)
    assert list_reports(workplace, "H24.01") == []
    done = scrub_store(workplace)
    (report,) = list_reports(workplace, "H24.01")
    assert report.id == done.kept_as and report.act == "scrub" and report.sealed
    assert [one["key"] for one in report.incidents] == [key] and report.open == 0
    assert report.seal is not None and report.seal.intact
    stored = [o.key for o in workplace.store.list("incident/")]
    assert len(stored) == 2 and [o.key for o in open_replica(workplace).list("incident/")] == stored
    assert scrub_store(workplace).incidents == [] and scrub_store(workplace).kept_as == ""

    # as the auditor has it: files, checked by ``verify --check-seal``
    monkeypatch.setattr("pipeline.settings.load_settings", lambda: workplace.settings)
    monkeypatch.setattr("pipeline.workplace.system_clock", workplace.clock)
    assert main(["incidents", "list"]) == 0
    assert report.id in capsys.readouterr().out
    assert main(["incidents", "show", report.id, "--to", str(tmp_path / "out")]) == 0
    assert key in capsys.readouterr().out
    written = tmp_path / "out" / f"{report.id}.json"
    ((_, check),) = check_seals(workplace.settings, [written], now=workplace.clock())
    assert check.intact

    # a report that somebody rewrote bears a seal that is none
    said = json.loads(report.content) | {"incidents": []}
    name = f"incident/H24.01/{report.id}.json"
    workplace.store.replace(name, json.dumps(said).encode())
    check_small(name, workplace.store.get(name))
    (rewritten,) = list_reports(workplace, "H24.01")
    assert rewritten.seal is not None and not rewritten.seal.intact
    assert main(["incidents", "list"]) == 1
    # and scrubbing mends it from the replica, and reports that too
    assert [i.key for i in scrub_store(workplace).incidents] == [name]
    assert report_of(workplace, "H24.01", report.id) == report
    assert len(list_reports(workplace, "H24.01")) == 2


def test_what_could_not_be_mended_or_copied_is_open(workplace: Workplace) -> None:
    key = damaged(workplace)
    open_replica(workplace).delete(key)
    copied = replicate_store(workplace)  # refuses to carry the damage over
    assert [k for k, _ in copied.problems] == [key]
    assert report_of(workplace, "H24.01", copied.kept_as).act == "replicate"
    done = scrub_store(workplace)
    report = report_of(workplace, "H24.01", done.kept_as)
    assert report.open == 2 and {one["copy"] for one in report.incidents} == {"main", "replica"}
    with pytest.raises(Refused, match="incident-unknown"):
        report_of(workplace, "H24.01", "../x")


def test_a_seal_that_cannot_be_used_costs_the_seal_of_a_report_and_stops_a_disposal(
    workplace: Workplace, clock: Clock, seal: VerifySettings
) -> None:
    damaged(workplace)
    years_later(clock)
    disposal = approved(workplace)
    assert seal.seal_key_file is not None
    seal.seal_key_file.chmod(0o644)  # others may read it
    report = report_of(workplace, "H24.01", scrub_store(workplace).kept_as)
    assert not report.sealed and report.seal is None
    with pytest.raises(NotReady, match="seal-key"):
        carry_out(workplace, disposal.id, by="cb03")
    (one,) = disposal.papers
    assert workplace.warehouse.show(one.document_id).document.id == one.document_id
    seal.seal_key_file.chmod(0o600)
    assert carry_out(workplace, disposal.id, by="cb03").destroyed == 1


def test_without_a_seal_everything_goes_on(tmp_path: Path, clock: Clock) -> None:
    lay_catalogue(tmp_path / "data" / "catalogue.sqlite")
    with open_workplace(with_terms(tmp_path, verify=VerifySettings()), clock) as workplace:
        damaged(workplace)
        report = report_of(workplace, "H24.01", scrub_store(workplace).kept_as)
        assert not report.sealed and report.seal is None
        years_later(clock)
        disposal = carry_out(workplace, approved(workplace).id, by="cb01").disposal
        found = check_certificate(workplace, disposal)
        assert (found.problem, found.sealed, found.seal) == ("", False, None)


def test_the_certificate_of_disposal_is_sealed_pdfa_and_looked_at_again(
    workplace: Workplace,
    clock: Clock,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = paper(workplace, "one")
    years_later(clock)
    disposal = carry_out(workplace, approved(workplace).id, by="cb03").disposal
    certificate = workplace.store.get(certificate_key(disposal))
    assert disposal.certificate_sha256 == hashlib.sha256(certificate).hexdigest()
    (tmp_path / "c.pdf").write_bytes(certificate)
    assert_pdfa_2u([tmp_path / "c.pdf"])  # the checker in process knows no signatures
    assert one in text_of(certificate) and "ld02" in text_of(certificate)
    ((_, check),) = check_seals(workplace.settings, [tmp_path / "c.pdf"], now=clock())
    assert check.intact
    found = check_certificate(workplace, disposal)
    assert found.problem == "" and found.sealed and found.seal is not None and found.seal.intact
    assert audit_warehouse(workplace).findings == []
    monkeypatch.setattr("pipeline.settings.load_settings", lambda: workplace.settings)
    monkeypatch.setattr("pipeline.workplace.system_clock", workplace.clock)
    assert main(["disposal", "show", disposal.id]) == 0
    assert "nguyên vẹn" in capsys.readouterr().out

    # without its seal, in both copies
    workplace.store.replace(certificate_key(disposal), certificate.replace(b"cb03", b"cb04") + b"\n")
    open_replica(workplace).replace(certificate_key(disposal), certificate[:-1])
    assert check_certificate(workplace, disposal).problem == "altered"
    assert [f.code for f in audit_warehouse(workplace).findings] == ["disposal-certificate-altered"]
    assert main(["disposal", "show", disposal.id]) == 1
    workplace.store.delete(certificate_key(disposal))
    assert [f.code for f in audit_warehouse(workplace).findings] == ["disposal-certificate-missing"]


def test_a_supplement_is_sealed_too(workplace: Workplace, clock: Clock) -> None:
    one = paper(workplace, "one")
    years_later(clock)
    disposal = approved(workplace)

    def correct(what: str) -> None:
        if what == "rows":
            workplace.warehouse.correct_fields(one, {"trich_yeu": "Sửa đúng lúc"}, officer="cb01")

    carry_out(workplace, disposal.id, by="cb01", step=correct)
    done = known(workplace, disposal.id)
    found = check_certificate(workplace, done, supplement=True)
    assert found.problem == "" and found.seal is not None and found.seal.intact
    key = certificate_key(done, supplement=True)
    data = workplace.store.get(key)
    at = data.index(b"/ByteRange") - 200
    workplace.store.replace(key, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    assert check_certificate(workplace, done, supplement=True).problem == "seal"
    assert [f.code for f in audit_warehouse(workplace).findings] == ["disposal-certificate-seal"]
