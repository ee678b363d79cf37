"""Steps that several tests take."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from signing.appearance.block import Line, agency_block, person_block
from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD, CertificationStatement, append_certification
from signing.csc import CscClient
from signing.evidence import EvidenceCollector
from signing.longterm import add_long_term
from signing.remote import Credential
from signing.staged import PreparedSignature, SignaturePlan, Timestamper, embed, prepare
from tests.signing.base import make_base, now

ROLES = (("test-person", PERSON_FIELD), ("test-agency", AGENCY_FIELD))


def statement(number: int = 1) -> CertificationStatement:
    """The lời chứng of a copy numbered *number*."""
    return CertificationStatement(
        lines=(
            Line("CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH", 13, bold=True, colour="#c00000"),
            Line(f"Số chứng thực: {number:02d}, quyển số: 01/2026-SCT/BS", 12, colour="#00309c"),
            Line("Ngày 22 tháng 11 năm 2026", 12, colour="#00309c"),
        ),
        person=person_block("Nguyễn Thị Thử Nghiệm", "Phó Chủ tịch", heading="Người thực hiện chứng thực"),
        agency=agency_block("Ủy ban nhân dân xã Thử Nghiệm", seal=True),
    )


def seal() -> bytes:
    """A round red seal on a transparent background."""
    image = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((4, 4, 195, 195), outline=(220, 0, 0, 255), width=6)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def certified(number: int = 1) -> bytes:
    """An unsigned certified copy: lời chứng drawn, two empty fields."""
    return append_certification(make_base(number), statement(number), occupied=[(90, 470, 400, 800)], seal_png=seal())


def plan(field: str, number: int = 1) -> SignaturePlan:
    """What goes into *field*."""
    text = statement(number)
    return SignaturePlan(field, text.person if field == PERSON_FIELD else text.agency, reason="Chứng thực bản sao")


def prepared_for(client: CscClient, pdfs: Sequence[bytes], role: str, field: str) -> list[PreparedSignature]:
    """Prepare all of *pdfs* for one signer."""
    credential = client.credential(role)
    return [prepare(pdf, plan(field, number), credential, now()) for number, pdf in enumerate(pdfs, 1)]


def signatures(client: CscClient, credential: Credential, prepared: Sequence[PreparedSignature]) -> list[bytes]:
    """One authorisation, one raw signature each."""
    digests = [item.tbs_digest for item in prepared]
    return client.sign(client.authorise(credential, digests, f"Ký {len(digests)} văn bản"), digests)


def signed_by_both(
    client: CscClient, tsa: Timestamper, collector: EvidenceCollector, pdfs: Sequence[bytes]
) -> list[bytes]:
    """Person, then agency, over all of *pdfs*; then long-term evidence: B-LTA."""
    for role, field in ROLES:
        credential = client.credential(role)
        prepared = prepared_for(client, pdfs, role, field)
        raws = signatures(client, credential, prepared)
        pdfs = [embed(item, raw, credential, tsa) for item, raw in zip(prepared, raws, strict=True)]
    return [add_long_term(pdf, collector, tsa) for pdf in pdfs]
