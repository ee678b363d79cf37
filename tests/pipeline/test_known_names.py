"""Names that officers have confirmed help to read the next papers of their agency, and the manifest says so."""

from __future__ import annotations

import json
from pathlib import Path

from ocr.fields.hints import KnownNames
from pipeline.known_names import NameBook, names_used
from pipeline.workplace import Workplace
from storage.catalogue.confirmed import confirmed_names
from storage.manifest import decode
from tests.pipeline.bench import AGENCY, TablePool, office_page, run, scan, workplace


def take_in(place: Workplace, folder: Path, name: str, number: int) -> str:
    """Digitise one scan of an office's paper; return its document's id."""
    scan(folder / name / f"{name}.tif", name)
    issuer, code, *rest = office_page(number)
    head = (f"{issuer} | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", " | Độc lập - Tự do - Hạnh phúc", code, *rest)
    (row,) = run(place, TablePool(lambda _sha256, _number: head), folder / name)
    return row.document_id


def issuer_of(place: Workplace, document: str) -> tuple[list[str], dict[str, str]]:
    """Return the checks of the issuing agency in the stored reading, and the tools of the newest manifest."""
    reading = json.loads(place.warehouse.open_role(document, "reading"))
    fields = reading["documents"][0]["fields"]
    key = place.warehouse.show(document).versions[-1].manifest_key
    return fields["co_quan_ban_hanh"].get("checks", []), dict(decode(place.store.get(key)).tools)


def test_what_an_officer_confirmed_helps_with_the_next_paper(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        first = take_in(place, tmp_path, "one", 1)
        checks, tools = issuer_of(place, first)
        assert "+da-biet" not in checks and "known-names" not in tools
        read = place.warehouse.show(first).fields["co_quan_ban_hanh"]
        confirmed = {"co_quan_ban_hanh": read.value, "nguoi_ky": "Trần Minh Quang"}
        place.warehouse.correct_fields(first, confirmed, officer="cb01")
        known = NameBook(place).of(AGENCY)
        assert known == KnownNames(frozenset({read.value}), (("Trần Minh Quang", read.value),))
        checks, tools = issuer_of(place, take_in(place, tmp_path, "two", 2))
        assert "+da-biet" in checks
        assert tools["known-names"] == names_used(known)


def test_what_only_a_machine_read_is_known_to_nobody(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        document = take_in(place, tmp_path, "one", 1)
        assert place.warehouse.show(document).fields["co_quan_ban_hanh"].value
        assert NameBook(place).of(AGENCY) == KnownNames()
        assert names_used(KnownNames()) == ""


def test_names_are_those_of_their_own_agency_and_kept_for_a_run(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        document = take_in(place, tmp_path, "one", 1)
        book = NameBook(place)
        assert book.of(AGENCY) == KnownNames()
        place.warehouse.correct_fields(document, {"nguoi_ky": "  Trần  Minh Quang "}, officer="cb01")
        assert book.of(AGENCY) == KnownNames()  # a run that has begun goes on with what it knew
        with place.catalogue.read() as connection:
            assert confirmed_names(connection, AGENCY).signers == (("Trần Minh Quang", ""),)
            assert confirmed_names(connection, "H99").signers == ()
