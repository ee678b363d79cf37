"""The saved states of a file: what each did, in words, and what may follow the last signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from signing.verify import changes, structure
from signing.verify.filling import MayFill
from signing.verify.model import Reason, Revision
from signing.verify.parts import Parts
from signing.verify.words import reason


def end_of_file(
    data: bytes, reader: Any, revisions: Sequence[structure.Span], parts: Sequence[Parts], may_fill: MayFill
) -> list[Reason]:
    """Whatever follows the last signed revision must be validation data, or fields filled in by permission."""
    found: list[Reason] = []
    for span in revisions if parts else ():
        if span.index <= max(p.revision for p in parts):
            continue
        change = changes.change_of(reader, span.index, may_fill, signed=False) if span.index else None
        if change is None or not (change.allowed and (change.evidence_only or change.filling_only)):
            found.append(reason("uncovered-change", f"(phiên bản {span.index + 1})"))
        elif structure.foreign_objects(reader, data, span):
            found.append(reason("duplicate-end", f"(phiên bản {span.index + 1})"))
    return found


def revision_table(
    reader: Any, revisions: Sequence[structure.Span], parts: Sequence[Parts], may_fill: MayFill
) -> tuple[Revision, ...]:
    """Say of every saved state what it did and whether that is allowed, in file order."""
    rows = []
    first = min((p.revision for p in parts), default=len(revisions))
    for number, span in enumerate(revisions, start=1):
        inside = [p for p in parts if p.revision == span.index]
        names = tuple(p.field for p in inside)
        if number == 1:
            kind, text, allowed = "original", "Bản đầu", True
        elif span.index <= first:
            # nothing was signed yet: whatever this revision did, the first signature covers
            kind, text, allowed = ("signature", "Thêm chữ ký", True) if inside else ("edit", "Sửa trước khi ký", True)
        else:
            change = changes.change_of(reader, span.index, may_fill)
            allowed = change.allowed
            if not allowed:
                kind, text = "forbidden", f"Thay đổi không được phép: {changes.in_words(reader, span.index)}"
            elif any(p.kind == "/Sig" for p in inside):
                kind, text = "signature", "Thêm chữ ký"
            elif inside:
                kind, text = "timestamp", "Thêm dấu thời gian tài liệu"
            elif change.filling_only:
                kind, text = "filled", ""
            elif change.evidence_only:
                kind, text = "evidence", "Thêm dữ liệu xác minh (chứng thư, OCSP, CRL)"
            else:
                kind, text = "fields", "Thêm hoặc sửa ô chữ ký"
            if allowed and change.filled:
                done = f"điền ô biểu mẫu mà chữ ký cho phép điền: {', '.join(change.filled)}"
                text = done[0].upper() + done[1:] if kind == "filled" else f"{text}; {done}"
        if number == 1 and names:
            kind, text = "signature", "Bản đầu, đã có chữ ký"
        objects = len(reader.xrefs.explicit_refs_in_revision(span.index))
        rows.append(Revision(number, span.start, span.end, kind, objects, names, text, allowed))
    return tuple(rows)
