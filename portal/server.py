"""Running API and look-up pages: readiness first, then the case worker beside the web server."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import Advice, NotReady
from pipeline.readiness import require_ready
from pipeline.settings import Settings
from pipeline.workplace import open_workplace, secret_file

_ROOT = Path(__file__).resolve().parents[1]


def serve(settings: Settings, *, host: str | None = None, port: int | None = None) -> int:
    """Serve API and pages until interrupted. Raises ``NotReady`` or ``Unavailable`` before it listens."""
    import uvicorn

    from portal.api import create_app

    require_ready(settings, signing=False)
    token = api_token(settings)
    for client in settings.serve.clients:
        require_file(client.token_file)
    with open_workplace(settings) as workplace, case_worker():
        address, number = host or settings.serve.host, port or settings.serve.port
        print(f"sohoa: API http://{address}:{number}/docs, tra cứu http://{address}:{number}/tra-cuu", file=sys.stderr)
        if settings.serve.token is None and settings.serve.token_file is None:
            print(f"sohoa: khóa API ở {_token_path(settings)}", file=sys.stderr)
        # access log off: paths hold case codes and codes of copies, and the audit log is the record
        app = create_app(workplace, token, settings.serve.clients)
        proxies = list(settings.serve.proxies)
        uvicorn.run(
            app,
            host=address,
            port=number,
            log_level="warning",
            access_log=False,
            server_header=False,
            forwarded_allow_ips=proxies,
        )
    return 0


def api_token(settings: Settings) -> str | Path:
    """Return the intake system's key, or the file that holds it: configured, or made once in the data folder."""
    if settings.serve.token is not None:
        return settings.serve.token.get_secret_value()
    if settings.serve.token_file is not None:
        require_file(settings.serve.token_file)
        return settings.serve.token_file
    secret_file(_token_path(settings), lambda: secrets.token_urlsafe(32))
    return _token_path(settings)


def require_file(path: Path) -> None:
    """Raise ``NotReady`` (``api-key``) unless the key file *path* can be read."""
    try:
        path.read_bytes()
    except OSError as error:
        raise NotReady(
            "api-key",
            f"a key file of the API cannot be read: {error.strerror}",
            Advice(
                "Không đọc được tệp khóa API.", "Chưa có gì thay đổi.", "Kiểm tra serve.token_file và serve.clients."
            ),
        ) from error


def _token_path(settings: Settings) -> Path:
    return settings.data_dir / "secrets" / "api-token"


@contextmanager
def case_worker() -> Iterator[subprocess.Popen[bytes]]:
    """Run the case worker (``flows.worker``) as a child for the block; it ends with this process."""
    command = [sys.executable, "-m", "flows.worker", "--stop-with-stdin"]
    child = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE)
    try:
        yield child
    finally:
        assert child.stdin is not None
        child.stdin.close()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
