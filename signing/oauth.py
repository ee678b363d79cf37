"""Access tokens of a signing service (OAuth2, RFC 6749): of the relying party, or of a person who signed in.

A person signs in through their browser (authorisation code with PKCE, RFC 7636, redirect to loopback, RFC 8252); what
comes back is a refresh token, kept in a file of mode 0600, and nowhere else: no token stands in a log, an exception or
a ``repr``.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from domain.errors import Advice, NotReady, Refused, Unavailable
from signing.wire import fault, refused

_MARGIN_S = 30.0
_PAGE = "<!doctype html><meta charset=utf-8><title>Sohoa</title><p>{}</p>"


class TokenSource(Protocol):
    """Gives access tokens."""

    def access(self, client: httpx.Client) -> str:
        """Return a token that is valid for some while. Raises ``Unavailable``, ``Refused``, ``NotReady``."""

    def rejected(self) -> None:
        """Note that the service did not take the token: the next one is fetched anew."""


@dataclass
class OAuthClient:
    """Client credentials (RFC 6749 section 4.4). ``token_url`` is absolute."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    clock: Callable[[], float] = time.time
    _token: str = field(default="", init=False, repr=False)
    _until: float = field(default=0.0, init=False, repr=False)

    def access(self, client: httpx.Client) -> str:
        """See ``TokenSource``."""
        if self.clock() >= self._until:
            form = {"grant_type": "client_credentials", "scope": "service"}
            answer = ask_token(client, self.token_url, form, (self.client_id, self.client_secret))
            self._token, self._until = answer["access_token"], self.clock() + answer["expires_in"] - _MARGIN_S
        return self._token

    def rejected(self) -> None:
        """See ``TokenSource``."""
        self._until = 0.0


@dataclass
class SignedIn:
    """A person who signed in: the refresh token in *file* is used, and replaced where the service gives another.

    Raises ``NotReady`` (``signer-login``) when nobody signed in, or the sign-in has ended.
    """

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    file: Path
    clock: Callable[[], float] = time.time
    _token: str = field(default="", init=False, repr=False)
    _until: float = field(default=0.0, init=False, repr=False)

    def access(self, client: httpx.Client) -> str:
        """See ``TokenSource``."""
        if self.clock() < self._until:
            return self._token
        try:
            with self.file.with_name(f"{self.file.name}.lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # a refresh token that is used twice may end the sign-in
                kept = json.loads(self.file.read_text(encoding="utf-8"))
                form = {"grant_type": "refresh_token", "refresh_token": str(kept["refresh_token"])}
                answer = ask_token(client, self.token_url, form, (self.client_id, self.client_secret))
                if answer.get("refresh_token"):
                    keep_token(self.file, str(answer["refresh_token"]))
        except (OSError, ValueError, KeyError, TypeError):
            raise _nobody() from None
        except Refused:
            raise _nobody() from None
        self._token, self._until = answer["access_token"], self.clock() + answer["expires_in"] - _MARGIN_S
        return self._token

    def rejected(self) -> None:
        """See ``TokenSource``."""
        self._until = 0.0


@dataclass(frozen=True)
class Login:
    """What a sign-in through the browser needs. URLs are absolute."""

    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = "service"


def sign_in(
    client: httpx.Client, login: Login, show: Callable[[str], None], *, timeout_s: float = 300.0, port: int = 0
) -> str:
    """Let a person sign in: *show* gets the address to open; return the refresh token.

    A listener on 127.0.0.1 takes the browser back; it accepts one answer that bears our state, and ends. Raises
    ``Refused`` (the person or the service said no), ``Unavailable`` (``login-timeout``, service does not answer).
    """
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    answer: dict[str, str] = {}
    arrived = threading.Event()
    listener = HTTPServer(("127.0.0.1", port), _handler(state, answer, arrived))
    redirect = f"http://127.0.0.1:{listener.server_port}/callback"
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        question = {
            "response_type": "code",
            "client_id": login.client_id,
            "redirect_uri": redirect,
            "scope": login.scope,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        show(f"{login.authorize_url}{'&' if '?' in login.authorize_url else '?'}{urlencode(question)}")
        if not arrived.wait(timeout_s):
            raise Unavailable(
                "login-timeout",
                "nobody came back from the sign-in",
                Advice("Chưa đăng nhập xong trong thời gian chờ.", "Chưa lưu gì.", "Chạy lại sohoa signer login."),
            )
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()
    if "code" not in answer:
        raise refused("login-denied", "authorize: denied", "Dịch vụ ký số không cho đăng nhập.", "Đăng nhập lại.")
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": redirect,
        "code_verifier": verifier,
    }
    token = ask_token(client, login.token_url, form, (login.client_id, login.client_secret)).get("refresh_token")
    if not isinstance(token, str) or not token:
        raise refused("login-no-refresh", "token: no refresh token", "Dịch vụ không cấp khóa gia hạn phiên đăng nhập.")
    return token


def keep_token(file: Path, refresh_token: str) -> None:
    """Put the refresh token into *file*, readable by the owner only, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump({"refresh_token": refresh_token}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


def ask_token(client: httpx.Client, url: str, form: Mapping[str, str], who: tuple[str, str]) -> dict[str, Any]:
    """POST *form* to the token address; return its answer with ``access_token`` and ``expires_in`` (seconds, float).

    Raises ``Unavailable`` without an answer, ``Refused`` (``signer-token``) for any other that brings no token.
    """
    response: httpx.Response | None = None
    with contextlib.suppress(httpx.HTTPError):
        response = client.post(url, data=dict(form), auth=who)
    if response is None or response.status_code == 429 or response.status_code >= 500:
        raise fault("oauth2/token", "no answer" if response is None else f"HTTP {response.status_code}")
    try:
        answer = response.json()
        token, seconds = answer["access_token"], float(answer.get("expires_in", 300))
    except (ValueError, KeyError, TypeError, AttributeError):
        answer, token, seconds = {}, None, 0.0
    if response.status_code != 200 or not isinstance(token, str) or not token:
        raise refused(
            "signer-token",
            f"oauth2/token: HTTP {response.status_code}",
            "Dịch vụ ký số không chấp nhận tài khoản kết nối.",
            "Quản trị viên kiểm tra client_id và tệp bí mật.",
        )
    return {**answer, "access_token": token, "expires_in": seconds}


def _handler(state: str, answer: dict[str, str], arrived: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Callback(BaseHTTPRequestHandler):
        """Takes the browser back."""

        def do_GET(self) -> None:
            """Note code or error of the one answer that bears our state."""
            url = urlsplit(self.path)
            found = {name: values[0] for name, values in parse_qs(url.query).items()}
            ours = url.path == "/callback" and secrets.compare_digest(found.get("state", ""), state)
            if not ours or arrived.is_set():
                self._say(404, "Không có gì ở đây.")
                return
            answer.update({name: found[name] for name in ("code", "error") if name in found})
            done = "code" in answer
            self._say(200, "Đã đăng nhập. Có thể đóng trang này." if done else "Chưa đăng nhập được.")
            arrived.set()

        def _say(self, status: int, text: str) -> None:
            body = _PAGE.format(text).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing: the request line bears the code."""

    return Callback


def _nobody() -> NotReady:
    return NotReady(
        "signer-login",
        "no valid sign-in at the signing service",
        Advice("Chưa đăng nhập dịch vụ ký số, hoặc phiên đã hết.", "Chưa có gì được ký.", "Chạy: sohoa signer login."),
    )
