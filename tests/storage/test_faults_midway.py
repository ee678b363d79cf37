"""MinIO fails in the middle of one paper's writes, at every request in turn: nothing acknowledged is lost."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Unavailable
from storage.catalogue.engine import Catalogue, open_catalogue
from storage.minio_store import MinioStore
from storage.warehouse import Warehouse
from tests.servers import MinioServer
from tests.storage.conftest import OWNER_KEY, Clock, hurry
from tests.storage.test_faults import PAPERS, Road, check, work


class Strike:
    """Makes *road* bad for one request of a paper with all its repeats, or from there until the next paper."""

    def __init__(
        self, road: Road, store: MinioStore, mode: str, lasting: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._road, self._mode, self._lasting = road, mode, lasting
        self._counting = threading.Lock()
        self._at = self._sent = 0
        self.struck: set[int] = set()  # papers
        self._paper = 0
        within = threading.local()

        def counting(real: Callable[..., Any]) -> Callable[..., Any]:
            def counted(*args: Any, **more: Any) -> Any:
                if getattr(within, "counted", False):  # a GET that failed is asked of the SDK: a repeat
                    return real(*args, **more)
                with self._counting:
                    self._sent += 1
                    hit = self._sent == self._at
                    if hit:
                        self._road.mode = self._mode
                        self.struck.add(self._paper)
                within.counted = True
                try:
                    return real(*args, **more)
                finally:
                    within.counted = False
                    if hit and not self._lasting:
                        self._road.mode = "open"

            return counted

        monkeypatch.setattr(store.client, "_url_open", counting(store.client._url_open))
        monkeypatch.setattr(store, "get", counting(store.get))

    def before(self, paper: int) -> None:
        """Paper n is struck at its request n + 1, if it needs as many."""
        self._road.mode = "open"
        self._paper, self._sent, self._at = paper, 0, paper + 1

    def end(self) -> None:
        """Leave the road as it ought to be."""
        self._road.mode, self._at = "open", 0


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = hurry(open_catalogue(f"sqlite:///{tmp_path}/catalogue.db"))
    yield opened
    opened.close()


@pytest.mark.usefixtures("retries_at_once")
@pytest.mark.parametrize(
    ("fault", "lasting"), [("503", True), ("cut", True), ("503", False), ("full", False), ("closed", False)]
)
def test_minio_fails_at_each_request_of_a_paper(
    minio_server: MinioServer,
    catalogue: Catalogue,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    lasting: bool,
) -> None:
    host, port = minio_server.endpoint.split(":")
    road = Road((host, int(port)))
    keys = (minio_server.access_key, minio_server.secret_key)
    store = MinioStore(road.endpoint, *keys, f"midway-{secrets.token_hex(4)}", secure=False, timeout_s=60.0)
    store.make_bucket()
    warehouse = Warehouse(store, catalogue, OWNER_KEY, Clock())
    strike = Strike(road, store, fault, lasting, monkeypatch)
    try:
        acknowledged = work(warehouse, strike.before)
        strike.end()
        # original, manifest; three blobs, the manifest before, the manifest: seven requests at least
        assert set(range(7)) <= strike.struck
        lost = set(range(PAPERS)) - acknowledged.keys()
        # a cut answer may still have said that the request was done
        assert lost == strike.struck if fault != "cut" else lost <= strike.struck
        check(warehouse, acknowledged, tmp_path)
    finally:
        road.close()


@pytest.mark.usefixtures("retries_at_once")
@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nX-Amz", b"HTTP/1.1 200 OK\r\nServer: MinIO\r\n\r\nhalf of it"])
def test_an_answer_without_its_length_is_not_an_object(answer: bytes) -> None:
    """The connection broke within the headers: what came is not what is stored, and nothing says so but this."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            with near:
                near.recv(1 << 16)
                near.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    with listener:
        endpoint = f"127.0.0.1:{listener.getsockname()[1]}"
        store = MinioStore(endpoint, "key", "secret-of-a-test", "cut", secure=False, region="us-east-1", timeout_s=60.0)
        with pytest.raises(Unavailable):
            store.get("blob/x")
        listener.shutdown(socket.SHUT_RDWR)
