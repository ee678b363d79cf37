"""Signing in through a browser: PKCE, state, a refresh token in a file of mode 0600 that is said nowhere."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from domain.errors import NotReady, Refused, Unavailable
from signing.oauth import Login, OAuthClient, SignedIn, keep_token, sign_in

AUTHORIZE, TOKEN = "http://csc.test/oauth2/authorize", "http://csc.test/oauth2/token"


class Server:
    """A token address."""

    def __init__(self) -> None:
        self.challenge = ""
        self.asked: list[dict[str, str]] = []
        self.refresh = "lam-moi-1"
        self.status = 200

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        form = dict(httpx.QueryParams(request.content.decode()))
        self.asked.append(form)
        assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"khach:bi-mat").decode()
        if self.status != 200:
            return httpx.Response(self.status, json={"error": "server_error"})
        if form["grant_type"] == "authorization_code":
            digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
            if digest.decode() != self.challenge or form["code"] != "ma-1":
                return httpx.Response(400, json={"error": "invalid_grant"})
        elif form.get("refresh_token") != self.refresh:
            return httpx.Response(400, json={"error": "invalid_grant"})
        else:
            self.refresh = f"lam-moi-{len(self.asked)}"
        return httpx.Response(200, json={"access_token": "vao", "expires_in": 60, "refresh_token": self.refresh})


def browser(server: Server, address: str, **changes: str) -> None:
    """Come back as a browser does after the person has signed in; strangers knock first."""
    url = urlsplit(address)
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert (url.path, asked["response_type"], asked["code_challenge_method"]) == ("/oauth2/authorize", "code", "S256")
    assert urlsplit(asked["redirect_uri"]).hostname == "127.0.0.1"
    server.challenge = asked["code_challenge"]

    def come() -> None:
        answer: dict[str, Any] = {"state": asked["state"], "code": "ma-1"} | changes
        with httpx.Client(trust_env=False, timeout=120) as web:
            for wrong in ({"state": "x", "code": "ke-gian"}, {"code": "ke-gian"}):
                assert web.get(asked["redirect_uri"], params=wrong).status_code == 404
            assert web.get(asked["redirect_uri"].replace("callback", "other"), params=answer).status_code == 404
            came = web.get(asked["redirect_uri"], params={k: v for k, v in answer.items() if v})
            assert came.status_code == 200 and "ma-1" not in came.text

    threading.Thread(target=come, daemon=True).start()


LOGIN = Login(AUTHORIZE, TOKEN, "khach", "bi-mat")


def test_a_person_signs_in_and_stays_so(tmp_path: Path) -> None:
    server, file = Server(), tmp_path / "secrets" / "signer-login"
    keep_token(file, sign_in(server.client(), LOGIN, lambda address: browser(server, address), timeout_s=120))
    assert file.stat().st_mode & 0o777 == 0o600 and json.loads(file.read_text()) == {"refresh_token": "lam-moi-1"}
    now = [1000.0]
    source = SignedIn(TOKEN, "khach", "bi-mat", file, lambda: now[0])
    assert source.access(server.client()) == source.access(server.client()) == "vao"
    assert len(server.asked) == 2  # once for the code, once for the access token
    now[0] += 40
    source.access(server.client())
    source.rejected()
    source.access(server.client())
    assert len(server.asked) == 4 and json.loads(file.read_text())["refresh_token"] == server.refresh  # it rotates
    assert "bi-mat" not in repr(source) + repr(LOGIN) and "vao" not in repr(source)
    server.status = 503
    source.rejected()
    with pytest.raises(Unavailable):
        source.access(server.client())
    assert json.loads(file.read_text())["refresh_token"] == server.refresh  # what was not used up is kept
    server.status, server.refresh = 200, "another"
    with pytest.raises(NotReady) as caught:
        source.access(server.client())
    assert caught.value.code == "signer-login" and "lam-moi" not in f"{caught.value} {caught.value.__cause__}"
    file.write_text("no json")
    with pytest.raises(NotReady):
        source.access(server.client())
    file.unlink()
    with pytest.raises(NotReady):
        source.access(server.client())


@pytest.mark.parametrize("changes", [{"code": "", "error": "access_denied"}, {"code": "ma-khac"}])
def test_who_is_denied_is_not_signed_in(changes: dict[str, str]) -> None:
    server = Server()
    with pytest.raises(Refused):
        sign_in(server.client(), LOGIN, lambda address: browser(server, address, **changes), timeout_s=120)


def test_nobody_comes_back() -> None:
    with pytest.raises(Unavailable) as caught:
        sign_in(Server().client(), LOGIN, lambda _address: None, timeout_s=0.05)
    assert caught.value.code == "login-timeout"


def test_the_office_itself() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert dict(httpx.QueryParams(request.content.decode())) == {
            "grant_type": "client_credentials",
            "scope": "service",
        }
        return httpx.Response(200, json={"access_token": "vao"})

    source = OAuthClient(TOKEN, "khach", "bi-mat")
    assert source.access(httpx.Client(transport=httpx.MockTransport(answer))) == "vao"
    assert "bi-mat" not in repr(source)
