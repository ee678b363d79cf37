"""Certified copies through the test authority over HTTP: number, two signatures, verification, issue; every crash."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Advice, Unavailable
from pipeline.certify.run import certify_documents
from pipeline.certify.site import TEST_CERTIFIER, SigningSite
from pipeline.single import sha256_of
from pipeline.workplace import Workplace, system_clock
from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD
from signing.authority.launch import AuthorityEndpoints
from signing.verify.document import verify_pdf
from signing.verify.model import Indication, Level
from storage.catalogue import audit
from tests.certify_procedure.copies import book, certified_versions, jobs
from tests.pipeline.authority import GROUP, asked, certify, digitised
from tests.pipeline.bench import AGENCY, Killed, crash, office_page, run, scan
from tests.pipeline.bench import TablePool as Pool
from tests.verapdf import assert_pdfa_2u

pytestmark = pytest.mark.xdist_group(GROUP)


def test_two_papers_in_one_authorisation_each_with_two_signatures(
    place: Workplace, site: SigningSite, papers: list[str], authority: AuthorityEndpoints, tmp_path: Path
) -> None:
    before = asked(authority)
    first, second = certify(place, site, *papers)
    after = asked(authority)
    assert [one.problem for one in (first, second)] == [None, None]
    assert [(one.entry.number, one.entry.state) for one in (first, second) if one.entry] == [
        (1, "issued"),
        (2, "issued"),
    ]
    assert after["credentials/authorize"] - before.get("credentials/authorize", 0) == 2  # person once, agency once
    assert after["signatures"] - before.get("signatures", 0) == 4

    files = []
    for document_id in papers:
        view = place.warehouse.show(document_id)
        assert view.document.status == "certified"
        assert {"original", "pdfa", "certified", "report"} <= {stored.role for stored in view.objects}
        copy, pdfa = tmp_path / f"{document_id}.pdf", tmp_path / f"{document_id}-pdfa.pdf"
        place.warehouse.export_role(document_id, "certified", copy)
        place.warehouse.export_role(document_id, "pdfa", pdfa)
        files += [copy, pdfa]
        verdict = verify_pdf(copy.read_bytes(), site.trust, now=system_clock())
        assert (verdict.indication, verdict.level, len(verdict.signatures)) == (Indication.PASSED, Level.B_LTA, 2)
        assert [s.field for s in verdict.signatures] == [PERSON_FIELD, AGENCY_FIELD]
    assert_pdfa_2u(files)


def test_the_statement_is_on_the_copy_and_the_register_tells_what_was_certified(
    place: Workplace, site: SigningSite, papers: list[str]
) -> None:
    import pypdfium2

    (one,) = certify(place, site, papers[0])
    assert one.entry is not None
    document = pypdfium2.PdfDocument(place.warehouse.open_role(papers[0], "certified"))
    text = " ".join(document[len(document) - 1].get_textpage().get_text_bounded().split())
    document.close()
    assert f"Số chứng thực: {one.entry.number:02d}" in text or f"Số chứng thực {one.entry.number}" in text
    assert "CHỨNG THỰC BẢN SAO" in text.upper()
    details = one.entry.details
    assert details["certifier"] == TEST_CERTIFIER
    assert (details["pages"], details["copies"], details["level"], details["test"]) == (1, 1, "B-LTA", True)
    assert details["fee_vnd"] > 0
    with place.catalogue.read() as connection:
        types = [event.event_type for event in audit.events(connection, AGENCY, document_id=papers[0])]
    assert "certificate number reservation" in types
    assert "digital signature generation" in types


def test_the_same_call_again_gives_the_same_number_and_asks_nobody(
    place: Workplace, site: SigningSite, papers: list[str], authority: AuthorityEndpoints
) -> None:
    first = certify(place, site, papers[0])[0]
    before = asked(authority)
    again = certify(place, site, papers[0], papers[0])
    assert len(again) == 1
    assert (again[0].new, again[0].entry) == (False, first.entry)
    after = asked(authority)
    assert {name: after[name] - before[name] for name in before if name.startswith(("cred", "sign"))} == dict.fromkeys(
        (name for name in before if name.startswith(("cred", "sign"))), 0
    )
    assert certified_versions(place, papers[0]) == 1


#: (moment, which call, whether the raw signature of the person, of the agency is stored by then)
BOUNDARIES = [
    ("storage.catalogue.register.reserve", 1, False, 0),
    ("storage.catalogue.signing_jobs.create", 1, True, 0),  # person prepared
    ("signing.csc.CscClient.authorise", 1, True, 0),
    ("signing.csc.CscClient.sign", 1, True, 0),  # signed, and the answer was lost
    ("signing.staged.check_raw", 1, True, 0),
    ("pipeline.certify.rounds._embed", 1, True, 1),
    ("storage.catalogue.signing_jobs.create", 2, True, 1),  # agency prepared
    ("pipeline.certify.rounds._embed", 2, False, 2),
    ("pipeline.certify.rounds.augment", 1, True, 2),
    ("pipeline.certify.judge.verify_pdf", 1, True, 2),
    ("storage.warehouse.Warehouse.save_certified", 1, True, 2),
]


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "nth", "after", "raw"), BOUNDARIES)
def test_a_crash_at_any_step_leads_to_one_number_and_one_copy(
    place: Workplace,
    site: SigningSite,
    tmp_path: Path,
    authority: AuthorityEndpoints,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    nth: int,
    after: bool,
    raw: int,
) -> None:
    (paper,) = digitised(place, tmp_path / "lo", "mot")
    with monkeypatch.context() as patch:
        crash(patch, moment, after=after, nth=nth)
        with pytest.raises(Killed):
            certify(place, site, paper)
    before = asked(authority)
    (one,) = certify(place, site, paper)
    assert one.problem is None
    assert one.entry is not None
    assert book(place) == [(1, "issued", paper)]
    assert asked(authority)["signatures"] - before.get("signatures", 0) == 2 - raw
    assert certified_versions(place, paper) == 1
    assert jobs(place, paper) == {"person": ["PUBLISHED"], "agency": ["PUBLISHED"]}
    verdict = verify_pdf(place.warehouse.open_role(paper, "certified"), site.trust, now=system_clock())
    assert (verdict.indication, len(verdict.signatures)) == (Indication.PASSED, 2)
    assert certify(place, site, paper)[0].entry == one.entry


def test_an_answer_that_is_lost_is_asked_for_again_with_the_same_digest(
    place: Workplace, site: SigningSite, papers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bytes, ...]] = []
    signer = type(site.signer)
    real = signer.sign

    def lost(self: Any, authorisation: Any, digests: Any) -> Any:
        seen.append(tuple(digests))
        answer = real(self, authorisation, digests)
        if len(seen) == 1:
            raise Unavailable("signer-unavailable", "signatures/signHash: ReadTimeout", Advice("Không có trả lời."))
        return answer

    monkeypatch.setattr(signer, "sign", lost)
    with pytest.raises(Unavailable):
        certify(place, site, *papers)
    assert [jobs(place, paper) for paper in papers] == [{"person": ["UNKNOWN"]}] * 2
    assert [one.problem for one in certify(place, site, *papers)] == [None, None]
    assert seen[0] == seen[1]
    assert [number for number, _, _ in book(place)] == [1, 2]


def test_two_numbers_in_two_agencies_are_two_books(place: Workplace, site: SigningSite, papers: list[str]) -> None:
    certify(place, site, papers[0])
    (one,) = certify_documents(place, site, papers[1:], certifier_id=TEST_CERTIFIER, agency="H26")
    assert one.entry is not None
    assert (one.entry.agency, one.entry.number) == ("H26", 1)
    assert replace(one.entry, agency="").number == 1


def test_a_batch_shows_one_row_a_file_whatever_became_of_its_copy(place: Workplace, tmp_path: Path) -> None:
    from pipeline.batch import batch_id_of, to_certify
    from pipeline.certify.batch import certify_marked
    from pipeline.results import one_a_file

    folder = tmp_path / "lo"
    names = ["a.tif", "them/a.tif", "mat/a.tif"]  # one name in three folders
    digest = {}
    for name in names:
        digest[sha256_of(scan(folder / name, name))] = name
    (folder / "manifest.csv").write_text(
        "file,certify\n" + "".join(f"{name},{'no' if name == 'a.tif' else 'yes'}\n" for name in names), encoding="utf-8"
    )
    pool = Pool(lambda sha256, page: office_page(page, *(["TUYỆT MẬT"] if digest[sha256].startswith("mat") else [])))
    source = folder / "manifest.csv"
    rows = run(place, pool, source)
    rows += certify_marked(place, to_certify(place, batch_id_of(str(source))))
    shown = one_a_file(rows, names)
    assert [(row.file, row.outcome, row.code) for row in shown] == [
        ("a.tif", "digitised", ""),
        ("them/a.tif", "certified", ""),
        ("mat/a.tif", "failed", "certify-secrecy"),
    ]
    assert list(to_certify(place, batch_id_of(str(source))).values()) == ["mat/a.tif"]
