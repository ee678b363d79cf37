"""``sohoa signer``: the person who signs, at the signing service."""

from __future__ import annotations

import argparse
from typing import Any

from pipeline.cli.common import answer, command


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "signer",
        "Sign in at the signing service through the browser (CSC v2 with signing.authorize_url), or out again.",
        "sohoa signer login",
        json_flag=False,
    )
    acts = grammar.add_subparsers(dest="act", metavar="ACT", required=True)
    login = command(
        acts,
        "login",
        "Open the printed address, sign in; the refresh token is kept in a file of yours.",
        "sohoa signer login",
    )
    login.add_argument("--wait", metavar="S", type=float, default=300.0, help="seconds to wait for the browser (300)")
    login.add_argument("--port", type=int, default=0, help="port of the redirect, where the service wants a fixed one")
    command(acts, "logout", "Forget the sign-in.", "sohoa signer logout")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Sign in or out; exit 0."""
    import sys
    from contextlib import closing

    from domain.errors import Advice, NotReady
    from pipeline.certify.providers import login_file
    from pipeline.settings import load_settings
    from signing.http import make_client
    from signing.oauth import Login, keep_token, sign_in

    settings = load_settings()
    signing, file = settings.signing, login_file(settings)
    if args.act == "logout":
        file.unlink(missing_ok=True)
        done = "Đã quên phiên đăng nhập dịch vụ ký số."
    else:
        if signing.provider != "csc-v2" or not signing.authorize_url:
            advice = Advice(
                "Dịch vụ ký số trong cấu hình không đăng nhập bằng trình duyệt.",
                "Chưa có gì thay đổi.",
                "Khai báo signing.provider = csc-v2 và signing.authorize_url.",
            )
            raise NotReady("signer-login", "no authorize_url", advice)

        def show(address: str) -> None:
            print(f"Mở địa chỉ sau trong trình duyệt để đăng nhập:\n{address}", file=sys.stderr, flush=True)

        login = Login(signing.authorize_url, signing.token_url, signing.client_id, signing.secret())
        with closing(make_client(signing.timeout_s)) as client:
            keep_token(file, sign_in(client, login, show, timeout_s=args.wait, port=args.port))
        done = "Đã đăng nhập dịch vụ ký số."
    answer(args, {"act": args.act, "done": True}, done)
    return 0
