"""``sohoa certify-step``: the certification procedure taken step by step, each noted with officer and time."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import EXIT_SOME_FAILED, agency_code, command, opened_workplace, print_json

if TYPE_CHECKING:
    from pipeline.workplace import Workplace
    from storage.catalogue.requests import CertificationRequest

STATES = {
    "requested": "đã tiếp nhận",
    "original_seen": "đã xem bản chính",
    "grounds_answered": "đã trả lời các trường hợp từ chối",
    "compared": "đã đối chiếu",
    "numbered": "đã cấp số",
    "signed": "đã ký",
    "issued": "đã cấp bản sao",
    "delivered": "đã giao",
    "refused": "đã từ chối",
    "seized": "đã tạm giữ giấy tờ",
    "cancelled": "đã hủy",
}

_LOOKING = ("show", "overdue")
#: what an officer must be allowed to do for a step (``pipeline.officers.ROLES``)
_ROLES = {
    "open": ("attest",),
    "seen": ("attest",),
    "grounds": ("attest",),
    "compared": ("compare",),
    "number": ("certify",),
    "void": ("certify",),
    "sign": ("certify", "issue"),
    "deliver": ("issue",),
    "extend": ("attest",),
}

_EXAMPLES = {"--officer": "can-bo-1", "--agency": "H24.01", "--certifier": "nva", "--reason": "LY_DO"}


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "certify-step",
        "Certify step by step as the procedure goes: open, seen, grounds, compared, number, sign, deliver; beside them "
        "extend, void, show, overdue. Refusal and seizure: sohoa certify-refuse; taking back: sohoa certify-cancel.",
        "sohoa certify-step open DOCUMENT_ID --officer can-bo-1 --agency H24.01\n"
        "  sohoa certify-step grounds DOCUMENT_ID --officer can-bo-1 --none-met",
        json_flag=False,
    )
    steps = grammar.add_subparsers(dest="step", metavar="STEP", required=True)

    def step(name: str, summary: str, *more: str, document: bool = True, also: str = "") -> argparse.ArgumentParser:
        words = [name, *(["DOCUMENT_ID"] if document else ()), *(f"{one} {_EXAMPLES[one]}" for one in more)]
        added = command(steps, name, summary, f"sohoa certify-step {' '.join(words)} {also}".rstrip())
        if document:
            added.add_argument("document_id", metavar="DOCUMENT_ID", nargs="+" if name == "sign" else None)
        for option in more:
            helps = {
                "--officer": "id of the officer who acts; no personal number",
                "--agency": "code of the certifying agency",
                "--certifier": "id of the certifier in the settings",
                "--reason": "in words, as it will be kept",
            }
            added.add_argument(option, required=True, help=helps[option])
        if name not in _LOOKING:
            officer_options(added, named="--officer" in more)
        return added

    opening = step(
        "open", "Open a request: due day by the 15:00 rule, fee, hints of the reading.", "--officer", "--agency"
    )
    opening.add_argument("--requester", default="", help="who asked for the copy (default: the document's owner)")
    step("seen", "State that the paper original was presented and seen.", "--officer")
    grounds = step("grounds", "Answer the grounds for refusal (NĐ 23/2015 Art. 22).", "--officer", also="--none-met")
    answers = grounds.add_mutually_exclusive_group(required=True)
    answers.add_argument("--none-met", action="store_true", help="none of the six is met")
    answers.add_argument("--answers", metavar="1=no,2=no,...", help="each by itself; a yes ends in certify-refuse")
    step("compared", "State that every page was compared with the original.", "--officer")
    step("number", "Reserve the number in the register.", "--certifier", "--agency")
    step("sign", "Sign and issue what is numbered or compared: person, agency, verifier.", "--certifier", "--agency")
    deliver = step("deliver", "Note that the copy was handed over.", "--officer", also="--way email")
    deliver.add_argument("--way", required=True, choices=("kho", "email", "giay"), help="how")
    extend = step("extend", "Put the due day off.", "--officer", "--reason", also="--to 2026-11-25")
    extend.add_argument("--to", required=True, metavar="YYYY-MM-DD", help="the new due day, a working day")
    extend.add_argument("--agreed", action="store_true", help="the requester agreed in writing: longer than two days")
    step("void", "Give a reserved number up; it stays burnt in the register.", "--certifier", "--agency", "--reason")
    step("show", "Show the requests of a document with every step.")
    step("overdue", "List the open requests whose due day has passed.", "--agency", document=False)
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Take one step; exit 0, or 1 when a document of ``sign`` was not issued."""

    if "agency" in args:
        args.agency = agency_code(args.agency)
    with opened_workplace() as workplace:
        if args.step == "overdue":
            from pipeline.certify.procedure import overdue

            return _list(overdue(workplace, args.agency), args.json)
        if args.step == "show":
            return _show(workplace, args)
        with acting(workplace, args, _agency_of(workplace, args), *_ROLES[args.step]):
            if args.step == "sign":
                return _sign(workplace, args)
            if args.step in ("number", "void"):
                return _number(workplace, args)
            return _list([_step(workplace, args)], args.json)


def _agency_of(workplace: Workplace, args: argparse.Namespace) -> str:
    """Return the agency for which the officer acts: the one named, else that of the document's request."""
    if "agency" in args:
        return str(args.agency)
    from storage.catalogue import requests

    with workplace.catalogue.read() as connection:
        found = requests.of_document(connection, args.document_id)
    if args.step == "deliver":  # of the copy that is there, though another request may be open
        found = [one for one in found if one.state in ("issued", "delivered")] or found
    return found[-1].agency if found else workplace.warehouse.show(args.document_id).document.agency


def _step(workplace: Workplace, args: argparse.Namespace) -> CertificationRequest:
    from datetime import date

    from domain.errors import Advice, BadInput
    from pipeline.certify import procedure
    from pipeline.certify.steps import extend_due_day

    document_id, agent = args.document_id, args.officer
    if args.step == "open":
        what = procedure.asked(workplace, document_id, agency=args.agency, requester=args.requester)
        return procedure.request_copy(workplace, what, agent=agent)
    if args.step == "seen":
        return procedure.attest_original(workplace, document_id, agent=agent)
    if args.step == "grounds":
        return procedure.answer_grounds(workplace, document_id, _answers(workplace, args), agent=agent)
    if args.step == "compared":
        return procedure.attest_comparison(workplace, document_id, agent=agent)
    if args.step == "deliver":
        return procedure.deliver(workplace, document_id, agent=agent, way=args.way)
    try:
        to = date.fromisoformat(args.to)
    except ValueError:
        advice = Advice("Ngày trả mới không đúng dạng.", "Ngày trả không thay đổi.", "Viết NĂM-THÁNG-NGÀY.")
        raise BadInput("due-day", "not YYYY-MM-DD", advice) from None
    return extend_due_day(workplace, document_id, to=to, reason=args.reason, agent=agent, agreed=args.agreed)


def _answers(workplace: Workplace, args: argparse.Namespace) -> dict[int, bool]:
    from domain.certification import VIETNAM
    from domain.errors import Advice, BadInput
    from domain.grounds import grounds

    if args.none_met:
        today = workplace.clock().astimezone(VIETNAM).date()
        return {ground.number: False for ground in grounds(today)}
    try:
        pairs = [one.split("=") for one in args.answers.replace(" ", "").split(",")]
        return {int(number): {"yes": True, "no": False}[word] for number, word in pairs}
    except (ValueError, KeyError):
        advice = Advice(
            "Câu trả lời không đúng dạng.", "Yêu cầu không thay đổi.", "Viết 1=no,2=no,... đủ sáu trường hợp."
        )
        raise BadInput("grounds-answers", "not N=yes|no", advice) from None


def _number(workplace: Workplace, args: argparse.Namespace) -> int:
    from pipeline.certify.steps import give_up_number, take_number

    who = {"certifier_id": args.certifier, "agency": args.agency}
    if args.step == "number":
        entry = take_number(workplace, args.document_id, **who)
    else:
        entry = give_up_number(workplace, args.document_id, reason=args.reason, **who)
    if args.json:
        shape = {"number": entry.number, "book": entry.book, "year": entry.year, "state": entry.state}
        print_json({**shape, "reason": entry.void_reason})
    else:
        word = {"reserved": "đã giữ", "voided": f"đã hủy, lý do: {entry.void_reason}"}.get(entry.state, entry.state)
        print(f"{args.document_id}: số {entry.number:02d}, sổ {entry.book}/{entry.year} {word}")
    return 0


def _sign(workplace: Workplace, args: argparse.Namespace) -> int:
    from pipeline.certify.batch import certified_row
    from pipeline.certify.run import certify_documents
    from pipeline.certify.site import open_signing, require_signing
    from pipeline.results import print_table, rows_json

    require_signing(workplace.settings)
    with open_signing(workplace.settings, workplace.clock) as site:
        who = {"certifier_id": args.certifier, "agency": args.agency}
        done = certify_documents(workplace, site, args.document_id, attest=False, **who)
    rows = [certified_row(workplace, one) for one in done]
    if args.json:
        print_json(rows_json(rows))
    else:
        print_table(rows, "Chứng thực bản sao điện tử")
    return EXIT_SOME_FAILED if any(one.problem for one in done) else 0


def _show(workplace: Workplace, args: argparse.Namespace) -> int:
    from pipeline.certify.steps import stories

    found = stories(workplace, args.document_id)
    if not found:
        workplace.warehouse.show(args.document_id)  # a document that is none is told as such
    proofs = _proofs(workplace, args.document_id, {story.request.agency for story in found})
    if args.json:
        names = ("from", "to", "agent", "at")
        shapes = []
        for story in found:
            steps: list[dict[str, Any]] = [dict(zip(names, step, strict=True)) for step in story.steps]
            for one in steps:
                one["officer"], one["proof"] = _proof(proofs, one["agent"], one["at"])
            shapes.append({**_shape(story.request), "steps": steps})
        print_json(shapes)
        return 0
    for story in found:
        _print(story.request)
        for _, after, agent, at in story.steps:
            officer, proof = _proof(proofs, agent, at)
            told = {"named": " (chỉ nêu tên)", "secret": f" (cán bộ {officer} đã xác thực)"}.get(proof, "")
            print(f"    {at[:19]}Z  {agent}{told}: {STATES.get(after, after)}")
    if not found:
        print(f"{args.document_id}: chưa có yêu cầu chứng thực")
    return 0


def _proofs(workplace: Workplace, document_id: str, agencies: set[str]) -> dict[str, tuple[str, str]]:
    """Return who proved themselves, and how, by the time of what they did."""
    import json

    from storage.catalogue import audit

    with workplace.catalogue.read() as connection:
        events = [e for agency in agencies for e in audit.events(connection, agency, document_id=document_id)]
    details = [(event.at, json.loads(event.detail)) for event in events]
    return {at: (d["officer"], d["officer_proof"]) for at, d in details if "officer_proof" in d}


def _proof(proofs: dict[str, tuple[str, str]], agent: str, at: str) -> tuple[str, str]:
    """Return officer and proof of one step: ``named`` without proof, nothing for a step that the program took."""
    from pipeline.derivative import software

    return proofs.get(at, ("", "" if agent == software() else "named"))


def _list(found: list[CertificationRequest], as_json: bool) -> int:

    if as_json:
        print_json([_shape(request) for request in found])
        return 0
    for request in found:
        _print(request)
    if not found:
        print("Không có yêu cầu quá hạn.")
    return 0


def _print(request: CertificationRequest) -> None:
    number = f", số {request.number:02d} sổ {request.book}/{request.year}" if request.number else ""
    reason = f", lý do: {request.reason}" if request.reason else ""
    due = f"hẹn trả {request.due_day[8:]}/{request.due_day[5:7]}/{request.due_day[:4]}"
    print(f"{request.document_id}: {STATES[request.state]}{number}; {due}, phí {request.fee_vnd} đồng{reason}")
    for warning in request.warnings if request.state == "requested" else ():
        print(f"    trang {warning['page']} có dấu hiệu “{warning['mark']}”; cần xem lại.")


def _shape(request: CertificationRequest) -> dict[str, Any]:
    names = ("id", "document_id", "agency", "state", "received_at", "due_day", "fee_vnd", "answers", "warnings")
    more = ("book", "year", "number", "reason")
    return {name: getattr(request, name) for name in (*names, *more)}
