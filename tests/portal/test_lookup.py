"""The look-up pages by code: every state, what is never told, strangers' input, and who asks too often."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from domain.lookup_code import shown
from pipeline.certify.cancel import cancel_copy
from pipeline.settings import ServeSettings
from pipeline.workplace import Workplace
from portal.api import create_app
from portal.visitors import Visitors, visitor
from storage.catalogue import register
from tests.pipeline.bench import AGENCY, workplace
from tests.portal.conftest import TOKEN
from tests.portal.copies import NAMES, REASON, code_of, issued, page_of, paper, reserved


@pytest.fixture
def web(place: Workplace) -> Iterator[TestClient]:
    """A visitor without any key."""
    with TestClient(create_app(place, TOKEN)) as client:
        yield client


def test_the_form_works_without_anything_but_html(web: TestClient) -> None:
    assert web.get("/", follow_redirects=False).headers["location"] == "/tra-cuu"
    found = page_of(web.get("/tra-cuu"))
    by_code, by_file = found.all("form")
    assert (by_code["method"], by_code["action"]) == ("get", "/tra-cuu")
    assert (by_file["method"], by_file["enctype"]) == ("post", "multipart/form-data")
    assert all("required" in field for field in found.all("input"))
    assert web.head("/tra-cuu").status_code == 200


def test_a_typed_code_leads_to_its_own_address(web: TestClient, place: Workplace, tmp_path: Path) -> None:
    issued(place, paper(place, tmp_path / "lo"), 7)
    typed = f"  {shown(code_of(7)).lower()} "
    answer = web.get("/tra-cuu", params={"ma": typed}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tra-cuu/{code_of(7)}")
    assert "ĐÃ CẤP" in page_of(web.get("/tra-cuu", params={"ma": typed})).text


def test_an_issued_copy_is_told_as_the_register_has_it_and_nothing_more(
    web: TestClient, place: Workplace, tmp_path: Path
) -> None:
    document_id = paper(place, tmp_path / "lo")
    entry = issued(place, document_id, 1, b"ban sao")
    answer = web.get(f"/tra-cuu/{code_of(1)}")
    found = page_of(answer)
    assert answer.status_code == 200
    digest = hashlib.sha256(b"ban sao").hexdigest()
    short = " ".join(digest[start : start + 4] for start in range(0, 16, 4))
    for told in (shown(code_of(1)), "ĐÃ CẤP", "01/2026 - SCT/BS", "02/03/2026", "Số trang bản chính 3", short):
        assert told in found.text, told
    assert f"Số chứng thực {entry.number:02d}" in found.text
    # never that the file in hand is good: the verdict's words do not stand here, the file is asked for
    assert "ĐẠT" not in found.text and "hợp lệ" not in found.text
    assert not any({"ok", "PASSED"} & set((attributes.get("class") or "").split()) for _, attributes in found.tags)
    assert "tệp có thể đã bị sửa" in found.text
    assert {"type": "hidden", "name": "ma", "value": code_of(1)} in found.all("input")
    assert [link["href"] for link in found.all("a")] == ["#noi-dung", "/tra-cuu", "/tra-cuu"]  # no file to be had
    for private in (*NAMES.values(), document_id, digest[:17]):
        assert private not in answer.text


def test_a_cancelled_copy_is_cancelled_and_the_officers_words_stay_inside(
    web: TestClient, place: Workplace, tmp_path: Path
) -> None:
    document_id = paper(place, tmp_path / "lo")
    issued(place, document_id, 1)
    cancel_copy(place, document_id, reason=REASON, certifier_id="thu-nghiem", agency=AGENCY)
    found = page_of(answer := web.get(f"/tra-cuu/{code_of(1)}"))
    assert answer.status_code == 200
    assert "ĐÃ HỦY" in found.text and "Không dùng, không tiếp nhận" in found.text and "Ngày hủy" in found.text
    assert REASON not in answer.text and "ĐÃ CẤP" not in found.text


def test_a_number_that_is_only_kept_or_was_given_up(web: TestClient, place: Workplace, tmp_path: Path) -> None:
    entry = reserved(place, paper(place, tmp_path / "lo"), 1)
    found = page_of(web.get(f"/tra-cuu/{code_of(1)}"))
    assert "CHƯA CẤP" in found.text and "Mã băm" not in found.text
    with place.catalogue.begin() as connection:
        register.void(connection, entry.ref, reason=REASON, at="2026-03-02T02:00:00.000000Z")
    answer = web.get(f"/tra-cuu/{code_of(1)}")
    found = page_of(answer)
    assert "SỐ BỊ BỎ" in found.text and "không phải bản sao chứng thực" in found.text
    assert REASON not in answer.text


def test_a_copy_by_the_test_authority_says_that_it_binds_nobody(
    web: TestClient, place: Workplace, tmp_path: Path
) -> None:
    entry = issued(place, paper(place, tmp_path / "lo"), 1)
    assert "THỬ NGHIỆM" not in page_of(web.get(f"/tra-cuu/{code_of(1)}")).text
    with place.catalogue.begin() as connection:
        from sqlalchemy import update

        from storage.catalogue.schema import register_entries

        connection.execute(update(register_entries).values(details={**entry.details, "test": True}))
    assert "BẢN THỬ NGHIỆM" in page_of(web.get(f"/tra-cuu/{code_of(1)}")).text


def test_a_renewed_copy_has_the_digests_of_both(web: TestClient, place: Workplace, tmp_path: Path) -> None:
    document_id = paper(place, tmp_path / "lo")
    issued(place, document_id, 1, b"lan dau")
    first = hashlib.sha256(b"lan dau").hexdigest()
    place.warehouse.save_renewed(document_id, "certified", b"gia han", base_sha256=first, agent="may", report=b"{}")
    text = page_of(web.get(f"/tra-cuu/{code_of(1)}")).text
    newest, first = (hashlib.sha256(content).hexdigest()[:4] for content in (b"gia han", b"lan dau"))
    assert text.index(f" {newest} ") < text.index(f" {first} ")


HOSTILE = [
    "0" * 16,
    "khong-phai-ma",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' OR 1=1 --",
    "%00%0d%0aSet-Cookie:%20a=b",
    "..%2f..%2fetc%2fpasswd",
    "Ａ" * 16,
    "x" * 3000,
]


@pytest.mark.parametrize("code", HOSTILE)
def test_an_unknown_code_and_no_code_at_all_are_answered_alike(web: TestClient, code: str) -> None:
    answers = [web.get(f"/tra-cuu/{code}"), web.get("/tra-cuu", params={"ma": code})]
    for answer in answers:
        found = page_of(answer)
        assert answer.status_code == 404
        assert "<script" not in answer.text and "<img" not in answer.text and "set-cookie" not in answer.headers
    shape = [(name, sorted(attributes)) for name, attributes in page_of(answers[1]).tags]
    usual = page_of(web.get(f"/tra-cuu/{'Z' * 16}"))
    if found.text.startswith("Không có trong sổ"):
        assert found.text == usual.text
        assert shape == [(name, sorted(attributes)) for name, attributes in usual.tags]


@pytest.mark.parametrize("path", ["/tra-cuu/../../etc/passwd", "/tra-cuu/%2e%2e/%2e%2e/etc/passwd", "/tra-cuu/a/b/c"])
def test_no_path_leads_out(web: TestClient, path: str) -> None:
    answer = web.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "root:" not in page_of(answer).text


def test_pages_for_people_json_for_programs(web: TestClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml"}
    assert "Không có trang này" in page_of(web.get("/khong-co", headers=browser)).text
    assert web.get("/khong-co").json()["code"] == "http-404"
    for path in ("/api/v1/khong-co", "/api/v1/documents/x"):
        assert web.get(path, headers=browser).json().keys() == {"code", "message"}
    assert page_of(answer := web.delete("/tra-cuu")).all("h1") and answer.status_code == 405


def test_a_fault_of_ours_is_a_page_that_tells_nothing(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("bí mật 001200000019")

    monkeypatch.setattr("portal.lookup.copy_line", broken)
    with TestClient(create_app(place, TOKEN)) as web:
        answer = web.get(f"/tra-cuu/{'Z' * 16}")
    assert answer.status_code == 500
    assert "Hệ thống gặp lỗi" in page_of(answer).text
    assert "001200000019" not in answer.text + caplog.text


def test_a_register_that_does_not_answer_is_said(place: Workplace) -> None:
    with TestClient(create_app(place, TOKEN)) as web:
        place.catalogue.close()
        (place.settings.data_dir / "catalogue.sqlite").unlink()
        (place.settings.data_dir / "catalogue.sqlite").mkdir()
        answer = web.get(f"/tra-cuu/{'Z' * 16}")
    assert answer.status_code in (500, 503)
    assert str(place.settings.data_dir) not in page_of(answer).text


def test_who_asks_too_often_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.lookup.Visitors", partial(Visitors, clock=lambda: 0.0))  # however slow the machine
    with workplace(tmp_path / "data", serve=ServeSettings(lookups_per_minute=3)) as place:
        with TestClient(create_app(place, TOKEN)) as web:
            answers = [web.get(f"/tra-cuu/{'Z' * 16}").status_code for _ in range(4)]
            slowed = web.get(f"/tra-cuu/{'Z' * 16}")
        assert answers[:3] == [404] * 3 and answers[3] == 429
        assert 1 <= int(slowed.headers["retry-after"]) <= 60
        assert "quá nhanh" in page_of(slowed).text
        with TestClient(create_app(place, TOKEN), client=("203.0.113.9", 1)) as other:
            assert other.get(f"/tra-cuu/{'Z' * 16}").status_code == 404


def test_buckets_fill_again_and_a_network_is_one_visitor() -> None:
    time = [0.0]
    visitors = Visitors(2, clock=lambda: time[0])
    assert [visitors.wait("192.0.2.1") for _ in range(3)] == [0.0, 0.0, 30.0]
    assert visitors.wait("192.0.2.2") == 0.0
    time[0] = 29.0
    assert visitors.wait("192.0.2.1") == pytest.approx(1.0)
    time[0] = 30.0
    assert visitors.wait("192.0.2.1") == 0.0
    assert visitor("2001:db8:0:1::1") == visitor("2001:db8:0:1:ffff::2") != visitor("2001:db8:0:2::1")
    assert visitor("::ffff:192.0.2.1") == "192.0.2.1"
    assert visitor("khong phai dia chi") == ""
    with pytest.raises(ValueError):
        Visitors(0)


def test_what_is_remembered_of_visitors_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.visitors._MOST_ADDRESSES", 2)
    visitors = Visitors(1, clock=lambda: 0.0)
    assert [visitors.wait(f"192.0.2.{n}") for n in (1, 2, 1, 3)] == [0.0, 0.0, 60.0, 0.0]
    assert visitors.wait("192.0.2.1") == 60.0  # the longest unseen was forgotten: 192.0.2.2
    assert visitors.wait("192.0.2.2") == 0.0


def test_a_secure_visit_stays_secure(place: Workplace) -> None:
    with TestClient(create_app(place, TOKEN), base_url="https://tra-cuu.example.gov.vn") as web:
        assert "max-age" in web.get("/tra-cuu").headers["strict-transport-security"]
