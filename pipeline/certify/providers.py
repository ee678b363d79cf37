"""The signing service of the settings, opened: CSC v1, CSC v2, VNPT SmartCA or Viettel MySign."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from domain.errors import Advice, NotReady
from pipeline.settings import Settings, SigningSettings
from signing.csc import CscClient
from signing.csc_v2 import CscV2AsyncSigner, CscV2Client
from signing.limits import guard_of
from signing.mysign import MySignSigner, MySignUser
from signing.oauth import OAuthClient, SignedIn, TokenSource
from signing.remote import PhoneSigner, RemoteSigner
from signing.vnpt import VnptSigner, VnptUser


@contextmanager
def open_provider(settings: Settings) -> Iterator[RemoteSigner | PhoneSigner]:
    """Open the signing service for the block. Raises ``NotReady`` when a secret or the signers' file is missing."""
    signing = settings.signing
    guard = guard_of(signing.csc_url, signing.requests_per_s, settings.data_dir / "guards")
    url, timeout, wait = signing.csc_url, signing.timeout_s, signing.confirm_wait_s
    if signing.provider == "csc":
        with closing(CscClient(url, signing.bearer(), _asker(signing), timeout_s=timeout, guard=guard)) as csc:
            yield csc
        return
    if signing.provider == "csc-v2":
        oauth = token_source(settings)
        with closing(CscV2Client(url, oauth, _asker(signing), timeout_s=timeout, guard=guard)) as v2:
            yield CscV2AsyncSigner(v2, wait_s=wait) if signing.asynchronous else v2
        return
    name, secret = signing.client_id, signing.secret()
    people = _people(signing)
    if signing.provider == "vnpt":
        users = {i: VnptUser(_field(p, "user_id"), str(p.get("serial_number", ""))) for i, p in people.items()}
        with closing(VnptSigner(url, name, secret, users, timeout_s=timeout, wait_s=wait, guard=guard)) as vnpt:
            yield vnpt
        return
    known = {i: MySignUser(_field(p, "user_id"), _field(p, "credential_id")) for i, p in people.items()}
    with closing(
        MySignSigner(url, name, secret, signing.profile_id, known, timeout_s=timeout, wait_s=wait, guard=guard)
    ) as mysign:
        yield mysign


def token_source(settings: Settings) -> TokenSource:
    """Return what gives access tokens for CSC v2: this office's own, or those of who ran ``sohoa signer login``.

    Raises ``NotReady`` when the client secret is missing.
    """
    signing = settings.signing
    if signing.authorize_url:
        return SignedIn(signing.token_url, signing.client_id, signing.secret(), login_file(settings))
    return OAuthClient(signing.token_url, signing.client_id, signing.secret())


def login_file(settings: Settings) -> Path:
    """Return where the refresh token of the sign-in is kept."""
    return settings.data_dir / "secrets" / "signer-login"


def require_provider(settings: Settings) -> None:
    """Check that secrets and signers' file can be read, without asking the service. Raises ``NotReady``."""
    with open_provider(settings):
        pass


def _people(signing: SigningSettings) -> Mapping[str, Mapping[str, object]]:
    """Return the signers' file: credential id -> who that is at the provider. It holds personal numbers."""
    if signing.users_file is None:
        raise _bad_users("not set")
    try:
        found = json.loads(signing.users_file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _bad_users(type(error).__name__) from None
    if not isinstance(found, dict) or not all(isinstance(person, dict) for person in found.values()):
        raise _bad_users("not an object of objects")
    return found


def _field(person: Mapping[str, object], name: str) -> str:
    value = person.get(name)
    if not isinstance(value, str) or not value:
        raise _bad_users(f"{name} missing")
    return value


def _bad_users(reason: str) -> NotReady:
    return NotReady(
        "signing-users",
        f"signing.users_file: {reason}",
        Advice(
            "Tệp khai báo người ký tại nhà cung cấp (signing.users_file) thiếu hoặc không đọc được.",
            "Chưa có gì được ký.",
            "Khai báo tệp JSON: mã chứng thư -> user_id và serial_number (VNPT) hoặc credential_id (MySign).",
        ),
    )


def _asker(signing: SigningSettings) -> Callable[[str], str]:
    """Return what answers for PIN and OTP: a PIN from its file, anything else from the person at the terminal."""

    def ask(name: str) -> str:
        kind, _, credential_id = name.partition("/")
        if kind == "pin" and signing.pin is not None:
            return signing.pin.get_secret_value()
        if kind == "pin" and signing.pin_file is not None:
            return signing.pin_file.read_text(encoding="utf-8").strip()
        if not sys.stdin.isatty():
            return ""
        what = "Mã PIN" if kind == "pin" else "Mã xác nhận (OTP)"
        return getpass.getpass(f"{what} của chứng thư {credential_id}: ", stream=sys.stderr)

    return ask
