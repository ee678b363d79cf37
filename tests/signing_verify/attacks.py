"""What every attack file starts from, and the table of them.

``ATTACKS`` maps a name to a function that gives a ``Case``; none of them may ever be judged PASSED. The families are
those of the published studies on PDF signatures (incremental saving, wrapping, universal forgery, shadow, evil
annotation, sneaky signature) plus certificates, time, stripping, and resource exhaustion: a module each in
``families/``, which ``suite`` imports. All are made from own bytes with an own PKI.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from pyhanko.sign.fields import MDPPerm

from signing.trust import TrustStore
from signing.verify.model import Expected
from tests.signing_verify.making import base, lta, sign
from tests.signing_verify.pki import good, now


@dataclass(frozen=True)
class Case:
    """A file, the trust it is judged with (the good root unless said), and what the register knows."""

    pdf: bytes
    trust: TrustStore | None = None
    expected: Expected | None = None


ATTACKS: dict[str, Callable[[], Case]] = {}


def attack(function: Callable[[], Case | bytes]) -> Callable[[], Case]:
    @cache
    def made() -> Case:
        result = function()
        return result if isinstance(result, Case) else Case(result)

    ATTACKS[function.__name__.strip("_")] = made
    return made


@cache
def trust() -> TrustStore:
    """The good root, and fresh revocation lists: what an attack file lacks is never mere evidence."""
    anchors = TrustStore.from_certificates([good().root.der]).anchors
    return TrustStore(anchors, crls=tuple(good().crls(at())))


def bare() -> TrustStore:
    """The good root without any list: what the file brings is all the evidence there is."""
    return TrustStore(trust().anchors)


def at(minutes: float = 10):
    return now() - timedelta(minutes=minutes)


@cache
def signed() -> bytes:
    """One signature, evidence, document timestamp."""
    return lta(good(), at())


@cache
def signed_lt() -> bytes:
    return lta(good(), at(), stamp=False)


@cache
def signed_bt() -> bytes:
    return sign(base(), good().person, tsa=good().tsa, at=at())


@cache
def signed_two() -> bytes:
    g = good()
    return lta(g, at(), signers=(("NguoiChungThuc", g.person), ("CoQuan", g.agency)))


@cache
def certified() -> bytes:
    return lta(good(), at(), certify=MDPPerm.FILL_FORMS)


EVIL = "BT /F1 24 Tf 72 700 Td (QUYET DINH GIA MAO) Tj ET"
