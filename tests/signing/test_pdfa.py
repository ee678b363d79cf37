"""veraPDF's word on every kind of file that signing makes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from signing.appearance.block import Line, SignatureBlock
from signing.appearance.certification import AGENCY_FIELD, append_certification
from signing.csc import CscClient
from signing.evidence import EvidenceCollector
from signing.fields import FieldPlan, add_signature_fields
from signing.longterm import add_long_term
from signing.staged import SignaturePlan, embed, prepare
from signing.timestamp import TsaClient
from tests.require import need
from tests.signing.base import make_base, now
from tests.signing.signed import certified, plan, signed_by_both, statement

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "verapdf"
CACHE = Path.home() / ".cache" / "sohoa" / "verapdf"


def test_every_stage_is_pdfa_2u(
    client: CscClient, tsa: TsaClient, collector: EvidenceCollector, tmp_path: Path
) -> None:
    found = shutil.which("java") is not None and any(CACHE.glob("*.jar"))
    need("verapdf", found, "Java or the veraPDF jar is missing (scripts/verapdf path)")
    assert client.credential("test-agency").key_algorithm == "ec"  # the case that tempts writers to PDF 2.0
    block = SignatureBlock((Line("Sao y", 10), Line("{time}", 10)))
    shown = add_signature_fields(make_base(), [FieldPlan("SaoY", 0, (380, 770, 550, 820), block)])
    hidden = add_signature_fields(make_base(), [FieldPlan("KyAn")])
    final = signed_by_both(client, tsa, collector, [certified()])[0]
    files = {
        "base": make_base(),
        "copy": certified(),
        "copy-added-page": append_certification(make_base(), statement()),
        "agency-ec": _signed(certified(), plan(AGENCY_FIELD), client, tsa),
        "sao-y": _signed(shown, SignaturePlan("SaoY", block), client, tsa),
        "hidden": _signed(hidden, SignaturePlan("KyAn"), client, tsa),
        "b-lta": final,
        "b-lta-again": add_long_term(final, collector, tsa),
    }
    for name, pdf in files.items():
        (tmp_path / f"{name}.pdf").write_bytes(pdf)
    names = [str(tmp_path / f"{name}.pdf") for name in files]
    answer = subprocess.run([str(SCRIPT), "check", *names], capture_output=True, check=False)
    report = json.loads(answer.stdout)["report"]
    results = {Path(job["itemDetails"]["name"]).stem: job["validationResult"][0] for job in report["jobs"]}
    wrong = {
        name: [rule["clause"] for rule in result["details"]["ruleSummaries"]]
        for name, result in results.items()
        if not result["compliant"]
    }
    assert wrong == {}
    assert len(results) == len(names)


def _signed(pdf: bytes, what: SignaturePlan, client: CscClient, tsa: TsaClient) -> bytes:
    credential = client.credential("test-agency")
    prepared = prepare(pdf, what, credential, now())
    digests = [prepared.tbs_digest]
    return embed(prepared, client.sign(client.authorise(credential, digests, "Ký"), digests)[0], credential, tsa)
