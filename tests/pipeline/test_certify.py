"""Certified copies through the test authority over HTTP: number, two signatures, verification, issue; every crash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from domain.errors import Advice, Refused, Unavailable
from pipeline import doctor
from pipeline.certify import rounds
from pipeline.certify.run import certify_documents
from pipeline.certify.site import TEST_CERTIFIER, SigningSite, open_signing
from pipeline.settings import AgencySettings, CertifierSettings, SigningSettings
from pipeline.single import sha256_of
from pipeline.trust import trust_in_force
from pipeline.verify import exit_code, verify_files
from pipeline.workplace import Workplace, system_clock
from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD
from signing.authority.launch import AuthorityEndpoints
from signing.verify.document import verify_pdf
from signing.verify.model import Indication, Level
from storage.catalogue import audit, register, signing_jobs
from tests.pipeline.authority import GROUP, asked, certify, digitised, join
from tests.pipeline.bench import AGENCY, Killed, crash, office_page, run, scan, settings, workplace
from tests.pipeline.bench import TablePool as Pool
from tests.verapdf import assert_pdfa_2u

pytestmark = pytest.mark.xdist_group(GROUP)


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _file: None)


@pytest.fixture
def place(tmp_path: Path, authority: AuthorityEndpoints) -> Iterator[Workplace]:
    join(tmp_path / "data", authority)
    with workplace(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def site(place: Workplace) -> Iterator[SigningSite]:
    with open_signing(place.settings, system_clock) as opened:
        yield opened


@pytest.fixture
def papers(place: Workplace, tmp_path: Path) -> list[str]:
    """Two digitised papers."""
    return digitised(place, tmp_path / "lo", "mot", "hai")


def book(place: Workplace) -> list[tuple[int, str, str]]:
    """Return (number, state, document) of the register."""
    with place.catalogue.read() as connection:
        return [
            (entry.number, entry.state, entry.document_id)
            for agency, name, year in register.books(connection)
            for entry in register.entries(connection, agency=agency, book=name, year=year)
        ]


def jobs(place: Workplace, document_id: str) -> dict[str, list[str]]:
    """Return role -> states of its signing jobs."""
    with place.catalogue.read() as connection:
        found: dict[str, list[str]] = {}
        for job in signing_jobs.of_document(connection, document_id):
            found.setdefault(job.role, []).append(job.state)
    return found


def certified_versions(place: Workplace, document_id: str) -> int:
    return sum(version.message == "certified" for version in place.warehouse.show(document_id).versions)


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


def test_a_wrong_pin_is_refused_and_the_right_one_goes_on(
    place: Workplace, papers: list[str], authority: AuthorityEndpoints
) -> None:
    wrong = replace_signing(place, authority, pin="99999999")
    with open_signing(wrong, system_clock) as site, pytest.raises(Refused) as caught:
        certify_documents(place, site, papers[:1], certifier_id="chu-tich", agency=AGENCY)
    assert "99999999" not in f"{caught.value} {caught.value.advice}"
    assert jobs(place, papers[0]) == {"person": ["PREPARED"]}
    right = replace_signing(place, authority, pin=authority.pin_file.read_text().strip())
    with open_signing(right, system_clock) as site:
        (one,) = certify_documents(place, site, papers[:1], certifier_id="chu-tich", agency=AGENCY)
    assert one.problem is None
    assert book(place) == [(1, "issued", papers[0])]


def test_a_certificate_of_somebody_else_is_refused_before_a_number_is_taken(
    place: Workplace, papers: list[str], authority: AuthorityEndpoints
) -> None:
    pin = authority.pin_file.read_text().strip()
    wrong = replace_signing(place, authority, pin=pin, certifier="Trần Văn Mẫu")  # the credential is the agency's
    with open_signing(wrong, system_clock) as site, pytest.raises(Refused) as caught:
        certify_documents(place, site, papers[:1], certifier_id="chu-tich", agency=AGENCY)
    assert caught.value.code == "signer-certificate"
    assert book(place) == []
    assert jobs(place, papers[0]) == {}


def replace_signing(
    place: Workplace, authority: AuthorityEndpoints, *, pin: str, certifier: str = "UBND xã Thử Nghiệm"
) -> Any:
    """Return settings that name the authority as an outside provider (CSC), with anchors of its own."""
    folder = place.settings.data_dir / "neo"
    folder.mkdir(exist_ok=True)
    for number, der in enumerate((*authority.trust_anchors, *authority.tsa_anchors)):
        (folder / f"{number}.crt").write_bytes(der)
    return settings(
        place.settings.data_dir,
        signing=SigningSettings(
            provider="csc",
            csc_url=authority.csc_url,
            token=SecretStr(authority.token()),
            pin=SecretStr(pin),
            tsa_urls=authority.tsa_urls,
            evidence_hosts=authority.evidence_hosts,
            trust_dir=folder,
            certifiers=(
                # the agency's credential (so its name): it asks for a PIN only, and nobody is at the keyboard
                CertifierSettings(
                    id="chu-tich", name=certifier, position="Chủ tịch", agency=AGENCY, credential_id="test-agency"
                ),
            ),
            agencies=(AgencySettings(code=AGENCY, name="UBND xã Thử Nghiệm", credential_id="test-agency"),),
        ),
    )


def test_the_doctor_compares_the_credentials_of_the_settings_with_the_services(
    place: Workplace, authority: AuthorityEndpoints
) -> None:
    known = replace_signing(place, authority, pin="1")
    (found,) = doctor._credentials(known)
    assert (found.state, found.detail) == ("ok", "1 chứng thư dùng được")
    other = known.signing.agencies[0].model_copy(update={"credential_id": "khong-co"})
    signing = known.signing.model_copy(update={"agencies": (other,)})
    (found,) = doctor._credentials(known.model_copy(update={"signing": signing}))
    assert found.state == "missing" and "khong-co" in found.detail and found.fix
    assert doctor._credentials(place.settings) == []  # the built-in authority has what it was made with


def damaging(patch: pytest.MonkeyPatch) -> None:
    """Let bytes come behind the end of every finished copy: no signature can heal that."""
    real = rounds.add_long_term
    patch.setattr(rounds, "add_long_term", lambda pdf, *rest: real(pdf, *rest) + b"1 0 obj <<>> endobj")


def test_a_copy_that_cannot_be_proven_now_keeps_its_number(
    place: Workplace,
    site: SigningSite,
    papers: list[str],
    authority: AuthorityEndpoints,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        # the evidence and the document time stamp are left out, as after a responder that says too little: B-T only
        patch.setattr(rounds, "add_long_term", lambda pdf, *_rest: pdf)
        first, second = certify(place, site, *papers[:2])
    assert first.problem is not None and second.problem is not None
    assert (first.problem.code, second.problem.code, first.entry) == ("copy-not-proven", "copy-not-proven", None)
    assert book(place) == [(1, "reserved", papers[0]), (2, "reserved", papers[1])]
    assert jobs(place, papers[0]) == {"person": ["SIGNED_BT"], "agency": ["SIGNED_BT"]}
    before = asked(authority)
    again = certify(place, site, *papers[:2])
    assert [one.problem for one in again] == [None, None]
    assert asked(authority)["signatures"] == before["signatures"]  # nobody had to confirm again
    assert book(place) == [(1, "issued", papers[0]), (2, "issued", papers[1])]


def test_a_copy_that_our_verifier_does_not_pass_is_voided_and_its_number_burnt(
    place: Workplace, site: SigningSite, papers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        damaging(patch)
        (one,) = certify(place, site, papers[0])
    assert one.problem is not None
    assert (one.problem.code, one.entry, one.new) == ("copy-not-valid", None, False)
    assert place.warehouse.show(papers[0]).document.status == "digitised"
    assert jobs(place, papers[0]) == {"person": ["FAILED"], "agency": ["FAILED"]}
    (entry,) = place.warehouse.show(papers[0]).register
    assert (entry.state, bool(entry.void_reason)) == ("voided", True)
    with place.catalogue.read() as connection:
        types = [event.event_type for event in audit.events(connection, AGENCY, document_id=papers[0])]
    assert "certificate number voiding" in types
    (again,) = certify(place, site, papers[0])
    assert again.problem is None
    assert book(place) == [(1, "voided", papers[0]), (2, "issued", papers[0])]


@pytest.mark.parametrize(
    "moment",
    ["storage.catalogue.signing_jobs.move", "storage.catalogue.register.void", "storage.catalogue.audit.append"],
)
def test_a_crash_while_a_number_is_voided_never_issues_it(
    place: Workplace, site: SigningSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    (paper,) = digitised(place, tmp_path / "lo", "mot")
    with monkeypatch.context() as patch:
        damaging(patch)
        real = __import__("pipeline.certify.run", fromlist=["_void"])._void

        def voiding(*args: Any) -> Any:
            crash(patch, moment, after=True)
            return real(*args)

        patch.setattr("pipeline.certify.run._void", voiding)
        with pytest.raises(Killed):
            certify(place, site, paper)
    assert book(place) == [(1, "reserved", paper)]  # all of it or nothing
    assert jobs(place, paper) == {"person": ["SIGNED_BT"], "agency": ["AUGMENTED"]}
    (one,) = certify(place, site, paper)
    assert one.problem is not None
    assert book(place) == [(1, "voided", paper)]
    assert certify(place, site, paper)[0].problem is None
    assert book(place) == [(1, "voided", paper), (2, "issued", paper)]


@pytest.mark.parametrize("mark", ["TUYỆT MẬT", "KHÔNG SAO CHỤP"])
def test_a_secrecy_mark_refuses_before_a_number_is_taken(
    place: Workplace, site: SigningSite, tmp_path: Path, mark: str
) -> None:
    (secret,) = digitised(place, tmp_path / "mat", "mat", lines=(mark,))
    (plain,) = digitised(place, tmp_path / "lo", "mot")
    refused, issued = certify(place, site, secret, plain)
    assert refused.problem is not None
    assert refused.problem.code == "certify-secrecy"
    assert issued.entry is not None
    assert book(place) == [(1, "issued", plain)]


def test_a_doubtful_mark_is_written_into_the_register(place: Workplace, site: SigningSite, tmp_path: Path) -> None:
    (paper,) = digitised(place, tmp_path / "lo", "mot", lines=("TUYET MAT",))
    (one,) = certify(place, site, paper)
    assert one.entry is not None
    assert one.entry.details["doubtful_marks"] == ["TUYỆT MẬT"]


def test_what_is_not_digitised_is_refused_and_the_others_go_on(
    place: Workplace, site: SigningSite, papers: list[str], tmp_path: Path
) -> None:
    (tmp_path / "hong").mkdir()
    (tmp_path / "hong" / "hong.pdf").write_bytes(b"%PDF-1.7\n")
    (broken,) = run(place, Pool(), tmp_path / "hong")
    scan(tmp_path / "cho" / "cho.tif", "cho")
    pool = Pool()
    pool.stop_after = 0
    with pytest.raises(Killed):
        run(place, pool, tmp_path / "cho")
    from storage.catalogue import documents

    with place.catalogue.read() as connection:
        every = documents.ids(connection)
    waiting = next(d for d in every if place.warehouse.show(d).document.status == "received")
    results = certify(place, site, broken.document_id, waiting, papers[0])
    assert [one.problem.code if one.problem else "" for one in results] == [
        "certify-quarantined",
        "certify-not-digitised",
        "",
    ]
    assert book(place) == [(1, "issued", papers[0])]


@pytest.mark.parametrize(
    ("certifier", "agency", "code"),
    [("ai-do", AGENCY, "certifier-unknown"), ("chu-tich", "H26", "certifier-agency")],
)
def test_who_is_not_competent_is_refused(
    place: Workplace, papers: list[str], authority: AuthorityEndpoints, certifier: str, agency: str, code: str
) -> None:
    known = replace_signing(place, authority, pin="1")
    with open_signing(known, system_clock) as site, pytest.raises(Refused) as caught:
        certify_documents(place, site, papers, certifier_id=certifier, agency=agency)
    assert caught.value.code == code
    assert book(place) == []


def test_the_test_certifier_exists_only_with_the_test_authority(
    place: Workplace, papers: list[str], authority: AuthorityEndpoints
) -> None:
    with open_signing(replace_signing(place, authority, pin="1"), system_clock) as site:
        for certifier, agency in ((TEST_CERTIFIER, AGENCY),):
            with pytest.raises(Refused):
                certify_documents(place, site, papers, certifier_id=certifier, agency=agency)
        with pytest.raises(Refused) as caught:
            site.agency("H99")
    assert caught.value.code == "agency-unknown"


def test_the_roots_of_the_test_authority_count_only_where_it_signs(
    place: Workplace, site: SigningSite, papers: list[str], tmp_path: Path
) -> None:
    certify(place, site, papers[0])
    copy = tmp_path / "ban-sao.pdf"
    place.warehouse.export_role(papers[0], "certified", copy)
    here = place.settings
    (tmp_path / "neo").mkdir()
    production = settings(
        here.data_dir,
        signing=SigningSettings(
            provider="csc", csc_url="https://a.example", tsa_urls=("https://b.example",), evidence_hosts=("c.example",)
        ),
    )
    assert trust_in_force(production).anchors == ()
    assert trust_in_force(here, tmp_path / "neo").anchors == ()
    now = system_clock()
    assert exit_code(v for _, v in verify_files(here, [copy], now=now, jobs=1)) == 0
    assert exit_code(v for _, v in verify_files(here, [copy], now=now, trust=tmp_path / "neo", jobs=1)) == 2
    assert exit_code(v for _, v in verify_files(production, [copy], now=now, jobs=1)) == 2


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
