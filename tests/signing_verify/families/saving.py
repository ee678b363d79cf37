"""Incremental saving (eight variants): a revision is added that replaces or adds what is shown."""

from __future__ import annotations

import re

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.signing_verify import raw
from tests.signing_verify.attacks import (
    EVIL,
    attack,
    signed,
    signed_bt,
    signed_lt,
)


@attack
def isa_page_replaced() -> bytes:
    pdf = signed()
    return raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL)})


@attack
def isa_after_evidence_only() -> bytes:
    pdf = signed_lt()
    return raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL)})


@attack
def isa_without_table() -> bytes:
    pdf = signed()
    return raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL)}, table=False, trailer=False)


@attack
def isa_without_trailer() -> bytes:
    pdf = signed()
    return raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL)}, trailer=False)


@attack
def isa_without_end() -> bytes:
    pdf = signed()
    return raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL)}, table=False, trailer=False, end=False)


@attack
def isa_unlisted_object() -> bytes:
    """The table is right, the replaced object stands in the body but not in the table."""
    pdf = signed_lt()
    number = raw.content_of_page(pdf)
    extra = raw.size_and_root(pdf)[0]
    return raw.append(pdf, {number: raw.stream(EVIL), extra: b"<< >>"}, listed={extra})


@attack
def isa_copied_signature() -> bytes:
    """A second copy of the signature dictionary in the update, so that coverage seems to exist."""
    pdf = signed_bt()
    value = re.search(rb"(\d+) 0 obj\s*<<[^>]*?/Type\s*/Sig\b", pdf) or re.search(rb"/V (\d+) 0 R", pdf)
    assert value is not None
    number = int(value[1])
    return raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL), number: raw.body_of(pdf, number)})


@attack
def isa_new_page() -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        stream = generic.StreamObject(stream_data=EVIL.encode())
        page = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Page"),
                pdf_name("/MediaBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842))),
                pdf_name("/Contents"): writer.add_object(stream),
            }
        )
        writer.insert_page(page, after=0)

    return raw.edit(signed(), change)
