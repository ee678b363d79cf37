"""Ingest, dedup look-up, search, scrub, rebuild and growth of the warehouse at a size of your choice.

    python -m benchmarks.warehouse --documents 10000
    python -m benchmarks.warehouse --documents 100000 --by-acts 500 [--postgres --minio]
    python -m benchmarks.warehouse --documents 1000000 --rows-only --words 100 [--postgres]

Papers are made up (``benchmarks/made_archive.py``). All are brought in by the acts of the product; with ``--by-acts``
only the last so many, on top of the others: of those the objects are put into the store, and the catalogue is what
``sohoa catalogue rebuild`` makes of them. With ``--rows-only`` the others are rows alone, written as rebuilding writes
them; nothing is scrubbed or rebuilt then. What takes longer than ``--at-most`` is ended, which is told. PostgreSQL and
MinIO are started on loopback as the tests start them (PostgreSQL without fsync). ``--keep FOLDER`` keeps a filled
SQLite catalogue for another look, which does not fill it again. Search times include finding, fetching, snippets of 20
hits and the bounded count; beside what passed, the milliseconds of processor that this process and, of a database on
this machine, the server's took: those a busy machine does not stretch so much. The plans of both are printed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from benchmarks.made_archive import AGENCIES, SYLLABLES, paper, word_of_rank
from benchmarks.warehouse_fill import fill_rows, fill_store, ingest, original_sha256
from domain.owners import Owner
from storage.catalogue import documents
from storage.catalogue.engine import Catalogue, open_catalogue
from storage.catalogue.search import SearchQuery
from storage.catalogue.text_query import parse
from storage.catalogue.text_tiers import NO_FILTER, Index, tiers
from storage.local import LocalStore
from storage.objects import ObjectStore
from storage.rebuild import rebuild
from storage.scrub import ScrubReport, scrub
from storage.warehouse import Warehouse

T = TypeVar("T")
_OWNER_KEY = b"a key for measurements only"


def _now() -> datetime:
    return datetime.now(UTC)


def queries(count: int, words: int) -> dict[str, list[SearchQuery]]:
    """Return questions by kind, seeded; most of them have an answer."""
    rng = random.Random(7)

    def some() -> int:
        return rng.randrange(count)

    def title_words(n: int, first: int, last: int) -> str:
        return " ".join(paper(n, words).title.split()[first:last])

    return {
        "số/ký hiệu": [SearchQuery(paper(some(), words).number) for _ in range(40)],
        "a word in most papers": [SearchQuery(word_of_rank(r)) for r in range(1, 21)],
        "a rare word": [SearchQuery(word_of_rank(rng.randrange(2000, len(SYLLABLES)))) for _ in range(40)],
        "two words": [
            SearchQuery(f"{word_of_rank(rng.randrange(5, 300))} {word_of_rank(rng.randrange(5, 300))}")
            for _ in range(40)
        ],
        "words of a title": [SearchQuery(title_words(some(), 2, 7)) for _ in range(40)],
        "a phrase": [SearchQuery(f'"{title_words(some(), 4, 7)}"') for _ in range(40)],
        "words in an agency": [SearchQuery(title_words(some(), 2, 4), agency=rng.choice(AGENCIES)) for _ in range(40)],
        "words, type, years": [
            SearchQuery(title_words(some(), 2, 4), type="Báo cáo", date_from="2020-01-01", date_to="2023-12-31")
            for _ in range(40)
        ],
        "newest of an agency": [SearchQuery(agency=rng.choice(AGENCIES)) for _ in range(20)],
    }


def queries_of_users(warehouse: Warehouse, count: int, words: int) -> dict[str, list[SearchQuery]]:
    """Return questions as those ask who may see a part only: a citizen the own papers, officers their agencies'."""
    rng = random.Random(11)
    some = [paper(rng.randrange(count), words) for _ in range(40)]
    owners = [warehouse.owner_ref(Owner("citizen", p.owner_number)) for p in some]
    titles = [" ".join(p.title.split()[2:5]) for p in some]
    offices = [(p.agency,) for p in some]
    three = [tuple(sorted({p.agency, *rng.sample(AGENCIES, 2)})) for p in some]
    return {
        "a citizen: own papers": [SearchQuery(owner_ref=o) for o in owners],
        "a citizen: words of an own title": [SearchQuery(t, owner_ref=o) for t, o in zip(titles, owners, strict=True)],
        "an officer: words of a title": [SearchQuery(t, agencies=a) for t, a in zip(titles, offices, strict=True)],
        "an officer: words, type, years": [
            SearchQuery(t, agencies=a, type=p.type, date_from="2022-01-01", date_to="2025-12-31")
            for p, t, a in zip(some, titles, offices, strict=True)
        ],
        "of three agencies: two words": [
            SearchQuery(" ".join(p.text.split()[-2:]), agencies=a) for p, a in zip(some, three, strict=True)
        ],
    }


def measure(act: Callable[[], object]) -> float:
    """Return the milliseconds that *act* took."""
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def percentile(values: list[float], share: float) -> float:
    """Return the value below which *share* of *values* lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def search_table(warehouse: Warehouse, kinds: dict[str, list[SearchQuery]]) -> None:
    """Print the times of searches by kind."""
    everything: list[tuple[float, float]] = []
    processor = _processor(warehouse.catalogue)
    print("| search | questions | median ms | p95 ms | largest ms | of processor: median | p95 | largest |")
    print("|---|---|---|---|---|---|---|---|")
    for kind, asked in kinds.items():
        times = []
        for query in asked:
            before = processor()
            passed = measure(lambda query=query: warehouse.answer(query))  # type: ignore[misc]
            times.append((passed, (processor() - before) * 1000))
        everything += times
        print(_row(kind, times))
    print(_row("**all**", everything))


def _row(name: str, times: list[tuple[float, float]]) -> str:
    cells = [
        f"{value:.1f}"
        for some in zip(*times, strict=True)
        for value in (statistics.median(some), percentile(list(some), 0.95), max(some))
    ]
    return f"| {name} | {len(times)} | {' | '.join(cells)} |"


def _processor(catalogue: Catalogue) -> Callable[[], float]:
    """Return what tells the seconds of processor taken so far, here and by the server's process for us."""
    if catalogue.dialect == "sqlite":
        return time.process_time
    with catalogue.read() as connection:  # the pool hands the same connection to one who asks for one at a time
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    server = Path(f"/proc/{pid}/schedstat")

    def taken() -> float:
        return time.process_time() + int(server.read_text().split()[0]) / 1e9

    return taken if server.exists() else time.process_time


def print_plans(catalogue: Catalogue, count: int, words: int) -> None:
    """Print how the database answers a phrase and words of a title."""
    for query in (queries(count, words)["a phrase"][0], queries(count, words)["words of a title"][0]):
        asked = list(tiers(parse(query.text)))[-1]
        with catalogue.read() as connection:
            print(f"\nplan of {query.text}")
            for line in Index(connection, NO_FILTER, {}, ()).plan(asked, 30):
                print(f"    {line}")


def look_ups(warehouse: Warehouse, count: int, words: int) -> list[float]:
    """Return the milliseconds of looking for originals, half of them known."""
    rng, times = random.Random(5), []
    for k in range(1000):
        n = rng.randrange(count) + (count if k % 2 else 0)
        p = paper(n, words)
        ref = warehouse.owner_ref(Owner("citizen", p.owner_number))
        sha256 = original_sha256(n)

        def look(agency: str = p.agency, ref: str = ref, sha256: str = sha256) -> object:
            with warehouse.catalogue.read() as connection:
                return documents.find_original(connection, agency, ref, sha256)

        times.append(measure(look))
    return times


def _documents(catalogue: Catalogue) -> int:
    with catalogue.read() as connection:
        return sum(documents.count_by_status(connection).values())


def size_of(catalogue: Catalogue) -> int:
    """Return the bytes that the database takes."""
    with catalogue.read() as connection:
        if catalogue.dialect == "sqlite":
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one())
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


@contextlib.contextmanager
def place(args: argparse.Namespace) -> Iterator[tuple[ObjectStore, str, str]]:
    """Yield an object store and the URLs of two empty databases."""
    from tests.servers import running_minio, running_postgres

    with contextlib.ExitStack() as stack:
        folder = args.keep or Path(tempfile.mkdtemp(prefix="sohoa-warehouse-"))
        if not args.keep:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        store: ObjectStore = LocalStore(folder / "store")
        if args.minio:
            from storage.minio_store import MinioStore

            server = stack.enter_context(running_minio())
            made = MinioStore(server.endpoint, server.access_key, server.secret_key, bucket="bench", secure=False)
            made.make_bucket()
            store = made
        if args.database:
            yield store, args.database, f"sqlite:///{folder}/second.db"
        elif args.postgres:
            postgres = stack.enter_context(running_postgres())
            yield store, postgres.new_database(), postgres.new_database()
        else:
            yield store, f"sqlite:///{folder}/first.db", f"sqlite:///{folder}/second.db"


def fill(warehouse: Warehouse, args: argparse.Namespace) -> int:
    """Bring the papers in; return how many there are now."""
    by_acts = min(args.by_acts, args.documents) if args.by_acts or args.rows_only else args.documents
    others = range(args.documents - by_acts)
    if args.rows_only:
        timed("rows written", "documents", lambda: fill_rows(warehouse, others, args.words), lambda _: len(others))
    elif others:
        timed("put", "documents", lambda: fill_store(warehouse, others, args.words), lambda _: len(others))
        rebuild_timed(warehouse.catalogue, warehouse.store)
    tidy(warehouse.catalogue)
    rest = range(len(others), args.documents)
    if not rest:
        return len(others)
    done = timed("ingested", "documents", lambda: ingest(warehouse, rest, args.words, args.at_most), lambda n: n)
    if done < len(rest):
        print(f"ended after {done} of {len(rest)}: what follows is measured on {len(others) + done}")
    return len(others) + done


def tidy(catalogue: Catalogue) -> None:
    """Do at once what PostgreSQL would do beside what is measured next."""
    if catalogue.dialect == "postgresql":
        with catalogue.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def rebuild_timed(catalogue: Catalogue, store: ObjectStore) -> None:
    """Make the catalogue again from the store, tell how fast."""
    report = timed("rebuilt (two versions each)", "documents", lambda: rebuild(catalogue, store), lambda r: r.documents)
    if report.problems:
        raise SystemExit(f"{len(report.problems)} problems, the first: {report.problems[0]}")


def scrubbed(catalogue: Catalogue, store: ObjectStore, at_most_s: float) -> ScrubReport:
    """Look at all objects, as long as *at_most_s* seconds allow."""
    return scrub(
        catalogue,
        {"main": store},
        clock=_now,
        agent="benchmark",
        monotonic=time.monotonic,
        sleep=time.sleep,
        for_seconds=at_most_s,
    )


def timed(name: str, things: str, act: Callable[[], T], count: Callable[[T], int]) -> T:
    """Run *act*, print how many *things* a second that was and what processor each took; return what it returned."""
    started, own, others = time.perf_counter(), time.process_time(), _servers_s()
    result = act()
    passed, own, others = time.perf_counter() - started, time.process_time() - own, _servers_s() - others
    n = max(1, count(result))
    print(
        f"{name}: {n / passed:.1f} {things}/s by the clock; processor {own / n * 1000:.2f} ms each here, "
        f"{others / n * 1000:.2f} ms in the servers ({n})",
        flush=True,
    )
    return result


def _servers_s() -> float:
    """Return the seconds of processor that the processes below this one have taken."""
    below, found, ticks = {os.getpid()}, 0.0, os.sysconf("SC_CLK_TCK")
    told = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            told[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()
    while new := {pid for pid, words in told.items() if int(words[1]) in below and pid not in below}:
        below |= new
        found += sum(int(word) for pid in new for word in told[pid][11:15]) / ticks  # with children that have ended
    return found


def main() -> int:
    """Fill, ask, print."""
    grammar = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    grammar.add_argument("--documents", type=int, default=10_000)
    grammar.add_argument("--words", type=int, default=250, help="syllables a paper (default 250, one page)")
    grammar.add_argument("--rows-only", action="store_true")
    grammar.add_argument("--by-acts", type=int, default=0, metavar="N", help="bring in only the last N by the acts")
    grammar.add_argument("--at-most", type=float, default=3600.0, metavar="SECONDS", help="of ingesting, of scrubbing")
    grammar.add_argument("--postgres", action="store_true")
    grammar.add_argument("--minio", action="store_true")
    grammar.add_argument("--keep", type=Path, metavar="FOLDER")
    grammar.add_argument("--database", metavar="URL", help="use this catalogue; one filled before is not filled again")
    args = grammar.parse_args()
    count, words = args.documents, args.words
    with place(args) as (store, url, second_url):
        catalogue = open_catalogue(url)
        warehouse = Warehouse(store, catalogue, _OWNER_KEY, _now)
        empty = size_of(catalogue)
        if _documents(catalogue) == count:
            print("filled before")
            empty = 0
        else:
            count = fill(warehouse, args)
        tidy(catalogue)
        print(f"catalogue: {(size_of(catalogue) - empty) / count:.0f} bytes a document")
        times = look_ups(warehouse, count, words)
        print(f"dedup look-up: median {statistics.median(times):.2f} ms, p95 {percentile(times, 0.95):.2f} ms")
        search_table(warehouse, queries(count, words))
        search_table(warehouse, queries_of_users(warehouse, count, words))
        print_plans(catalogue, count, words)
        if not args.rows_only:
            report = timed("scrubbed", "objects", lambda: scrubbed(catalogue, store, args.at_most), lambda r: r.checked)
            if report.left:
                print("scrubbing was ended before it was through")
            if not args.by_acts:
                fresh = open_catalogue(second_url)
                rebuild_timed(fresh, store)
                fresh.close()
        catalogue.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
