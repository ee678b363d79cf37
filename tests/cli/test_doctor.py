from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.doctor import address_doubt
from tests.cli.conftest import Said
from tests.ocr.engine_need import opened


@pytest.fixture(autouse=True)
def _tesseract() -> None:
    opened()


def findings(said: Said) -> dict[str, dict[str, str]]:
    return {finding["name"]: finding for finding in said.json["findings"]}


def test_a_healthy_machine(sohoa: Callable[..., Said]) -> None:
    said = sohoa("doctor", "--json")
    found = findings(said)
    assert said.code == 0, found
    for name in ("OCR tesserocr", "Phông chữ", "Kho local", "Cơ sở dữ liệu", "Prefect"):
        assert found[name]["state"] == "ok", found[name]
    assert "vie" in found["OCR tesserocr"]["detail"]
    assert found["Cơ sở dữ liệu"]["detail"] == "sqlite"
    # what works with less, and says how to have more
    assert found["Ký số từ xa"]["state"] == "warning"
    assert "THỬ NGHIỆM" in found["Ký số từ xa"]["detail"]
    assert found["Chứng thư gốc tin cậy"]["state"] == "warning"
    assert found["Cơ quan"]["state"] == "warning"  # none is set
    assert found["Địa chỉ tra cứu (mã QR)"]["state"] == "warning"  # none is set
    assert all(finding["fix"] for finding in found.values() if finding["state"] != "ok")


@pytest.mark.parametrize(
    ("url", "reachable"),
    [
        ("https://tra-cuu.haiphong.gov.vn/ban-sao", True),
        ("http://tra-cuu.haiphong.gov.vn/ban-sao", False),  # what is read there can be changed on its way
        ("https://localhost:8080/tra-cuu", False),
        ("https://may-chu-01/tra-cuu", False),
        ("https://kho.local/tra-cuu", False),
        ("https://tra-cuu.example.gov.vn/ban-sao", False),
        ("https://192.168.1.20/tra-cuu", False),
        ("https://[::1]/tra-cuu", False),
        ("https://8.8.8.8/tra-cuu", False),
    ],
)
def test_an_address_that_nobody_outside_reaches_is_doubted(url: str, reachable: bool) -> None:
    assert (address_doubt(url) == "") is reachable


def test_an_agency_of_the_settings_is_taken(sohoa: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOHOA_AGENCY", "H24.01")
    found = findings(sohoa("doctor", "--json"))["Cơ quan"]
    assert (found["state"], found["detail"].partition(", ")[0]) == ("ok", "H24.01")


def test_an_agency_that_the_table_does_not_know_is_doubted(
    sohoa: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOHOA_AGENCY", "H99")
    monkeypatch.setenv("SOHOA_SIGNING__VERIFY_URL", "http://127.0.0.1:8080/tra-cuu")
    found = findings(sohoa("doctor", "--json"))
    assert found["Cơ quan"]["state"] == "warning" and "Ủy ban nhân dân cấp tỉnh" in found["Cơ quan"]["detail"]
    address = found["Địa chỉ tra cứu (mã QR)"]
    assert address["state"] == "warning" and "mạng nội bộ" in address["detail"] and address["fix"]


def test_the_table_for_people(sohoa: Callable[..., Said], data_dir: Path) -> None:
    said = sohoa("doctor")
    assert said.code == 0
    assert str(data_dir) in said.out
    assert "TỐT" in said.out


def test_a_missing_language_pack_is_named_with_its_package(
    sohoa: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOHOA_OCR__LANGUAGES", "vie+xyz")
    said = sohoa("doctor", "--json")
    assert said.code == 1
    finding = findings(said)["OCR tesserocr"]
    assert (finding["state"], finding["fix"]) == ("missing", "apt-get install tesseract-ocr-xyz")
    assert "THIẾU" in sohoa("doctor").out


def test_a_missing_font_is_named_with_its_package(sohoa: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    from domain.errors import Advice, NotReady

    def none(_style: str) -> Path:
        raise NotReady("font-missing", "no font", Advice("Thiếu phông.", todo="apt-get install fonts-croscore"))

    monkeypatch.setattr("pipeline.doctor.find_font", none)
    said = sohoa("doctor", "--json")
    assert said.code == 1
    assert findings(said)["fonts"]["fix"] == "apt-get install fonts-croscore"


@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [
        ("SOHOA_DATABASE__URL", "postgresql+psycopg://sohoa:rat-bi-mat@127.0.0.1:1/kho", "warehouse"),
        ("SOHOA_FLOWS__API_URL", "http://127.0.0.1:1/api", "Prefect"),
    ],
)
def test_a_service_that_does_not_answer_is_missing_and_the_rest_is_still_told(
    sohoa: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, variable: str, value: str, name: str
) -> None:
    monkeypatch.setenv(variable, value)
    said = sohoa("doctor", "--json")
    assert said.code == 1
    found = findings(said)
    assert found[name]["state"] == "missing"
    assert found["OCR tesserocr"]["state"] == "ok"
    assert "rat-bi-mat" not in said.out


def test_an_outside_signer_that_does_not_answer_is_missing(
    sohoa: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOHOA_SIGNING__PROVIDER", "csc")
    monkeypatch.setenv("SOHOA_SIGNING__CSC_URL", "http://127.0.0.1:1/csc/v1")
    monkeypatch.setenv("SOHOA_SIGNING__TSA_URLS", '["http://127.0.0.1:1/tsa"]')
    monkeypatch.setenv("SOHOA_SIGNING__EVIDENCE_HOSTS", '["127.0.0.1:1"]')
    found = findings(sohoa("doctor", "--json"))
    assert found["Ký số từ xa"]["state"] == found["Dấu thời gian"]["state"] == "missing"
