"""``sohoa split``: one scan of many papers, cut where an officer says so."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import command, print_json

if TYPE_CHECKING:
    from ocr.model import FileReading
    from ocr.splitting.proposal import SplitProposal
    from pipeline.reading import FileToRead
    from pipeline.settings import Settings
    from pipeline.splitting import Ranges

#: reason -> how officers read it
REASONS = {
    "first": "trang đầu",
    "separator": "sau tờ phân cách",
    "motto": "có quốc hiệu",
    "head": "có tên cơ quan và ký hiệu",
    "numbered": "có số",
    "dated": "có ngày",
    "title": "có tên loại",
    "first-page-number": "đánh số trang lại từ 1",
    "numbering-breaks": "số trang không nối tiếp",
    "ended-before": "trang trước đã ký",
    "other-paper-size": "khổ giấy khác",
    "complete": "trang trước là trang cuối",
}


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "split",
        "Propose where to cut a scan of many papers; cut it only when told so.",
        "sohoa split tap-giay.pdf\n  sohoa split tap-giay.pdf --accept --out thu-muc/\n"
        "  sohoa split 3k7q... --accept --by cb01\n  sohoa split 3k7q... --pages '1-3; 4; 6-7' --accept --by cb01\n"
        "  sohoa split 3k7q... --accept --cases --by cb01",
    )
    grammar.add_argument("target", metavar="FILE|DOCUMENT", help="scan to read, or id of a stored document")
    grammar.add_argument("--accept", action="store_true", help="cut: write PDF/A files, or make stored documents")
    grammar.add_argument("--pages", metavar="RANGES", help="cut here instead of as proposed, as in '1-3; 4; 6-7'")
    grammar.add_argument(
        "--cases",
        action="store_true",
        help="put papers of a stored stack into the case that their separator sheet names",
    )
    grammar.add_argument("--out", metavar="FOLDER", type=Path, help="where the PDF/A files of a FILE go")
    grammar.add_argument("--by", metavar="OFFICER", default="", help="who accepts (needed for a stored document)")
    officer_options(grammar, named=True)
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Propose, or cut. Exit 0; 1 when a stored paper could not be digitised; 3 when the file cannot be read."""
    from pipeline.settings import load_settings

    settings = load_settings()
    path = Path(args.target)
    return _file(args, path, settings) if path.is_file() else _stored(args, settings)


def _file(args: argparse.Namespace, path: Path, settings: Settings) -> int:
    from domain.errors import BadInput
    from ocr.splitting.proposal import propose
    from pipeline.progress import progress_bar
    from pipeline.reading import NoRecords, open_reader, read_files
    from pipeline.single import check_file, limits_of, read_options
    from pipeline.splitting import read_ranges

    limits = limits_of(settings)
    file = check_file(path, limits)
    jobs = min(settings.ocr.workers, file.pages)
    with progress_bar(file.pages, "trang") as bar, open_reader(read_options(settings), jobs, limits) as reader:
        ((_, reading),) = read_files([file], reader, NoRecords(), on_page=lambda *_: bar.step())
    if isinstance(reading, BadInput):
        raise reading
    proposal = propose(reading.pages)
    ranges = read_ranges(args.pages, file.pages) if args.pages else proposal.ranges()
    written: list[Path] = []
    if args.accept:
        written = _write(file, reading, ranges, args.out or path.parent)
    if args.json:
        print_json({**proposal_json(proposal), "written": [str(p) for p in written]})
        return 0
    _print(proposal)
    for out in written:
        print(out)
    if not args.accept and proposal.is_stack:
        print("Chưa cắt gì. Đồng ý thì chạy lại với --accept; sửa chỗ cắt bằng --pages.")
    return 0


def _write(file: FileToRead, reading: FileReading, ranges: Ranges, out: Path) -> list[Path]:
    """Write one PDF/A for each range; a file that stands there already is never replaced."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from domain.errors import Advice, Refused
    from pipeline.derivative import write_derivative
    from pipeline.reading import paper_reading

    targets = [out / f"{file.path.stem}-{n:02d}.pdf" for n in range(1, len(ranges) + 1)]
    if any(target.exists() for target in targets):
        raise Refused(
            "output-exists",
            "a PDF to be written stands there already",
            Advice("Nơi ghi đã có tệp cùng tên.", "Không có gì thay đổi.", "Chọn thư mục khác bằng --out."),
        )
    out.mkdir(parents=True, exist_ok=True)
    for target, (first, last) in zip(targets, ranges, strict=True):
        part = replace(file, first_page=first, pages=last - first + 1, part_of=file.pages)
        chosen = [page for page in reading.pages if first <= page.number <= last]
        paper = paper_reading(part, chosen, reading.engine)
        write_derivative(part, paper, target, converted_at=datetime.now(UTC))
    return targets


def _stored(args: argparse.Namespace, settings: Settings) -> int:
    from domain.errors import Advice, Refused
    from pipeline.digitise import split_and_digitise
    from pipeline.reading import open_reader
    from pipeline.single import limits_of, read_options
    from pipeline.splitting import FIELD, proposed_cases, proposed_ranges, read_ranges, show_ranges
    from pipeline.workplace import open_workplace

    with open_workplace(settings) as workplace:
        view = workplace.warehouse.show(args.target)
        known = view.fields.get(FIELD)
        ranges = read_ranges(args.pages, view.document.pages) if args.pages else proposed_ranges(workplace, args.target)
        opens = {first for first, _ in ranges}
        shape: dict[str, Any] = {
            "document": view.document.id,
            "pages": view.document.pages,
            "ranges": show_ranges(ranges),
            "confidence": known.confidence if known else None,
            "reasons": known.raw if known else "",
            "decided_by": (known.human_by or None) if known else None,
            "cases": {first: code for first, code in proposed_cases(workplace, args.target).items() if first in opens},
            "parts": [],
        }
        failed = False
        if args.accept:
            if not args.by:
                raise Refused(
                    "officer-missing",
                    "a stored stack is cut only by an officer",
                    Advice("Chưa nêu cán bộ quyết định.", "Không có gì thay đổi.", "Thêm --by MÃ_CÁN_BỘ."),
                )
            named = shape["cases"] if args.cases else {}
            with (
                acting(workplace, args, view.document.agency),
                open_reader(read_options(settings), settings.ocr.workers, limits_of(settings)) as reader,
            ):
                for part in split_and_digitise(
                    workplace, reader, view.document.id, ranges, officer=args.by, cases=named
                ):
                    failed = failed or part.problem is not None
                    shape["parts"].append(
                        {
                            "document": part.document.id,
                            "part": part.document.part,
                            "status": part.document.status,
                            "case": part.document.case_code,
                        }
                    )
            shape["parts"].sort(key=lambda p: p["part"])
    if args.json:
        print_json(shape)
    else:
        print(f"{shape['document']}: {shape['ranges']}" + (f" (tin cậy {known.confidence:.2f})" if known else ""))
        for part in shape["parts"]:
            print(f"  {part['part']}: {part['document']} {part['status']} {part['case']}".rstrip())
        if shape["cases"] and not args.cases:
            for first, code in shape["cases"].items():
                print(f"  trang {first}: tờ phân cách ghi hồ sơ {code} (thêm --cases để đưa vào hồ sơ này)")
        if not args.accept:
            print("Chưa cắt gì. Đồng ý thì chạy lại với --accept --by MÃ_CÁN_BỘ.")
    return int(failed)


def proposal_json(proposal: SplitProposal) -> dict[str, Any]:
    """Return the shape that ``docs/formats.md`` describes."""
    return {
        "confidence": proposal.confidence,
        "parts": [
            {"first_page": p.first_page, "last_page": p.last_page, "confidence": p.confidence, "code": p.code}
            for p in proposal.parts
        ],
        "separators": list(proposal.separators),
        "decisions": [
            {"page": d.page, "starts": d.starts, "confidence": d.confidence, "reasons": list(d.reasons)}
            for d in proposal.decisions
        ],
    }


def _print(proposal: SplitProposal) -> None:
    decisions = {d.page: d for d in proposal.decisions}
    for n, part in enumerate(proposal.parts, 1):
        first = decisions[part.first_page]
        why = ", ".join(REASONS.get(r, r) for r in first.reasons)
        code = f" [{part.code}]" if part.code else ""
        print(f"{n}. trang {part.first_page}-{part.last_page}{code}: tin cậy {part.confidence:.2f} ({why})")
    doubtful = [d for d in proposal.decisions if d.confidence < 0.9]
    for d in doubtful:
        kind = "bắt đầu văn bản mới" if d.starts else "nối tiếp"
        print(f"   cần xem: trang {d.page}, đề xuất {kind} ({d.confidence:.2f})")
    if proposal.separators:
        print(f"Tờ phân cách: {', '.join(map(str, proposal.separators))}.")
