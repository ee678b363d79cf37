"""Digitising: stored originals become text, fields and PDF/A, stored beside them.

Works from document ids alone. The original is taken out of the store (and hashed again) before it is read, so what is
processed is exactly what is kept.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from domain.errors import Advice, BadInput, SohoaError
from ocr.fields.hints import Evidence, KnownNames
from ocr.model import FieldValue, FileReading
from pipeline.derivative import software, write_derivative
from pipeline.duplicates import Finder, page_digests
from pipeline.formats import file_json, file_text
from pipeline.known_names import NameBook, names_used
from pipeline.reading import FileToRead, Reader, file_evidence, read_files
from pipeline.records import StoredRecords
from pipeline.splitting import FIELD, Ranges, decide_split, pages_of_part, proposal_records, proposed_ranges
from pipeline.workplace import Workplace
from storage.records import Document, FieldRecord

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Digitised:
    """Outcome for one document. ``problem`` is None when all went well; quarantine shows in ``document.status``."""

    document: Document
    new: bool
    problem: SohoaError | None = None


def digitise_documents(
    workplace: Workplace,
    reader: Reader,
    document_ids: Iterable[str],
    *,
    on_page: Callable[[], None] = lambda: None,
    agent: str = "",
) -> Iterator[Digitised]:
    """Digitise the documents that are still ``received`` and yield each as it is finished.

    A document that cannot be read is quarantined and comes back with its problem; the others go on. A store that
    does not answer ends the run with ``Unavailable``: nothing is lost, running again goes on.
    """
    records = StoredRecords(workplace.store)
    known: list[Digitised] = []
    stacks: list[str] = []
    book = NameBook(workplace)
    names: dict[str, KnownNames] = {}  # by document: what its agency's officers have confirmed
    finder = Finder(workplace)
    with workplace.scratch() as folder:

        def to_read() -> Iterator[FileToRead]:
            for document_id in dict.fromkeys(document_ids):
                document = workplace.warehouse.show(document_id).document
                if document.status != "received":
                    records.forget(document.original_sha256)  # left by a run that ended before it could
                    known.append(Digitised(document, new=False))
                    continue
                first, last, total = 1, document.pages, 0
                if document.part:
                    first, last, total = pages_of_part(workplace, document)
                names[document.id] = book.of(document.agency)
                path = folder / document.id
                workplace.warehouse.export_role(document.id, "original", path)
                yield FileToRead(
                    path,
                    document.original_name,
                    document.original_sha256,
                    document.media_type,
                    last - first + 1,
                    tag=document.id,
                    first_page=first,
                    part_of=total,
                )

        def evidence(file: FileToRead) -> Evidence:
            return file_evidence(file, names[file.tag])

        def step(_file: FileToRead, _number: int, _known: bool) -> None:
            on_page()

        for file, outcome in read_files(
            to_read(), reader, records, on_page=step, evidence=evidence, thresholds=workplace.settings.ocr.accept
        ):
            yield from _take(known)
            digitised = _finish(workplace, reader, file, outcome, agent or software(), names.pop(file.tag))
            if digitised.document.status != "received":
                records.forget(file.sha256)
            file.path.unlink(missing_ok=True)
            if digitised.new and digitised.document.status == "digitised":
                finder.propose_for(digitised.document.id)
            if digitised.new and _cut_without_asking(workplace, digitised.document):
                stacks.append(digitised.document.id)
            yield digitised
        yield from _take(known)
    for stack in stacks:
        ranges = proposed_ranges(workplace, stack)
        for part in split_and_digitise(workplace, reader, stack, ranges, officer=agent or software()):
            if part.problem is not None:
                log.warning("document %s: %s", part.document.id, part.problem.code)


def split_and_digitise(
    workplace: Workplace,
    reader: Reader,
    stack_id: str,
    ranges: Ranges,
    *,
    officer: str,
    cases: Mapping[int, str] | None = None,
) -> Iterator[Digitised]:
    """Cut a digitised stack into papers as *officer* decided, and digitise each; already done ones are yielded too.

    *cases*: case codes that the officer confirms, by the first page of their paper.

    Raises what `pipeline.splitting.decide_split` raises; ``Unavailable``: running again goes on.
    """
    parts = decide_split(workplace, stack_id, ranges, officer=officer, cases=cases or {})
    yield from digitise_documents(workplace, reader, parts, agent=officer)


def _cut_without_asking(workplace: Workplace, document: Document) -> bool:
    """Tell whether the installation lets a proposal as sure as this one pass without an officer (never by default)."""
    least = workplace.settings.ocr.split_accept
    if not least or document.part or document.status != "digitised":
        return False
    proposal = workplace.warehouse.show(document.id).fields.get(FIELD)
    return proposal is not None and proposal.human_value is None and proposal.confidence >= least


def _take(known: list[Digitised]) -> list[Digitised]:
    taken = known[:]
    known.clear()
    return taken


def _finish(
    workplace: Workplace,
    reader: Reader,
    file: FileToRead,
    outcome: FileReading | BadInput,
    agent: str,
    names: KnownNames,
) -> Digitised:
    document = workplace.warehouse.show(file.tag).document
    try:
        if isinstance(outcome, BadInput):
            raise outcome
        return _store(workplace, reader, file, outcome, document, agent, names)
    except BadInput as problem:
        saved = workplace.warehouse.quarantine(document.id, problem.code, str(problem.advice), agent=agent)
        return Digitised(saved.document, saved.new, problem)
    except SohoaError:
        raise
    except Exception as error:  # a fault of ours in one document must not end a batch of thousands
        fault = internal_fault(error)
        log.error("document %s: %s", document.id, fault)
        return Digitised(document, new=False, problem=fault)


def _store(
    workplace: Workplace,
    reader: Reader,
    file: FileToRead,
    reading: FileReading,
    document: Document,
    agent: str,
    names: KnownNames,
) -> Digitised:
    derivative = file.path.with_suffix(".pdfa")
    try:
        result = write_derivative(
            file,
            reading,
            derivative,
            # of the record, not of the clock: a run that is taken up again writes the same bytes
            converted_at=datetime.fromisoformat(document.created_at),
            converted_by=document.agency,
        )
        fields = reading.documents[0].fields if reading.documents else {}
        used = names_used(names)
        stack = proposal_records(reading.pages) if not document.part else []
        saved = workplace.warehouse.save_digitised(
            document.id,
            pdfa=derivative,
            reading_json=msgspec.json.encode(file_json(reading)),
            text=file_text(reading),
            fields=[*(field_record(name, value) for name, value in fields.items()), *stack],
            agent=agent,
            pages=result.pages,
            tools={"sohoa": software(), "ocr": reader.engine} | ({"known-names": used} if used else {}),
            stage_key=_stage_key(document, reader, used),
            pixels=page_digests(reading),
        )
        return Digitised(saved.document, saved.new)
    finally:
        derivative.unlink(missing_ok=True)


def field_record(name: str, value: FieldValue) -> FieldRecord:
    """Return *value* as the warehouse keeps it."""
    return FieldRecord(
        name=name,
        value=value.value,
        confidence=round(value.confidence, 4),
        source=value.source,
        page=value.page,
        box=value.box,
        raw=value.raw,
        candidates=value.candidates,
    )


def _stage_key(document: Document, reader: Reader, names: str) -> str:
    parts = [document.original_sha256, reader.options_digest, software()]
    if names:
        parts.append(names)
    if document.part:
        parts.append(str(document.part))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def internal_fault(error: Exception) -> SohoaError:
    """Return a fault of our own as an error for one document; its message may hold document text and is dropped."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame is not None else "?"
    return SohoaError(
        "internal",
        f"{type(error).__name__} at {where}",
        Advice(
            "Phần mềm gặp lỗi khi xử lý tệp này.",
            "Tệp gốc được giữ nguyên trong kho.",
            "Chạy lại; nếu vẫn lỗi, gửi mã lỗi này cho bộ phận hỗ trợ.",
        ),
    )
