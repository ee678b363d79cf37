"""A disposal that is under way or done: killed and gone on from, rebuilt, the same paper again, on a bucket."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Literal

import pytest
from pydantic import SecretStr

from domain.errors import BadInput, Refused
from pipeline.bags import export_bag, import_bag
from pipeline.disposal import carry_out, certificate_key, known, propose
from pipeline.holds import hold
from pipeline.settings import RetentionSettings, Settings, StoreSettings
from pipeline.upkeep import replicate_store, scrub_store
from pipeline.workplace import Workplace, open_workplace
from storage.catalogue import audit, documents
from storage.errors import DocumentUnknown
from storage.keys import blob_key
from storage.minio_store import MinioStore
from tests.pipeline.bench import Killed
from tests.pipeline.old_papers import (
    TERMS,
    approved,
    clock,
    keys,
    killed_at,
    paper,
    rebuilt,
    text_of,
    workplace,
    years_later,
)
from tests.servers import MinioServer, minio_server
from tests.storage.conftest import Clock
from tests.storage.dump import dump

__all__ = ["clock", "minio_server", "workplace"]
#: what a rebuilt catalogue has to have again, row by row
KEPT = (
    "owners", "documents", "versions", "objects", "fields", "document_text", "cases", "case_documents",
    "register_books", "register_entries", "holds", "disposals", "tombstones", "certification_requests",
    "certification_steps", "relations",
)  # fmt: skip


def test_a_hold_comes_too_late_once_it_is_begun(workplace: Workplace, clock: Clock) -> None:
    one = paper(workplace, "one")
    years_later(clock)
    disposal = approved(workplace)
    killed_at(workplace, disposal, "tombstone")
    with pytest.raises(Refused, match="disposal-under-way"):
        hold(workplace, "H24.01", "document", one, by="cb01", reason="x")


def test_one_that_changes_while_it_is_carried_out_stays(workplace: Workplace, clock: Clock) -> None:
    one, two = sorted((paper(workplace, "one"), paper(workplace, "two")))
    years_later(clock)
    disposal = approved(workplace)

    def correct(what: str) -> None:
        if what == "rows" and known(workplace, disposal.id).state == "carrying":
            with workplace.catalogue.read() as connection:
                newest = documents.get(connection, one)
            if newest is not None and newest.version == 2:
                workplace.warehouse.correct_fields(one, {"trich_yeu": "Sửa đúng lúc"}, officer="cb01")

    done = carry_out(workplace, disposal.id, by="cb01", step=correct)
    assert dict(done.left) == {one: "đã thay đổi khi đang hủy"}
    assert workplace.warehouse.show(one).document.version == 3
    with pytest.raises(DocumentUnknown):
        workplace.warehouse.show(two)
    assert one in text_of(workplace.store.get(certificate_key(disposal, supplement=True)))
    assert not any(one in key for key in keys(workplace, "disposal/"))


def test_the_same_paper_can_come_in_again(workplace: Workplace, clock: Clock) -> None:
    one = paper(workplace, "one")
    years_later(clock)
    carry_out(workplace, approved(workplace).id, by="cb01")
    assert paper(workplace, "one") == one
    assert workplace.warehouse.open_role(one, "original") == b"one"
    with rebuilt(workplace) as fresh:
        assert dump(fresh, KEPT) == dump(workplace.catalogue, KEPT)


def test_a_bag_of_before_does_not_bring_it_back(workplace: Workplace, clock: Clock, tmp_path: Path) -> None:
    one = paper(workplace, "one")
    export_bag(workplace, [workplace.warehouse.show(one).document], tmp_path / "bag")
    years_later(clock)
    carry_out(workplace, approved(workplace).id, by="cb01")
    report = import_bag(workplace, tmp_path / "bag")
    assert (report.documents, len(report.problems)) == (0, 1) and "disposed" in report.problems[0][1]


@pytest.mark.parametrize("moment", range(1, 9))
def test_killed_at_every_step_it_goes_on(workplace: Workplace, clock: Clock, moment: int) -> None:
    """Two papers: certificate, tombstone, rows, bytes, tombstone, rows, bytes, done."""
    one, two = paper(workplace, "one", case="H24.01-200101-0001"), paper(workplace, "two", owner=44)
    certified = paper(workplace, "three", kind="result", owner=44)
    replicate_store(workplace)
    years_later(clock)
    disposal = approved(workplace)
    assert len(disposal.papers) == 2
    seen = 0

    def die(_what: str) -> None:
        nonlocal seen
        seen += 1
        if seen == moment:
            raise Killed

    with pytest.raises(Killed):
        carry_out(workplace, disposal.id, by="cb01", step=die)
    # as long as there is no certificate, nothing is gone
    if certificate_key(disposal) not in keys(workplace):
        assert workplace.warehouse.open_role(one, "original") == b"one"
    # a catalogue lost right now comes back without what a tombstone names, and says nothing is broken
    with rebuilt(workplace) as fresh:
        with fresh.read() as connection:
            standing = {d for d in (one, two, certified) if documents.get(connection, d)}
        named = {key for key in keys(workplace, "disposal/") if "tombstone" in key}
        assert standing == {d for d in (one, two, certified) if not any(d in key for key in named)}
    assert scrub_store(workplace).incidents == []
    done = carry_out(workplace, disposal.id, by="cb01")
    assert (done.destroyed, done.left, done.disposal.state) == (2, (), "done")
    assert carry_out(workplace, disposal.id, by="cb01").blobs == 0  # again: nothing to do
    for document in (one, two):
        with pytest.raises(DocumentUnknown):
            workplace.warehouse.show(document)
    left = keys(workplace)
    assert not any(document in key for document in (one, two) for key in left if key.startswith("owner/"))
    assert workplace.warehouse.open_role(certified, "original") == b"three"
    with workplace.catalogue.read() as connection:
        deletions = [e for e in audit.events(connection, "H24.01") if e.event_type == "deletion"]
    assert sorted(e.document_id for e in deletions) == sorted((one, two))
    assert scrub_store(workplace).incidents == []
    with rebuilt(workplace) as fresh:
        assert dump(fresh, KEPT) == dump(workplace.catalogue, KEPT)


def test_a_paper_that_comes_in_while_its_old_manifests_stand(workplace: Workplace, clock: Clock) -> None:
    one = paper(workplace, "one")
    years_later(clock)
    disposal = approved(workplace)
    killed_at(workplace, disposal, "bytes")
    assert paper(workplace, "one") == one  # a citizen brings it again
    before = workplace.warehouse.show(one)
    done = carry_out(workplace, disposal.id, by="cb01")
    assert done.disposal.state == "done"
    assert workplace.warehouse.show(one) == before
    assert workplace.warehouse.open_role(one, "original") == b"one"
    assert scrub_store(workplace).incidents == []
    with rebuilt(workplace) as fresh:
        assert dump(fresh, KEPT) == dump(workplace.catalogue, KEPT)


def test_on_a_bucket_locks_are_kept_and_no_version_is_left(
    tmp_path: Path, clock: Clock, minio_server: MinioServer
) -> None:
    terms = tmp_path / "terms.toml"
    terms.write_text(TERMS + '\n[[rule]]\nwhat = "case-papers"\nyears = 10\n', "utf-8")
    s = minio_server

    def settings(worm: Literal["preferred", "off"]) -> Settings:
        store = StoreSettings(
            kind="minio",
            endpoint=s.endpoint,
            bucket=bucket,
            secure=False,
            access_key=SecretStr(s.access_key),
            secret_key=SecretStr(s.secret_key),
            worm=worm,
        )
        return Settings(data_dir=tmp_path / worm, store=store, retention=RetentionSettings(terms_file=terms))

    bucket = f"disposal-{secrets.token_hex(6)}"
    MinioStore(s.endpoint, s.access_key, s.secret_key, bucket, secure=False).make_bucket()
    with open_workplace(settings("preferred"), clock) as locking:
        paper(locking, "locked")
        years_later(clock)
        with pytest.raises(BadInput, match="disposal-none"):  # its term is over, its lock is not
            propose(locking, "H24.01", by="cb01", basis="x")
    with open_workplace(settings("off"), clock) as free:
        gone = paper(free, "free", owner=44)
        years_later(clock)
        disposal = approved(free)
        assert [p.document_id for p in disposal.papers] == [gone]
        view = free.warehouse.show(gone)
        carry_out(free, disposal.id, by="cb01")
        assert isinstance(free.store, MinioStore)
        left = {o.object_name for o in free.store.client.list_objects(bucket, recursive=True, include_version=True)}
        assert not any(gone in name for name in left if name.startswith("owner/"))
        assert not left & {blob_key(o.sha256) for o in view.objects if o.role != "reading"}  # "{}" is shared
        assert certificate_key(disposal) in left
