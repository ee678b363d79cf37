"""A bag holds whole documents, shows every change to it, and comes back as it went."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from domain.errors import BadInput
from domain.owners import Owner
from storage.bag import check_bag, take_in_bag, write_bag
from storage.catalogue.engine import open_catalogue
from storage.catalogue.search import SearchQuery
from storage.local import LocalStore
from storage.warehouse import Warehouse
from tests.storage.conftest import OWNER_KEY, Clock, hurry
from tests.storage.dump import REBUILT, dump
from tests.storage.test_rebuild import fill


@pytest.fixture
def warehouse(local_store: LocalStore, tmp_path: Path, clock: Clock) -> Iterator[Warehouse]:
    catalogue = hurry(open_catalogue(f"sqlite:///{tmp_path}/catalogue.db"))
    made = Warehouse(local_store, catalogue, OWNER_KEY, clock)
    fill(made)
    yield made
    catalogue.close()


@pytest.fixture
def bag(warehouse: Warehouse, tmp_path: Path) -> Path:
    documents = [hit.document for hit in warehouse.search(SearchQuery(limit=100))]
    report = write_bag(
        warehouse.store,
        documents,
        tmp_path / "bag",
        day=date(2026, 1, 2),
        software="sohoa 0",
        info={"Source-Organization": "H24.01"},
        seal=seal,
    )
    assert report.documents == len(documents) == 8
    return tmp_path / "bag"


def seal(listing: bytes) -> str:
    return hashlib.sha256(b"ours" + listing).hexdigest()


def test_another_tool_finds_it_valid(bag: Path) -> None:
    code = "import bagit, sys; bagit.Bag(sys.argv[1]).validate()"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code, str(bag)], check=True)
    assert check_bag(bag) == []


def test_back_in_an_empty_warehouse_it_is_the_same(warehouse: Warehouse, bag: Path, tmp_path: Path) -> None:
    store, fresh = LocalStore(tmp_path / "again"), open_catalogue(f"sqlite:///{tmp_path}/again.db")
    assert take_in_bag(store, fresh, bag, seal=seal).problems == ()
    assert dump(fresh, REBUILT) == dump(warehouse.catalogue, REBUILT)
    again = take_in_bag(store, fresh, bag, seal=seal)
    assert (again.versions, again.problems) == (0, ())
    fresh.close()


@pytest.mark.parametrize("damage", ["flip", "remove", "add", "tag", "symlink", "no manifest"])
def test_every_change_is_seen(bag: Path, tmp_path: Path, damage: str) -> None:
    blob = next(p for p in sorted((bag / "data" / "blob").rglob("*")) if p.is_file() and p.stat().st_size)
    if damage == "flip":
        content = bytearray(blob.read_bytes())
        content[0] ^= 1
        blob.write_bytes(content)
    elif damage == "remove":
        blob.unlink()
    elif damage == "add":
        (bag / "data" / "more.txt").write_text("x")
    elif damage == "tag":
        (bag / "bag-info.txt").write_text("Source-Organization: X\n")
    elif damage == "symlink":
        (tmp_path / "elsewhere").write_bytes(blob.read_bytes())
        blob.unlink()
        blob.symlink_to(tmp_path / "elsewhere")
    else:
        (bag / "manifest-sha256.txt").unlink()
    assert check_bag(bag) != []
    store, fresh = LocalStore(tmp_path / "again"), open_catalogue(f"sqlite:///{tmp_path}/again.db")
    with pytest.raises(BadInput) as caught:
        take_in_bag(store, fresh, bag, seal=seal)
    assert caught.value.code == "bag-broken"
    assert list(store.list("")) == []
    fresh.close()


def test_a_hostile_listing_reaches_nothing_outside(bag: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("x")
    with (bag / "manifest-sha256.txt").open("a") as listing:
        listing.write("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  data/../../secret.txt\n")
    assert any("secret" in problem for problem in check_bag(bag))


def test_what_is_no_bag(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        check_bag(tmp_path)
    assert caught.value.code == "not-a-bag"


@pytest.mark.parametrize("given", ["another's", "none", "listing changed"])
def test_only_a_bag_of_ours_is_taken_in(bag: Path, tmp_path: Path, given: str) -> None:
    """Its manifests bring versions and certificate numbers, and anyone can make digests agree."""
    mark, listing = bag / "metadata" / "seal.txt", bag / "manifest-sha256.txt"
    (bag / "tagmanifest-sha256.txt").unlink()  # whoever forges a bag leaves nothing that disagrees
    if given == "another's":
        mark.write_text(hashlib.sha256(b"theirs" + listing.read_bytes()).hexdigest())
    elif given == "none":
        mark.unlink()
    else:
        (bag / "data" / "blob" / "more").write_bytes(b"forged")
        with listing.open("a") as stream:
            stream.write(f"{hashlib.sha256(b'forged').hexdigest()}  data/blob/more\n")
    assert check_bag(bag) == []
    store, fresh = LocalStore(tmp_path / "again"), open_catalogue(f"sqlite:///{tmp_path}/again.db")
    with pytest.raises(BadInput) as caught:
        take_in_bag(store, fresh, bag, seal=seal)
    assert caught.value.code == "bag-of-elsewhere"
    assert list(store.list("")) == []
    fresh.close()


def test_what_stands_there_is_not_replaced(warehouse: Warehouse, bag: Path) -> None:
    stored = next(o for o in warehouse.store.list("owner/") if o.key.endswith("v0002.json"))
    path = warehouse.store.root / stored.key  # type: ignore[attr-defined]
    path.write_bytes(path.read_bytes() + b" ")
    report = take_in_bag(warehouse.store, warehouse.catalogue, bag, seal=seal)
    assert (stored.key, "another manifest stands here, it was left as it is") in report.problems
    assert path.read_bytes().endswith(b" ")


def test_events_as_premis(bag: Path) -> None:
    root = ElementTree.parse(bag / "metadata" / "premis.xml").getroot()
    premis = "{http://www.loc.gov/premis/v3}"
    kinds = {e.findtext(f"{premis}eventType") for e in root.iter(f"{premis}event")}
    assert {"ingestion", "normalization"} <= kinds
    digests = {e.text for e in root.iter(f"{premis}messageDigest")}
    assert digests == {p.name for p in (bag / "data" / "blob").rglob("*") if p.is_file()}
    table = (bag / "metadata" / "documents.csv").read_text("utf-8-sig").splitlines()
    assert len(table) > 8


def test_no_personal_number_in_a_name(bag: Path) -> None:
    assert Owner("citizen", "001200000020").number not in "".join(str(p) for p in bag.rglob("*"))
