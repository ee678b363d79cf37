"""pyHanko as an independent judge of what we signed."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from datetime import UTC, datetime

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.ades import ades_lta_validation, simulate_future_ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator.context import CertValidationPolicySpec, ValidationContext
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager


def assert_long_term(pdf: bytes, anchors: Sequence[bytes], fields: Sequence[str], future: bool = False) -> None:
    """Check that both judgements pass for each signature, offline, from what stands in the file."""
    asyncio.run(_assert_long_term(pdf, [x509.Certificate.load(der) for der in anchors], fields, future))


async def _assert_long_term(pdf: bytes, roots: list[x509.Certificate], fields: Sequence[str], future: bool) -> None:
    spec = PdfSignatureValidationSpec(
        signature_validation_spec=SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(
                trust_manager=SimpleTrustManager.build(trust_roots=roots),
                revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY
            ),
        )
    )
    reader = PdfFileReader(io.BytesIO(pdf))
    signatures = list(reader.embedded_regular_signatures)
    assert [signature.field_name for signature in signatures] == list(fields)
    for signature in signatures:
        result = await ades_lta_validation(signature, spec)
        assert result.ades_subindic == AdESPassed.OK
        assert result.api_status is not None and result.api_status.bottom_line
        context = ValidationContext(trust_roots=roots, allow_fetching=False, other_certs=roots)
        status = await async_validate_pdf_signature(signature, context)
        assert status.bottom_line and status.coverage >= SignatureCoverageLevel.ENTIRE_REVISION
        assert status.modification_level <= ModificationLevel.FORM_FILLING
        if future:
            moment = datetime(2035, 1, 1, tzinfo=UTC)
            later = await simulate_future_ades_lta_validation(signature, spec, future_validation_time=moment)
            assert later.ades_subindic == AdESPassed.OK
    stamps = list(reader.embedded_timestamp_signatures)
    assert len(stamps) == 1
    stamps[0].compute_integrity_info()
    assert stamps[0].evaluate_signature_coverage() == SignatureCoverageLevel.ENTIRE_FILE
