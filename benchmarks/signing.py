"""Documents per second through the test authority on loopback, B-LTA: our signing against pyHanko's one-shot signer.

    python benchmarks/signing.py [--documents 1 10 50] [--rounds 3] [--pages 1]

Every contender gets the same certified copies with two empty fields (person, agency) and must bring them to B-LTA:

* ``durable``: what certification does between the copy and its verification (``pipeline.certify.rounds`` and the
  evidence), every state in SQLite, every file in the local store with fsync.
* ``product``: ``certify_documents`` whole: number in the register, lời chứng drawn, the above, our verifier's word on
  the finished copy, report, issue. It starts from the PDF/A.
* ``bare``: the functions of ``signing`` alone, one thread.
* ``pyhanko``: ``PdfSigner`` with ``CSCSigner``, one document after another, nothing drawn; time stamper, HTTP session
  and fetched revocation data are shared by all documents.
* ``pyhanko + verified``: and ``ades_lta_validation`` for each signature afterwards: what ``product`` compares with.

Contenders alternate; medians of the rounds. CPU is that of the signing process; the authority is another process.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from signing.authority.launch import AuthorityEndpoints

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

AGENCY = "H24.01"
ROLES = (("ChuKyNguoiChungThuc", "test-person"), ("ChuKyCoQuan", "test-agency"))


@dataclass
class Sample:
    """One measurement."""

    seconds: float
    cpu: float
    authorisations: int
    growth: float  # bytes per signature


@dataclass
class Contender:
    """One way of signing; ``prepare`` is not measured, what it returns is."""

    name: str
    prepare: Callable[[Sequence[bytes], Sequence[bytes]], Callable[[], list[bytes]]]
    judge: Callable[[Sequence[bytes]], None] | None = None  # verifies what was signed
    samples: dict[int, list[Sample]] = field(default_factory=dict)
    verified: dict[int, list[Sample]] = field(default_factory=dict)  # the same runs with the judge's time


def asked(authority: AuthorityEndpoints) -> int:
    """Return how often the signer has been asked to confirm."""
    headers = {"Authorization": f"Bearer {authority.token()}"}
    answer = httpx.get(f"{authority.base_url}/test/counts", headers=headers, trust_env=False)
    return int(answer.json().get("credentials/authorize", 0))


# -- ours ------------------------------------------------------------------------------------------------------------


@contextmanager
def certifying(authority: AuthorityEndpoints, folder: Path) -> Iterator[tuple[Contender, Contender]]:
    """The way of a certified copy: its signing only, and the whole."""
    from domain.owners import UNASSIGNED
    from pipeline.certify.rounds import result_of, sign_round
    from pipeline.certify.run import certify_documents
    from pipeline.certify.site import TEST_CERTIFIER, open_signing
    from pipeline.certify.turns import Round, Work, move, signing_job
    from pipeline.settings import Settings
    from pipeline.workplace import open_workplace, system_clock
    from signing.longterm import add_long_term
    from storage.blobs import get_blob, put_blob
    from storage.records import Intake
    from tests.signing.signed import statement

    data = folder / "data"
    data.mkdir()
    (data / "authority").symlink_to(authority.pin_file.parent)
    settings = Settings(data_dir=data)
    with open_workplace(settings) as place, open_signing(settings, system_clock) as site:
        taken = iter(range(10**6))

        def take_in(pdfas: Sequence[bytes]) -> list[str]:
            ids = []
            for pdfa in pdfas:
                number = next(taken)
                intake = Intake(AGENCY, UNASSIGNED, original_name=f"{number}.pdf", media_type="application/pdf")
                document = place.warehouse.receive(f"{number}".encode(), intake, agent="benchmark").document
                place.warehouse.save_digitised(
                    document.id, pdfa=pdfa, reading_json=b"{}", text="", fields=[], agent="benchmark", pages=1
                )
                ids.append(document.id)
            return ids

        def whole(pdfas: Sequence[bytes], _copies: Sequence[bytes]) -> Callable[[], list[bytes]]:
            ids = take_in(pdfas)

            def sign() -> list[bytes]:
                done = certify_documents(place, site, ids, certifier_id=TEST_CERTIFIER, agency=AGENCY)
                assert all(one.problem is None for one in done)
                return [place.warehouse.open_role(one, "certified") for one in ids]

            return sign

        def durable(pdfas: Sequence[bytes], copies: Sequence[bytes]) -> Callable[[], list[bytes]]:
            works = [Work(i, copy) for i, copy in zip(take_in(pdfas), copies, strict=True)]
            blocks = statement().person, statement().agency

            def augment(work: Work) -> bytes:
                job = signing_job(place, work.document_id, "agency")
                assert job is not None
                final = add_long_term(get_blob(place.store, job.result_sha256), site.collector, site.timestamper)
                move(place, job, "AUGMENTED", result_sha256=put_blob(place.store, final).sha256)
                return final

            def sign() -> list[bytes]:
                for role, (name, credential_id), block in zip(("person", "agency"), ROLES, blocks, strict=True):
                    sign_round(place, site, works, Round(role, name, block, credential_id, "Chứng thực", "văn bản"))
                    assert all(work.problem is None for work in works), [str(work.problem) for work in works]
                    for work in works:
                        work.base = result_of(place, work.document_id, role)
                with ThreadPoolExecutor(4) as pool:
                    return list(pool.map(augment, works))

            return sign

        yield Contender("durable", durable), Contender("product", whole)


@contextmanager
def bare(authority: AuthorityEndpoints) -> Iterator[Contender]:
    """The functions of ``signing``, without states, store, register and verifier."""
    from pipeline.workplace import system_clock
    from signing.csc import CscClient
    from signing.evidence import EvidenceCollector
    from signing.longterm import add_long_term
    from signing.staged import SignaturePlan, check_raw, embed, prepare
    from signing.timestamp import TsaClient

    csc = CscClient(authority.csc_url, authority.token(), authority.secret)
    tsa = TsaClient(authority.tsa_url, authority.tsa_anchors)
    anchors = authority.trust_anchors + authority.tsa_anchors
    collector = EvidenceCollector(anchors, authority.evidence_hosts)

    def sign(pdfs: Sequence[bytes]) -> list[bytes]:
        now = list(pdfs)
        for name, credential_id in ROLES:
            credential = csc.credential(credential_id)
            prepared = [prepare(pdf, SignaturePlan(name), credential, system_clock()) for pdf in now]
            digests = [one.tbs_digest for one in prepared]
            raws = csc.sign(csc.authorise(credential, digests, f"{len(digests)} văn bản"), digests)
            for one, raw in zip(prepared, raws, strict=True):
                check_raw(one, raw, credential.certificate)
            now = [embed(one, raw, credential, tsa) for one, raw in zip(prepared, raws, strict=True)]
        return [add_long_term(pdf, collector, tsa) for pdf in now]

    try:
        yield Contender("bare", lambda _pdfas, copies: lambda: sign(copies))
    finally:
        csc.close()
        tsa.close()
        collector.close()


# -- pyHanko ---------------------------------------------------------------------------------------------------------


def one_shot(authority: AuthorityEndpoints) -> Contender:
    """pyHanko as its documentation shows it, one document after another."""

    async def sign(pdfs: Sequence[bytes]) -> list[bytes]:
        import aiohttp
        from asn1crypto import x509
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign.fields import SigSeedSubFilter
        from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
        from pyhanko.sign.signers.csc_signer import (
            CSCAuthorizationManager,
            CSCServiceSessionInfo,
            CSCSigner,
            fetch_certs_in_csc_credential,
        )
        from pyhanko.sign.timestamps.aiohttp_client import AIOHttpTimeStamper
        from pyhanko_certvalidator import ValidationContext
        from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

        class Asking(CSCAuthorizationManager):
            """PIN, and a code where the credential has one."""

            session: aiohttp.ClientSession

            async def authorize_signature(self, hash_b64s: list[str]) -> Any:
                service: Any = self.csc_session_info
                name = service.credential_id
                code = None
                if name == "test-person":
                    url = service.endpoint_url("credentials/sendOTP")
                    async with self.session.post(url, json={"credentialID": name}, headers=self.auth_headers):
                        code = authority.secret(f"otp/{name}")
                body = self.format_csc_auth_request(
                    num_signatures=len(hash_b64s), pin=authority.secret(f"pin/{name}"), otp=code, hash_b64s=hash_b64s
                )
                url = service.endpoint_url("credentials/authorize")
                async with self.session.post(url, json=body, headers=self.auth_headers) as answer:
                    return self.parse_csc_auth_response(await answer.json())

        roots = [x509.Certificate.load(der) for der in authority.trust_anchors + authority.tsa_anchors]
        done = []
        async with aiohttp.ClientSession() as session:
            Asking.session = session
            fetchers = AIOHttpFetcherBackend(session).get_fetchers()
            stamper = AIOHttpTimeStamper(authority.tsa_url, session)
            known = {}
            for _, credential_id in ROLES:
                info = CSCServiceSessionInfo(authority.base_url, credential_id, oauth_token=authority.token())
                known[credential_id] = info, await fetch_certs_in_csc_credential(session, info)
            for pdf in pdfs:
                for name, credential_id in ROLES:
                    info, certificates = known[credential_id]
                    signer = CSCSigner(session, Asking(info, certificates))
                    trust = ValidationContext(
                        trust_roots=roots, allow_fetching=True, fetchers=fetchers, revocation_mode="hard-fail"
                    )
                    meta = PdfSignatureMetadata(
                        field_name=name,
                        md_algorithm="sha256",
                        subfilter=SigSeedSubFilter.PADES,
                        embed_validation_info=True,
                        use_pades_lta=True,
                        validation_context=trust,
                    )
                    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
                    out = await PdfSigner(meta, signer, timestamper=stamper).async_sign_pdf(writer, in_place=False)
                    pdf = out.getvalue()
                done.append(pdf)
        return done

    async def judge(pdfs: Sequence[bytes]) -> None:
        from asn1crypto import x509
        from pyhanko.pdf_utils.reader import PdfFileReader
        from pyhanko.sign.ades.report import AdESPassed
        from pyhanko.sign.validation.ades import ades_lta_validation
        from pyhanko.sign.validation.policy_decl import (
            PdfSignatureValidationSpec,
            RevinfoOnlineFetchingRule,
            RevocationInfoGatheringSpec,
            SignatureValidationSpec,
        )
        from pyhanko_certvalidator.context import CertValidationPolicySpec
        from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
        from pyhanko_certvalidator.registry import SimpleTrustManager

        roots = [x509.Certificate.load(der) for der in authority.trust_anchors + authority.tsa_anchors]
        policy = CertValidationPolicySpec(
            SimpleTrustManager.build(trust_roots=roots), CertRevTrustPolicy(REQUIRE_REVINFO)
        )
        offline = RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY)
        spec = PdfSignatureValidationSpec(SignatureValidationSpec(policy, offline))
        for pdf in pdfs:
            for signature in PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures:
                result = await ades_lta_validation(signature, spec)
                assert result.ades_subindic == AdESPassed.OK

    return Contender(
        "pyhanko", lambda _pdfas, copies: lambda: asyncio.run(sign(copies)), lambda pdfs: asyncio.run(judge(pdfs))
    )


# -- measuring -------------------------------------------------------------------------------------------------------


def papers(number: int, pages: int) -> tuple[list[bytes], list[bytes]]:
    """Return *number* PDF/A files, and the same as unsigned certified copies."""
    from signing.appearance.certification import append_certification
    from tests.signing.base import make_base
    from tests.signing.signed import seal, statement

    pdfas = [make_base(n, pages) for n in range(number)]
    return pdfas, [append_certification(pdfa, statement(n), seal_png=seal()) for n, pdfa in enumerate(pdfas)]


def measure(contender: Contender, pdfas: list[bytes], copies: list[bytes], authority: AuthorityEndpoints) -> None:
    """Run *contender* once."""
    sign = contender.prepare(pdfas, copies)
    before, clock = asked(authority), (time.perf_counter(), time.process_time())
    finals = sign()
    spent = time.perf_counter() - clock[0], time.process_time() - clock[1]
    confirmed = asked(authority) - before
    growth = statistics.mean(len(a) - len(b) for a, b in zip(finals, copies, strict=True)) / len(ROLES)
    contender.samples.setdefault(len(copies), []).append(Sample(*spent, confirmed, growth))
    if contender.judge is not None:
        clock = time.perf_counter(), time.process_time()
        contender.judge(finals)
        both = spent[0] + time.perf_counter() - clock[0], spent[1] + time.process_time() - clock[1]
        contender.verified.setdefault(len(copies), []).append(Sample(*both, confirmed, growth))
    print(f"  {contender.name} {len(copies)}: {spent[0]:.2f} s", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", type=int, default=1)
    args = parser.parse_args()
    from signing.authority.launch import running_authority

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            running_authority(folder / "authority") as authority,
            certifying(authority, folder) as (durable, whole),
            bare(authority) as functions,
        ):
            contenders = [functions, durable, whole, one_shot(authority)]
            warm = papers(1, args.pages)
            for contender in contenders:
                measure(contender, *warm, authority)
                contender.samples.clear()
                contender.verified.clear()
            for number in args.documents:
                for _ in range(args.rounds):
                    pdfas, copies = papers(number, args.pages)
                    for contender in contenders:
                        measure(contender, pdfas, copies, authority)
    rivals = contenders[-1]
    print(f"{len(os.sched_getaffinity(0))} cores, {args.rounds} rounds, two signatures per document, B-LTA\n")
    print("| documents | way | documents/s | × pyhanko | CPU s/document | confirmations | growth per signature, kB |")
    print("|---|---|---|---|---|---|---|")
    for number in args.documents:
        rows = [(one.name, one.samples[number]) for one in contenders]
        rows.append((f"{rivals.name} + verified", rivals.verified[number]))
        for label, samples in rows:
            against = rivals.verified if label in ("product", "pyhanko + verified") else rivals.samples
            seconds = statistics.median(s.seconds for s in samples)
            ratio = statistics.median(s.seconds for s in against[number]) / seconds
            cpu = statistics.median(s.cpu for s in samples) / number
            growth = statistics.median(s.growth for s in samples) / 1000
            print(
                f"| {number} | {label} | {number / seconds:.2f} | {ratio:.1f} | {cpu:.3f} |"
                f" {samples[0].authorisations} | {growth:.1f} |"
            )
    print("\n`product` is compared with `pyhanko + verified`, the others with `pyhanko`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
