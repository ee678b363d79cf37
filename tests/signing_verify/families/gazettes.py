"""Papers with the habits of Vietnamese gazettes: two agencies, PAdES beside adbe.pkcs7.detached, no evidence inside.

The signers' certificates come alone: neither their authority's certificate nor any revocation list is in the file, and
the second signature often has no timestamp. In many real papers the first digest is still SHA-1.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from pyhanko.sign.fields import SigSeedSubFilter

from signing.trust import TrustStore
from signing.verify.model import Level
from tests.signing_verify.attacks import Case, at, attack
from tests.signing_verify.families.hybrids import hybrid
from tests.signing_verify.honest import Honest, honest
from tests.signing_verify.making import base, sign
from tests.signing_verify.pki import YEAR, Entity, Pki, crl, now

ADDRESSES = ("http://ocsp.example.test/", "http://crl.example.test/co-quan.crl")


@cache
def offices() -> Pki:
    """A hierarchy whose certificates name where their status can be asked."""
    return Pki(now() - 5 * YEAR, now() + 5 * YEAR, label="gazette", urls=ADDRESSES)


@cache
def press() -> Entity:
    return offices().leaf("Trung tâm công báo thử nghiệm", kind="rsa")


@cache
def committee() -> Entity:
    return offices().leaf("Ủy ban nhân dân tỉnh thử nghiệm", kind="rsa")


def gazette(*, digest: str = "sha256", second_stamped: bool = True, form: bytes = b"") -> bytes:
    """Sign as gazettes are signed; *digest* is that of the first signature."""
    tsa = offices().tsa
    first, second = replace(committee(), issuer=None), replace(press(), issuer=None)
    pdf = sign(form or base(fields=()), first, field="Signature1", tsa=tsa, at=at(), digest=digest,
               new_box=(400, 700, 560, 780))  # fmt: skip
    return sign(
        pdf, second, field="Signature2", tsa=tsa if second_stamped else None, at=at(9),
        subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED, new_box=(20, 790, 140, 830),
    )  # fmt: skip


def anchored(*, authority: bool = True) -> TrustStore:
    """The root imported, and the issuing authority's certificate beside it; no list."""
    store = TrustStore.from_certificates([offices().root.der])
    return replace(store, intermediates=(offices().ca.der,)) if authority else store


def informed(*, revoked: bool = False) -> TrustStore:
    """The same with the lists that an auditor fetched."""
    gone = {press().certificate.serial_number: at(60)} if revoked else None
    lists = (crl(offices().root, at(5)), crl(offices().ca, at(5), revoked=gone))
    return replace(anchored(), crls=lists)


@honest
def gazette_with_evidence_from_folder() -> Honest:
    """No evidence inside, both stamped; root, authority and lists in the administrator's folder."""
    return Honest(gazette(), Level.B_T, informed())


@honest
def gazette_out_of_a_word_processor() -> Honest:
    return Honest(gazette(form=hybrid()), Level.B_T, informed())


@attack
def gazette_second_signer_revoked() -> Case:
    return Case(gazette(), informed(revoked=True))


@attack
def gazette_weak_digest() -> Case:
    return Case(gazette(digest="sha1"), informed())
