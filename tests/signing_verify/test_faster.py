"""What is done faster gives what the libraries give."""

from __future__ import annotations

import io
from typing import Any

import pytest
from asn1crypto import x509
from pyhanko.pdf_utils import generic

from signing.verify import faster
from signing.verify.genuine import issued_by
from tests.signing_verify.pki import good, rogue

# the originals, taken before anything is replaced in this process, or from the replacement's own reference
faster.apply()


def _slow(name: str) -> Any:
    """The library's own function, loaded afresh beside the replaced one."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(f"fresh_{name}", generic.__file__ if name == "generic" else x509.__file__)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    module.__package__ = "pyhanko.pdf_utils" if name == "generic" else "asn1crypto"
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "written",
    [b"<>", b"<00>", b"<abc>", b"<AbCd> 12", b"<ab cd\n>", b"<ab", b"<abxz>", b"<", b"<FEFF1EA5>", b"<ab%c>",
     b"<" + b"0f" * 9000 + b">tail", b"<" + b"0f" * 9000 + b"\r\n>tail", b"<" + b"0" * 8191 + b">", b"<" + b"0" * 5000],
)  # fmt: skip
def test_hexadecimal_strings_are_read_alike(written: bytes) -> None:
    def read(function: Any) -> tuple[str, bytes, int]:
        stream = io.BytesIO(b"  " + written)
        stream.seek(2)
        try:
            value = function(stream)
        except Exception as error:
            return type(error).__name__, b"", 0
        return type(value).__name__, bytes(value.original_bytes), stream.tell()

    assert read(generic.read_hex_string_from_stream) == read(_slow("generic").read_hex_string_from_stream)


def test_names_compare_alike() -> None:
    def build(module: Any, **parts: str) -> Any:
        return module.Name.load(x509.Name.build(parts).dump())

    names = [
        {"common_name": "Ủy ban  nhân dân"},
        {"common_name": "ủy ban nhân dân"},
        {"common_name": "Ủy ban nhân dân", "country_name": "VN"},
        {"common_name": "UBND"},
    ]
    slow = _slow("x509")
    for _ in range(2):  # the second time from memory
        for one in names:
            for other in names:
                fast = build(x509, **one) == build(x509, **other)
                assert fast == (build(slow, **one) == build(slow, **other))
    assert build(x509, **names[0]) != "Ủy ban nhân dân"


def test_equal_names_do_not_share_answers_of_signatures() -> None:
    """The rogue has the good one's names; what the good key signed is not the rogue's."""
    assert issued_by(good().root.asn1, good().ca.asn1)
    assert not issued_by(rogue().root.asn1, good().ca.asn1)
    assert issued_by(good().root.asn1, good().ca.asn1)
    assert not issued_by(rogue().root.asn1, good().ca.asn1)
