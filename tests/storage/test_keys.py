"""Keys and pseudonyms."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from storage import keys

KEY = b"0123456789abcdef"


def test_owner_ref_is_the_hmac_and_hides_the_number() -> None:
    ref = keys.owner_ref(KEY, "citizen", "001200000019")
    assert ref == hmac.new(KEY, b"citizen:001200000019", hashlib.sha256).hexdigest()[:32]
    assert ref != keys.owner_ref(KEY, "org", "001200000019")
    assert ref != keys.owner_ref(KEY + b"x", "citizen", "001200000019")
    assert "001200000019" not in ref


def test_short_key_is_refused() -> None:
    with pytest.raises(ValueError):
        keys.owner_ref(b"short", "citizen", "001200000019")


def test_document_id_is_deterministic_and_tells_everything_apart() -> None:
    one = keys.document_id("H24.01", "o", "a" * 64)
    assert one == keys.document_id("H24.01", "o", "a" * 64)
    others = {
        keys.document_id("H24.02", "o", "a" * 64),
        keys.document_id("H24.01", "p", "a" * 64),
        keys.document_id("H24.01", "o", "b" * 64),
        keys.document_id("H24.01", "o", "a" * 64, part=1),
    }
    assert len(others | {one}) == 5
    assert keys.check_key(one) == one


def test_manifest_key() -> None:
    assert keys.manifest_key("H24.01", "ref", "doc", 3) == "owner/H24.01/ref/doc/v0003.json"
    for agency in ("../x", "a/b", "", "H 24", "Đ"):
        with pytest.raises(ValueError):
            keys.manifest_key(agency, "ref", "doc", 1)
    with pytest.raises(ValueError):
        keys.manifest_key("H24.01", "ref", "doc", 0)
