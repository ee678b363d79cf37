"""The case worker: takes cases out of the outbox and runs the case flow for each, in one long-lived process.

``python -m flows.worker`` beside ``sohoa serve``, which starts one. Prefect is imported and its server started once,
so that a case begins within a second of its arrival. It ends when its parent does (standard input closes).
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from datetime import timedelta
from pathlib import Path

from domain.errors import Refused, SohoaError
from flows.environment import prepare_prefect
from flows.site import Site, open_site
from pipeline.cases import CASE_TOPIC, SERVICE_FAULTS, run_case
from pipeline.certify.hooks import SIGN_TOPIC, go_on
from pipeline.settings import Settings, load_settings
from storage.catalogue import outbox
from storage.catalogue.outbox import OutboxEvent

log = logging.getLogger(__name__)

_LEASE = timedelta(minutes=30)
_RETRY_AFTER = timedelta(seconds=30)
_LOOK_EVERY_S = 0.5


def work(settings: Settings, stop: threading.Event) -> None:
    """Run cases as they come until *stop* is set."""
    name = process_name(os.getpid()) or socket.gethostname()
    if settings.flows.case_runner == "prefect":
        _warm_up(settings)
    with open_site(settings) as site:
        take_back(site)
        while not stop.is_set():
            try:
                if not _next(site, name):
                    stop.wait(_LOOK_EVERY_S)
            except SERVICE_FAULTS as error:
                log.warning("case worker waits: %s", error.code)
                stop.wait(_RETRY_AFTER.total_seconds())


def process_name(pid: int) -> str | None:
    """Return a name that no other process of this machine has had, or None when *pid* is not alive."""
    try:
        state, *numbers = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    # field 22 of proc(5): when it was started; numbers are used again, moments are not
    return None if state == "Z" else f"{socket.gethostname()}:{pid}:{numbers[18]}"


def take_back(site: Site) -> None:
    """Free the cases held by workers of this machine that were killed: else they wait until the lease ends."""
    with site.workplace.catalogue.begin() as connection:
        for holder in outbox.holders(connection):
            host, _, rest = holder.partition(":")
            pid = rest.partition(":")[0]
            if host == socket.gethostname() and pid.isdecimal() and process_name(int(pid)) != holder:
                log.warning("%d cases of a worker that ended", outbox.give_back(connection, holder))


def _warm_up(settings: Settings) -> None:
    """Start Prefect's embedded server now: the first case would wait half a minute for it."""
    prepare_prefect(settings)
    from prefect.client.orchestration import get_client

    get_client(sync_client=True)


def _next(site: Site, worker: str) -> bool:
    workplace = site.workplace
    with workplace.catalogue.begin() as connection:
        claimed = outbox.claim(
            connection, worker=worker, now=workplace.clock(), lease=_LEASE, limit=1, topics=[CASE_TOPIC, SIGN_TOPIC]
        )
    for event in claimed:
        _run(site, worker, event)
    return bool(claimed)


def _run(site: Site, worker: str, event: OutboxEvent) -> None:
    workplace = site.workplace
    try:
        if event.topic == SIGN_TOPIC:
            go_on(workplace, event.payload)
        elif workplace.settings.flows.case_runner == "prefect":
            from flows.case import case

            case(str(event.payload["agency"]), str(event.payload["code"]))
        else:
            assert site.reader is not None
            run_case(workplace, site.reader, str(event.payload["agency"]), str(event.payload["code"]))
    except Refused as error:
        log.warning("event %s: %s", event.event_id, error.code)
        with workplace.catalogue.begin() as connection:
            outbox.fail(connection, event.id, worker=worker, error_code=error.code)
    except Exception as error:
        code = error.code if isinstance(error, SohoaError) else type(error).__name__
        log.warning("event %s will be tried again: %s", event.event_id, code)
        with workplace.catalogue.begin() as connection:
            retry_at = workplace.clock() + _RETRY_AFTER
            outbox.fail(connection, event.id, worker=worker, error_code=code, retry_at=retry_at)
    else:
        with workplace.catalogue.begin() as connection:
            outbox.done(connection, event.id, worker=worker, now=workplace.clock())


def main() -> int:
    """Work until standard input closes."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # one line a request otherwise
    stop = threading.Event()
    if "--stop-with-stdin" in sys.argv:

        def watch() -> None:
            sys.stdin.buffer.read()
            stop.set()

        threading.Thread(target=watch, daemon=True).start()
    work(load_settings(), stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
