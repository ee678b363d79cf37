"""Certified copies that are not issued: refused before a number is taken, voided, or left for another day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.errors import Refused
from pipeline import doctor
from pipeline.certify import rounds
from pipeline.certify.run import certify_documents
from pipeline.certify.site import TEST_CERTIFIER, SigningSite, open_signing
from pipeline.settings import SigningSettings
from pipeline.trust import trust_in_force
from pipeline.verify import exit_code, verify_files
from pipeline.workplace import Workplace, system_clock
from signing.authority.launch import AuthorityEndpoints
from storage.catalogue import audit
from tests.certify_procedure.copies import book, damaging, jobs, replace_signing
from tests.pipeline.authority import GROUP, asked, certify, digitised
from tests.pipeline.bench import AGENCY, Killed, crash, run, scan, settings
from tests.pipeline.bench import TablePool as Pool

pytestmark = pytest.mark.xdist_group(GROUP)


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
