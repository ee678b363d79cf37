from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from domain.errors import BadInput, NotReady, Refused, Unavailable
from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD
from signing.authority.launch import AuthorityEndpoints
from signing.csc import CscClient
from signing.evidence import EvidenceCollector
from signing.longterm import add_long_term
from signing.revocation import ocsp_request
from signing.staged import PreparedSignature, SignaturePlan, check_raw, embed, prepare
from signing.timestamp import TsaClient, TsaPool
from tests.require import need
from tests.signing.base import make_base, now
from tests.signing.judge import assert_long_term
from tests.signing.signed import ROLES, certified, plan, prepared_for, signatures, signed_by_both


def _one(client: CscClient, role: str = "test-agency", field: str = AGENCY_FIELD) -> tuple[PreparedSignature, bytes]:
    credential = client.credential(role)
    prepared = prepare(certified(), plan(field), credential, now())
    authorisation = client.authorise(credential, [prepared.tbs_digest], "Ký 1 văn bản")
    return prepared, client.sign(authorisation, [prepared.tbs_digest])[0]


def test_person_and_agency_to_b_lta(
    client: CscClient, tsa: TsaClient, collector: EvidenceCollector, authority: AuthorityEndpoints, tmp_path: Path
) -> None:
    final = signed_by_both(client, tsa, collector, [certified()])[0]
    anchors = authority.trust_anchors + authority.tsa_anchors
    assert_long_term(final, anchors, [PERSON_FIELD, AGENCY_FIELD], future=True)
    need("pdfsig", shutil.which("pdfsig") is not None, "poppler-utils is not installed")
    file = tmp_path / "final.pdf"
    file.write_bytes(final)
    report = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False).stdout
    assert report.count("Signature is Valid.") == 2
    assert "Nguyễn Thị Thử Nghiệm" in report


def test_a_batch_costs_one_confirmation_and_one_answer_per_signer(
    client: CscClient,
    tsa: TsaClient,
    collector: EvidenceCollector,
    authority: AuthorityEndpoints,
    counts: Callable[[], dict[str, int]],
) -> None:
    before = counts()
    finals = signed_by_both(client, tsa, collector, [certified(number) for number in range(1, 6)])
    after = counts()
    used = {name: after.get(name, 0) - before.get(name, 0) for name in after}
    assert used["credentials/authorize"] == used["signatures/signHash"] == 2  # one per role
    assert used["signatures"] == 10
    assert used["ocsp"] == 2  # person and agency, shared by five documents
    assert used["crl"] == 2  # issuing CA and time-stamping root
    assert used["tsa"] == 15  # two signatures and one document time stamp each, none for estimating sizes
    for final in finals:
        assert_long_term(final, authority.trust_anchors + authority.tsa_anchors, [PERSON_FIELD, AGENCY_FIELD])


def test_resumes_from_every_stored_stage(
    client: CscClient, tsa: TsaClient, authority: AuthorityEndpoints, tmp_path: Path
) -> None:
    """Each step gets only what a file or a JSON text held, as after a killed process."""

    def stored(name: str, data: bytes) -> bytes:
        (tmp_path / name).write_bytes(data)
        return (tmp_path / name).read_bytes()

    pdf = certified()
    for role, field in ROLES:
        credential = client.credential(role)
        prepared = prepare(stored("in.pdf", pdf), plan(field), credential, now())
        state = json.loads(stored("state.json", json.dumps(prepared.state()).encode()))
        again = PreparedSignature.from_state(state, stored("prepared.pdf", prepared.pdf))
        assert again == prepared
        digest = again.tbs_digest
        raw = stored("raw", client.sign(client.authorise(credential, [digest], "Ký"), [digest])[0])
        again = PreparedSignature.from_state(json.loads((tmp_path / "state.json").read_text()), prepared.pdf)
        first = embed(again, raw, credential, tsa)
        second = embed(again, raw, credential, tsa)  # killed after the time stamp, before it was stored
        assert len(first) == len(second)
        pdf = stored("signed.pdf", second)
    fresh = EvidenceCollector(authority.trust_anchors + authority.tsa_anchors, authority.evidence_hosts)
    add_long_term((tmp_path / "signed.pdf").read_bytes(), fresh, tsa)
    final = add_long_term((tmp_path / "signed.pdf").read_bytes(), fresh, tsa)
    assert_long_term(final, authority.trust_anchors + authority.tsa_anchors, [PERSON_FIELD, AGENCY_FIELD])


@pytest.mark.parametrize("role", ["test-person", "test-agency"])
def test_bad_signatures_are_refused_before_embedding(client: CscClient, tsa: TsaClient, role: str) -> None:
    credential = client.credential(role)
    pair = prepared_for(client, [certified(1), certified(2)], role, dict(ROLES)[role])
    digests = [item.tbs_digest for item in pair]
    raws = client.sign(client.authorise(credential, digests, "Ký 2 văn bản"), digests)
    bad = [raws[1], raws[0][:-1], raws[0][:10], b"", b"\0" * len(raws[0]), b"garbage", raws[0] + b"\0", raws[1][:64]]
    for raw in bad:
        with pytest.raises(Refused) as caught:
            embed(pair[0], raw, credential, tsa)
        assert caught.value.code == "signature-mismatch"
    assert check_raw(pair[0], raws[0], credential.certificate) == raws[0]


def test_rsa_pss_where_it_is_offered(
    tsa: TsaClient, collector: EvidenceCollector, authority: AuthorityEndpoints
) -> None:
    client = CscClient(authority.csc_url, authority.token(), authority.secret, prefer_pss=True)
    assert client.credential("test-agency").key_algorithm == "ec"
    credential = client.credential("test-person")
    prepared, raw = _one(client, "test-person", PERSON_FIELD)
    assert (credential.key_algorithm, prepared.algorithm) == ("rsa-pss", "rsassa_pss")
    final = add_long_term(embed(prepared, raw, credential, tsa), collector, tsa)
    assert_long_term(final, authority.trust_anchors + authority.tsa_anchors, [PERSON_FIELD])
    with pytest.raises(Refused, match="signature-mismatch"):
        embed(replace(prepared, algorithm="sha256_rsa"), raw, credential, tsa)


def test_ecdsa_as_r_and_s_is_turned_into_der(client: CscClient, tsa: TsaClient, authority: AuthorityEndpoints) -> None:
    prepared, raw = _one(client)
    r, s = decode_dss_signature(raw)
    credential = client.credential("test-agency")
    assert check_raw(prepared, r.to_bytes(32, "big") + s.to_bytes(32, "big"), credential.certificate) == raw


def test_changed_bytes_and_changed_certificate_are_noticed(client: CscClient, tsa: TsaClient) -> None:
    prepared, raw = _one(client)
    agency, person = client.credential("test-agency"), client.credential("test-person")
    changed = replace(prepared, pdf=prepared.pdf.replace(b"/ESIC", b"/ESIX", 1))
    with pytest.raises(BadInput, match="prepared-changed"):
        embed(changed, raw, agency, tsa)
    with pytest.raises(BadInput, match="prepared-changed"):
        PreparedSignature.from_state(prepared.state(), prepared.pdf + b" ")
    with pytest.raises(Refused, match="certificate-changed"):
        embed(prepared, raw, person, tsa)
    assert "signed_attributes" not in repr(prepared)


def test_fields_must_exist_and_be_empty(client: CscClient, tsa: TsaClient) -> None:
    prepared, raw = _one(client)
    credential = client.credential("test-agency")
    signed = embed(prepared, raw, credential, tsa)
    with pytest.raises(BadInput, match="signature-field"):
        prepare(signed, plan(AGENCY_FIELD), credential, now())
    with pytest.raises(BadInput, match="signature-field"):
        prepare(certified(), SignaturePlan("KhongCo"), credential, now())
    with pytest.raises(BadInput, match="signature-field"):
        prepare(make_base(), SignaturePlan("KhongCo"), credential, now())
    with pytest.raises(BadInput, match="pdf-unusable"):
        prepare(b"%PDF-1.7 broken", plan(AGENCY_FIELD), credential, now())


def test_certificates_are_checked_before_asking(authority: AuthorityEndpoints, client: CscClient) -> None:
    folder = authority.token_file.parent / "certs"
    good = client.credential("test-agency")
    for name in ("signer-expired", "issuing"):
        bad = replace(good, certificate=(folder / f"{name}.crt").read_bytes())
        with pytest.raises(Refused, match="signer-certificate"):
            prepare(certified(), plan(AGENCY_FIELD), bad, now())
    with pytest.raises(Refused, match="not yet valid"):
        prepare(certified(), plan(AGENCY_FIELD), good, now() - timedelta(days=10))


# -- time stamps ---------------------------------------------------------------------------------------------------


def test_a_time_stamp_with_a_wrong_time_is_refused(
    client: CscClient, tsa: TsaClient, clock: Callable[[float], None]
) -> None:
    prepared, raw = _one(client)
    credential = client.credential("test-agency")
    for offset in (90.0, -90.0):
        clock(offset)
        with pytest.raises(Unavailable, match="too far from ours"):
            embed(prepared, raw, credential, tsa)
    clock(0)
    embed(prepared, raw, credential, tsa)  # the raw signature was not lost


def _answering(authority: AuthorityEndpoints, change: Callable[[httpx.Response], httpx.Response]) -> TsaClient:
    def handler(request: httpx.Request) -> httpx.Response:
        answer = httpx.post(
            authority.tsa_url, content=request.content, headers={"Content-Type": "application/timestamp-query"},
            trust_env=False, timeout=120,
        )  # fmt: skip
        return change(answer)

    return TsaClient("http://tsa.test/", authority.tsa_anchors, transport=httpx.MockTransport(handler))


def _altered(answer: bytes) -> bytes:
    """Return *answer* with other bytes at its end, in the signature."""
    return answer[:-5] + bytes(byte ^ 1 for byte in answer[-5:])


def test_time_stamps_are_checked(authority: AuthorityEndpoints, tsa: TsaClient) -> None:
    digest = bytes(32)
    kept: list[bytes] = []

    def replay(answer: httpx.Response) -> httpx.Response:
        kept.append(answer.content)
        return httpx.Response(200, content=kept[0], headers={"Content-Type": "application/timestamp-reply"})

    replaying = _answering(authority, replay)
    replaying.timestamp(digest)
    with pytest.raises(Unavailable, match="nonce differs"):
        replaying.timestamp(digest)
    with pytest.raises(Unavailable, match="imprint differs"):
        replaying.timestamp(b"\1" * 32)

    reply = {"Content-Type": "application/timestamp-reply"}
    broken = {
        "HTTP 500": lambda answer: httpx.Response(500),
        "not a time-stamp reply": lambda answer: httpx.Response(200, text="<html>"),
        "ValueError": lambda answer: httpx.Response(200, content=b"garbage", headers=reply),
        "does not verify": lambda answer: httpx.Response(200, content=_altered(answer.content), headers=reply),
        "70000 bytes": lambda answer: httpx.Response(200, content=bytes(70000), headers=reply),
    }
    for reason, change in broken.items():
        with pytest.raises(Unavailable, match=reason):
            _answering(authority, change).timestamp(digest)
    with pytest.raises(Unavailable, match="no chain"):
        TsaClient(authority.tsa_url, authority.trust_anchors).timestamp(digest)  # roots of signers, not of time


def test_a_pool_goes_on_with_the_second_service(authority: AuthorityEndpoints) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        raise httpx.ConnectError("down")

    asked: list[str] = []
    dead = TsaClient("http://down.test/", authority.tsa_anchors, transport=httpx.MockTransport(refuse))
    alive = TsaClient(authority.tsa_urls[1], authority.tsa_anchors)
    pool = TsaPool([dead, alive])
    assert pool.timestamp(bytes(32)) and pool.timestamp(bytes(32))
    assert len(asked) == 3  # tried in the first call only
    with pytest.raises(Unavailable, match="tsa-unavailable"):
        TsaPool([dead]).timestamp(bytes(32))


# -- evidence ------------------------------------------------------------------------------------------------------


def _signed(client: CscClient, tsa: TsaClient) -> bytes:
    prepared, raw = _one(client)
    return embed(prepared, raw, client.credential("test-agency"), tsa)


def test_hosts_outside_the_list_are_never_asked(
    client: CscClient, tsa: TsaClient, authority: AuthorityEndpoints
) -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError("asked a host that is not allowed")

    anchors = authority.trust_anchors + authority.tsa_anchors
    closed = EvidenceCollector(anchors, ["ocsp.example.vn"], transport=httpx.MockTransport(never))
    with pytest.raises(NotReady, match="evidence-host"):
        add_long_term(_signed(client, tsa), closed, tsa)


def test_untrusted_chain_and_silent_or_huge_answers(
    client: CscClient, tsa: TsaClient, authority: AuthorityEndpoints
) -> None:
    signed = _signed(client, tsa)
    with pytest.raises(NotReady, match="chain-untrusted"):
        add_long_term(signed, EvidenceCollector(authority.tsa_anchors, authority.evidence_hosts), tsa)
    anchors = authority.trust_anchors + authority.tsa_anchors
    for answer in (httpx.Response(500), httpx.Response(200, content=bytes(20 * 2**20)), httpx.Response(200)):
        transport = httpx.MockTransport(lambda request, answer=answer: answer)  # type: ignore[misc]
        with pytest.raises(Unavailable, match="evidence-unavailable"):
            add_long_term(signed, EvidenceCollector(anchors, authority.evidence_hosts, transport=transport), tsa)
    with pytest.raises(BadInput, match="nothing-signed"):
        add_long_term(certified(), EvidenceCollector(anchors, authority.evidence_hosts), tsa)


def test_revoked_certificates_get_no_evidence(authority: AuthorityEndpoints, collector: EvidenceCollector) -> None:
    folder = authority.token_file.parent / "certs"
    chain = [(folder / f"{name}.crt").read_bytes() for name in ("issuing", "root")]
    with pytest.raises(Refused, match="certificate-revoked"):
        collector.collect([((folder / "signer-revoked.crt").read_bytes(), chain)])
    good = collector.collect([((folder / "signer-test-agency.crt").read_bytes(), chain)])
    assert (len(good.ocsps), len(good.crls), len(good.certificates)) == (1, 1, 4)


def test_evidence_older_than_the_signature_is_fetched_anew(
    authority: AuthorityEndpoints, collector: EvidenceCollector, counts: Callable[[], dict[str, int]]
) -> None:
    folder = authority.token_file.parent / "certs"
    signer = ((folder / "signer-test-agency.crt").read_bytes(), [(folder / "issuing.crt").read_bytes()])
    signed_at = now() - timedelta(minutes=1)  # before any evidence was made, however long that takes
    collector.collect([signer])
    before = counts()["ocsp"]
    collector.collect([signer], signed_at)
    assert counts()["ocsp"] == before
    with pytest.raises(Unavailable, match="older than the signature"):
        collector.collect([signer], now() + timedelta(hours=1))
    assert counts()["ocsp"] == before + 1
    anchors = authority.trust_anchors
    patient = EvidenceCollector(anchors, authority.evidence_hosts, ocsp_age_s=7200)
    assert patient.collect([signer], now() + timedelta(hours=1)).ocsps


def test_a_batch_may_be_embedded_by_several_threads(
    client: CscClient,
    tsa: TsaClient,
    collector: EvidenceCollector,
    authority: AuthorityEndpoints,
    counts: Callable[[], dict[str, int]],
) -> None:
    credential = client.credential("test-agency")
    prepared = prepared_for(client, [certified(number) for number in range(1, 9)], "test-agency", AGENCY_FIELD)
    raws = signatures(client, credential, prepared)
    with ThreadPoolExecutor(4) as pool:
        signed = list(pool.map(lambda pair: embed(pair[0], pair[1], credential, tsa), zip(prepared, raws, strict=True)))
        before = counts()
        finals = list(pool.map(lambda pdf: add_long_term(pdf, collector, tsa), signed))
        after = counts()
    assert (after["ocsp"] - before["ocsp"], after["crl"] - before["crl"]) == (1, 2)
    for final in finals[::4]:
        assert_long_term(final, authority.trust_anchors + authority.tsa_anchors, [AGENCY_FIELD])


def test_evidence_of_another_issuer_proves_nothing(authority: AuthorityEndpoints) -> None:
    """The responder is real, but the answer is about another certificate, or not yet or no longer true."""
    folder = authority.token_file.parent / "certs"
    agency = (folder / "signer-test-agency.crt").read_bytes()
    person = x509.load_der_x509_certificate((folder / "signer-test-person.crt").read_bytes())
    issuing = (folder / "issuing.crt").read_bytes()
    about_person = ocsp_request(person, x509.load_der_x509_certificate(issuing))

    def collector(content: bytes | None, shift: timedelta) -> EvidenceCollector:
        def handler(request: httpx.Request) -> httpx.Response:
            headers = {"X-Certomancer-Fake-Time": (now() + shift).isoformat()}
            if request.method == "GET":
                return httpx.get(str(request.url), headers=headers, trust_env=False, timeout=120)
            return httpx.post(
                str(request.url), content=content or request.content, headers=headers, trust_env=False, timeout=120
            )

        transport = httpx.MockTransport(handler)
        return EvidenceCollector(authority.trust_anchors, authority.evidence_hosts, transport=transport)

    with pytest.raises(Unavailable, match="another certificate"):
        collector(about_person, timedelta(0)).collect([(agency, [issuing])])
    with pytest.raises(Unavailable, match="future"):
        collector(None, timedelta(hours=3)).collect([(agency, [issuing])])
    with pytest.raises(Unavailable, match="no longer current"):
        collector(None, timedelta(hours=-13)).collect([(agency, [issuing])])
