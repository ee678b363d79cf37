"""Signs a born-digital sample by person and agency (PAdES B-B) with keys made on the fly.

The certificates prove nothing to anybody: they belong to a made-up authority that is forgotten at once. The text and
the claimed times are the same every time, the signatures are not.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from PIL import Image
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, InnerScaling, Margins, SimpleBoxLayoutRule
from pyhanko.sign import fields, signers
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from samples.born_digital import unsigned_pdf
from samples.marks import BLUE, RED, SEAL_MM, Pixels, seal_mask, signature_mask
from samples.model import Paper
from samples.typeset import PAGE

_FULL_BOX = SimpleBoxLayoutRule(
    AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, Margins(0, 0, 0, 0), InnerScaling.STRETCH_TO_FIT
)


class _SignerAt(signers.PdfSigner):
    """Claims the time it is told, so that the sample's times belong to its date."""

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at = at

    def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self._at
        return session


class _Authority:
    """A certificate authority for one document."""

    def __init__(self, moment: datetime) -> None:
        self._start, self._end = moment - timedelta(days=200), moment + timedelta(days=1600)
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA mẫu - không có giá trị")])
        self._certificate = self._issue(self._name, self._key, ca=True)

    def _issue(self, name: x509.Name, key: rsa.RSAPrivateKey, *, ca: bool) -> asn1_x509.Certificate:
        usage = x509.KeyUsage(not ca, not ca, False, False, False, ca, ca, False, False)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._start)
            .not_valid_after(self._end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        return asn1_x509.Certificate.load(made.public_bytes(serialization.Encoding.DER))

    def signer(self, common_name: str, organisation: str) -> signers.SimpleSigner:
        """Return a signer with a new key, certified by this authority."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            ]
        )
        encoding = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        private = keys.PrivateKeyInfo.load(key.private_bytes(*encoding))
        certificate = self._issue(name, key, ca=False)
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register(self._certificate)
        return signers.SimpleSigner(signing_cert=certificate, signing_key=private, cert_registry=store)


def _picture(mask: Pixels, colour: tuple[int, int, int]) -> Image.Image:
    image = np.empty((*mask.shape, 4), np.uint8)
    image[..., :3] = colour
    image[..., 3] = mask
    return Image.fromarray(image)


def _box(x0: float, y0: float, x1: float, y1: float) -> tuple[int, int, int, int]:
    return round(x0), round(y0), round(x1), round(y1)


def signed_pdf(paper: Paper, seed: int) -> bytes:
    """Return *paper* as a PDF signed by its signer (blue hand) and its agency (red seal), each a visible widget."""
    data, sheets = unsigned_pdf(paper)
    x, y = sheets[-1].places["signature"]
    middle, side = PAGE[1] - y, SEAL_MM * 72 / 25.4
    hand = _box(x - 55, middle - 32, x + 109, middle + 42)
    seal = _box(x - 62 - side / 2, middle - side / 2, x - 62 + side / 2, middle + side / 2)
    rng = np.random.default_rng([seed, 2])
    agency = " ".join((*paper.co_quan, *paper.co_quan_chu_quan[-1:]))
    acts = (
        ("CanBo", hand, _picture(signature_mask(300, rng), BLUE), paper.nguoi_ky),
        ("CoQuan", seal, _picture(seal_mask(paper.seal_words, 300, None), RED), agency),
    )
    moment = datetime(paper.ngay.year, paper.ngay.month, paper.ngay.day, 8, 41, 7, tzinfo=UTC)
    authority = _Authority(moment)
    for number, (name, box, image, subject) in enumerate(acts):
        writer = IncrementalPdfFileWriter(io.BytesIO(data))
        spec = fields.SigFieldSpec(name, on_page=len(sheets) - 1, box=box)
        fields.append_signature_field(writer, spec)
        meta = signers.PdfSignatureMetadata(
            field_name=name, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, name=subject
        )
        style = StaticStampStyle(
            border_width=0, background=PdfImage(image), background_opacity=1.0, background_layout=_FULL_BOX
        )
        at = moment + timedelta(minutes=4 * number)
        signer = _SignerAt(meta, authority.signer(subject, agency), stamp_style=style, at=at)
        data = signer.sign_pdf(writer).getvalue()
    return data
