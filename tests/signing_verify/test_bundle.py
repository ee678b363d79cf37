"""An evidence bundle repeats the verdict elsewhere; one that was touched, or brings its own roots, convinces nobody."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from domain.errors import BadInput
from pipeline.verify_bundle import make_bundle, repeat_bundle
from signing.verify.bundle import read_bundle, write_bundle
from signing.verify.collecting import collect
from signing.verify.document import verify_pdf
from signing.verify.model import Expected, ExpectedSignature, Indication
from signing.verify.workers import ROOT
from tests.pipeline.bench import settings
from tests.signing_verify.attacks import signed, signed_two, trust
from tests.signing_verify.pki import good, now, rogue
from tests.signing_verify.suite import ATTACKS


def anchors(folder: Path, root=None) -> Path:
    """A trust folder with the good root (or *root*) and fresh lists."""
    folder.mkdir(parents=True)
    (folder / "goc.pem").write_bytes((root or good().root).certificate.public_bytes(Encoding.PEM))
    for number, der in enumerate(trust().crls):
        (folder / f"{number}.crl").write_bytes(der)
    return folder


def bundle_of(pdf: bytes, **more: object) -> bytes:
    verdict = verify_pdf(pdf, trust(), now=now(), expected=more.get("expected"))  # type: ignore[arg-type]
    return write_bundle(verdict, trust(), collect(pdf), file_name="a.pdf", **more)  # type: ignore[arg-type]


def test_the_same_verdict_on_another_machine(tmp_path: Path) -> None:
    """A process of its own with nothing but the file and the bundle."""
    here = settings(tmp_path / "here")
    (tmp_path / "a.pdf").write_bytes(signed_two())
    verdict, data = make_bundle(here, tmp_path / "a.pdf", now=now(), trust=anchors(tmp_path / "neo"))
    assert verdict.indication is Indication.PASSED
    (tmp_path / "a.zip").write_bytes(data)
    (tmp_path / "there").mkdir()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pipeline.cli.main", "verify", "--json"),
            *("--from-bundle", str(tmp_path / "a.zip"), str(tmp_path / "a.pdf")),
        ],
        capture_output=True,
        cwd=tmp_path / "there",
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "SOHOA_DATA_DIR": str(tmp_path / "there" / "data")},
        timeout=600,
        check=False,
    )
    said = json.loads(done.stdout)
    assert said["equal"] and said["same_policy"]
    assert said["bundle"]["verdict"]["indication"] == "TOTAL-PASSED"
    # that machine trusts nobody: what it answers for itself is not "valid"
    assert said["own"]["verdict"]["indication"] == "INDETERMINATE"
    assert done.returncode == 2
    assert not (tmp_path / "there" / "data").exists()
    ours = repeat_bundle(here, tmp_path / "a.zip", tmp_path / "a.pdf", trust=tmp_path / "neo")
    assert ours.equal and ours.own.indication is Indication.PASSED


def test_bad_verdicts_are_repeated_too(tmp_path: Path) -> None:
    pdf = ATTACKS["isa_page_replaced"]().pdf
    (tmp_path / "a.pdf").write_bytes(pdf)
    wanted = Expected((ExpectedSignature("NguoiChungThuc"), ExpectedSignature("KhongCo")))
    (tmp_path / "a.zip").write_bytes(bundle_of(pdf, expected=wanted))
    said = repeat_bundle(settings(tmp_path / "d"), tmp_path / "a.zip", tmp_path / "a.pdf")
    assert said.equal
    assert said.verdict.indication is Indication.FAILED
    assert "missing-signature" in {r.code for r in said.verdict.reasons}


def test_what_is_inside(tmp_path: Path) -> None:
    pdf = signed_two()
    data = bundle_of(pdf)
    assert data == bundle_of(pdf)
    bundle = read_bundle(data)
    assert bundle.file_sha256 == hashlib.sha256(pdf).hexdigest()
    assert (bundle.trust.version, bundle.moment) == (trust().version, now())
    assert {i.kind for i in bundle.items} == {"cert", "crl", "timestamp"}
    named = {e.sha256 for e in bundle.verdict.evidence if e.origin == "document"}
    assert named <= {i.sha256 for i in bundle.items}
    names = set(zipfile.ZipFile(io.BytesIO(data)).namelist())
    assert {"bundle.json", "verdict.json", "trust.json", "policy.txt", "README.txt"} <= names
    assert sum(n.startswith("timestamps/") for n in names) == 3


def test_a_stranger_roots_do_not_become_ours(tmp_path: Path) -> None:
    """A forger signs with a PKI of his own and sends a bundle that trusts it."""
    (tmp_path / "a.pdf").write_bytes(signed())
    (tmp_path / "a.zip").write_bytes(bundle_of(signed()))
    own = anchors(tmp_path / "neo", rogue().root)
    said = repeat_bundle(settings(tmp_path / "d"), tmp_path / "a.zip", tmp_path / "a.pdf", trust=own)
    assert said.equal and said.verdict.indication is Indication.PASSED
    assert said.own.indication is Indication.INDETERMINATE


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.pdf").write_bytes(signed_two())
    (tmp_path / "a.zip").write_bytes(bundle_of(signed()))
    with pytest.raises(BadInput) as told:
        repeat_bundle(settings(tmp_path / "d"), tmp_path / "a.zip", tmp_path / "b.pdf")
    assert told.value.code == "bundle-other-file"


def _changed(data: bytes, name: str, change) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, change(content) if info.filename == name else content)
    return out.getvalue()


def _relabelled(name: str, change) -> bytes:
    """Change an entry and put the right digest into bundle.json."""
    data = _changed(bundle_of(signed()), name, change)
    digest = hashlib.sha256(zipfile.ZipFile(io.BytesIO(data)).read(name)).hexdigest()

    def fixed(header: bytes) -> bytes:
        shape = json.loads(header)
        shape["entries"][name] = digest
        return json.dumps(shape).encode()

    return _changed(data, "bundle.json", fixed)


def test_a_verdict_that_was_prettied_is_not_equal(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(signed())
    lie = _relabelled("verdict.json", lambda c: c.replace(b'"code": "ok"', b'"code": "fine"', 1))
    (tmp_path / "a.zip").write_bytes(lie)
    assert not repeat_bundle(settings(tmp_path / "d"), tmp_path / "a.zip", tmp_path / "a.pdf").equal


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: b"khong phai zip",
        lambda d: d[: len(d) // 2],
        lambda d: _changed(d, "trust.json", lambda c: c + b" "),
        lambda d: _changed(d, "bundle.json", lambda c: c.replace(b"sohoa-evidence-1", b"sohoa-evidence-9")),
        lambda d: _changed(d, "bundle.json", lambda c: b"{}"),
        lambda d: _relabelled("trust.json", lambda c: b'{"anchors": 5}'),
        lambda d: _relabelled("verdict.json", lambda c: b"[]"),
    ],
)
def test_damage_is_told(damage) -> None:
    with pytest.raises(BadInput) as told:
        read_bundle(damage(bundle_of(signed())))
    assert told.value.code == "bundle-invalid"
