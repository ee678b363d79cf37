"""The register: no gap, no number twice, one number for each original, whatever fails."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Refused
from storage.catalogue import register
from storage.catalogue.engine import Catalogue
from storage.records import RegisterEntry, RegisterNumber

BOOK: dict[str, Any] = {"agency": "H24.01", "book": "SCT/BS", "year": 2026}
AT = "2026-11-22T01:00:00.000000Z"


def reserve(catalogue: Catalogue, document: str, key: str | None = None, **more: object) -> RegisterEntry:
    with catalogue.begin() as connection:
        return register.reserve(
            connection, **(BOOK | {"document_id": document, "idempotency_key": key or f"k-{document}", "at": AT} | more)
        )


def test_numbers_follow_and_each_book_counts_for_itself(catalogue: Catalogue) -> None:
    assert [reserve(catalogue, d).number for d in "abc"] == [1, 2, 3]
    assert reserve(catalogue, "a", year=2027).number == 1
    assert reserve(catalogue, "a", agency="H24.02").number == 1
    assert reserve(catalogue, "a", book="SCT/CK,ĐC").number == 1
    assert reserve(catalogue, "d").number == 4


def test_same_key_same_entry(catalogue: Catalogue) -> None:
    assert reserve(catalogue, "a", "k") == reserve(catalogue, "a", "k")
    with pytest.raises(Refused) as caught:
        reserve(catalogue, "b", "k")
    assert caught.value.code == "idempotency-conflict"
    assert reserve(catalogue, "b").number == 2


def test_one_number_for_one_original(catalogue: Catalogue) -> None:
    first = reserve(catalogue, "a", "k1")
    assert reserve(catalogue, "a", "k2").number == first.number
    assert reserve(catalogue, "a", "k3", occasion="2026-12-01").number == 2


def test_a_rolled_back_number_was_never_taken(catalogue: Catalogue) -> None:
    with pytest.raises(RuntimeError), catalogue.begin() as connection:
        register.reserve(connection, **BOOK, document_id="a", idempotency_key="k", at=AT)
        raise RuntimeError
    assert reserve(catalogue, "b").number == 1


def test_issue_and_void(catalogue: Catalogue) -> None:
    one, two = reserve(catalogue, "a"), reserve(catalogue, "b")
    with catalogue.begin() as connection:
        issued = register.issue(connection, one.ref, at=AT, details={"fee": 2000})
        assert (issued.state, issued.details) == ("issued", {"fee": 2000})
        assert register.issue(connection, one.ref, at="later") == issued
        register.void(connection, two.ref, reason="Người ký từ chối", at=AT)
        register.void(connection, two.ref, reason="lần hai", at=AT)
    with pytest.raises(Refused), catalogue.begin() as connection:
        register.void(connection, one.ref, reason="quá muộn", at=AT)
    with pytest.raises(Refused), catalogue.begin() as connection:
        register.issue(connection, two.ref, at=AT)
    with pytest.raises(ValueError), catalogue.begin() as connection:
        register.void(connection, one.ref, reason=" ", at=AT)
    with pytest.raises(Refused), catalogue.begin() as connection:
        register.issue(connection, RegisterNumber(**BOOK, number=99), at=AT)
    with pytest.raises(Refused) as caught:
        reserve(catalogue, "b")
    assert caught.value.code == "register-voided"
    again = reserve(catalogue, "b", "second attempt")
    assert again.number == 3  # 2 is burnt
    with catalogue.read() as connection:
        lines = register.entries(connection, **BOOK)
        assert [(e.number, e.state) for e in lines] == [(1, "issued"), (2, "voided"), (3, "reserved")]
        assert lines[1].void_reason == "Người ký từ chối"
        assert [e.number for e in register.of_document(connection, "b")] == [2, 3]
        assert register.gaps(connection, **BOOK) == []


def test_first_number_of_a_book_taken_over_from_paper(catalogue: Catalogue) -> None:
    assert reserve(catalogue, "a", first_number=118).number == 118
    assert reserve(catalogue, "b", first_number=118).number == 119


def test_restore_moves_the_counter_on(catalogue: Catalogue) -> None:
    entry = RegisterEntry(
        **BOOK, number=7, state="issued", document_id="z", occasion="", idempotency_key="z", reserved_at=AT
    )
    with catalogue.begin() as connection:
        register.restore(connection, entry)
        register.restore(connection, entry)
        assert register.gaps(connection, **BOOK) == [1, 2, 3, 4, 5, 6]
    assert reserve(catalogue, "a").number == 8


def test_many_writers_with_failures(catalogue: Catalogue) -> None:
    """12 threads, 25 originals each, every fourth attempt fails after it took its number, every second one repeats."""
    threads_count, each = 12, 25
    failures: list[BaseException] = []
    start = threading.Barrier(threads_count)

    def work(who: int) -> None:
        rng = random.Random(who)
        start.wait()
        for n in range(each):
            document = f"{who}-{n}"
            while True:
                try:
                    with catalogue.begin() as connection:
                        entry = register.reserve(
                            connection, **BOOK, document_id=document, idempotency_key=f"k-{document}", at=AT
                        )
                        if rng.random() < 0.25:
                            raise ConnectionError("induced")
                        if rng.random() < 0.1:
                            register.void(connection, entry.ref, reason="thử nghiệm", at=AT)
                        break
                except ConnectionError:
                    continue
                except BaseException as exc:
                    failures.append(exc)
                    return

    threads = [threading.Thread(target=work, args=(who,)) for who in range(threads_count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with catalogue.read() as connection:
        numbers = [e.number for e in register.entries(connection, **BOOK)]
        assert register.gaps(connection, **BOOK) == []
    assert numbers == list(range(1, threads_count * each + 1))


def test_many_writers_of_one_original(catalogue: Catalogue) -> None:
    got: list[int] = []
    start = threading.Barrier(8)

    def work(who: int) -> None:
        start.wait()
        got.append(reserve(catalogue, "same", f"key {who % 2}").number)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [1] * 8


def test_an_issued_copy_is_cancelled_and_its_original_gets_another_number(catalogue: Catalogue) -> None:
    one = reserve(catalogue, "a", code="0123456789ABCDEF")
    with pytest.raises(Refused) as caught, catalogue.begin() as connection:
        register.cancel(connection, one.ref, reason="chưa cấp", at=AT)
    assert caught.value.code == "wrong-state"
    with catalogue.begin() as connection:
        register.issue(connection, one.ref, at=AT)
        cancelled = register.cancel(connection, one.ref, reason="cấp nhầm", at=AT)
        assert (cancelled.state, cancelled.cancel_reason, cancelled.issued_at) == ("cancelled", "cấp nhầm", AT)
        assert register.cancel(connection, one.ref, reason="lần hai", at="later") == cancelled
        assert register.by_code(connection, "0123456789ABCDEF") == cancelled
        assert register.by_code(connection, "") is None and register.by_code(connection, "F") is None
    with pytest.raises(ValueError), catalogue.begin() as connection:
        register.cancel(connection, one.ref, reason=" ", at=AT)
    assert reserve(catalogue, "a", "second attempt").number == 2


def test_rebuilding_knows_what_was_cancelled(catalogue: Catalogue) -> None:
    facts = {"document_id": "z", "occasion": "", "idempotency_key": "z", "reserved_at": AT, "issued_at": AT}
    issued = RegisterEntry(**BOOK, number=1, state="issued", **facts)
    taken_back = RegisterEntry(**BOOK, number=1, state="cancelled", cancel_reason="cấp nhầm", cancelled_at=AT, **facts)
    with catalogue.begin() as connection:
        for entry in (issued, taken_back, issued):
            register.restore(connection, entry)
        assert register.get(connection, issued.ref) == taken_back


def test_the_database_itself_refuses_states_that_do_not_exist(catalogue: Catalogue) -> None:
    from sqlalchemy import update
    from sqlalchemy.exc import IntegrityError

    from storage.catalogue import schema

    reserve(catalogue, "a")
    for values in ({"state": "lost"}, {"state": "voided"}, {"state": "cancelled"}):
        with pytest.raises(IntegrityError), catalogue.begin() as connection:
            connection.execute(update(schema.register_entries).values(**values))
    reserve(catalogue, "b")
    with pytest.raises(IntegrityError), catalogue.begin() as connection:
        connection.execute(update(schema.register_entries).values(document_id="a"))


def test_migrating_down_and_up_keeps_the_book(catalogue: Catalogue) -> None:
    from alembic import command
    from alembic.config import Config

    import storage.catalogue.engine as engine_module

    one = reserve(catalogue, "a")
    config = Config()
    config.set_main_option("script_location", str(Path(engine_module.__file__).parent / "migrations"))
    with catalogue.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        command.upgrade(config, "head")
    with catalogue.read() as connection:
        assert register.get(connection, one.ref) == one
