"""``sohoa register``: the certification register (sổ chứng thực): list, print, export, close."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import agency_code, answer, command, opened_workplace, print_json


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "register",
        "List, print, export and close the books of the certification register: a month as PDF/A, a year as table.",
        "sohoa register print --agency H24.01 --month 2026-11 so-chung-thuc-2026-11.pdf",
        json_flag=False,
    )
    acts = grammar.add_subparsers(dest="act", metavar="ACT", required=True)
    lister = command(acts, "list", "List the books, or the lines of one year.", "sohoa register list --agency H24.01")
    lister.add_argument("--agency", required=True, help="agency code")
    lister.add_argument("--year", type=int, help="show the lines of this year")
    printer = command(
        acts, "print", "Print a month as PDF/A-2u.", "sohoa register print --agency H24.01 --month 2026-11 OUT.pdf"
    )
    printer.add_argument("out", metavar="OUT.pdf", type=Path)
    printer.add_argument("--agency", required=True, help="agency code")
    printer.add_argument("--month", required=True, metavar="YYYY-MM", help="month to print")
    exporter = command(
        acts, "export", "Export a year as CSV or XLSX.", "sohoa register export --agency H24.01 --year 2026 OUT.xlsx"
    )
    exporter.add_argument("out", metavar="OUT.csv|OUT.xlsx", type=Path)
    exporter.add_argument("--agency", required=True, help="agency code")
    exporter.add_argument("--year", required=True, type=int, help="year to export")
    closer = command(
        acts,
        "close",
        "Close a year's book for ever: totals are recorded, no further number can be taken.",
        "sohoa register close --agency H24.01 --year 2026",
    )
    closer.add_argument("--agency", required=True, help="agency code")
    closer.add_argument("--year", required=True, type=int, help="year to close")
    closer.add_argument("--by", default="", help="id of the officer who closes (default: the system user)")
    officer_options(closer, named=True)
    checker = command(
        acts,
        "check",
        "Tell what the register says of a certified copy: exit 0 in force, 1 cancelled, 2 not in the register.",
        "sohoa register check COPY.pdf",
    )
    checker.add_argument("copy", metavar="COPY.pdf|CODE", help="the file, or the code printed beside the QR code")
    for one in (lister, printer, exporter, closer):
        one.add_argument("--book", default="", help="symbol of the book (default: certified copies, SCT/BS)")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do one act."""

    if "agency" in args:
        args.agency = agency_code(args.agency)
    with opened_workplace() as workplace:
        return _ACTS[args.act](workplace, args)


def _list(workplace: Any, args: argparse.Namespace) -> int:
    from pipeline.certify.book import book_lines, totals
    from storage.catalogue import register, register_closing

    if args.year is None:
        with workplace.catalogue.read() as connection:
            found = register.books(connection, args.agency)
            closings = [register_closing.closing(connection, agency=a, book=b, year=y) for a, b, y in found]
        shape = [
            {
                "agency": a,
                "book": b,
                "year": y,
                "closed_at": c.closed_at if c else "",
                "totals": c.totals if c else None,
            }
            for (a, b, y), c in zip(found, closings, strict=True)
        ]
        if args.json:
            print_json({"books": shape})
        else:
            for one in shape:
                state = f"đã khóa {one['closed_at']}" if one["closed_at"] else "đang mở"
                print(f"{one['agency']}  {one['book']}/{one['year']}  {state}")
            if not shape:
                print(f"{args.agency}: chưa có sổ nào.")
        return 0
    lines = book_lines(workplace, agency=args.agency, year=args.year, book=args.book)
    sums = totals(lines)
    if args.json:
        print_json({"lines": [{**line.__dict__} for line in lines], "totals": sums.__dict__})
        return 0
    for line in lines:
        number, day, requester, title, signer, copies, pages, fee, note = line.cells()
        print(f"{number}  {day}  {requester or '-'}  {title}  {signer}  {copies} bản  {pages} tr.  {fee} đ  {note}")
    print(f"Cộng {sums.numbers} số: {sums.issued} đã cấp, {sums.voided} hủy, {sums.open} đang thực hiện.")
    return 0


def _print(workplace: Any, args: argparse.Namespace) -> int:
    from pipeline.certify.book import parse_month
    from pipeline.certify.book_print import print_month

    year, month = parse_month(args.month)
    return _written(args, print_month(workplace, agency=args.agency, year=year, month=month, book=args.book))


def _export(workplace: Any, args: argparse.Namespace) -> int:
    from domain.errors import Advice, BadInput
    from pipeline.certify.book import book_lines
    from pipeline.certify.book_table import csv_bytes, xlsx_bytes

    kind = args.out.suffix.lower()
    if kind not in (".csv", ".xlsx"):
        raise BadInput(
            "export-form",
            "neither .csv nor .xlsx",
            Advice("Chưa rõ dạng tệp cần xuất.", "Chưa ghi tệp nào.", "Đặt tên tệp kết thúc bằng .csv hoặc .xlsx."),
        )
    lines = book_lines(workplace, agency=args.agency, year=args.year, book=args.book)
    return _written(args, csv_bytes(lines) if kind == ".csv" else xlsx_bytes(lines, f"Năm {args.year}"))


def _close(workplace: Any, args: argparse.Namespace) -> int:
    import getpass

    from pipeline.certify.book import close_year

    by = args.by or getpass.getuser()
    with acting(workplace, args, args.agency, "certify"):
        closed, new = close_year(workplace, agency=args.agency, year=args.year, by=by, book=args.book)
    if args.json:
        print_json({"closed_at": closed.closed_at, "closed_by": closed.closed_by, "new": new, "totals": closed.totals})
    else:
        sums = closed.totals
        print(
            f"{'Đã khóa sổ' if new else 'Sổ đã khóa từ trước'} năm {args.year}: {sums['numbers']} số, "
            f"{sums['issued']} đã cấp, {sums['voided']} hủy; {sums['copies']} bản sao, {sums['pages']} trang, "
            f"phí {sums['fee_vnd']} đồng."
        )
    return 0


def _check(workplace: Any, args: argparse.Namespace) -> int:
    import getpass

    from domain.errors import Advice, BadInput
    from domain.lookup_code import parse_lookup_code
    from pipeline.certify.cancel import standing_by_code, standing_of

    who, path = getpass.getuser(), Path(args.copy)
    if parse_lookup_code(args.copy) and not path.exists():
        found = standing_by_code(workplace, args.copy, agent=who)
    else:
        try:
            found = standing_of(workplace, path.read_bytes(), agent=who)
        except OSError as error:
            advice = Advice("Không đọc được tệp cần tra.", "Không có gì thay đổi.", "Kiểm tra đường dẫn hoặc mã.")
            raise BadInput("file-unreadable", f"cannot read the copy: {error.strerror}", advice) from error
    entry = found.entry
    if args.json:
        number = {"number": entry.number, "book": entry.book, "year": entry.year} if entry else None
        print_json({"state": found.state, "register": number, "message": found.vietnamese})
    else:
        print(found.vietnamese)
    return {"issued": 0, "unknown": 2}.get(found.state, 1)


def _written(args: argparse.Namespace, data: bytes) -> int:

    args.out.write_bytes(data)
    answer(args, {"file": str(args.out), "size": len(data)}, f"Đã ghi {args.out} ({len(data)} byte).")
    return 0


_ACTS = {"list": _list, "print": _print, "export": _export, "close": _close, "check": _check}
