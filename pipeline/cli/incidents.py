"""``sohoa incidents``: reports on what scrubbing and replicating found damaged, with the system's seal."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.common import agency_code, answer, command, opened_workplace, verbs_of

if TYPE_CHECKING:
    from pipeline.incidents import IncidentReport

_COPIES = {"main": "kho chính", "replica": "kho bản sao"}


def add(commands: Any) -> None:
    """Add the commands to the grammar."""
    verbs = verbs_of(
        commands,
        "incidents",
        "Show incident reports: what was found damaged in the store, when, and what was mended.",
        "sohoa incidents list",
    )
    listing = command(
        verbs,
        "list",
        "List the incident reports of an agency, oldest first, each with its seal checked. Exit 1 when a seal is not "
        "intact.",
        "sohoa incidents list\n  sohoa incidents list --json",
    )
    listing.set_defaults(run=run_list)
    show = command(
        verbs,
        "show",
        "Print one report; --to writes it with its seal beside it (sohoa verify --check-seal reads them).",
        "sohoa incidents show 20261122T010000-0a1b2c3d --to bao-cao/",
    )
    show.add_argument("report", metavar="REPORT")
    show.add_argument("--to", metavar="DIR", type=Path, help="write the report and its seal into DIR")
    show.set_defaults(run=run_show)
    for verb in (listing, show):
        verb.add_argument("--agency", help="agency code (default: the setting)")


def run_list(args: argparse.Namespace) -> int:
    """Print one line a report."""
    from pipeline.incidents import list_reports

    with opened_workplace() as workplace:
        found = list_reports(workplace, agency_code(args.agency or workplace.settings.agency))
    answer(args, [_shape(one) for one in found], *([_line(one) for one in found] or ["Chưa có báo cáo sự cố nào."]))
    return 1 if any(one.seal is not None and not one.seal.intact for one in found) else 0


def run_show(args: argparse.Namespace) -> int:
    """Print a report; write it out."""
    from pipeline.incidents import report_of

    with opened_workplace() as workplace:
        report = report_of(workplace, agency_code(args.agency or workplace.settings.agency), args.report)
    if args.to is not None:
        args.to.mkdir(parents=True, exist_ok=True)
        (args.to / f"{report.id}.json").write_bytes(report.content)
        if report.signature:
            (args.to / f"{report.id}.json.p7s").write_bytes(report.signature)
    lines = [_line(report)]
    for one in report.incidents:
        mended = f"đã khôi phục từ {_COPIES[one['mended_from']]}" if one["mended_from"] else "CHƯA KHÔI PHỤC ĐƯỢC"
        lines.append(f"  {_COPIES[one['copy']]}: {one['key']}: {one['found']}; {mended}")
        lines += [f"      {agency} {document_id}".rstrip() for agency, document_id in one["documents"]]
    answer(args, _shape(report) | {"incidents": list(report.incidents)}, *lines)
    return 1 if report.seal is not None and not report.seal.intact else 0


def _shape(report: IncidentReport) -> dict[str, Any]:
    return {
        "id": report.id,
        "agency": report.agency,
        "made_at": report.made_at,
        "act": report.act,
        "incidents": len(report.incidents),
        "open": report.open,
        "sealed": report.sealed,
        "seal_intact": None if report.seal is None else report.seal.intact,
    }


def _line(report: IncidentReport) -> str:
    seal = report.seal.message if report.seal else ("Có dấu, chưa kiểm tra." if report.sealed else "Không có dấu.")
    return (
        f"{report.id}: {len(report.incidents)} sự cố, {report.open} chưa khôi phục được ({report.act}, {report.by}). "
        f"{seal}"
    )
