"""The digitisation signature: agency, officer, annex; many under one confirmation, each durable."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import BadInput, NotReady, Refused
from pipeline.certify.digitised import mark_lines, sign_digitised, signer_of
from pipeline.certify.renew import renew_copies
from pipeline.certify.site import TEST_CERTIFIER, EvidenceSite, SigningSite, open_signing
from pipeline.cli.main import main
from pipeline.settings import AgencySettings, CertifierSettings, SigningSettings
from pipeline.workplace import Workplace, system_clock
from signing.appearance.copy_mark import COPY_FIELD
from signing.authority.launch import AuthorityEndpoints
from signing.trust import AGENCY as AGENCY_ROLE
from signing.trust import PERSON as PERSON_ROLE
from signing.verify.document import verify_pdf
from signing.verify.model import Expected, ExpectedSignature, Indication, Level
from storage.catalogue import audit, register, signing_jobs
from tests.certify_procedure.test_grounds import DAY
from tests.certify_procedure.test_sao_y import page
from tests.pipeline.authority import GROUP, asked, certify, digitised
from tests.pipeline.bench import AGENCY, Killed, crash
from tests.verapdf import assert_pdfa_2u

pytestmark = pytest.mark.xdist_group(GROUP)


def texts(site: SigningSite, **who: str) -> list[str]:
    return [line.text for line in mark_lines(signer_of(site, AGENCY, **who), DAY)]


def test_what_the_mark_says(site: SigningSite) -> None:
    agency, person = "Ủy ban nhân dân xã Thử Nghiệm", "Nguyễn Thị Thử Nghiệm"
    assert texts(site) == [agency, "{time}"]
    assert texts(site, officer=TEST_CERTIFIER) == [person, agency, "{time}"]
    assert texts(site, annex_of=" 05/2026/QĐ-UBND ") == ["05/2026/QĐ-UBND", "{time}"]
    for wrong in ({"officer": TEST_CERTIFIER, "annex_of": "05/QĐ"}, {"annex_of": "x" * 61}):
        with pytest.raises(BadInput):
            signer_of(site, AGENCY, **wrong)
    with pytest.raises(Refused):
        signer_of(site, AGENCY, officer="nobody")


def test_many_under_one_confirmation(
    place: Workplace, site: SigningSite, tmp_path: Path, authority: AuthorityEndpoints
) -> None:
    papers = digitised(place, tmp_path / "lo", *(f"so-{n}" for n in range(5)))  # more than the threads that embed
    before = asked(authority).get("credentials/authorize", 0)
    done = sign_digitised(place, site, papers, signer_of(site, AGENCY), by="van-thu")
    assert [(one.problem, one.new) for one in done] == [(None, True)] * 5
    assert asked(authority)["credentials/authorize"] == before + 1
    officer = signer_of(site, AGENCY, officer=TEST_CERTIFIER)
    (own,) = sign_digitised(place, site, papers[:1], officer)
    assert own.new and own.sha256 != done[0].sha256

    for ordinal, sha256, role in ((0, done[0].sha256, AGENCY_ROLE), (1, own.sha256, PERSON_ROLE)):
        pdf = place.warehouse.open_role(papers[0], "signed", ordinal=ordinal)
        expected = Expected(signatures=(ExpectedSignature(COPY_FIELD, role),), level=Level.B_LTA, sha256=sha256)
        assert verify_pdf(pdf, site.trust, now=system_clock(), expected=expected).indication is Indication.PASSED
        (tmp_path / f"{ordinal}.pdf").write_bytes(pdf)
    assert_pdfa_2u([tmp_path / "0.pdf", tmp_path / "1.pdf"])

    again = sign_digitised(place, site, papers, signer_of(site, AGENCY))
    assert [(one.sha256, one.new) for one in again] == [(one.sha256, False) for one in done]
    view = place.warehouse.show(papers[0])
    assert view.document.status == "digitised" and view.register == ()
    with place.catalogue.read() as connection:
        assert register.books(connection) == []  # no number is taken
        assert audit.verify_chain(connection, AGENCY).intact
        roles = {(job.role, job.state) for job in signing_jobs.of_document(connection, papers[0])}
    assert roles == {("digitised-agency", "PUBLISHED"), ("digitised-officer", "PUBLISHED")}
    # a certified copy is made of the unsigned PDF/A, and the signed one can be renewed
    (copy,) = certify(place, site, papers[0])
    assert copy.problem is None
    evidence = EvidenceSite(site.timestamper, site.collector, site.trust)
    renewed = renew_copies(place, evidence, document_ids=papers[:1], everything=True, jobs=1)
    assert sorted((one.role, one.ordinal, one.state) for one in renewed.renewals) == [
        ("certified", 0, "renewed"),
        ("signed", 0, "renewed"),
        ("signed", 1, "renewed"),
    ]
    assert not sign_digitised(place, site, papers[:1], officer)[0].new


@pytest.mark.parametrize(
    ("moment", "after"),
    [
        ("storage.catalogue.signing_jobs.create", True),
        ("signing.csc.CscClient.sign", True),
        ("pipeline.certify.rounds.augment", True),
        ("pipeline.certify.judge.verify_pdf", True),
        ("storage.warehouse.Warehouse.save_signed", True),
    ],
)
def test_what_was_interrupted_is_finished(
    place: Workplace, site: SigningSite, paper: str, monkeypatch: pytest.MonkeyPatch, moment: str, after: bool
) -> None:
    signer = signer_of(site, AGENCY, annex_of="05/2026/QĐ-UBND")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        crash(patch, moment, after=after)
        sign_digitised(place, site, [paper], signer)
    (one,) = sign_digitised(place, site, [paper], signer)
    assert one.problem is None
    assert [o.ordinal for o in place.warehouse.show(paper).objects if o.role == "signed"] == [2]
    with place.catalogue.read() as connection:
        states = [job.state for job in signing_jobs.of_document(connection, paper)]
    assert states == ["PUBLISHED"]
    assert not sign_digitised(place, site, [paper], signer)[0].new


def test_one_bad_document_does_not_spoil_the_rest(
    place: Workplace, site: SigningSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = digitised(place, tmp_path / "lo", "mot", "hai")
    full, pages = page((0, 0, 595, 200)), iter([True, False])
    real = __import__("pipeline.certify.digitised", fromlist=["first_page"]).first_page
    monkeypatch.setattr("pipeline.certify.digitised.first_page", lambda pdf: full if next(pages) else real(pdf))
    bad, fine = sign_digitised(place, site, papers, signer_of(site, AGENCY))
    assert bad.problem is not None and bad.problem.code == "copy-no-room"
    assert fine.problem is None and fine.new


def test_the_certificate_must_bear_the_number_of_the_settings(
    place: Workplace, site: SigningSite, paper: str, tmp_path: Path
) -> None:
    def with_numbers(cccd: str, mst: str) -> Workplace:
        file = tmp_path / "cccd"
        file.write_text(cccd)
        officer = CertifierSettings(
            id="can-bo",
            name="Nguyễn Thị Thử Nghiệm",
            position="Phó Chủ tịch",
            agency=AGENCY,
            credential_id="test-person",
            identity_file=file,
        )
        seal = AgencySettings(code=AGENCY, name="UBND xã Thử Nghiệm", credential_id="test-agency", tax_code=mst)
        signing = SigningSettings(provider="test", certifiers=(officer,), agencies=(seal,))
        settings = place.settings.model_copy(update={"signing": signing})
        return Workplace(settings, place.warehouse, place.store, place.catalogue, place.clock)

    for cccd, mst, fits in (
        ("000000000001", "0000000000", (True, True)),
        ("000000000002", "0000000001", (False, False)),
    ):
        office = with_numbers(cccd, mst)
        with open_signing(office.settings, system_clock) as own:
            for who, right in zip(("can-bo", ""), fits, strict=True):
                signer = signer_of(own, AGENCY, officer=who)
                if right:
                    assert sign_digitised(office, own, [paper], signer)[0].problem is None
                else:
                    with pytest.raises(Refused) as caught:
                        sign_digitised(office, own, [paper], signer)
                    assert caught.value.code == "signer-certificate" and cccd not in str(caught.value)
    (tmp_path / "cccd").unlink()
    with open_signing(office.settings, system_clock) as own, pytest.raises(NotReady):
        sign_digitised(office, own, [paper], signer_of(own, AGENCY, officer="can-bo"))


def test_the_command(
    place: Workplace, paper: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOHOA_DATA_DIR", str(place.settings.data_dir))
    assert main(["sign-digitised", paper, "--agency", AGENCY, "--out", str(tmp_path / "ra")]) == 0
    assert f"{paper}: đã ký" in capsys.readouterr().out
    assert (tmp_path / "ra" / f"{paper}.pdf").read_bytes() == place.warehouse.open_role(paper, "signed")
    assert main(["sign-digitised", paper, "--agency", AGENCY]) == 0
    assert "đã ký từ trước" in capsys.readouterr().out
    assert main(["renew", paper, "--dry-run"]) == 0
    assert "Đã xem 1 bản đã ký" in capsys.readouterr().out
    assert main(["renew", paper, "--all", "--jobs", "1"]) == 0
    assert "đã gia hạn" in capsys.readouterr().out
