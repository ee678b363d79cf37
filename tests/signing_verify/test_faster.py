"""What is done faster gives what the libraries give."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from asn1crypto import x509
from pyhanko.pdf_utils import generic, reader

from signing.verify import faster
from signing.verify.genuine import issued_by
from tests.signing_verify.pki import good, rogue

# the originals, taken before anything is replaced in this process, or from the replacement's own reference
faster.apply()


def _slow(name: str) -> Any:
    """The library's own function, loaded afresh beside the replaced one."""
    from importlib.util import module_from_spec, spec_from_file_location

    file = {"generic": generic.__file__, "reader": reader.__file__, "x509": x509.__file__}[name]
    spec = spec_from_file_location(f"fresh_{name}", file)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    module.__package__ = "asn1crypto" if name == "x509" else "pyhanko.pdf_utils"
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


def packed(head: bytes, body: bytes, *, count: object = None, first: int | None = None, kind: str = "/ObjStm") -> bytes:
    """Return a PDF whose catalog (object 2, place 0), and objects 3 and 4, stand in an object stream."""
    start = len(head) if first is None else first
    number = 3 if count is None else count
    stream = b"<</Type%s/N %s/First %d/Length %d>>stream\n%s%s\nendstream" % (
        kind.encode(), str(number).encode(), start, len(head) + len(body), head, body,
    )  # fmt: skip
    pdf = b"%PDF-1.7\n"
    at = len(pdf)
    pdf += b"1 0 obj\n" + stream + b"\nendobj\n"
    table = len(pdf)
    entries = [(0, 0, 255), (1, at, 0), (2, 1, 0), (2, 1, 1), (2, 1, 2), (1, table, 0)]
    rows = b"".join(bytes([a]) + b.to_bytes(4, "big") + bytes([c]) for a, b, c in entries)
    dictionary = b"<</Type/XRef/W[1 4 1]/Size 6/Root 2 0 R/Length %d>>" % len(rows)
    pdf += b"5 0 obj\n" + dictionary + b"stream\n" + rows + b"\nendstream\nendobj\n"
    return pdf + b"startxref\n%d\n%%%%EOF\n" % table


BODY = b"<</Type/Catalog/A 3 0 R>> [1 2 (ba)] /Ten "
PLACES = [BODY.index(one) for one in (b"<<", b"[", b"/Ten")]
HEAD_OF_BODY = b"2 %d 3 %d 4 %d " % tuple(PLACES)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    "pdf",
    [
        packed(HEAD_OF_BODY, BODY),
        packed(HEAD_OF_BODY.replace(b" ", b"\r\n \t"), BODY),
        packed(b"002 0%d 3 %d 4 %d\n" % tuple(PLACES), BODY),
        packed(HEAD_OF_BODY.strip(), BODY),  # nothing between head and body
        packed(HEAD_OF_BODY.strip(), b"1" + BODY),
        packed(b"3 %d 2 %d 4 %d " % tuple(PLACES), BODY),  # in another place than the table says
        packed(b"2 %d 2 %d 3 %d " % tuple(PLACES), BODY, count=3),  # twice
        packed(HEAD_OF_BODY, BODY, count=2),
        packed(HEAD_OF_BODY, BODY, count=4),
        packed(HEAD_OF_BODY, BODY, count="(x)"),
        packed(HEAD_OF_BODY, BODY, first=3),
        packed(HEAD_OF_BODY, BODY, first=10_000),
        packed(b"2 0 3 x 4 5 ", BODY),
        packed(b"2 0 3 99999 4 -1 ", BODY),
        packed(b"2 %d 3 %d 4 %d " % (0, 0, 0), b"3 0 R "),  # a reference: forbidden inside
        packed(b"2 0 3 1 4 %s " % (b"9" * 5000), BODY),
        packed(HEAD_OF_BODY, BODY[:-10]),
        packed(HEAD_OF_BODY, BODY, kind="/Khac"),
    ],
)
def test_objects_in_object_streams_are_found_alike(pdf: bytes, strict: bool) -> None:
    def found(module: Any) -> list[str]:
        answers = []
        try:
            opened = module.PdfFileReader(io.BytesIO(pdf), strict=strict)
        except Exception as error:
            return [type(error).__name__]
        for number, place in ((3, 1), (4, 2), (2, 0), (3, 1), (3, 0), (9, 1), (4, 7)):
            try:
                answers.append(re.sub(" at 0x[0-9a-f]+", "", repr(opened._get_object_from_stream(number, 1, place))))
            except Exception as error:
                answers.append(type(error).__name__)
        return answers

    slow = _slow("reader")
    assert slow.PdfFileReader._get_object_from_stream is not reader.PdfFileReader._get_object_from_stream
    assert found(reader) == found(slow)
