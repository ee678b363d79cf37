"""Ten years in one test: renewed copies are valid in 2036, one that was forgotten is not called so."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pikepdf
import pytest

from domain.algorithms import may_sign, sound_until
from domain.errors import Refused
from pipeline.certify.cancel import cancel_copy, standing_of
from pipeline.certify.renew import renew_copies
from pipeline.certify.sao_y import make_copy
from pipeline.certify.site import TEST_CERTIFIER
from pipeline.verify import issued_copy_expected
from pipeline.verify_register import check_register
from pipeline.workplace import Workplace
from signing.authority.folder import AuthorityFolder
from signing.longterm import protection
from signing.verify.document import verify_pdf
from signing.verify.model import DocumentVerdict, Indication, Level
from storage.catalogue import audit
from tests.certify_procedure.years import Years, authorities, years
from tests.pipeline.authority import GROUP, certify, digitised
from tests.pipeline.bench import AGENCY, Killed, crash
from tests.verapdf import assert_pdfa_2u

pytestmark = pytest.mark.xdist_group(GROUP)

SIGNED = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LAST_JOB = datetime(2035, 11, 22, 3, 0, tzinfo=UTC)  # the first authority's certificates end in December 2035
IN_2036 = datetime(2036, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[AuthorityFolder]:
    """Authorities made in 2024 and in 2034."""
    return authorities(tmp_path_factory.mktemp("authorities"), 2024, 2034)


@pytest.fixture(scope="module")
def office(
    folders: list[AuthorityFolder], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Years, Workplace, list[str]]]:
    """Two papers certified, one of them also as an official copy, in November 2026."""
    root = tmp_path_factory.mktemp("years")
    with years(folders, SIGNED, root / "data") as (time, place):
        papers = digitised(place, root / "lo", "mot", "hai")
        site = time.signing(place)
        assert [one.problem for one in certify(place, site, *papers)] == [None, None]
        make_copy(place, site, papers[0], agency=AGENCY)
        yield time, place, papers


def judged(time: Years, pdf: bytes, *, online: bool) -> DocumentVerdict:
    """Online, or without a network and with the lists that the installation keeps beside its anchors."""
    trust = time.trust() if online else replace(time.trust(), crls=time.lists())
    return verify_pdf(pdf, trust, now=time.now, fetch=time.fetcher() if online else None)


def test_years_pass(
    office: tuple[Years, Workplace, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time, place, (first, second) = office
    issued = {paper: place.warehouse.open_role(paper, "certified") for paper in (first, second)}
    for year in range(2027, 2035):
        time.now = datetime(year, 11, 22, 3, 0, tzinfo=UTC)
        result = renew_copies(place, time.evidence())
        assert (result.looked, result.renewals) == (3, []), year  # nothing is due, nobody is asked
    time.now = LAST_JOB
    assert [one.state for one in renew_copies(place, None).renewals] == ["due"] * 3

    # killed between the judged copy and the new version: nothing has changed, and nothing stands in the way
    with monkeypatch.context() as patch:
        crash(patch, "storage.acts.depot.commit")
        with pytest.raises(Killed):
            renew_copies(place, time.evidence(), document_ids=[first], jobs=1)
    assert place.warehouse.open_role(first, "certified") == issued[first]

    done = renew_copies(place, time.evidence(), document_ids=[first], jobs=1)
    assert sorted((one.role, one.state) for one in done.renewals) == [("certified", "renewed"), ("copy", "renewed")]
    assert all(one.before.startswith("2035-12") and one.until.startswith("2045-12") for one in done.renewals)
    again = renew_copies(place, time.evidence(), document_ids=[first])
    assert (again.looked, again.renewals) == (2, [])
    renewed = {
        "certified": place.warehouse.open_role(first, "certified"),
        "copy": place.warehouse.open_role(first, "copy"),
    }
    assert renewed["certified"].startswith(issued[first]) and len(renewed["certified"]) < len(issued[first]) + 60_000
    view = place.warehouse.show(first)
    assert [version.message for version in view.versions][-2:] == ["renewed", "renewed"]
    with place.catalogue.read() as connection:
        assert audit.verify_chain(connection, AGENCY).intact
        kinds = [event.event_type for event in audit.events(connection, AGENCY, document_id=first)]
    assert kinds.count("validation data renewal") == 2

    time.now = IN_2036
    for pdf in renewed.values():
        for online in (False, True):
            verdict = judged(time, pdf, online=online)
            assert (verdict.indication, verdict.level) == (Indication.PASSED, Level.B_LTA), verdict.reasons
            assert all(s.proven_time is not None and s.proven_time.year == 2026 for s in verdict.signatures)
            assert len(verdict.timestamps) == 2
    # with neither network nor lists the newest time stamp's authority may have been revoked since: not called valid
    bare = verify_pdf(renewed["certified"], time.trust(), now=time.now)
    assert bare.indication is Indication.INDETERMINATE and bare.code == "timestamp-not-proven"
    verdict = judged(time, renewed["certified"], online=False)
    assert check_register(place.catalogue, verdict).code == "copy-issued"
    assert standing_of(place, renewed["certified"]).state == standing_of(place, issued[first]).state == "issued"

    # the forgotten one: nobody can prove any more that its last time stamp was good; it is not called valid
    for online in (False, True):
        forgotten = judged(time, issued[second], online=online)
        assert forgotten.indication is Indication.INDETERMINATE and forgotten.level < Level.B_LTA
    late = renew_copies(place, time.evidence(), document_ids=[second], jobs=1).renewals
    assert [(one.state, one.problem.code if one.problem else "") for one in late] == [("failed", "renewal-too-late")]
    assert place.warehouse.open_role(second, "certified") == issued[second]

    files = [tmp_path / "certified.pdf", tmp_path / "copy.pdf"]
    for file in files:
        file.write_bytes(renewed[file.stem])
    with pikepdf.open(io.BytesIO(renewed["certified"])) as document:
        assert len(document.Root.AcroForm.Fields) == 4  # person, agency, two document time stamps
    assert_pdfa_2u(files)

    # what was taken back since is not renewed, and the register still knows its renewed form
    cancel_copy(place, first, reason="cấp nhầm", certifier_id=TEST_CERTIFIER, agency=AGENCY)
    assert standing_of(place, renewed["certified"]).state == "cancelled"
    assert check_register(place.catalogue, verdict).code == "copy-cancelled"
    with pytest.raises(Refused):
        place.warehouse.save_renewed(first, "certified", b"%PDF", base_sha256="0" * 64, agent="x", report=b"{}")


def test_a_time_stamp_that_carries_no_longer_is_not_added(folders: list[AuthorityFolder], tmp_path: Path) -> None:
    with years(folders[:1], SIGNED, tmp_path / "data") as (time, place):
        papers = digitised(place, tmp_path / "lo", "mot", "hai")
        certify(place, time.signing(place), *papers)
        before = [place.warehouse.show(paper).document.version for paper in papers]
        time.now = LAST_JOB
        time.asked.clear()
        result = renew_copies(place, time.evidence(), jobs=1)
        assert {one.problem.code for one in result.renewals if one.problem} == {"timestamp-no-gain"}
        assert [place.warehouse.show(paper).document.version for paper in papers] == before
        # asked for by hand, after an incident: then also without gain
        forced = renew_copies(place, time.evidence(), document_ids=papers[:1], everything=True, jobs=1)
        assert [one.state for one in forced.renewals] == ["renewed"]
        copy = place.warehouse.open_role(papers[0], "certified")
        found = protection(copy)
        assert found is not None and found.stamped_at == LAST_JOB
        verdict = verify_pdf(copy, time.trust(), now=time.now, expected=issued_copy_expected(""))
        assert verdict.indication is Indication.PASSED


@pytest.mark.parametrize(
    ("kind", "bits", "digest", "on", "allowed"),
    [
        ("rsa", 2048, "sha256", date(2026, 11, 22), True),
        ("rsa", 2048, "sha256", date(2031, 1, 1), False),
        ("rsa", 3072, "sha256", date(2036, 1, 1), True),
        ("rsa", 1024, "sha256", date(2010, 1, 1), False),
        ("rsa", 4096, "sha1", date(2010, 1, 1), False),
        ("ec", 256, "sha384", date(2036, 1, 1), True),
        ("ec", 224, "sha256", date(2026, 1, 1), False),
        ("rsa", 3072, "SHA-512", date(2026, 1, 1), True),
    ],
)
def test_sunset_dates(kind: str, bits: int, digest: str, on: date, allowed: bool) -> None:
    assert may_sign(kind, bits, digest, on) is allowed  # type: ignore[arg-type]


def test_until_when() -> None:
    assert sound_until("rsa", 2048, "sha256") == date(2030, 12, 31)
    assert sound_until("rsa", 3072, "sha256") is None
    assert sound_until("rsa", 3072, "sha1") == date.min
