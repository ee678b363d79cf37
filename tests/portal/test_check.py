"""Files handed in to be checked: what the page says of good, altered, cancelled, foreign and hostile ones."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import httpx
import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi.testclient import TestClient

from domain.errors import Unavailable
from pipeline.certify.cancel import cancel_copy
from pipeline.certify.site import TEST_CERTIFIER, open_signing
from pipeline.check_desk import CheckDesk
from pipeline.settings import ServeSettings, SigningSettings, VerifySettings
from pipeline.verify_seal import check_seals
from pipeline.workplace import Workplace, system_clock
from portal.api import create_app
from portal.lookup import Kept, Uploads
from portal.upload import UploadFault, take_pdf
from portal.visitors import Visitors
from signing.authority.launch import AuthorityEndpoints
from tests.pipeline.authority import GROUP, certify, digitised, join
from tests.pipeline.bench import AGENCY, workplace
from tests.portal.conftest import TOKEN
from tests.portal.copies import REASON, Page, page_of, send
from tests.signing_verify import raw
from tests.signing_verify.attacks import signed
from tests.signing_verify.pki import YEAR, good, issue, now

pytestmark = pytest.mark.xdist_group(GROUP)

MEGABYTE = 2**20


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, authority: AuthorityEndpoints) -> Iterator[Workplace]:
    """An office with a seal of its own, that takes files of a megabyte."""
    folder = tmp_path_factory.mktemp("office")
    join(folder / "data", authority)
    own = issue("Hệ thống thử nghiệm", kind="ec", label="seal-portal", start=now() - YEAR, end=now() + YEAR)
    key, certificate = folder / "seal.key", folder / "seal.pem"
    key.write_bytes(own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    certificate.write_bytes(own.certificate.public_bytes(Encoding.PEM))
    groups = {
        "verify": VerifySettings(seal_key_file=key, seal_certificate_file=certificate),
        "serve": ServeSettings(max_check_bytes=MEGABYTE, checks_at_once=1, checks_per_minute=1000),
        "signing": SigningSettings(verify_url="http://127.0.0.1:9/tra-cuu"),
    }
    with workplace(folder / "data", **groups) as place:
        yield place


@pytest.fixture(scope="module")
def copies(office: Workplace) -> tuple[tuple[str, bytes], ...]:
    """Code and bytes of two issued copies and of one that was taken back."""
    ids = digitised(office, office.settings.data_dir.parent / "lo", "mot", "hai", "ba")
    with open_signing(office.settings, system_clock) as site:
        made = certify(office, site, *ids)
    assert all(one.problem is None for one in made)
    found = []
    for document_id, one in zip(ids, made, strict=True):
        assert one.entry is not None
        found.append((one.entry.code, office.warehouse.open_role(document_id, "certified")))
    cancel_copy(office, ids[2], reason=REASON, certifier_id=TEST_CERTIFIER, agency=AGENCY)
    return tuple(found)


@pytest.fixture(scope="module")
def web(office: Workplace) -> Iterator[TestClient]:
    with TestClient(create_app(office, TOKEN)) as client:
        yield client


def looks(found: Page) -> list[str]:
    """Return the colours of the boxes: the whole, then signatures, then register."""
    return [(attributes["class"] or "").split()[1] for attributes in found.all("div") if "box" in str(attributes)]


def leaves_nothing(office: Workplace) -> bool:
    return list((office.settings.data_dir / "scratch").iterdir()) == []


def altered(pdf: bytes) -> bytes:
    """Return *pdf* with another text on its first page, appended as viewers save."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        drawn_last = opened.pages[0].obj["/Contents"][-1].objgen[0]
    return raw.append(pdf, {drawn_last: raw.stream("BT /F1 24 Tf 72 700 Td (GIA MAO) Tj ET 100 500 200 100 re f")})


def test_an_issued_copy_passes_and_nothing_of_it_stays(
    web: TestClient, office: Workplace, copies: tuple[tuple[str, bytes], ...], caplog: pytest.LogCaptureFixture
) -> None:
    code, copy = copies[0]
    with caplog.at_level(logging.DEBUG):
        answer = send(web, copy, "Bản sao của bà Lê.pdf", ma=code)
    found = page_of(answer)
    assert answer.status_code == 200
    assert looks(found) == ["PASSED", "PASSED", "PASSED"]
    for told in (
        "ĐẠT (BẢN THỬ NGHIỆM)",
        "không có giá trị pháp lý",
        "đúng bản đã cấp",
        "01/2026 - SCT/BS",
        "Bản sao của bà Lê.pdf",
    ):
        assert told in found.text, told
    assert found.text.count("không bị sửa") >= 2  # once for each signature
    assert leaves_nothing(office)
    assert "Lê" not in caplog.text and code not in caplog.text


def test_the_report_is_sealed_by_the_system_and_over_after_a_while(
    web: TestClient, office: Workplace, copies: tuple[tuple[str, bytes], ...], tmp_path: Path
) -> None:
    (address,) = [a["href"] for a in page_of(send(web, copies[0][1])).all("a") if "bao-cao" in str(a["href"])]
    answer = web.get(str(address))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    report = tmp_path / "bao-cao.pdf"
    report.write_bytes(answer.content)
    ((_, seal),) = check_seals(office.settings, [report], now=now())
    assert seal.intact
    gone = web.get(str(address)[:-1] + ("A" if str(address)[-1] != "A" else "B"))
    assert gone.status_code == 410 and "không còn" in page_of(gone).text


def test_an_altered_copy_fails_with_reasons(
    web: TestClient, office: Workplace, copies: tuple[tuple[str, bytes], ...]
) -> None:
    found = page_of(send(web, altered(copies[0][1])))
    assert looks(found)[:2] == ["FAILED", "FAILED"] and "PASSED" not in looks(found)
    assert "Không tiếp nhận tệp này" in found.text and "thay đổi trái phép" in found.text
    assert "Trang bị thay đổi trái phép" in found.text  # before and after, as pictures in the page itself
    assert all(str(image["src"]).startswith("data:image/png;base64,") for image in found.all("img"))
    assert leaves_nothing(office)


def test_a_cancelled_copy_fails_though_its_signatures_pass(
    web: TestClient, copies: tuple[tuple[str, bytes], ...]
) -> None:
    answer = send(web, copies[2][1])
    found = page_of(answer)
    assert looks(found) == ["FAILED", "PASSED", "FAILED"]
    assert "bản sao đã bị hủy" in found.text
    assert "Lê Văn Riêng" not in answer.text  # what the officer wrote


def test_the_code_of_one_copy_does_not_vouch_for_another(
    web: TestClient, copies: tuple[tuple[str, bytes], ...]
) -> None:
    found = page_of(send(web, copies[1][1], ma=copies[0][0]))
    assert looks(found) == ["INDETERMINATE", "PASSED", "INDETERMINATE"]
    assert "BẢN SAO KHÁC" in found.text
    assert looks(page_of(send(web, copies[1][1], ma="0" * 16)))[0] == "PASSED"  # of a code that is none, nothing


def test_a_good_signature_on_a_foreign_file_is_no_certified_copy(tmp_path: Path) -> None:
    trust = tmp_path / "trust"
    trust.mkdir()
    with (
        workplace(tmp_path / "data", signing=SigningSettings(trust_dir=trust)) as place,
        TestClient(create_app(place, TOKEN)) as web,
    ):
        found = page_of(send(web, signed()))
        assert looks(found) == ["INDETERMINATE"] * 3  # nobody is trusted yet
        (trust / "root.der").write_bytes(good().root.der)
        found = page_of(send(web, signed()))  # by the list as it is now, without a restart
        assert looks(found) == ["INDETERMINATE", "PASSED", "INDETERMINATE"]
        assert "KHÔNG PHẢI BẢN SAO CHỨNG THỰC CỦA HỆ THỐNG NÀY" in found.text
        assert "THỬ NGHIỆM" not in found.text


def encrypted() -> bytes:
    made = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(made, encryption=pikepdf.Encryption(owner="chu", user="khach"))
    return made.getvalue()


HOSTILE = {
    "broken": b"%PDF-1.7\n" + b"\xff\xfe rac " * 400,
    "only the head": b"%PDF-1.7\n",
    "cut": signed()[: len(signed()) // 2],
    "encrypted": encrypted(),
    "endless": b"%PDF-1.7\n1 0 obj\n" + b"[" * 50_000,
    "loop": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_costs_itself_only(web: TestClient, office: Workplace, kind: str) -> None:
    answer = send(web, HOSTILE[kind])
    found = page_of(answer)
    assert answer.status_code == 200
    assert "PASSED" not in looks(found) and "ĐẠT (" not in found.text
    assert looks(found)[0] in ("FAILED", "INDETERMINATE")
    assert leaves_nothing(office)


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"x" * 5000, "anh.png", "không phải PDF"),
        (b"<html><script>alert(1)</script>", "trang.pdf", "không phải PDF"),
        (b"x" * 2000 + b"%PDF-1.7", "sau.pdf", "không phải PDF"),
        (b"", "rong.pdf", "Chưa chọn tệp"),
    ],
)
def test_what_is_no_pdf_is_turned_away_kindly(
    web: TestClient, office: Workplace, content: bytes, name: str, told: str
) -> None:
    answer = send(web, content, name)
    assert answer.status_code == 422
    assert told in page_of(answer).text
    assert leaves_nothing(office)


def test_names_from_strangers_are_words_and_never_paths(web: TestClient, office: Workplace) -> None:
    name = "..\\..\\../../etc/cron.d/<img src=x onerror=alert(1)>\x00.pdf"
    answer = send(web, HOSTILE["only the head"], name)
    found = page_of(answer)
    assert "<img src" not in answer.text and "cron.d" not in found.text
    assert "<img src=x onerror=alert(1)>" in found.text  # as words
    assert leaves_nothing(office)


def form(*parts: bytes, boundary: bytes = b"ranh-gioi") -> tuple[bytes, dict[str, str]]:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary.decode()}"}


@pytest.mark.parametrize(
    "made",
    [
        (b"tep=1", {"Content-Type": "application/x-www-form-urlencoded"}),
        (b"%PDF-1.7", {"Content-Type": "application/pdf"}),
        (b"%PDF-1.7", {"Content-Type": "multipart/form-data"}),
        (b"khong co ranh gioi", {"Content-Type": "multipart/form-data; boundary=x"}),
        (form(b'Content-Disposition: form-data; name="tep"; filename="a.pdf"\r\n\r\n%PDF-')[0][:-20], form(b"")[1]),
        form(*[b'Content-Disposition: form-data; name="x"\r\n\r\n1'] * 50),
        form(b"X: " + b"y" * 10_000 + b"\r\n\r\n1"),
    ],
)
def test_a_form_that_is_none_is_a_bad_request(
    web: TestClient, office: Workplace, made: tuple[bytes, dict[str, str]]
) -> None:
    answer = web.post("/tra-cuu/kiem-tra", content=made[0], headers=made[1])
    assert answer.status_code == 400
    assert "không hợp lệ" in page_of(answer).text
    assert leaves_nothing(office)


def test_too_much_is_answered_with_a_page_declared_or_not(web: TestClient, office: Workplace) -> None:
    large = b"%PDF-1.7\n" + bytes(2 * MEGABYTE)
    body, headers = form(b'Content-Disposition: form-data; name="tep"; filename="a.pdf"\r\n\r\n' + large)
    slightly = b"%PDF-1.7\n" + bytes(MEGABYTE)  # the form fits, its file does not
    for answer in (
        send(web, large),
        web.post("/tra-cuu/kiem-tra", content=iter([body]), headers=headers),
        send(web, slightly),
    ):
        assert answer.status_code == 413
        assert "quá lớn" in page_of(answer).text
    assert leaves_nothing(office)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://ke-xau.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({}, 422),  # a program: it says nothing of where it stands
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}, 422),
    ],
)
def test_a_form_of_another_site_is_not_taken(web: TestClient, headers: dict[str, str], status: int) -> None:
    answer = web.post("/tra-cuu/kiem-tra", files={"tep": ("a.pdf", io.BytesIO(b"khong"))}, headers=headers)
    assert answer.status_code == status
    page_of(answer)


def test_the_result_opened_again_is_the_form(web: TestClient) -> None:
    assert web.get("/tra-cuu/kiem-tra", follow_redirects=False).headers["location"] == "/tra-cuu#kiem-tra"


def test_who_sends_too_many_files_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.lookup.Visitors", partial(Visitors, clock=lambda: 0.0))  # however slow the machine
    with (
        workplace(tmp_path / "data", serve=ServeSettings(checks_per_minute=1)) as place,
        TestClient(create_app(place, TOKEN)) as web,
    ):
        assert send(web, b"khong phai").status_code == 422
        answer = send(web, b"khong phai")
        assert answer.status_code == 429 and int(answer.headers["retry-after"]) >= 1
        assert "Chờ khoảng một phút" in page_of(answer).text


def test_a_crowd_is_turned_away_with_a_page(office: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = CheckDesk(office, 1, patience_s=0.0)
    with desk._place(), pytest.raises(Unavailable) as busy:
        desk.check(Path("khong-can.pdf"))
    assert busy.value.code == "check-busy"
    desk.close()

    def crowded(_self: CheckDesk, _path: Path) -> None:
        raise busy.value

    monkeypatch.setattr(CheckDesk, "check", crowded)
    with TestClient(create_app(office, TOKEN)) as web:
        answer = send(web, b"%PDF-1.7\n")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "60"
    assert "gửi lại" in page_of(answer).text


def test_no_more_files_wait_than_there_is_room_for(office: Workplace) -> None:
    desk = CheckDesk(office, 1, patience_s=0.0)
    while desk._room.acquire(blocking=False):
        continue
    with pytest.raises(Unavailable):
        desk.check(Path("khong-can.pdf"))
    desk.close()


async def _rooms() -> list[bool]:
    uploads = Uploads()
    async with AsyncExitStack() as stack:
        asked = ["192.0.2.1"] * 4 + ["192.0.2.2"]
        found = [await stack.enter_async_context(uploads.one_of(address)) for address in asked]
    async with uploads.one_of("192.0.2.1") as again:
        return [*found, again]


def test_one_address_cannot_take_all_the_room() -> None:
    assert asyncio.run(_rooms()) == [True, True, True, False, True, True]


def test_a_file_that_never_ends_is_given_up(tmp_path: Path) -> None:
    class Slow:
        headers = form(b"")[1] | {"content-type": form(b"")[1]["Content-Type"]}

        async def stream(self):  # type: ignore[no-untyped-def]
            yield form(b'Content-Disposition: form-data; name="tep"; filename="a.pdf"\r\n\r\n%PDF')[0][:60]
            await asyncio.Event().wait()

    with pytest.raises(UploadFault) as fault:
        asyncio.run(take_pdf(Slow(), tmp_path, part="tep", most_bytes=100, seconds=0.01))  # type: ignore[arg-type]
    assert fault.value.status == 408


def test_findings_out_of_proportion_are_told_in_brief(web: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.check_desk._LARGE", 1000)
    found = page_of(send(web, signed()))
    assert found.all("details") == [] and not any("bao-cao" in str(link["href"]) for link in found.all("a"))
    assert looks(found)[0] == "INDETERMINATE" and "Từng chữ ký" in found.text


def test_findings_are_kept_for_a_while_and_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.lookup._MOST_KEPT", 2)
    time = [0.0]
    kept = Kept(clock=lambda: time[0])
    tokens = [kept.put(name) for name in ("a", "b", "c")]  # type: ignore[arg-type]
    assert [kept.get(token) for token in tokens] == [None, "b", "c"]
    assert len(set(tokens)) == 3 and all(len(token) == 32 for token in tokens)
    time[0] = 901.0
    assert kept.get(tokens[2]) is None


def test_answers_to_programs_stay_json(web: TestClient) -> None:
    answer: httpx.Response = web.post("/api/v1/cases", content=b"x", headers={"Accept": "text/html"})
    assert answer.status_code in (401, 422) and answer.json().keys() == {"code", "message"}
