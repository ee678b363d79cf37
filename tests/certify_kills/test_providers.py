"""Which signing service the settings open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from domain.errors import NotReady
from pipeline.certify.providers import open_provider, require_provider
from pipeline.settings import Settings, SigningSettings
from signing.csc import CscClient
from signing.csc_v2 import CscV2Client
from signing.mysign import MySignSigner
from signing.remote import PhoneSigner
from signing.vnpt import VnptSigner

COMMON: dict[str, Any] = {"csc_url": "http://127.0.0.1:9/csc", "tsa_urls": ("http://127.0.0.1:9/tsa",)}


def _settings(folder: Path, provider: Any, **more: Any) -> Settings:
    secret = folder / "secret"
    secret.write_text("bi-mat\n")
    people = folder / "people.json"
    people.write_text(json.dumps({"nguoi-ky": {"user_id": "001200000019", "credential_id": "c1"}}))
    own: dict[str, Any] = {"client_id": "khach", "client_secret_file": secret, "token_file": secret}
    own |= {"users_file": people, "token_url": "http://127.0.0.1:9/token", "evidence_hosts": ("127.0.0.1",)}
    return Settings(data_dir=folder, signing=SigningSettings(provider=provider, **(COMMON | own | more)))


@pytest.mark.parametrize(
    ("provider", "kind"),
    [("csc", CscClient), ("csc-v2", CscV2Client), ("vnpt", VnptSigner), ("mysign", MySignSigner)],
)
def test_each_provider(tmp_path: Path, provider: str, kind: type) -> None:
    settings = _settings(tmp_path, provider)
    require_provider(settings)
    with open_provider(settings) as signer:
        assert type(signer) is kind
        assert isinstance(signer, PhoneSigner) == (provider in ("vnpt", "mysign"))
        assert "bi-mat" not in repr(signer) + repr(settings)


@pytest.mark.parametrize("content", ["", "[]", '{"x": 1}', '{"nguoi-ky": {"serial_number": "1"}}'])
def test_a_broken_file_of_signers(tmp_path: Path, content: str) -> None:
    settings = _settings(tmp_path, "vnpt")
    (tmp_path / "people.json").write_text(content)
    with pytest.raises(NotReady, match="signing-users") as caught:
        require_provider(settings)
    assert "serial_number" not in str(caught.value)


def test_a_missing_secret_and_settings_that_lack_something(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="secret"):
        require_provider(_settings(tmp_path, "csc-v2", client_secret_file=None))
    with pytest.raises(NotReady, match="secret"):
        require_provider(_settings(tmp_path, "csc", token_file=tmp_path / "absent"))
    for lacking in ({"users_file": None}, {"client_id": ""}, {"evidence_hosts": ()}):
        with pytest.raises(ValidationError):
            _settings(tmp_path, "vnpt", **lacking)
    with pytest.raises(ValidationError):
        _settings(tmp_path, "csc-v2", token_url="")
