"""The TS 119 102-2 form: read back by the generated classes, and never better than the document's verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyhanko.generated.etsi import ts_11910202 as vr
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig

from signing.verify.document import verify_pdf
from signing.verify.etsi import to_etsi_xml
from signing.verify.model import DocumentVerdict, Indication
from tests.signing_verify.attacks import signed_two, trust
from tests.signing_verify.pki import now
from tests.signing_verify.suite import ATTACKS


def read(xml: bytes) -> vr.ValidationReport:
    strict = ParserConfig(fail_on_unknown_properties=True, fail_on_unknown_attributes=True)
    return XmlParser(config=strict).from_bytes(xml, vr.ValidationReport)


@pytest.fixture(scope="module")
def passed() -> DocumentVerdict:
    return verify_pdf(signed_two(), trust(), now=now())


def indications(report: vr.ValidationReport) -> list[str]:
    return [
        r.signature_validation_status.main_indication.rpartition(":")[2] for r in report.signature_validation_report
    ]


def test_a_valid_file_with_two_signatures(passed: DocumentVerdict) -> None:
    xml = to_etsi_xml(passed, file_name="a--b.pdf")
    report = read(xml)
    assert indications(report) == ["total-passed", "total-passed"]
    first, signature = report.signature_validation_report[0], passed.signatures[0]
    assert first.signature_identifier.daidentifier == signature.field
    assert first.signature_identifier.digest_alg_and_value.digest_value.value.hex() == signature.covered_sha256
    assert first.validation_time_info.best_signature_time.poetime.to_datetime() == signature.proven_time
    objects = {o.id for o in report.signature_validation_objects.validation_object}
    assert len(objects) == len(report.signature_validation_objects.validation_object)
    assert first.signer_information.signer_certificate.voreference[0] in objects
    chain = first.signature_validation_status.associated_validation_report_data[0].certificate_chain
    assert chain.signing_certificate.voreference == (f"cert-{signature.signer.sha256}",)
    assert chain.trust_anchor.voreference == (f"cert-{signature.trust_anchor}",)
    named = {r for part in (chain.intermediate_certificate) for r in part.voreference}
    assert named and named <= objects
    assert {f"crl-{e.sha256}" for e in passed.evidence} <= objects


def test_a_changed_page_is_total_failed_for_every_signature() -> None:
    verdict = verify_pdf(ATTACKS["isa_page_replaced"]().pdf, trust(), now=now())
    report = read(to_etsi_xml(verdict))
    assert set(indications(report)) == {"total-failed"}
    data = report.signature_validation_report[0].signature_validation_status.associated_validation_report_data[0]
    told = {d.type_value for d in data.additional_validation_report_data.report_data}
    assert any(kind.startswith("urn:sohoa:reason:") for kind in told)


def test_a_fault_of_the_document_alone_reaches_every_signature(passed: DocumentVerdict) -> None:
    verdict = replace(passed, indication=Indication.FAILED, sub_indication="FORMAT_FAILURE")
    report = read(to_etsi_xml(verdict))
    assert indications(report) == ["total-failed", "total-failed"]
    status = report.signature_validation_report[0].signature_validation_status
    assert status.sub_indication == ("urn:etsi:019102:subindication:FORMAT_FAILURE",)
    own = status.associated_validation_report_data[0].additional_validation_report_data.report_data
    assert ("urn:sohoa:signature-indication", "TOTAL-PASSED") in {(d.type_value, d.value) for d in own}


@pytest.mark.parametrize("name", sorted(ATTACKS)[::20])
def test_no_attack_is_told_valid(name: str) -> None:
    case = ATTACKS[name]()
    verdict = verify_pdf(case.pdf, case.trust or trust(), now=now(), expected=case.expected)
    assert "total-passed" not in indications(read(to_etsi_xml(verdict, file_name="<&-->\x00.pdf")))


def test_files_without_signature() -> None:
    assert indications(read(to_etsi_xml(verify_pdf(b"", trust(), now=now())))) == ["indeterminate"]
