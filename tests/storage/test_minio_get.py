"""Whole objects without the SDK: the same bytes, and whatever is not plainly an object is left to the SDK."""

from __future__ import annotations

import secrets
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from domain.errors import Unavailable
from storage.minio_get import Gets
from storage.minio_store import MinioStore
from tests.servers import MinioServer

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: MinIO\r\n\r\nbytes"


@contextmanager
def answering(*answers: bytes, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[int]]]:
    """Serve *answers* in turn (the last one again and again), each in two pieces; yield the endpoint and a count.

    The count holds how many requests each connection has brought.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    left, connections = list(answers), list[int]()

    def serve() -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError), tls.wrap_socket(near, server_side=True) if tls else near as end:
                connections.append(0)
                while end.recv(1 << 16):
                    connections[-1] += 1
                    answer = left.pop(0) if len(left) > 1 else left[0]
                    end.sendall(answer[:9])
                    end.sendall(answer[9:])  # who asked may have left by now
                    if not answer.endswith(b"bytes"):
                        break
            near.close()

    threading.Thread(target=serve, daemon=True).start()
    with listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}", connections
        listener.shutdown(socket.SHUT_RDWR)


def gets(endpoint: str, *, secure: bool = False) -> Gets:
    return Gets(endpoint, "bucket", "key", "secret-of-a-test", secure=secure, region=None, timeout_s=60.0)


def test_one_connection_serves_one_request_after_another() -> None:
    with answering(WHOLE) as (endpoint, connections):
        asked = gets(endpoint)
        assert [asked.get("a"), asked.get("b")] == [b"bytes", b"bytes"]
        assert connections == [2]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServ",  # ends within its headers
        WHOLE[:-1],  # ends within its body
        WHOLE.replace(b"Content-Length: 5\r\n", b""),
        WHOLE.replace(b": 5", b": -5"),
        WHOLE.replace(b"Server: MinIO", b"no header"),
        WHOLE.replace(b"Server: MinIO", b"Transfer-Encoding: chunked"),
        WHOLE.replace(b"200 OK", b"404 Not Found"),
        WHOLE.replace(b"200 OK", b"503 Service Unavailable\r\nRetry-After: 1"),
        WHOLE.replace(b"200 OK", b"301 Moved\r\nLocation: http://127.0.0.1:9/bucket/a"),
        b"X" * 100_000,  # headers without end
    ],
)
def test_what_is_not_plainly_an_object_is_not_one(answer: bytes) -> None:
    with answering(answer, WHOLE) as (endpoint, connections):
        asked = gets(endpoint)
        assert asked.get("a") is None
        assert sum(connections) == 1  # whether to try again is for the SDK to say
        assert asked.get("a") == b"bytes"


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(WHOLE) as (endpoint, connections), answering(WHOLE.replace(b"bytes", b"proxy")) as (proxy, asked):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert gets(endpoint).get("a") == b"bytes"
        assert (connections, asked) == ([1], [])


def certificates(folder: Path) -> tuple[Path, Path]:
    """Write an authority's certificate, and one of its for 127.0.0.1 with the key; return both files."""
    now, keys = datetime.now(UTC), [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("authority", "server")]
    made = [
        x509.CertificateBuilder()
        .subject_name(names[n])
        .issuer_name(names[0])
        .public_key(keys[n].public_key())
        .serial_number(n + 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=n == 0, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(keys[0], SHA256())
        .public_bytes(Encoding.PEM)
        for n in range(2)
    ]
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    authority, server = folder / "authority.pem", folder / "server.pem"
    authority.write_bytes(made[0])
    server.write_bytes(keys[1].private_bytes(*plain) + made[1])
    return authority, server


@pytest.mark.parametrize("trusted", [True, False])
def test_the_server_s_certificate_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool) -> None:
    authority, server = certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with answering(WHOLE, tls=context) as (endpoint, connections):
        asked = gets(endpoint, secure=True)
        assert [asked.get("a"), asked.get("b")] == ([b"bytes"] * 2 if trusted else [None] * 2)
        assert connections == ([2] if trusted else [])


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
    assert gets(endpoint).get("a") is None


def test_objects_of_all_kinds_come_without_the_sdk(minio_server: MinioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    s = minio_server
    store = MinioStore(
        s.endpoint, s.access_key, s.secret_key, f"gets-{secrets.token_hex(4)}", secure=False, prefix="p=1"
    )
    objects = {"a/b.c=d_e-f": b"named", "empty": b"", "large": bytes(range(256)) * 12_000}
    for key, data in objects.items():
        store.put(key, data)
    with monkeypatch.context() as without:
        without.setattr(store.client, "get_object", None)
        assert {key: store.get(key) for key in objects} == objects
    with pytest.raises(KeyError):  # which only the SDK can tell
        store.get("not/there")


def test_a_wrong_key_is_told_as_before(minio_server: MinioServer) -> None:
    s = minio_server
    bucket = f"gets-{secrets.token_hex(4)}"
    MinioStore(s.endpoint, s.access_key, s.secret_key, bucket, secure=False).put("k", b"x")
    stranger = MinioStore(s.endpoint, s.access_key, "not-the-secret", bucket, secure=False, region="us-east-1")
    with pytest.raises(Unavailable):
        stranger.get("k")
