"""Stores and databases that stop, answer 503, cut answers short or are full: what was acknowledged is there after."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from domain.errors import Unavailable
from storage.catalogue.engine import Catalogue, open_catalogue
from storage.local import LocalStore
from storage.minio_store import MinioStore
from storage.objects import ObjectStore
from storage.rebuild import rebuild
from storage.records import FieldRecord
from storage.warehouse import Warehouse
from tests.servers import SCRIPTS, MinioServer, PostgresServer, free_port
from tests.storage.acts import intake
from tests.storage.conftest import OWNER_KEY, Clock, hurry
from tests.storage.dump import REBUILT, dump

PAPERS = 12


def take_in(warehouse: Warehouse, n: int) -> str:
    """Take paper *n* in and digitise it; what returns is acknowledged."""
    document = warehouse.receive(f"scan {n}".encode(), intake(intake_key=str(n)), agent="a").document
    warehouse.save_digitised(
        document.id,
        pdfa=f"pdf {n}".encode(),
        reading_json=b"{}",
        text=f"trang {n}",
        fields=[FieldRecord("trich_yeu", f"Về việc {n}", 0.9, "ocr", 1)],
        agent="a",
    )
    return document.id


def work(warehouse: Warehouse, disturb: Callable[[int], None]) -> dict[int, str]:
    """Take all papers in, *disturb* before each; return those acknowledged. Only ``Unavailable`` may be raised."""
    acknowledged = {}
    for n in range(PAPERS):
        disturb(n)
        try:
            acknowledged[n] = take_in(warehouse, n)
        except Unavailable:
            continue
    return acknowledged


def check(warehouse: Warehouse, acknowledged: dict[int, str], tmp_path: Path) -> None:
    """Everything acknowledged is whole; a second turn completes the rest without a duplicate; nothing else is there."""
    for n, document_id in acknowledged.items():
        assert warehouse.show(document_id).document.status == "digitised"
        assert warehouse.open_role(document_id, "original") == f"scan {n}".encode()
        assert warehouse.open_role(document_id, "pdfa") == f"pdf {n}".encode()
    ids = [take_in(warehouse, n) for n in range(PAPERS)]
    assert {n: ids[n] for n in acknowledged} == acknowledged
    assert len(set(ids)) == PAPERS
    fresh = hurry(open_catalogue(f"sqlite:///{tmp_path}/fresh.db"))
    report = rebuild(fresh, warehouse.store)
    assert (report.documents, report.versions, report.problems) == (PAPERS, 2 * PAPERS, ())
    assert dump(fresh, REBUILT) == dump(warehouse.catalogue, REBUILT)
    fresh.close()


_FULL = b"<Error><Code>XMinioStorageFull</Code><Message>Storage backend has reached its minimum</Message></Error>"
REFUSALS = {
    "503": b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "full": b"HTTP/1.1 507 Insufficient Storage\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n"
    b"Connection: close\r\n\r\n%s" % (len(_FULL), _FULL),
}


class Road:
    """A TCP road to a server that can be made bad.

    ``open``, ``503``, ``full`` (a store without room), ``cut`` (answers end half way), ``closed``.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self.mode = "open"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._target) as far:
            threading.Thread(target=self._answers, args=(far, near), daemon=True).start()
            while piece := _receive(near):
                if self.mode == "closed":
                    return
                if self.mode in REFUSALS:
                    near.sendall(REFUSALS[self.mode])
                    return
                far.sendall(piece)

    def _answers(self, far: socket.socket, near: socket.socket) -> None:
        while piece := _receive(far):
            try:
                if self.mode == "cut":  # the act is done, the answer is lost
                    near.sendall(piece[: len(piece) // 2])
                    near.shutdown(socket.SHUT_RDWR)
                    return
                near.sendall(piece)
            except OSError:
                return


def _receive(end: socket.socket) -> bytes:
    try:
        return end.recv(1 << 16)
    except OSError:
        return b""


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = hurry(open_catalogue(f"sqlite:///{tmp_path}/catalogue.db"))
    yield opened
    opened.close()


@pytest.mark.usefixtures("retries_at_once")
@pytest.mark.parametrize("fault", ["503", "cut", "closed"])
def test_a_road_to_minio_that_fails(
    minio_server: MinioServer, catalogue: Catalogue, tmp_path: Path, fault: str
) -> None:
    host, port = minio_server.endpoint.split(":")
    road = Road((host, int(port)))
    keys = (minio_server.access_key, minio_server.secret_key)
    store = MinioStore(road.endpoint, *keys, f"road-{secrets.token_hex(4)}", secure=False, timeout_s=60.0)
    store.make_bucket()
    warehouse = Warehouse(store, catalogue, OWNER_KEY, Clock())

    def disturb(n: int) -> None:
        road.mode = fault if n in (3, 4, 7) else "open"

    try:
        acknowledged = work(warehouse, disturb)
        assert 0 < len(acknowledged) < PAPERS
        road.mode = "open"
        check(warehouse, acknowledged, tmp_path)
    finally:
        road.close()


@contextmanager
def server(
    command: list[object], environment: dict[str, str], ready: Callable[[], bool]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | environment | {"SOHOA_DIE_WITH_PARENT": "1"},
    )
    try:
        end = time.monotonic() + 600
        while not ready():
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


def killing(process: subprocess.Popen[bytes], how: signal.Signals) -> Callable[[int], None]:
    """Return a disturbance: *process* is killed while the paper in the middle is taken in, and gone before the next."""

    def disturb(n: int) -> None:
        if n == PAPERS // 2:
            threading.Timer(0.01, lambda: process.send_signal(how)).start()
        if n == PAPERS // 2 + 1:
            process.wait()

    return disturb


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def test_minio_killed_in_the_middle_and_started_again(
    minio_server: MinioServer, catalogue: Catalogue, tmp_path: Path
) -> None:
    """A server of its own (the session's shows that MinIO is there), killed while a writer is at work."""
    port, secret = free_port(), secrets.token_hex(16)
    environment = {"MINIO_ROOT_USER": "sohoa-test", "MINIO_ROOT_PASSWORD": secret}
    command: list[object] = [SCRIPTS / "minio", "start", tmp_path / "minio", port]
    store = MinioStore(f"127.0.0.1:{port}", "sohoa-test", secret, "killed", secure=False, timeout_s=60.0)
    warehouse = Warehouse(store, catalogue, OWNER_KEY, Clock())

    def ready() -> bool:
        if not _listens(port):
            return False
        try:
            store.stat("health")
        except Unavailable:
            return False
        return True

    with server(command, environment, ready) as process:
        store.make_bucket()

        acknowledged = work(warehouse, killing(process, signal.SIGKILL))
        assert PAPERS // 2 <= len(acknowledged) < PAPERS
    with server(command, environment, ready):
        check(warehouse, acknowledged, tmp_path)


def test_postgres_killed_in_the_middle_and_started_again(
    postgres_server: PostgresServer, local_store: LocalStore
) -> None:
    """As above, for the database; with fsync, as in production."""
    folder = Path(tempfile.mkdtemp(prefix="sohoa-killed-"))  # not below pytest's: closed to the user postgres
    folder.chmod(0o755)
    own = PostgresServer(free_port(), secrets.token_hex(16))
    command: list[object] = [SCRIPTS / "postgres", "start", folder, own.port]

    def ready() -> bool:
        try:
            own.connect().close()
        except Exception:
            return False
        return True

    with server(command, {"PGPASSWORD": own.password}, ready) as process:
        catalogue = open_catalogue(own.new_database())
        warehouse = Warehouse(local_store, catalogue, OWNER_KEY, Clock())

        acknowledged = work(warehouse, killing(process, signal.SIGQUIT))
        assert PAPERS // 2 <= len(acknowledged) < PAPERS
    with server(command, {"PGPASSWORD": own.password}, ready):
        check(warehouse, acknowledged, folder)
        catalogue.close()


@pytest.mark.parametrize("act", ["fsync", "link", "folder", "sync"])
def test_a_full_disk_under_the_local_store(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    store: ObjectStore = LocalStore(tmp_path / "store")
    warehouse = Warehouse(store, catalogue, OWNER_KEY, Clock())
    full = threading.Event()

    def failing(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **more: object) -> object:
            if full.is_set():
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*args, **more)

        return call

    if act == "folder":
        monkeypatch.setattr("storage.local.LocalStore._make_folders", failing(LocalStore._make_folders))
    elif act == "sync":
        monkeypatch.setattr("storage.local._sync_folder", failing(lambda _folder: None))
    else:
        monkeypatch.setattr(f"storage.local.os.{act}", failing(getattr(os, act)))

    def disturb(n: int) -> None:
        (full.set if n in (3, 4, 7) else full.clear)()

    acknowledged = work(warehouse, disturb)
    assert set(range(PAPERS)) - acknowledged.keys() == {3, 4, 7}
    full.clear()
    check(warehouse, acknowledged, tmp_path)
    assert list((tmp_path / "store" / ".tmp").iterdir()) == []


def test_a_full_disk_under_sqlite(local_store: LocalStore, tmp_path: Path) -> None:
    """SQLite's own "database or disk is full", by its limit of pages."""
    catalogue = hurry(open_catalogue(f"sqlite:///{tmp_path}/catalogue.db"))
    warehouse = Warehouse(local_store, catalogue, OWNER_KEY, Clock())
    limit = [1 << 30]
    catalogue.close()
    event.listen(catalogue.engine, "checkout", lambda c, *_: c.execute(f"PRAGMA max_page_count = {limit[0]}").close())

    def disturb(n: int) -> None:
        if n == 4:
            with catalogue.engine.connect() as connection:
                limit[0] = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one()) + 1
        if n == 9:
            limit[0] = 1 << 30

    acknowledged = work(warehouse, disturb)
    assert 4 <= len(acknowledged) < PAPERS
    check(warehouse, acknowledged, tmp_path)
    catalogue.close()
