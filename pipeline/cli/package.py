"""``sohoa package``: papers as SIP or AIP for an archive, as DIP for a reader, checked, and an AIP back in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pipeline.cli.common import answer, command, opened_workplace, print_json, verbs_of


def add(commands: Any) -> None:
    """Add the commands to the grammar."""
    verbs = verbs_of(
        commands,
        "package",
        "Export, check and import SIP and AIP for archives, DIP for readers (E-ARK CSIP).",
        "sohoa package aip DOCUMENT_ID --to /tmp/goi",
    )
    for kind, what in (
        ("sip", "originals and derived files of the newest versions, to hand over to an archive"),
        ("aip", "every file of every version with its manifests, to keep; it can be taken in again"),
        ("dip", 'access copies with "BẢN SAO" on every page, to hand out for one request; checked, recorded'),
    ):
        asked = ' --request "Phiếu 12 ngày 20/11/2026"' if kind == "dip" else ""
        made = command(
            verbs,
            kind,
            f"Write documents as one {kind.upper()} after TT 05/2025/TT-BNV, in E-ARK CSIP shape: {what}.",
            f"sohoa package {kind} DOCUMENT_ID --to /tmp/goi --zip{asked}\n"
            f"  sohoa package {kind} --case H24.01-260101-0001 --to /tmp/goi{asked}",
        )
        if kind == "dip":
            made.add_argument("--request", required=True, help="số, ngày phiếu yêu cầu (không ghi tên người yêu cầu)")
            made.add_argument("--by", default="", help="officer's id, for the audit log")
        _chosen(made)
        made.add_argument("--to", metavar="DIR", type=Path, required=True, help="folder that the package is put into")
        made.add_argument("--zip", action="store_true", help="one ZIP instead of a folder")
        made.add_argument("--code", default="", help="mã hồ sơ (default: case code, document id)")
        made.add_argument("--title", default="", help="tiêu đề hồ sơ")
        made.add_argument("--fonds", default="", help="mã phông (default: the agency's code)")
        made.add_argument(
            "--mode", choices=("01", "02"), default="02", help="chế độ sử dụng: 01 công khai, 02 có điều kiện"
        )
        made.add_argument("--paper-code", default="", help="mã hồ sơ giấy gốc")
        made.add_argument("--keywords", default="", help="từ khóa, cách nhau bằng dấu chấm phẩy")
        made.add_argument("--description", default="", help="ghi chú")
        made.set_defaults(run=run_export, kind=kind)
    check = command(
        verbs,
        "check",
        "Check a package (folder or ZIP): structure and METS after E-ARK CSIP, schemas, every digest, nothing "
        "unlisted. Exit 1 when it is not valid.",
        "sohoa package check /tmp/goi/uuid-...\n  sohoa package check goi.zip --json",
    )
    check.add_argument("path", metavar="PACKAGE", type=Path)
    check.add_argument("--ead-schema", metavar="FILE", type=Path, help="ead3.xsd, to check descriptions by it too")
    check.set_defaults(run=run_check)
    taken = command(
        verbs,
        "import",
        "Take in an AIP that this system made; what is there already stays as it is. Exit 1 when one was refused.",
        "sohoa package import goi.zip",
    )
    taken.add_argument("path", metavar="PACKAGE", type=Path)
    taken.set_defaults(run=run_import)


def _chosen(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("document_ids", metavar="DOCUMENT_ID", nargs="*")
    parser.add_argument("--agency", help="all documents of this agency")
    parser.add_argument("--case", help="all documents of this case")
    parser.add_argument("--owner", help="all documents of citizen:<12 digits> or org:<tax code>")


def run_export(args: argparse.Namespace) -> int:
    """Write the package and say where it is."""
    from pipeline.dissemination import disseminate
    from pipeline.handover import select
    from pipeline.packages import FileFacts, export_package

    facts = FileFacts(
        code=args.code or (args.case or ""),
        title=args.title,
        fonds=args.fonds,
        mode=args.mode,
        paper_code=args.paper_code,
        keywords=args.keywords,
        description=args.description,
    )
    with opened_workplace() as workplace:
        documents = select(workplace, args.document_ids, agency=args.agency, case=args.case, owner=args.owner)
        if args.kind == "dip":
            asked = {"request": args.request, "agent": args.by}
            report = disseminate(workplace, documents, args.to, facts, zipped=args.zip, **asked)
        else:
            report = export_package(workplace, documents, args.kind, args.to, facts, zipped=args.zip)
    shape = {**report.__dict__, "path": str(report.path), "documents": len(documents)}
    answer(args, shape, f"{report.path}: {len(documents)} tài liệu, {report.files} tệp, {report.bytes} byte")
    return 0


def run_check(args: argparse.Namespace) -> int:
    """Name what is wrong."""
    from dataclasses import asdict

    from storage.eark.check import check_package, opened

    with opened(args.path) as folder:
        found = check_package(folder, ead_schema=args.ead_schema)
    if args.json:
        print_json({"valid": found.valid, **asdict(found)})
        return 0 if found.valid else 1
    for finding in found.findings:
        print(f"{finding.level} {finding.rule} {finding.path}: {finding.what}")
    verdict = "hợp lệ" if found.valid else "KHÔNG hợp lệ"
    print(f"{found.kind or 'gói'} {found.object_id}: {verdict}; {found.files} tệp, {found.bytes} byte đã băm lại")
    return 0 if found.valid else 1


def run_import(args: argparse.Namespace) -> int:
    """Take the package in and say what came of it."""
    from pipeline.packages import import_package

    with opened_workplace() as workplace:
        report = import_package(workplace, args.path)
    shape = {"documents": report.documents, "versions": report.versions, "problems": list(report.problems)}
    wrong = [f"  {key}: {what}" for key, what in report.problems]
    answer(args, shape, f"{report.documents} tài liệu, {report.versions} phiên bản mới", *wrong)
    return 1 if report.problems else 0
