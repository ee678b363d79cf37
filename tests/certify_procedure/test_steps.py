"""The procedure by commands, one step after the other; what is out of order changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.errors import BadInput, Refused
from pipeline.certify import procedure
from pipeline.certify.decisions import sign_decision
from pipeline.certify.number import at_work_on
from pipeline.certify.refusal import refuse
from pipeline.certify.site import TEST_CERTIFIER, SigningSite
from pipeline.certify.steps import extend_due_day, give_up_number, stories, take_number
from pipeline.cli.main import main
from pipeline.workplace import Workplace, system_clock
from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD
from signing.remote import RemotePending
from signing.trust import AGENCY as AGENCY_ROLE
from signing.trust import PERSON as PERSON_ROLE
from signing.verify.document import verify_pdf
from signing.verify.model import Expected, ExpectedSignature, Indication, Level
from storage.catalogue import audit, register, signing_jobs
from tests.certify_procedure.test_procedure import MONDAY, NONE_MET, WHO, at, events, words
from tests.pipeline.authority import GROUP, certify, digitised
from tests.pipeline.bench import AGENCY, Killed, crash
from tests.verapdf import assert_pdfa_2u

pytestmark = pytest.mark.xdist_group(GROUP)

BY = ("--certifier", TEST_CERTIFIER, "--agency", AGENCY)
Step = Callable[..., tuple[int, Any]]


@pytest.fixture
def step(place: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Step:
    """Run one step as a command; return exit code and JSON."""
    monkeypatch.setenv("SOHOA_DATA_DIR", str(place.settings.data_dir))

    def command(*words: str) -> tuple[int, Any]:
        code = main(["certify-step", *words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return command


def test_from_request_to_delivery(place: Workplace, paper: str, step: Step) -> None:
    code, (opened,) = step("open", paper, "--officer", "can-bo-1", "--agency", AGENCY, "--requester", "Trần Văn B")
    assert (code, opened["state"], opened["number"]) == (0, "requested", 0)
    # out of order: nothing is numbered, nothing signed
    assert step("number", paper, *BY)[0] == 4
    assert step("sign", paper, *BY)[0] == 1
    assert step("compared", paper, "--officer", "can-bo-1")[1]["error"]["code"] == "certify-step"
    with place.catalogue.read() as connection:
        assert register.books(connection) == []
    assert step("seen", paper, "--officer", "can-bo-1")[1][0]["state"] == "original_seen"
    assert step("grounds", paper, "--officer", "can-bo-1", "--answers", "1=no,2=no")[0] == 4
    assert step("grounds", paper, "--officer", "can-bo-1", "--answers", "1=perhaps")[0] == 4
    assert step("grounds", paper, "--officer", "can-bo-1", "--none-met")[0] == 0
    assert step("compared", paper, "--officer", "can-bo-2")[1][0]["state"] == "compared"
    code, number = step("number", paper, *BY)
    assert (code, number["number"], number["state"]) == (0, 1, "reserved")
    assert step("number", paper, *BY)[1] == number  # the same number, however often it is asked for
    code, voided = step("void", paper, *BY, "--reason", "đánh nhầm văn bản")
    assert (code, voided["state"], voided["reason"]) == (0, "voided", "đánh nhầm văn bản")
    assert step("void", paper, *BY, "--reason", "đánh nhầm văn bản")[1] == voided
    assert step("void", paper, *BY, "--reason", "lý do khác")[0] == 4
    assert step("number", paper, *BY)[1]["number"] == 2
    code, signed = step("sign", paper, *BY)
    assert (code, signed["documents"][0]["outcome"]) == (0, "certified")
    assert step("void", paper, *BY, "--reason", "quá muộn")[0] == 4
    assert step("deliver", paper, "--officer", "can-bo-1", "--way", "kho")[1][0]["state"] == "delivered"
    code, (story,) = step("show", paper)
    assert [one["to"] for one in story["steps"]] == [
        "requested",
        "original_seen",
        "grounds_answered",
        "compared",
        "numbered",
        "compared",
        "numbered",
        "signed",
        "issued",
        "delivered",
    ]
    assert story["steps"][3]["agent"] == "can-bo-2" and story["number"] == 2
    kinds = events(place, paper)
    for kind in ("certification step compared", "certificate number voiding", "certification step delivered"):
        assert kind in kinds
    with place.catalogue.read() as connection:
        lines = register.entries(connection, agency=AGENCY, book="SCT/BS", year=number["year"])
        assert [(e.number, e.state) for e in lines] == [(1, "voided"), (2, "issued")]
        assert lines[1].details["requester"] == "Trần Văn B"


def test_a_number_given_up_ends_the_signatures_under_way(
    place: Workplace, site: SigningSite, paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(RemotePending):
        patch.setattr(type(site.signer), "sign", lambda *_args: (_ for _ in ()).throw(RemotePending()))
        certify(place, site, paper)
    assert give_up_number(place, paper, reason="người yêu cầu rút hồ sơ", **WHO).state == "voided"
    with place.catalogue.read() as connection:
        assert [job.state for job in signing_jobs.of_document(connection, paper)] == ["FAILED"]
    (one,) = certify(place, site, paper)
    assert one.entry is not None and one.entry.number == 2


def test_one_process_at_a_time(place: Workplace, site: SigningSite, tmp_path: Path) -> None:
    papers = digitised(place, tmp_path / "lo", "mot", "hai")
    with at_work_on(place, papers[:1]) as first:
        assert first == frozenset(papers[:1])
        with at_work_on(place, papers) as second:
            assert second == frozenset(papers[1:])
        waits, goes = certify(place, site, *papers)
        assert waits.problem is not None and waits.problem.code == "certify-under-way"
        assert goes.problem is None and goes.entry is not None and goes.entry.number == 1
        with pytest.raises(Refused) as caught:
            give_up_number(place, papers[0], reason="x", **WHO)
        assert caught.value.code == "certify-under-way"
    assert certify(place, site, papers[0])[0].problem is None


def test_the_due_day_is_put_off(place: Workplace, paper: str) -> None:
    office = at(place, MONDAY)
    request = procedure.request_copy(office, procedure.asked(office, paper, agency=AGENCY), agent="can-bo-1")
    monday = date.fromisoformat(request.due_day)
    assert monday.weekday() == 0

    def extend(days: int, reason: str = "nhiều trang", agreed: bool = False) -> date:
        to = monday + timedelta(days=days)
        made = extend_due_day(office, paper, to=to, reason=reason, agent="can-bo-1", agreed=agreed)
        return date.fromisoformat(made.due_day)

    for wrong in (-3, 3, 5):  # earlier, beyond two working days, a Saturday
        with pytest.raises(BadInput):
            extend(wrong)
    with pytest.raises(BadInput):
        extend(1, reason=" ")
    assert extend(1) == monday + timedelta(days=1)
    with pytest.raises(BadInput):  # two days from the first due day, not from the last
        extend(3)
    assert extend(2) == extend(2) == monday + timedelta(days=2)
    assert extend(7, agreed=True) == monday + timedelta(days=7)
    assert procedure.overdue(at(place, MONDAY + timedelta(days=7)), AGENCY) == []
    assert [r.document_id for r in procedure.overdue(at(place, MONDAY + timedelta(days=8)), AGENCY)] == [paper]
    (story,) = stories(place, paper)
    assert sum(step[1].startswith("due ") for step in story.steps) == 3 and story.request.state == "requested"
    with place.catalogue.read() as connection:
        found = [
            json.loads(e.detail)
            for e in audit.events(connection, AGENCY, document_id=paper)
            if "extension" in e.event_type
        ]
    assert [one["agreed"] for one in found] == [False, False, True]


def test_a_number_needs_the_steps_before(place: Workplace, paper: str) -> None:
    with pytest.raises(Refused) as caught:
        take_number(place, paper, **WHO)
    assert caught.value.code == "certify-no-request"
    procedure.request_copy(place, procedure.asked(place, paper, agency=AGENCY), agent="can-bo-1")
    procedure.attest_original(place, paper, agent="can-bo-1")
    procedure.answer_grounds(place, paper, NONE_MET, agent="can-bo-1")
    with pytest.raises(Refused) as caught:
        take_number(place, paper, **WHO)
    assert caught.value.code == "certify-step"


@pytest.mark.parametrize(
    "moment", ["", "signing.csc.CscClient.sign", "storage.warehouse.Warehouse.save_signed_decision"]
)
def test_a_refusal_is_signed(
    place: Workplace, site: SigningSite, paper: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    made = refuse(place, paper, number=1, reason="Bản chính bị tẩy xóa ở dòng ngày sinh", **WHO)
    if moment:
        with monkeypatch.context() as patch, pytest.raises(Killed):
            crash(patch, moment, after=True)
            sign_decision(place, site, paper, **WHO)
    signed, _ = sign_decision(place, site, paper, **WHO)
    assert sign_decision(place, site, paper, **WHO) == (signed, False)
    assert place.warehouse.open_role(paper, "decision") == signed
    wanted = (ExpectedSignature(PERSON_FIELD, PERSON_ROLE), ExpectedSignature(AGENCY_FIELD, AGENCY_ROLE))
    verdict = verify_pdf(signed, site.trust, now=system_clock(), expected=Expected(wanted, Level.B_LTA))
    assert (verdict.indication, verdict.level) == (Indication.PASSED, Level.B_LTA)
    assert signed.startswith(made.paper) and "tẩy xóa" in words(signed)
    file = tmp_path / "tu-choi.pdf"
    file.write_bytes(signed)
    unsigned = tmp_path / "chua-ky.pdf"
    unsigned.write_bytes(made.paper)
    if not moment:  # one look of veraPDF is enough
        assert_pdfa_2u([file, unsigned])
    with place.catalogue.read() as connection:
        assert {job.state for job in signing_jobs.of_document(connection, paper)} == {"PUBLISHED"}
        assert audit.verify_chain(connection, AGENCY).intact


def test_a_signature_that_waits_never_signs_an_older_decision(
    place: Workplace, site: SigningSite, paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(place, paper, number=1, reason="Lý do thứ nhất", **WHO)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        crash(patch, "signing.csc.CscClient.authorise")
        sign_decision(place, site, paper, **WHO)
    refuse(place, paper, number=2, reason="Lý do thứ hai", **WHO)
    signed, new = sign_decision(place, site, paper, **WHO)
    assert new and "Lý do thứ hai" in words(signed) and "Lý do thứ nhất" not in words(signed)
    assert place.warehouse.open_role(paper, "decision", ordinal=1) == signed


def test_the_commands_of_a_refusal(
    place: Workplace, paper: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOHOA_DATA_DIR", str(place.settings.data_dir))
    out = tmp_path / "tu-choi.pdf"
    line = ["certify-refuse", paper, "--ground", "3", "--reason", "Có dấu mật", *BY, "--sign", "--out", str(out)]
    assert main(line) == 0
    assert out.read_bytes() == place.warehouse.open_role(paper, "decision")
    assert b"/ByteRange" in out.read_bytes()
    assert main(["certify-step", "overdue", "--agency", AGENCY]) == 0
    assert "Không có yêu cầu quá hạn" in capsys.readouterr().out
    assert main(["certify-step", "show", paper]) == 0
    assert "đã từ chối" in capsys.readouterr().out
