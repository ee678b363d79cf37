"""``python -m signing.faults --upstream URL``: the misbehaving signing service as a program of its own."""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading

from signing.faults.plan import Schedule, describe, parse_fault
from signing.faults.server import Limit, Proxy, running_proxy

WARNING = "DỊCH VỤ GÂY LỖI ĐỂ THỬ NGHIỆM - KHÔNG DÙNG THẬT. / FAULTY ON PURPOSE - NEVER FOR PRODUCTION."


def main() -> int:
    """Run the proxy until interrupted; 2 when it cannot start."""
    parser = argparse.ArgumentParser(
        prog="python -m signing.faults",
        description=__doc__,
        epilog=f"faults by method:\n{describe()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--upstream", required=True, help="http://127.0.0.1:PORT of the service behind")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--seed", type=int, default=1, help="of the faults drawn (default 1)")
    parser.add_argument("--rate", type=float, default=0.0, help="share of requests with a drawn fault, 0 to 1")
    parser.add_argument(
        "--fault", action="append", default=[], type=parse_fault, metavar="METHOD:KIND[:NTH[:TIMES]]", help="repeatable"
    )
    parser.add_argument("--late", type=float, default=0.2, metavar="S", help="how late a slow answer is")
    parser.add_argument("--hold", type=float, default=60.0, metavar="S", help="how long a lost request is kept")
    parser.add_argument("--limit", type=int, default=0, help="signing requests allowed in ten seconds; 0 = no limit")
    arguments = parser.parse_args()
    schedule = Schedule(arguments.seed, arguments.rate)
    schedule.expect(*arguments.fault)
    limit = Limit(arguments.limit, 10.0) if arguments.limit else None
    proxy = Proxy(arguments.upstream, schedule, late_s=arguments.late, hold_s=arguments.hold, limit=limit)
    try:
        with running_proxy(proxy, arguments.port) as url:
            print(WARNING, f"{url}/csc/v1", sep="\n", file=sys.stderr, flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                threading.Event().wait()
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
