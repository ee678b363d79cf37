from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import NotReady
from pipeline.settings import load_settings

SECRET = "rat-bi-mat-7316"


@pytest.fixture
def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in force, empty at first."""
    file = tmp_path / "sohoa.toml"
    file.touch()
    monkeypatch.setenv("SOHOA_CONFIG", str(file))
    return file


def refused() -> str:
    """Return all that the error says, for the log and for the officer."""
    with pytest.raises(NotReady) as caught:
        load_settings()
    assert caught.value.code == "settings-invalid"
    assert caught.value.advice.todo
    return f"{caught.value} {caught.value.advice}"


def test_two_underscores_nest(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOHOA_STORE__KIND", "minio")
    monkeypatch.setenv("SOHOA_OCR__JOBS", "3")
    monkeypatch.setenv(
        "SOHOA_SIGNING__CERTIFIERS", '[{"id":"a","name":"b","position":"c","agency":"d","credential_id":"e"}]'
    )
    found = load_settings()
    assert (found.store.kind, found.ocr.workers, found.signing.certifiers[0].credential_id) == ("minio", 3, "e")


def test_the_file_counts_and_the_environment_counts_more(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml.write_text('agency = "H26"\n[serve]\nport = 9001\nhost = "127.0.0.2"\n', encoding="utf-8")
    monkeypatch.setenv("SOHOA_SERVE__PORT", "9002")
    found = load_settings()
    assert (found.agency, found.serve.host, found.serve.port) == ("H26", "127.0.0.2", 9002)


def test_sohoa_toml_of_the_working_folder_counts(toml: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    toml.write_text('agency = "H26"\n', encoding="utf-8")
    monkeypatch.delenv("SOHOA_CONFIG")
    monkeypatch.chdir(tmp_path)
    assert load_settings().agency == "H26"


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("signing", "pin"),
        ("signing", "token"),
        ("signing", "client_secret"),
        ("store", "secret_key"),
        ("replica", "secret_key"),
        ("serve", "token"),
    ],
)
def test_a_secret_in_the_file_is_refused(toml: Path, group: str, name: str) -> None:
    toml.write_text(f'[{group}]\n{name} = "{SECRET}"\n', encoding="utf-8")
    said = refused()
    assert f"{group}.{name}" in said
    assert f"{name}_file" in said
    assert SECRET not in said


def test_a_database_password_in_the_file_is_refused(toml: Path) -> None:
    toml.write_text(f'[database]\nurl = "postgresql+psycopg://sohoa:{SECRET}@db/kho"\n', encoding="utf-8")
    said = refused()
    assert "url_file" in said
    assert SECRET not in said


def test_a_database_without_password_in_the_file_is_fine(toml: Path) -> None:
    toml.write_text('[database]\nurl = "postgresql+psycopg://sohoa@db/kho"\n', encoding="utf-8")
    assert load_settings().database_url() == "postgresql+psycopg://sohoa@db/kho"


def test_a_secret_comes_from_the_environment_or_its_file(
    toml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "khoa").write_text(f"{SECRET}\n", encoding="utf-8")
    toml.write_text(f'[store]\nsecret_key_file = "{tmp_path}/khoa"\n', encoding="utf-8")
    monkeypatch.setenv("SOHOA_STORE__ACCESS_KEY", SECRET)
    found = load_settings()
    assert (found.store.access(), found.store.secret()) == (SECRET, SECRET)
    assert SECRET not in repr(found)


@pytest.mark.parametrize("missing", ["khoa", ""])
def test_a_missing_secret_says_so(toml: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    if missing:
        monkeypatch.setenv("SOHOA_STORE__SECRET_KEY_FILE", "/nowhere/khoa")
    with pytest.raises(NotReady) as caught:
        load_settings().store.secret()
    assert caught.value.code == ("secret-unreadable" if missing else "secret-missing")


@pytest.mark.parametrize(
    ("variable", "named"),
    [
        ("SOHOA_SOTRE__KIND", "SOHOA_SOTRE__KIND"),
        ("SOHOA_STORE__KINDD", "store.kindd"),
        ("SOHOA_STORE__KIND", "store.kind"),
        ("SOHOA_SERVE__PORT", "serve.port"),
        ("SOHOA_STORE", "store"),
        ("SOHOA_SIGNING__CERTIFIERS", "signing"),
    ],
)
def test_a_wrong_variable_is_named_and_its_value_is_not(
    toml: Path, monkeypatch: pytest.MonkeyPatch, variable: str, named: str
) -> None:
    monkeypatch.setenv(variable, SECRET)
    said = refused()
    assert named in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f'[store]\nkindd = "{SECRET}"\n', "store.kindd"),
        (f'unknown = "{SECRET}"\n', "unknown"),
        (f'database = "{SECRET}"\n', "database"),
        (f'[database]\nurl = ["{SECRET}"]\n', "database"),
        (f'[store]\nkind = "{SECRET}\n', "line 2"),
        (f'[[signing.certifiers]]\nid = "{SECRET}"\n', "signing.certifiers.0.name"),
        ('[signing]\nprovider = "csc"\n', "csc_url"),
    ],
)
def test_a_wrong_line_of_the_file_is_named_and_its_value_is_not(toml: Path, text: str, named: str) -> None:
    toml.write_text(text, encoding="utf-8")
    said = refused()
    assert named in said
    assert SECRET not in said


def test_a_file_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOHOA_CONFIG", "/nowhere/sohoa.toml")
    with pytest.raises(NotReady) as caught:
        load_settings()
    assert caught.value.code == "config-missing"


def test_the_default_catalogue_lies_in_the_data_folder(
    toml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOHOA_DATA_DIR", str(tmp_path / "kho"))
    assert load_settings().database_url() == f"sqlite:///{tmp_path}/kho/catalogue.sqlite"
