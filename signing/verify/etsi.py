"""The report in the form of ETSI TS 119 102-2, for other programs.

The main indication of every signature is never better than the *document's* verdict: a reader of the XML that looks
at one signature only must not be told "total-passed" of a file whose pages were exchanged. The signature's own word
stands beside it as additional report data. Validation objects are given by digest; their bytes are in the evidence
bundle.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pyhanko.generated.etsi import ts_11910202 as vr
from pyhanko.generated.etsi import xades
from pyhanko.generated.w3c import xmldsig_core as ds
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.config import SerializerConfig
from xsdata.models.datatype import XmlDateTime

from signing.verify.model import (
    CertificateInfo,
    DocumentVerdict,
    Indication,
    Level,
    Reason,
    SignatureVerdict,
    TimestampVerdict,
)
from signing.verify.rules import POLICY_ID, POLICY_SHA256

URN = "urn:etsi:019102"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_NAMESPACES = {
    "vr": "http://uri.etsi.org/19102/v1.2.1#",
    "XAdES": "http://uri.etsi.org/01903/v1.3.2#",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xs": "http://www.w3.org/2001/XMLSchema",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_MAIN = {
    Indication.PASSED: f"{URN}:mainindication:total-passed",
    Indication.INDETERMINATE: f"{URN}:mainindication:indeterminate",
    Indication.FAILED: f"{URN}:mainindication:total-failed",
}
_OBJECTS = {"CRL": "CRL", "OCSP": "OCSPResponse"}
_PROCESS = {Level.B_LTA: "LTA", Level.B_LT: "LTVM", Level.B_T: "LTVM"}


def to_etsi_xml(verdict: DocumentVerdict, *, file_name: str = "", tool: str = "sohoa") -> bytes:
    """Return the TS 119 102-2 report, UTF-8. A file without a signature has one entry with the document's verdict."""
    entries = [_signature(verdict, s) for s in verdict.signatures] or [_without_signature(verdict)]
    objects = {one.id: one for one in _objects(verdict)}
    report = vr.ValidationReport(
        signature_validation_report=tuple(entries),
        signature_validation_objects=vr.ValidationObjectListType(tuple(objects.values())) if objects else None,
    )
    text = XmlSerializer(config=SerializerConfig(indent=" ")).render(report, ns_map=dict(_NAMESPACES))
    comment = f"<!-- {_comment(tool)}: {_comment(file_name)} SHA-256 {verdict.sha256} -->"
    head, _, rest = text.partition("\n")
    return f"{head}\n{comment}\n{rest}".encode()


def _comment(text: str) -> str:
    """Return *text* fit for an XML comment: no pair of hyphens, nothing unprintable."""
    return "".join(c if c.isprintable() else " " for c in text).replace("-", "\u2010").strip()


def _signature(verdict: DocumentVerdict, s: SignatureVerdict) -> Any:
    worse = verdict.indication.severity > s.indication.severity
    indication, sub = (verdict.indication, verdict.sub_indication) if worse else (s.indication, s.sub_indication)
    reasons = tuple(dict.fromkeys([*s.reasons, *(verdict.reasons if worse else ())]))
    extra = [("urn:sohoa:signature-indication", s.indication.total), ("urn:sohoa:level", str(s.level))]
    signed_at = s.claimed_time
    return vr.SignatureValidationReportType(
        signature_identifier=vr.SignatureIdentifierType(
            digest_alg_and_value=_digest(s.covered_sha256) if s.covered_sha256 else None,
            hash_only=False,
            doc_hash_only=False,
            daidentifier=_text(s.field),
        ),
        validation_constraints_evaluation_report=_policy(),
        validation_time_info=_times(verdict, s.proven_time),
        signers_document=(
            vr.SignersDocumentType(
                digest_alg_and_value=_digest(s.covered_sha256),
                signers_document_ref=_reference(f"data-{s.covered_sha256}"),
            )
            if s.covered_sha256
            else None
        ),
        signature_attributes=vr.SignatureAttributesType(
            signing_time=(
                (vr.SASigningTimeType(signed=True, time=XmlDateTime.from_datetime(signed_at)),) if signed_at else ()
            ),
            sub_filter=(vr.SASubFilterType(signed=True, sub_filter_element=s.sub_filter),) if s.sub_filter else (),
        ),
        signer_information=(
            vr.SignerInformationType(
                signer_certificate=_reference(f"cert-{s.signer.sha256}"), signer=_text(s.signer.common_name)
            )
            if s.signer is not None and s.signer.sha256
            else None
        ),
        signature_validation_process=vr.SignatureValidationProcessType(
            signature_validation_process_id=f"{URN}:validationprocess:{_PROCESS.get(s.level, 'Basic')}"
        ),
        signature_validation_status=_status(indication, sub, reasons, extra, s),
    )


def _without_signature(verdict: DocumentVerdict) -> Any:
    return vr.SignatureValidationReportType(
        validation_constraints_evaluation_report=_policy(),
        validation_time_info=_times(verdict, None),
        signature_validation_status=_status(verdict.indication, verdict.sub_indication, verdict.reasons, [], None),
    )


def _policy() -> Any:
    identifier = xades.SignaturePolicyIdType(
        sig_policy_id=xades.ObjectIdentifierType(identifier=xades.IdentifierType(value=f"urn:sohoa:{POLICY_ID}")),
        sig_policy_hash=_digest(POLICY_SHA256),
    )
    return vr.ValidationConstraintsEvaluationReportType(
        signature_validation_policy=vr.SignatureValidationPolicyType(
            signature_policy_identifier=xades.SignaturePolicyIdentifierType(signature_policy_id=identifier),
            policy_name=POLICY_ID,
        )
    )


def _times(verdict: DocumentVerdict, proven: datetime | None) -> Any:
    return vr.ValidationTimeInfoType(
        validation_time=XmlDateTime.from_datetime(verdict.verified_at),
        best_signature_time=vr.POEType(
            poetime=XmlDateTime.from_datetime(proven or verdict.verified_at),
            type_of_proof=f"{URN}:poetype:validation",
        ),
    )


def _status(
    indication: Indication,
    sub: str,
    reasons: Iterable[Reason],
    extra: list[tuple[str, str]],
    s: SignatureVerdict | None,
) -> Any:
    told = [*extra, *((f"urn:sohoa:reason:{r.code}", _text(r.message)) for r in reasons)]
    chain = [c for c in (s.chain if s is not None else ()) if c.sha256]
    data = vr.ValidationReportDataType(
        trust_anchor=_reference(f"cert-{s.trust_anchor}") if s is not None and s.trust_anchor else None,
        certificate_chain=(
            vr.CertificateChainType(
                signing_certificate=_reference(f"cert-{chain[-1].sha256}"),
                intermediate_certificate=tuple(_reference(f"cert-{c.sha256}") for c in chain[-2:0:-1]),
                trust_anchor=_reference(f"cert-{chain[0].sha256}") if len(chain) > 1 else None,
            )
            if chain
            else None
        ),
        additional_validation_report_data=(
            vr.AdditionalValidationReportDataType(
                tuple(vr.TypedDataType(type_value=kind, value=text) for kind, text in told)
            )
            if told
            else None
        ),
    )
    return vr.ValidationStatusType(
        main_indication=_MAIN[indication],
        sub_indication=(f"{URN}:subindication:{sub}",) if sub else (),
        associated_validation_report_data=(data,),
    )


def _objects(verdict: DocumentVerdict) -> Iterable[Any]:
    for s in verdict.signatures:
        if s.covered_sha256:
            yield _object(f"data-{s.covered_sha256}", "signedData", s.covered_sha256)
        yield from _certificates((*s.chain, *((s.signer,) if s.signer else ())))
        if s.trust_anchor:
            yield _object(f"cert-{s.trust_anchor}", "certificate", s.trust_anchor)
        yield from _certificates(_authorities(s.timestamps))
    yield from _certificates(_authorities(verdict.timestamps))
    for e in verdict.evidence:
        yield _object(f"{e.kind.lower()}-{e.sha256}", _OBJECTS.get(e.kind, "other"), e.sha256)


def _authorities(stamps: Iterable[TimestampVerdict]) -> list[CertificateInfo]:
    return [s.authority for s in stamps if s.authority is not None]


def _certificates(infos: Iterable[CertificateInfo]) -> Iterable[Any]:
    for info in infos:
        if info.sha256:
            yield _object(f"cert-{info.sha256}", "certificate", info.sha256)


def _object(name: str, kind: str, sha256: str) -> Any:
    return vr.ValidationObjectType(
        id=name,
        object_type=f"{URN}:validationObject:{kind}",
        validation_object_representation=vr.ValidationObjectRepresentationType(digest_alg_and_value=_digest(sha256)),
    )


def _reference(name: str) -> Any:
    return vr.VOReferenceType(voreference=(name,))


def _digest(sha256: str) -> Any:
    return xades.DigestAlgAndValueType(
        digest_method=ds.DigestMethod(algorithm=_SHA256), digest_value=ds.DigestValue(bytes.fromhex(sha256))
    )


def _text(text: str) -> str:
    """Return *text* without the characters that XML 1.0 cannot hold."""
    return "".join(c for c in text if c in "\t\n" or c.isprintable())
