"""Four eyes on the trust list, and the signature of an imported TS 119 612 list."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml import SignatureMethod, XMLSigner, methods

from domain.errors import BadInput, Refused
from pipeline.cli.main import main
from pipeline.trust_approval import Person, approve, proposals, propose, reject
from pipeline.trust_change import Decision, add_to_list
from signing.trust import TrustStore
from signing.trusted_list import NAMESPACE, signed_list
from tests.signing_verify.pki import YEAR, Entity, good, issue, now, rogue

AN, BINH = Person("An", "an"), Person("Bình", "binh")


def _proposed(folder: Path, by: Person = AN) -> str:
    der = good().root.der
    decision = Decision(hashlib.sha256(der).hexdigest(), ("person",))
    return propose(folder, der, decision, one=True, name="goc.cer", by=by, why="QĐ 1", now=now()).id


def test_a_proposal_is_no_trust_until_another_approves(tmp_path: Path) -> None:
    number = _proposed(tmp_path)
    assert TrustStore.from_folder(tmp_path).anchors == ()
    assert [(p.id, p.by, p.brings[:5]) for p in proposals(tmp_path)] == [(number, AN, "1 gốc")]
    for same in (AN, Person("Khác", "an"), Person(" aN ", "khac")):
        with pytest.raises(Refused, match="trust-same-person"):
            approve(tmp_path, number, by=same, now=now())
    made = approve(tmp_path, number, by=BINH, now=now())
    store = TrustStore.from_folder(tmp_path)
    assert [a.der for a in store.anchors] == [good().root.der] and proposals(tmp_path) == ()
    assert store.history == (made,) and (made.by, made.approved_by) == ("An", "Bình (binh)")
    with pytest.raises(BadInput, match="trust-proposal"):
        approve(tmp_path, number, by=BINH, now=now())


def test_what_was_proposed_is_what_is_approved(tmp_path: Path) -> None:
    number = _proposed(tmp_path)
    file = tmp_path / "pending" / f"{number}.json"
    content = json.loads(file.read_bytes())
    content["data"] = base64.b64encode(rogue().root.der).decode()
    file.write_text(json.dumps(content))
    with pytest.raises(BadInput, match="trust-proposal"):
        approve(tmp_path, number, by=BINH, now=now())
    reject(tmp_path, number)
    for strange in ("../x", "0" * 16, ""):
        with pytest.raises(BadInput, match="trust-proposal"):
            reject(tmp_path, strange)
    decision = Decision("00" * 32)
    with pytest.raises(BadInput, match="trust-digest"):
        propose(tmp_path, good().root.der, decision, one=True, name="x", by=AN, why="y", now=now())


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SOHOA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SOHOA_VERIFY__TRUST_FOUR_EYES", "true")
    file = tmp_path / "goc.cer"
    file.write_bytes(good().root.der)
    digest = hashlib.sha256(good().root.der).hexdigest()
    monkeypatch.setattr("getpass.getuser", lambda: "an")
    assert main(["trust", "add", str(file), "--sha256", digest, "--why", "QĐ 1", "--json"]) == 0
    number = json.loads(capsys.readouterr().out)["proposal"]
    assert main(["trust", "pending"]) == 0 and number in capsys.readouterr().out
    assert main(["trust", "approve", number, "--by", "Bình"]) != 0  # the same account
    monkeypatch.setattr("getpass.getuser", lambda: "binh")
    assert main(["trust", "approve", number]) == 0
    assert "binh" in capsys.readouterr().out
    assert main(["trust", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["history"][0]["approved_by"] == "binh (binh)"


# -- the signature of a list -----------------------------------------------------------------------------------------


def _operator(label: str = "operator") -> Entity:
    return issue("Cơ quan công bố", label=label, kind="rsa", start=now() - YEAR, end=now() + YEAR)


def _list(by: Entity, *, digest: SignatureMethod = SignatureMethod.RSA_SHA256) -> bytes:
    certificate = base64.b64encode(good().ca.der).decode()
    text = f"""<t:TrustServiceStatusList xmlns:t="{NAMESPACE[1:-1]}" Id="danh-sach"><t:TSPService><t:ServiceInformation>
    <t:ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/CA/QC</t:ServiceTypeIdentifier>
    <t:ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted</t:ServiceStatus>
    <t:StatusStartingTime>2020-01-01T00:00:00Z</t:StatusStartingTime>
    <t:ServiceDigitalIdentity><t:DigitalId><t:X509Certificate>{certificate}</t:X509Certificate></t:DigitalId>
    </t:ServiceDigitalIdentity></t:ServiceInformation></t:TSPService></t:TrustServiceStatusList>"""
    signer = XMLSigner(method=methods.enveloped, signature_algorithm=digest)
    pem = by.certificate.public_bytes(Encoding.PEM).decode()
    return etree.tostring(signer.sign(etree.fromstring(text), key=by.key, cert=pem))


def test_a_signed_list_needs_no_digest(tmp_path: Path) -> None:
    operator = _operator()
    decision = Decision("", operators=(rogue().root.der, operator.der))
    when = datetime.now(UTC)
    made = add_to_list(tmp_path, _list(operator), decision, one=False, name="tl.xml", by="an", why="x", now=when)
    assert "chữ ký danh sách" in made.action
    (anchor,) = TrustStore.from_folder(tmp_path).anchors
    assert anchor.der == good().ca.der and anchor.roles == {"person", "agency"}


def test_other_signatures_and_changed_lists_are_refused(tmp_path: Path) -> None:
    operator, xml = _operator(), _list(_operator())
    changed = xml.replace(b"2020-01-01", b"2010-01-01")
    unsigned = xml[: xml.index(b"<ds:Signature")] + b"</t:TrustServiceStatusList>"
    cases = [
        (xml, (_operator("other").der,)),
        (changed, (operator.der,)),
        (unsigned, (operator.der,)),
        (b"<!DOCTYPE x>" + xml, (operator.der,)),
        (b"<x/>", (operator.der,)),
        (b"<", (operator.der,)),
    ]
    for data, operators in cases:
        with pytest.raises(BadInput, match="trusted-list-signature"):
            signed_list(data, operators)
    decision = Decision("", operators=(operator.der,))
    with pytest.raises(BadInput, match="trusted-list-signature"):
        add_to_list(tmp_path, changed, decision, one=False, name="x", by="an", why="x", now=now())
    with pytest.raises(BadInput, match="trust-digest"):  # neither digest nor operator
        add_to_list(tmp_path, xml, Decision(""), one=False, name="x", by="an", why="x", now=now())


def test_only_what_was_signed_counts() -> None:
    """A signed list wrapped into another one: the outer one brings nothing."""
    operator = _operator()
    inner = _list(operator)
    outer = f'<t:TrustServiceStatusList xmlns:t="{NAMESPACE[1:-1]}"><t:TSPService/>'.encode()
    with pytest.raises(BadInput, match="trusted-list-signature"):
        signed_list(outer + inner + b"</t:TrustServiceStatusList>", (operator.der,))
    content, by = signed_list(inner, (operator.der,))
    assert b"2020-01-01" in content and by == hashlib.sha256(operator.der).hexdigest()
