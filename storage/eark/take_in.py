"""An AIP of ours back into the warehouse."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path

from domain.errors import Advice, BadInput
from storage.catalogue.engine import Catalogue
from storage.eark.check import check_package, read_listing
from storage.eark.model import LISTING, SEAL
from storage.objects import ObjectStore
from storage.payload import take_in_payload
from storage.rebuild import RebuildReport


def take_in_package(
    store: ObjectStore, catalogue: Catalogue, folder: Path, *, seal: Callable[[bytes], str]
) -> RebuildReport:
    """Put the objects of a valid AIP into *store* and its documents into *catalogue*; what is there already stays.

    Only a package that bears this installation's *seal* is taken in, as with bags. Raises ``BadInput``
    (``not-a-package``, ``package-broken``, ``package-not-aip``, ``package-of-elsewhere``), ``Unavailable``.
    """
    found = check_package(folder)
    if not found.valid:
        wrong = [f for f in found.findings if f.level == "MUST"]
        raise BadInput(
            "package-broken",
            f"{len(wrong)} problems, the first: {wrong[0].rule} {wrong[0].what}",
            Advice(f"Gói tin không đạt ({len(wrong)} chỗ sai).", "Chưa có gì được nhập.", "Xem `sohoa package check`."),
        )
    if found.kind != "AIP" or not (folder / LISTING).is_file():
        raise BadInput(
            "package-not-aip",
            f"a package of kind {found.kind}",
            Advice("Chỉ nhập lại được gói AIP do hệ thống này lập.", "Chưa có gì được nhập.", "Nhập tệp như mới."),
        )
    given = folder / SEAL
    expected = seal((folder / LISTING).read_bytes())
    if not given.is_file() or not hmac.compare_digest(given.read_bytes().strip(), expected.encode()):
        raise _elsewhere("it does not bear the seal of this installation")
    payload = {key: folder / path for _, key, path in read_listing(folder)}
    return take_in_payload(store, catalogue, payload, _elsewhere)


def _elsewhere(why: str) -> BadInput:
    return BadInput(
        "package-of-elsewhere",
        why,
        Advice(
            "Gói tin này không do hệ thống này (cùng khóa định danh chủ sở hữu) lập.",
            "Chưa có gì được nhập.",
            "Khôi phục khóa secrets/owner-key của nơi lập gói, hoặc nhập tệp gốc như giấy tờ mới.",
        ),
    )
