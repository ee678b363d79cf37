"""A stack of papers in one file: the proposal is recorded, an officer decides, the papers become documents.

The proposal stands beside the other fields of the file's document, under `FIELD`; the officer's decision is the human
value of that field, so it is in the manifest before anything is made of it. Each paper is a document of its own
(``part`` 1, 2, ...) that references the same original bytes. Nothing is cut without a decision. Case codes of separator
sheets stand beside it, under `CASES`; a paper is put into such a case only where the officer confirms that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from domain.cases import parse_case_code
from domain.errors import Advice, BadInput, Refused
from ocr.model import PageReading
from ocr.splitting.proposal import SplitProposal, propose
from pipeline.derivative import software
from pipeline.workplace import Workplace
from storage.catalogue import cases as case_rows
from storage.catalogue import documents
from storage.records import Document, FieldRecord, Intake

FIELD = "de_xuat_tach"
CASES = "ma_ho_so_tach"  # case codes by the first page of a paper: "1: H24.01-261122-0001; 4: H24.01-261122-0007"
_NO_CASES: Mapping[int, str] = MappingProxyType({})
_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")

Ranges = tuple[tuple[int, int], ...]


def proposal_records(pages: Sequence[PageReading]) -> list[FieldRecord]:
    """Return the proposal for the *pages* of a file as fields of its document; none where it is one paper."""
    if len(pages) < 2:
        return []
    proposal = propose(pages)
    if not proposal.is_stack:
        return []
    codes = cases_of(proposal)
    if not codes:
        return [stack_record(proposal)]
    return [stack_record(proposal), FieldRecord(CASES, show_cases(codes), proposal.confidence, "derived")]


def cases_of(proposal: SplitProposal) -> dict[int, str]:
    """Return first page -> case code of the papers behind a separator sheet that carries one of the usual shape."""
    found = {}
    for part in proposal.parts:
        try:
            code = parse_case_code(part.code) if part.code else None
        except BadInput:
            continue
        if code is not None and not code.warnings:
            found[part.first_page] = str(code)
    return found


def show_cases(codes: Mapping[int, str]) -> str:
    """Return case codes by first page as text: ``1: H24.01-261122-0001; 4: H24.01-261122-0007``."""
    return "; ".join(f"{page}: {code}" for page, code in sorted(codes.items()))


def proposed_cases(workplace: Workplace, document_id: str) -> dict[int, str]:
    """Return first page -> case code that separator sheets of a stored stack name, or that an officer confirmed."""
    field = workplace.warehouse.show(document_id).fields.get(CASES)
    if field is None or not field.current:
        return {}
    return {int(page): code for page, _, code in (item.partition(": ") for item in field.current.split("; "))}


def stack_record(proposal: SplitProposal) -> FieldRecord:
    """Return *proposal* as a field: the ranges, how sure all of them are, and why each paper begins where it does."""
    starts = {part.first_page for part in proposal.parts}
    reasons = [f"{d.page}: {', '.join(d.reasons)}" for d in proposal.decisions if d.page in starts]
    return FieldRecord(
        name=FIELD,
        value=show_ranges(proposal.ranges()),
        confidence=proposal.confidence,
        source="derived",
        raw="; ".join(reasons)[:4000],
    )


def show_ranges(ranges: Sequence[tuple[int, int]]) -> str:
    """Return page ranges as text: ``1-3; 4; 6-7``."""
    return "; ".join(f"{first}-{last}" if last > first else str(first) for first, last in ranges)


def read_ranges(text: str, pages: int) -> Ranges:
    """Return the page ranges of *text* (``1-3; 4; 6-7``), in order, within *pages* pages, none twice.

    Pages that stand in no range (separator sheets) belong to no paper. Raises ``Refused`` (``bad-page-ranges``).
    """
    found: list[tuple[int, int]] = []
    for item in re.split(r"[;,]", text):
        matched = _RANGE.fullmatch(item.strip())
        if matched is None:
            raise _bad_ranges("not of the form 1-3; 4; 6-7")
        first, last = int(matched[1]), int(matched[2] or matched[1])
        if not (found[-1][1] if found else 0) < first <= last <= pages:
            raise _bad_ranges("out of order or beyond the last page")
        found.append((first, last))
    return tuple(found)


def proposed_ranges(workplace: Workplace, document_id: str) -> Ranges:
    """Return the page ranges proposed for a stored stack, or decided on. Raises ``Refused`` (``no-proposal``)."""
    view = workplace.warehouse.show(document_id)
    known = view.fields.get(FIELD)
    if known is None:
        raise _refused("no-proposal", "the file was read as one paper", "Tệp này được đọc là một văn bản.")
    return read_ranges(known.human_value or known.value, view.document.pages)


def decide_split(
    workplace: Workplace, document_id: str, ranges: Ranges, *, officer: str, cases: Mapping[int, str] = _NO_CASES
) -> tuple[str, ...]:
    """Record that *officer* takes the stack for papers on these page *ranges*; return the papers' document ids.

    *cases*: case codes of papers by their first page, as the officer confirms them; the others go into the stack's
    case. The ids are those of ``received`` documents, to be digitised next; the same decision again returns the same
    ones. Raises ``Refused`` (``not-a-whole-file``, ``split-already``, ``wrong-state``, ``case-of-another-owner``,
    ``bad-page-ranges``), ``DocumentUnknown``.
    """
    view = workplace.warehouse.show(document_id)
    stack = view.document
    if stack.part:
        raise _refused("not-a-whole-file", "a part cannot be split", "Văn bản này đã là một phần của tập giấy.")
    documents.expect_status(stack, ("digitised",))
    text = show_ranges(read_ranges(show_ranges(ranges), stack.pages))
    known = view.fields.get(FIELD)
    before = known.human_value if known is not None else None
    if before is not None and before != text:
        raise _refused(
            "split-already", "the stack was split in another way", "Tập giấy này đã được tách theo cách khác."
        )
    cases = {page: str(parse_case_code(code)) for page, code in cases.items()}
    if not set(cases) <= {first for first, _ in ranges}:
        raise _bad_ranges("do not begin where a case code says")
    _require_own_cases(workplace, stack, cases)
    confirmed = view.fields[CASES].human_value if CASES in view.fields else None
    if before is not None and (confirmed or "") != show_cases(cases):
        raise _refused(
            "split-already", "its papers were put into other cases", "Tập giấy này đã được tách vào hồ sơ khác."
        )
    decided = {FIELD: text} | ({CASES: show_cases(cases)} if cases else {})
    workplace.warehouse.correct_fields(document_id, decided, officer=officer)
    made = []
    with workplace.scratch() as folder:
        original = folder / stack.id
        workplace.warehouse.export_role(stack.id, "original", original)
        for part, (first, last) in enumerate(ranges, 1):
            received = workplace.warehouse.receive(
                original,
                Intake(
                    agency=stack.agency,
                    owner=view.owner,
                    owner_name=view.owner_name,
                    kind=stack.kind,
                    procedure=stack.procedure,
                    case_code=cases.get(first, stack.case_code),
                    original_name=stack.original_name,
                    media_type=stack.media_type,
                    pages=last - first + 1,
                    part=part,
                    intake_key=f"split:{stack.id}",
                ),
                agent=officer or software(),
                tools={"sohoa": software()},
            )
            made.append(received.document.id)
    return tuple(made)


def _require_own_cases(workplace: Workplace, stack: Document, cases: Mapping[int, str]) -> None:
    """Raise ``Refused`` before anything is made where a case belongs to another owner than the stack."""
    with workplace.catalogue.read() as connection:
        for code in cases.values():
            known = case_rows.get(connection, stack.agency, code)
            if known is not None and known.owner_ref != stack.owner_ref:
                raise Refused(
                    "case-of-another-owner",
                    "a separator sheet names a case of another owner",
                    Advice(
                        f"Hồ sơ {code} trên tờ phân cách thuộc chủ hồ sơ khác với tập giấy.",
                        "Chưa tách gì; tập giấy giữ nguyên.",
                        "Nộp lại tập giấy cho đúng chủ hồ sơ, hoặc tách mà không dùng mã hồ sơ.",
                    ),
                )


def pages_of_part(workplace: Workplace, part: Document) -> tuple[int, int, int]:
    """Return (first page, last page, pages of the file) of a *part*, as decided. Raises ``Refused`` (``not-split``)."""
    with workplace.catalogue.read() as connection:
        stack = documents.find_original(connection, part.agency, part.owner_ref, part.original_sha256, 0)
        decided = documents.fields(connection, stack.id).get(FIELD) if stack is not None else None
    if stack is None or decided is None or not decided.human_value:
        raise _refused("not-split", "no decision on the stack of this part", "Không thấy quyết định tách của tập giấy.")
    ranges = read_ranges(decided.human_value, stack.pages)
    if not 1 <= part.part <= len(ranges):
        raise _refused("not-split", "the decision has fewer parts", "Quyết định tách không có phần này.")
    first, last = ranges[part.part - 1]
    return first, last, stack.pages


def _bad_ranges(why: str) -> Refused:
    return _refused("bad-page-ranges", f"page ranges {why}", "Khoảng trang không hợp lệ.", "Ghi như: 1-3; 4; 6-7.")


def _refused(code: str, log_message: str, happened: str, todo: str = "Mở lại tập giấy rồi kiểm tra.") -> Refused:
    return Refused(code, log_message, Advice(happened, "Không có gì thay đổi.", todo))
