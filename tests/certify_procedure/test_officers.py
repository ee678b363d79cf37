"""Officers who prove themselves: register, roles, locks; every step of an office asks where the settings want it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from domain.errors import BadInput, NotReady, Refused
from pipeline.certify.batch import certify_marked
from pipeline.certify.site import TEST_CERTIFIER
from pipeline.cli.main import main
from pipeline.officers import ROLES, add_officer, disable_officer, officers, proven
from pipeline.settings import CertifySettings
from pipeline.workplace import Workplace
from storage.catalogue import audit
from tests.certify_procedure.test_procedure import MONDAY
from tests.pipeline.authority import GROUP
from tests.pipeline.bench import AGENCY
from tests.signing_verify.pki import good

pytestmark = pytest.mark.xdist_group(GROUP)

SECRET = b"mot-mat-khau-dai-1"
OTHER = b"mot-mat-khau-dai-2"
BY = ("--certifier", TEST_CERTIFIER, "--agency", AGENCY)
Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command where officers must prove themselves; return exit code and JSON."""
    monkeypatch.setenv("SOHOA_CERTIFY__OFFICERS", "required")
    monkeypatch.setenv("SOHOA_DATA_DIR", str(tmp_path / "data"))

    def command(*words: str) -> tuple[int, Any]:
        code = main([*words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return command


@pytest.fixture
def proof(tmp_path: Path) -> str:
    file = tmp_path / "mat-khau.txt"
    file.write_bytes(SECRET + b"\n")
    return str(file)


def details(place: Workplace, event_type: str) -> list[dict[str, Any]]:
    with place.catalogue.read() as connection:
        found = audit.events(connection, AGENCY)
    return [json.loads(event.detail) for event in found if event.event_type == event_type]


def test_register(office: Workplace) -> None:
    made = add_officer(office, AGENCY, "can-bo-1", ["compare", "attest", "attest"], SECRET)
    assert made.roles == ("attest", "compare")
    kept = (office.settings.data_dir / "secrets" / "officers.json").read_text()
    assert SECRET.decode() not in kept and SECRET.hex() not in kept
    assert (office.settings.data_dir / "secrets" / "officers.json").stat().st_mode & 0o077 == 0
    assert made.digest not in repr(made) and "digest" not in made.shape()
    with proven(office, AGENCY, "can-bo-1", SECRET, "attest") as who:
        assert who.id == "can-bo-1"
    for agency, officer, secret in (
        (AGENCY, "can-bo-1", OTHER),
        (AGENCY, "can-bo-2", SECRET),
        ("H24.02", "can-bo-1", SECRET),
    ):
        with pytest.raises(Refused, match="officer-not-proven"), proven(office, agency, officer, secret):
            pass
    with pytest.raises(Refused, match="officer-role"), proven(office, AGENCY, "can-bo-1", SECRET, "approve"):
        pass
    add_officer(office, AGENCY, "can-bo-1", ["approve"], OTHER)
    with pytest.raises(Refused, match="officer-not-proven"), proven(office, AGENCY, "can-bo-1", SECRET):
        pass
    disable_officer(office, AGENCY, "can-bo-1")
    with pytest.raises(Refused, match="officer-not-proven"), proven(office, AGENCY, "can-bo-1", OTHER):
        pass
    with office.catalogue.read() as connection:
        refused = [e for e in audit.events(connection, AGENCY) if e.event_type == "officer refused"]
    assert {e.agent for e in refused} == {"can-bo-1", "unknown"} and all(e.outcome == "failure" for e in refused)
    (one,) = officers(office.settings, AGENCY)
    assert one.disabled_at and officers(office.settings, "H24.02") == []
    assert [d["officer"] for d in details(office, "officer disabled")] == ["can-bo-1"]


def test_a_damaged_register_lets_nobody_act(office: Workplace) -> None:
    add_officer(office, AGENCY, "can-bo-1", ["attest"], SECRET)
    (office.settings.data_dir / "secrets" / "officers.json").write_text("[{]")
    with pytest.raises(NotReady, match="officers-file"), proven(office, AGENCY, "can-bo-1", SECRET):
        pass


@pytest.mark.parametrize(
    ("officer", "roles", "secret", "code"),
    [
        ("012345678901", ["attest"], SECRET, "officer-id"),
        ("can-bo-1", ["everything"], SECRET, "officer-roles"),
        ("can-bo-1", [], SECRET, "officer-roles"),
        ("can-bo-1", ["attest"], b"ngan", "officer-secret"),
    ],
)
def test_what_is_no_officer(office: Workplace, officer: str, roles: list[str], secret: bytes, code: str) -> None:
    with pytest.raises(BadInput, match=code):
        add_officer(office, AGENCY, officer, roles, secret)
    assert officers(office.settings) == []


def test_guessing_is_stopped(office: Workplace) -> None:
    add_officer(office, AGENCY, "can-bo-1", ["attest"], SECRET)
    now = MONDAY
    clocked = replace(office, clock=lambda: now)
    for _ in range(5):
        with pytest.raises(Refused, match="officer-not-proven"), proven(clocked, AGENCY, "can-bo-1", OTHER):
            pass
    with pytest.raises(Refused, match="officer-locked"), proven(clocked, AGENCY, "can-bo-1", SECRET):
        pass
    later = replace(office, clock=lambda: now + timedelta(minutes=16))
    with proven(later, AGENCY, "can-bo-1", SECRET):
        pass
    refused = details(office, "officer refused")
    assert [d["locked"] for d in refused] == [False] * 5 + [True]
    assert OTHER.decode() not in json.dumps(refused)


def test_every_step_asks_and_is_noted(place: Workplace, paper: str, run: Run, proof: str) -> None:
    add = ("officers", "add", "can-bo-1", "--agency", AGENCY, "--secret", proof)
    assert run(*add, *(word for role in ROLES for word in ("--role", role)))[0] == 0
    run("officers", "add", "can-bo-2", "--agency", AGENCY, "--secret", proof, "--role", "compare")
    step, me = ("certify-step",), ("--officer", "can-bo-1", "--proof", proof)
    # named only: not enough, and nothing is opened
    code, told = run(*step, "open", paper, "--officer", "can-bo-1", "--agency", AGENCY)
    assert (code, told["error"]["code"]) == (4, "officer-secret")
    assert run(*step, "show", paper) == (0, [])
    assert run(*step, "open", paper, "--agency", AGENCY, *me)[0] == 0
    code, told = run(*step, "seen", paper, "--officer", "can-bo-2", "--proof", proof)
    assert (code, told["error"]["code"]) == (4, "officer-role")
    assert run(*step, "seen", paper, *me)[0] == 0
    assert run(*step, "grounds", paper, "--none-met", *me)[0] == 0
    assert run(*step, "compared", paper, "--officer", "can-bo-2", "--proof", proof)[0] == 0
    code, told = run(*step, "sign", paper, *BY)
    assert (code, told["error"]["code"]) == (4, "officer-missing")
    assert run("certify", paper, *BY)[1]["error"]["code"] == "officer-missing"
    assert run("sao-y", paper, "--agency", AGENCY)[1]["error"]["code"] == "officer-missing"
    code, signed = run(*step, "sign", paper, *BY, *me)
    assert (code, signed["documents"][0]["outcome"]) == (0, "certified")
    (story,) = run(*step, "show", paper)[1]
    who = {one["to"]: (one["officer"], one["proof"]) for one in story["steps"]}
    assert who["original_seen"] == ("can-bo-1", "secret") and who["compared"] == ("can-bo-2", "secret")
    assert who["numbered"] == ("can-bo-1", "secret") and who["issued"] == ("", "")
    cancel = ("certify-cancel", paper, "--reason", "sai", *BY)
    assert run(*cancel)[1]["error"]["code"] == "officer-missing"
    assert run(*cancel, *me)[0] == 0


def test_every_decision_asks(place: Workplace, paper: str, run: Run, proof: str) -> None:
    add_officer(place, AGENCY, "can-bo-1", ["issue", "certify"], SECRET)
    add_officer(place, AGENCY, "can-bo-2", ["attest"], SECRET)
    other, case = "0" * 26, "H24.01-260101-0009"
    by = ("--by", "can-bo-1")
    asking: tuple[tuple[str, ...], ...] = (
        ("duplicates", "decide", "rescan", paper, other, "--accept", "--agency", AGENCY, *by),
        ("duplicates", "undo", "rescan", paper, other, "--agency", AGENCY, *by),
        ("reuse", "--take", paper, "--case", case, "--agency", AGENCY, *by),
        ("register", "close", "--agency", AGENCY, "--year", "2025", *by),
        ("validity", paper, "--until", "2099-01-01", *by),
        ("split", paper, "--accept", "--pages", "1", *by),
        ("sign-digitised", paper, "--agency", AGENCY, *by),
    )
    for words in asking:
        assert run(*words)[1]["error"]["code"] == "officer-secret", words
        wrong = tuple("can-bo-9" if word == "can-bo-1" else word for word in words)
        assert run(*wrong, "--proof", proof)[1]["error"]["code"] == "officer-not-proven", words
    for words in (asking[3], asking[6]):
        less = tuple("can-bo-2" if word == "can-bo-1" else word for word in words)
        assert run(*less, "--proof", proof)[1]["error"]["code"] == "officer-role", words
    with place.catalogue.read() as connection:
        found = audit.events(connection, AGENCY)
    assert {e.event_type for e in found if "can-bo" in e.agent} == {"officer registered", "officer refused"}
    assert place.warehouse.show(paper).objects[-1].role != "signed"
    assert run("validity", paper)[1]["validity"] == "chua-ro"  # to look is nobody's act
    assert run("reuse", "--owner", "citizen:001200000019", "--agency", AGENCY)[1]["available"] is False

    for words in (asking[2], asking[3], asking[4], asking[6]):
        assert run(*words, "--proof", proof)[0] == 0, words
    with place.catalogue.read() as connection:
        done = {e.event_type: json.loads(e.detail) for e in audit.events(connection, AGENCY) if e.agent == "can-bo-1"}
    del done["officer registered"]
    # also what a thread of a pool has written (the signature)
    assert {d.get("officer_proof") for d in done.values()} == {"secret"}
    assert {"reuse", "register closing", "digital signature generation"} <= done.keys()


def test_a_flow_does_not_speak_for_an_officer(place: Workplace, paper: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import flows.certify as flow

    strict = place.settings.model_copy(update={"certify": CertifySettings(officers="required")})
    held = SimpleNamespace(workplace=replace(place, settings=strict))
    monkeypatch.setattr(flow, "current", lambda: held)
    with pytest.raises(BadInput, match="officer-secret"):
        flow.issue_copies.fn([paper], TEST_CERTIFIER, AGENCY)
    assert place.warehouse.show(paper).register == ()


def test_by_default_they_are_named_and_shown_so(
    place: Workplace, paper: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOHOA_DATA_DIR", str(place.settings.data_dir))
    assert main(["certify-step", "open", paper, "--officer", "can-bo-1", "--agency", AGENCY]) == 0
    capsys.readouterr()
    assert main(["certify-step", "show", paper]) == 0
    assert "can-bo-1 (chỉ nêu tên)" in capsys.readouterr().out
    with place.catalogue.read() as connection:
        assert "officer_proof" not in "".join(e.detail for e in audit.events(connection, AGENCY))


def test_a_batch_waits_for_the_officer(place: Workplace, paper: str) -> None:
    strict = place.settings.model_copy(update={"certify": CertifySettings(officers="required")})
    assert certify_marked(replace(place, settings=strict), {paper: "mot.pdf"}) == []
    assert place.warehouse.show(paper).register == ()


def test_trust_wants_two_officers(
    office: Workplace, run: Run, proof: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One account of the machine is enough, since officers prove who they are; one officer is not."""
    monkeypatch.setenv("SOHOA_VERIFY__TRUST_FOUR_EYES", "true")
    monkeypatch.setenv("SOHOA_AGENCY", AGENCY)
    root = good().root
    (tmp_path / "goc.pem").write_bytes(root.certificate.public_bytes(serialization.Encoding.PEM))
    for officer in ("can-bo-1", "can-bo-2"):
        add_officer(office, AGENCY, officer, ["approve"], SECRET)
    add_officer(office, AGENCY, "can-bo-3", ["attest"], SECRET)
    add = ("trust", "add", str(tmp_path / "goc.pem"), "--sha256", hashlib.sha256(root.der).hexdigest(), "--why", "QĐ 1")
    assert run(*add, "--by", "can-bo-1")[1]["error"]["code"] == "officer-secret"
    proposed = run(*add, "--by", "can-bo-1", "--proof", proof)[1]["proposal"]
    approve = ("trust", "approve", proposed, "--proof", proof, "--by")
    assert run(*approve, "can-bo-1")[1]["error"]["code"] == "trust-same-person"
    assert run(*approve, "can-bo-3")[1]["error"]["code"] == "officer-role"
    code, made = run(*approve, "can-bo-2")
    assert (code, made["by"], made["approved_by"]) == (0, "can-bo-1", f"can-bo-2 (officer {AGENCY} can-bo-2)")
    assert {d["officer_proof"] for d in details(office, "trust list: approve")} == {"secret"}


def test_disposal_wants_proof(office: Workplace, run: Run, proof: str) -> None:
    add_officer(office, AGENCY, "can-bo-1", ["attest"], SECRET)
    asked = ("disposal", "hold", "--case", "H24.01-260101-0001", "--agency", AGENCY, "--reason", "khiếu nại", "--by")
    assert run(*asked, "can-bo-1")[1]["error"]["code"] == "officer-secret"
    assert run(*asked, "can-bo-9", "--proof", proof)[1]["error"]["code"] == "officer-not-proven"
    assert run(*asked, "can-bo-1", "--proof", proof)[0] == 0
    assert {d["officer_proof"] for d in details(office, "retention decision") if d["act"] == "hold placed"} == {
        "secret"
    }
