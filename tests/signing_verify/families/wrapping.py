"""Wrapping and universal forgery: the ByteRange and the value are bent, bits flipped, bytes hung on."""

from __future__ import annotations

import re
from collections.abc import Callable

from asn1crypto import cms

from tests.signing_verify import raw
from tests.signing_verify.attacks import (
    attack,
    signed,
    signed_bt,
)
from tests.signing_verify.making import base


def _byte_range(pdf: bytes, values: tuple[object, ...]) -> bytes:
    """Overwrite the first ByteRange in place, padded to the same length."""
    found = re.search(rb"/ByteRange\s*\[[^\]]*\]", pdf)
    assert found is not None
    text = b"/ByteRange [" + b" ".join(str(v).encode() for v in values) + b"]"
    room = len(found[0])
    if len(text) > room:
        text = text.replace(b" ", b"", 1)
    assert len(text) <= room, (text, found[0])
    return pdf[: found.start()] + text.ljust(room) + pdf[found.end() :]


@attack
def swa_moved_second_part() -> bytes:
    """Insert unsigned bytes right behind the signature value and move the second signed part along."""
    pdf = signed_bt()
    first, second = raw.signature_gap(pdf)
    extra = b"\n% chen vao giua\n"
    shifted = pdf[:second] + extra + pdf[second:]
    return _byte_range(shifted, (0, first, second + len(extra), len(pdf) - second))


@attack
def swa_wrapped_in_contents() -> bytes:
    """Close the value early; what was padding becomes an entry of the dictionary that nothing signs."""
    pdf = signed_bt()
    _, second = raw.signature_gap(pdf)
    hidden = b">/Reason (Noi dung khong ky)"
    room = 400
    return pdf[: second - room] + hidden.ljust(room) + pdf[second:]


def _forged(change: Callable[[bytes], bytes]) -> bytes:
    return change(signed_bt())


@attack
def usf_byte_range_missing() -> bytes:
    return _forged(lambda p: p.replace(b"/ByteRange", b"/ByteRonge", 1))


@attack
def usf_byte_range_empty() -> bytes:
    return _forged(lambda p: _byte_range(p, ()))


@attack
def usf_byte_range_zero() -> bytes:
    return _forged(lambda p: _byte_range(p, (0, 0, 0, 0)))


@attack
def usf_byte_range_negative() -> bytes:
    return _forged(lambda p: _byte_range(p, (0, 10, -5, 20)))


@attack
def usf_byte_range_null() -> bytes:
    return _forged(lambda p: _byte_range(p, ("null",)))


@attack
def usf_byte_range_huge() -> bytes:
    return _forged(lambda p: _byte_range(p, (0, 10, 20, 999999999)))


def _contents(pdf: bytes, value: bytes) -> bytes:
    first, second = raw.signature_gap(pdf)
    return pdf[:first] + value.ljust(second - first, b" ") + pdf[second:]


@attack
def usf_contents_empty() -> bytes:
    return _forged(lambda p: _contents(p, b"<>"))


@attack
def usf_contents_null() -> bytes:
    return _forged(lambda p: _contents(p, b"null"))


@attack
def usf_contents_zero() -> bytes:
    return _forged(lambda p: _contents(p, b"<" + b"00" * 40 + b">"))


@attack
def usf_contents_missing() -> bytes:
    first, _ = raw.signature_gap(signed_bt())
    at_key = signed_bt().rfind(b"/Contents", 0, first)
    pdf = signed_bt()
    return pdf[:at_key] + b"/Kontents" + pdf[at_key + 9 :]


@attack
def usf_filter_unknown() -> bytes:
    return _forged(lambda p: p.replace(b"/ETSI.CAdES.detached", b"/XXXX.YYYYY.zzzzzzzz", 1))


@attack
def padding_filled() -> bytes:
    """Data hidden in the unsigned padding behind the signature value."""
    pdf = signed_bt()
    _, second = raw.signature_gap(pdf)
    return pdf[: second - 41] + b"4d" * 20 + pdf[second - 1 :]


@attack
def flip_text() -> bytes:
    assert b"QUYET DINH trang 1" in signed()
    return signed().replace(b"QUYET DINH trang 1", b"QUYET DINH trang 7", 1)


@attack
def flip_in_signature() -> bytes:
    pdf = bytearray(signed_bt())
    first, second = raw.signature_gap(bytes(pdf))
    value = bytes.fromhex(pdf[first + 1 : second - 1].decode())
    own = cms.ContentInfo.load(value)["content"]["signer_infos"][0]["signature"].native
    place = first + 1 + 2 * (value.rindex(own) + len(own) // 2)  # certificates beside it change places with their keys
    pdf[place] = ord("0") if pdf[place] != ord("0") else ord("1")
    return bytes(pdf)


@attack
def flip_in_timestamp() -> bytes:
    pdf = bytearray(signed())
    first, _ = raw.signature_gap(bytes(pdf), 1)
    for place in range(first + 1 + 2 * 150, first + 1 + 2 * 160):
        pdf[place] = ord("0") if pdf[place] != ord("0") else ord("1")
    return bytes(pdf)


@attack
def trailing_bytes() -> bytes:
    return signed() + b"% them vao sau\n" + b"A" * 64


@attack
def trailing_second_file() -> bytes:
    return signed() + base()


@attack
def truncated() -> bytes:
    return signed_bt()[:-40]
