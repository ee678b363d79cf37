"""Requests step by step, refusal, seizure, cancellation: what stands in request, register, warehouse and audit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest

from domain.errors import BadInput, Refused
from pipeline.certify import procedure
from pipeline.certify.cancel import cancel_copy, standing_of
from pipeline.certify.refusal import refuse, seize
from pipeline.certify.site import TEST_CERTIFIER, SigningSite
from pipeline.cli.main import main
from pipeline.workplace import Workplace
from storage.catalogue import audit, register, requests
from storage.catalogue.requests import CertificationRequest
from tests.certify_procedure.test_register_outputs import page_text
from tests.pipeline.authority import GROUP, certify, digitised
from tests.pipeline.bench import AGENCY, Killed, crash
from tests.verapdf import assert_pdfa_2u

pytestmark = pytest.mark.xdist_group(GROUP)

WHO = {"certifier_id": TEST_CERTIFIER, "agency": AGENCY}
NONE_MET = dict.fromkeys(range(1, 7), False)
MONDAY = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # 10:00 in Việt Nam


def at(place: Workplace, moment: datetime) -> Workplace:
    """The same installation at another time."""
    return Workplace(place.settings, place.warehouse, place.store, place.catalogue, lambda: moment)


def history(place: Workplace, document_id: str) -> list[list[str]]:
    with place.catalogue.read() as connection:
        return [
            [step[1] for step in requests.history(connection, request.id)]
            for request in requests.of_document(connection, document_id)
        ]


def newest(place: Workplace, document_id: str) -> CertificationRequest:
    with place.catalogue.read() as connection:
        return requests.of_document(connection, document_id)[-1]


def events(place: Workplace, document_id: str) -> list[str]:
    with place.catalogue.read() as connection:
        assert audit.verify_chain(connection, AGENCY).intact
        return [event.event_type for event in audit.events(connection, AGENCY, document_id=document_id)]


def words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page_text(document, n) for n in range(len(document))).split())


def test_certifying_in_one_act_attests_every_step(place: Workplace, site: SigningSite, paper: str) -> None:
    (one,) = certify(place, site, paper)
    assert one.problem is None and one.entry is not None
    steps = ["requested", "original_seen", "grounds_answered", "compared", "numbered", "signed", "issued"]
    assert history(place, paper) == [steps]
    request = newest(place, paper)
    assert request.answers == {str(n): "no" for n in range(1, 7)}
    assert (request.book, request.year, request.number) == (one.entry.book, one.entry.year, one.entry.number)
    assert one.entry.details["fee_vnd"] == request.fee_vnd == 2000
    seen = events(place, paper)
    for event in ("certification request", *(f"certification step {s}" for s in steps[1:4])):
        assert seen.count(event) == 1
    assert procedure.deliver(place, paper, agent="can-bo", way="kho").state == "delivered"
    assert procedure.deliver(place, paper, agent="can-bo", way="kho").state == "delivered"
    assert events(place, paper).count("certification step delivered") == 1


def test_steps_taken_one_by_one_are_not_attested_again(place: Workplace, site: SigningSite, paper: str) -> None:
    what = procedure.asked(place, paper, agency=AGENCY, requester="Lê Thị Yêu Cầu")
    first = procedure.request_copy(place, what, agent="tiep-nhan")
    assert procedure.request_copy(place, what, agent="khac") == first
    with pytest.raises(Refused) as caught:
        procedure.attest_comparison(place, paper, agent="can-bo")
    assert caught.value.code == "certify-step"
    procedure.attest_original(place, paper, agent="can-bo")
    for wrong in ({1: False}, {**NONE_MET, 2: True}, {**NONE_MET, 9: False}):
        with pytest.raises(BadInput):
            procedure.answer_grounds(place, paper, wrong, agent="can-bo")
    procedure.answer_grounds(place, paper, NONE_MET, agent="can-bo")
    procedure.attest_comparison(place, paper, agent="can-bo")
    (one,) = certify(place, site, paper)
    assert one.entry is not None and one.entry.details["requester"] == "Lê Thị Yêu Cầu"
    with place.catalogue.read() as connection:
        steps = requests.history(connection, first.id)
    assert [(to, agent) for _, to, agent, _ in steps[:4]] == [
        ("requested", "tiep-nhan"),
        ("original_seen", "can-bo"),
        ("grounds_answered", "can-bo"),
        ("compared", "can-bo"),
    ]


def test_due_day_and_what_is_overdue(place: Workplace, paper: str) -> None:
    late = at(place, MONDAY + timedelta(hours=5, seconds=1))  # 15:00:01
    what = procedure.asked(late, paper, agency=AGENCY)
    assert procedure.request_copy(late, what, agent="can-bo").due_day == "2026-11-24"
    assert procedure.overdue(at(place, MONDAY + timedelta(days=1)), AGENCY) == []
    assert [r.document_id for r in procedure.overdue(at(place, MONDAY + timedelta(days=2)), AGENCY)] == [paper]


def test_warnings_reach_request_and_register(place: Workplace, site: SigningSite, tmp_path: Path) -> None:
    (paper,) = digitised(place, tmp_path / "sao", "sao", lines=("CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH",))
    (one,) = certify(place, site, paper)
    assert one.entry is not None
    assert [w["code"] for w in newest(place, paper).warnings] == ["copy-statement"]
    assert [w["ground"] for w in one.entry.details["ground_warnings"]] == [0]


def test_refusal_in_writing(place: Workplace, paper: str, tmp_path: Path) -> None:
    done = refuse(place, paper, number=1, reason="Dòng ngày cấp bị tẩy, viết đè bằng mực khác", **WHO)
    assert (done.request.state, done.new) == ("refused", True)
    text = words(done.paper)
    assert "TỪ CHỐI CHỨNG THỰC" in text and "khoản 1 Điều 22 Nghị định số 23/2015/NĐ-CP" in text
    assert "bị tẩy xóa, sửa chữa" in text and "Dòng ngày cấp bị tẩy, viết đè bằng mực khác." in text
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    again = refuse(place, paper, number=1, reason="Dòng ngày cấp bị tẩy, viết đè bằng mực khác", **WHO)
    assert (again.new, again.paper) == (False, done.paper)
    view = place.warehouse.show(paper)
    assert view.document.status == "digitised" and [o.role for o in view.objects].count("decision") == 1
    assert view.register == ()
    assert "certification refused" in events(place, paper)
    file = tmp_path / "tu-choi.pdf"
    file.write_bytes(done.paper)
    record = seize(place, paper, cause="forged", reason="Con dấu trên giấy là dấu vẽ " * 40, **WHO)
    other = tmp_path / "bien-ban.pdf"
    other.write_bytes(record.paper)
    assert "BIÊN BẢN TẠM GIỮ" in words(record.paper) and "giấy tờ, văn bản giả mạo" in words(record.paper)
    assert_pdfa_2u([file, other])


def test_a_refused_paper_may_come_again_a_seized_one_never(place: Workplace, site: SigningSite, paper: str) -> None:
    refuse(place, paper, number=5, reason="Chưa hợp pháp hóa lãnh sự", **WHO)
    (one,) = certify(place, site, paper)
    assert one.problem is None
    assert [steps[-1] for steps in history(place, paper)] == ["refused", "issued"]
    with pytest.raises(Refused) as caught:
        refuse(place, paper, number=2, reason="muộn", **WHO)
    assert caught.value.code == "certify-issued"


def test_nothing_is_certified_after_seizure(place: Workplace, site: SigningSite, paper: str) -> None:
    seize(place, paper, cause="unlawful-content", reason="Nội dung xuyên tạc", **WHO)
    (one,) = certify(place, site, paper)
    assert one.problem is not None and one.problem.code == "certify-seized"
    assert place.warehouse.show(paper).register == ()
    with pytest.raises(Refused):
        refuse(place, paper, number=1, reason="khác", **WHO)


def test_wrong_refusals_leave_nothing(place: Workplace, paper: str) -> None:
    for wrong in ({"number": 7, "reason": "x"}, {"number": 1, "reason": " "}):
        with pytest.raises(BadInput):
            refuse(place, paper, **wrong, **WHO)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        refuse(place, paper, number=1, reason="x", certifier_id="ai-do", agency=AGENCY)
    with pytest.raises(BadInput):
        seize(place, paper, cause="no", reason="x", **WHO)
    assert history(place, paper) == []


@pytest.mark.parametrize("after", [False, True])
def test_a_refusal_that_was_interrupted_is_made_once(
    place: Workplace, paper: str, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    with monkeypatch.context() as patch, pytest.raises(Killed):
        crash(patch, "storage.warehouse.Warehouse.save_decision", after=after)
        refuse(place, paper, number=2, reason="Rách nát", **WHO)
    done = refuse(place, paper, number=2, reason="Rách nát", **WHO)
    assert done.request.state == "refused"
    assert [o.role for o in place.warehouse.show(paper).objects].count("decision") == 1
    assert events(place, paper).count("certification refused") == 1


def test_cancelling_an_issued_copy(place: Workplace, site: SigningSite, paper: str) -> None:
    with pytest.raises(Refused) as caught:
        cancel_copy(place, paper, reason="chưa có", **WHO)
    assert caught.value.code == "certify-no-copy"
    (one,) = certify(place, site, paper)
    copy = place.warehouse.open_role(paper, "certified")
    assert standing_of(place, copy).state == "issued"
    assert standing_of(place, copy + b" ").state == "unknown"
    with pytest.raises(BadInput):
        cancel_copy(place, paper, reason="", **WHO)
    line, new = cancel_copy(place, paper, reason="Cấp nhầm người yêu cầu", **WHO)
    assert new and (line.state, line.cancel_reason) == ("cancelled", "Cấp nhầm người yêu cầu")
    assert cancel_copy(place, paper, reason="lần hai", **WHO) == (line, False)
    assert newest(place, paper).state == "cancelled"
    found = standing_of(place, copy, agent="nguoi-tra")
    assert found.state == "cancelled" and "ĐÃ BỊ HỦY, lý do: Cấp nhầm người yêu cầu" in found.vietnamese
    view = place.warehouse.show(paper)
    assert view.document.status == "digitised"
    assert "certified" not in [o.role for o in view.objects]  # nobody is handed it any more
    assert {"certificate cancellation", "register look-up"} <= set(events(place, paper))
    (again,) = certify(place, site, paper)
    assert again.entry is not None and one.entry is not None
    assert (again.new, again.entry.number) == (True, one.entry.number + 1)
    assert standing_of(place, copy).state == "cancelled"
    assert standing_of(place, place.warehouse.open_role(paper, "certified")).state == "issued"
    with place.catalogue.read() as connection:
        assert register.gaps(connection, agency=AGENCY, book=line.book, year=line.year) == []


def test_a_cancellation_that_was_interrupted_is_finished(
    place: Workplace, site: SigningSite, paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    certify(place, site, paper)
    copy = place.warehouse.open_role(paper, "certified")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        crash(patch, "storage.catalogue.register.cancel", after=True)
        cancel_copy(place, paper, reason="Cấp nhầm", **WHO)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        crash(patch, "storage.warehouse.Warehouse.cancel_certified", after=True)
        cancel_copy(place, paper, reason="Cấp nhầm", **WHO)
    line, _ = cancel_copy(place, paper, reason="Cấp nhầm", **WHO)
    assert line.state == "cancelled" and newest(place, paper).state == "cancelled"
    assert standing_of(place, copy).state == "cancelled"
    assert events(place, paper).count("certificate cancellation") == 1


def test_the_commands(
    place: Workplace,
    site: SigningSite,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    good, bad = digitised(place, tmp_path / "hai", "mot", "hai", lines=("SAO Y",))
    monkeypatch.setenv("SOHOA_DATA_DIR", str(place.settings.data_dir))
    asked = ["--requester", "Lê Thị Yêu Cầu", "--certifier", TEST_CERTIFIER, "--agency", AGENCY]
    assert main(["certify", good, *asked]) == 0
    assert "trang 1 có dấu hiệu “SAO Y”" in capsys.readouterr().err
    (entry,) = place.warehouse.show(good).register
    assert entry.details["requester"] == "Lê Thị Yêu Cầu"
    copy = tmp_path / "ban-sao.pdf"
    place.warehouse.export_role(good, "certified", copy)
    monkeypatch.setenv("SOHOA_DATA_DIR", str(place.settings.data_dir))
    who = ["--certifier", TEST_CERTIFIER, "--agency", AGENCY]
    assert main(["register", "check", str(copy)]) == 0
    assert main(["certify-cancel", good, "--reason", "Cấp nhầm", *who]) == 0
    assert main(["register", "check", str(copy)]) == 1
    assert main(["register", "check", __file__]) == 2
    assert "ĐÃ BỊ HỦY" in capsys.readouterr().out
    out = tmp_path / "tu-choi.pdf"
    assert main(["certify-refuse", bad, "--reason", "Rách", *who]) == 4
    assert main(["certify-refuse", bad, "--ground", "2", "--reason", "Rách", "--out", str(out), *who]) == 0
    assert out.read_bytes().startswith(b"%PDF")
    capsys.readouterr()
    assert main(["register", "list", "--agency", AGENCY, "--year", str(entry.year)]) == 0
    assert "Cộng 1 số: 1 đã cấp" in capsys.readouterr().out
