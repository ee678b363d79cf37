from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from signing.verify.document import verify_pdf
from signing.verify.model import DocumentVerdict, Indication, Status
from signing.verify.report import About, to_dict, to_json
from signing.verify.report_html import to_html
from signing.verify.second_opinion import Opinion, ask, combine
from signing.verify.words import CODES, SUB_INDICATIONS
from tests.require import need
from tests.signing_verify.attacks import signed, signed_two, trust
from tests.signing_verify.pki import now
from tests.signing_verify.suite import ATTACKS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "verification.md"


@pytest.fixture(scope="module")
def passed() -> DocumentVerdict:
    return verify_pdf(signed_two(), trust(), now=now())


@pytest.fixture(scope="module")
def failed() -> DocumentVerdict:
    return verify_pdf(ATTACKS["isa_page_replaced"]().pdf, trust(), now=now())


def test_json_tells_both_parts_and_the_document_verdict(failed: DocumentVerdict) -> None:
    report = json.loads(to_json(failed, About("tệp.pdf", report_id="R1")))
    assert report["verdict"]["indication"] == "TOTAL-FAILED"
    assert (report["verdict"]["cryptographic"], report["verdict"]["integrity"]) == ("PASSED", "FAILED")
    assert report["report"]["id"] == "R1"
    assert report["file"] == {"name": "tệp.pdf", "size": failed.size, "sha256": failed.sha256, "pages": 2}
    last = report["revisions"][-1]
    assert last["kind"] == "forbidden" and "trang 1" in last["changes"]
    assert report["uncovered"] == [{"start": last["start"], "end": last["end"]}]


def test_equal_verdicts_give_equal_bytes() -> None:
    one, two = (verify_pdf(signed(), trust(), now=now()) for _ in range(2))
    assert to_json(one) == to_json(two)


def test_html_stands_alone_and_escapes(passed: DocumentVerdict) -> None:
    evil = "<script>alert(1)</script>\"'&.pdf"
    signature = replace(passed.signatures[0], field=evil)
    page = to_html(replace(passed, signatures=(signature,)), About(evil))
    assert "<script" not in page and "&lt;script&gt;" in page
    assert not re.search(r"(?:src|href)\s*=", page) and "url(" not in page
    assert "ĐẠT" in page and "Nguyễn Văn Thử" in page and "UTC+7" in page


def test_html_of_every_kind_of_verdict(failed: DocumentVerdict) -> None:
    assert "KHÔNG ĐẠT" in to_html(failed)
    assert "KHÔNG ĐỌC ĐƯỢC" in to_html(verify_pdf(b"", trust(), now=now()))


def test_documentation_names_every_field_and_code(passed: DocumentVerdict) -> None:
    text = DOCS.read_text(encoding="utf-8")
    report = to_dict(passed)
    for key in [*report, *report["signatures"][0], *report["timestamps"][0], *report["revisions"][0]]:
        assert f"`{key}`" in text, key
    for code in CODES:
        assert f"`{code}`" in text, code
    assert {r.sub_indication for r in passed.reasons} <= set(SUB_INDICATIONS)


def test_verdict_survives_the_pipe(passed: DocumentVerdict) -> None:
    assert msgspec.json.decode(msgspec.json.encode(passed), type=DocumentVerdict) == passed


def test_second_opinion_lowers_and_never_raises(passed: DocumentVerdict, failed: DocumentVerdict) -> None:
    agree = {s.field: "Signature is Valid." for s in passed.signatures}
    assert combine(passed, Opinion(agree)).indication is Indication.PASSED
    broken = {**agree, passed.signatures[1].field: "Digest Mismatch."}
    lowered = combine(passed, Opinion(broken))
    assert (lowered.indication, lowered.code) == (Indication.INDETERMINATE, "second-opinion")
    missing = {passed.signatures[0].field: "Signature is Valid."}
    assert combine(passed, Opinion(missing)).indication is Indication.INDETERMINATE
    assert combine(failed, Opinion(agree)).indication is Indication.FAILED
    assert combine(passed, Opinion({}, "chưa cài pdfsig")).indication is Indication.PASSED
    unread = verify_pdf(b"", trust(), now=now())
    assert combine(unread, Opinion(agree)).status is Status.UNREADABLE


def test_pdfsig_agrees_on_honest_files(tmp_path: Path, passed: DocumentVerdict) -> None:
    need("pdfsig", shutil.which("pdfsig") is not None, "poppler's pdfsig is not installed")
    target = tmp_path / "a.pdf"
    target.write_bytes(signed_two())
    opinion = ask(target)
    assert opinion.note == "" and {s.field for s in passed.signatures} <= set(opinion.fields)
    assert combine(passed, opinion).indication is Indication.PASSED
    target.write_bytes(ATTACKS["flip_text"]().pdf)
    assert "Digest Mismatch." in ask(target).fields.values()


def test_pdfsig_out_of_time(tmp_path: Path) -> None:
    need("pdfsig", shutil.which("pdfsig") is not None, "poppler's pdfsig is not installed")
    target = tmp_path / "a.pdf"
    target.write_bytes(signed())
    assert ask(target, seconds=0.000001).note == "pdfsig quá thời gian"
