from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from signing.chain import ChainError, build_chain

START, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _make(
    name: str,
    issuer: Pair | None = None,
    *,
    ca: bool = True,
    depth: int | None = None,
    days: int = 3650,
    may_sign: bool = True,
) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(True, False, False, False, False, may_sign, False, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca, depth), critical=True)
        .add_extension(usage, critical=True)
    )
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def _der(*pairs: Pair) -> list[bytes]:
    return [pair[0].public_bytes(serialization.Encoding.DER) for pair in pairs]


def _build(leaf: Pair, others: list[Pair], anchors: list[Pair], at: datetime = NOW) -> tuple[bytes, ...]:
    return build_chain(_der(leaf)[0], _der(*others), _der(*anchors), at)


def test_a_chain_ends_in_an_anchor() -> None:
    root = _make("Gốc")
    middle = _make("Trung gian", root, depth=0)
    leaf = _make("Người ký", middle, ca=False)
    noise = _make("Khác")
    assert _build(leaf, [noise, middle], [root]) == tuple(_der(leaf, middle, root))
    assert _build(leaf, [root, middle], [root, noise]) == tuple(_der(leaf, middle, root))
    assert _build(root, [], [root]) == tuple(_der(root))


def test_wrong_chains_are_refused() -> None:
    root = _make("Gốc")
    middle = _make("Trung gian", root, depth=0)
    leaf = _make("Người ký", middle, ca=False)
    rogue_root = _make("Gốc")  # the same name, another key
    rogue_leaf = _make("Người ký", _make("Trung gian", rogue_root), ca=False)
    below_leaf = _make("Giả", leaf, ca=False)
    deeper = _make("Sâu", middle)
    short = _make("Ngắn", root, days=30)
    mute = _make("Không ký được", root, may_sign=False)
    cases: list[tuple[Pair, list[Pair], list[Pair]]] = [
        (leaf, [middle], [rogue_root]),
        (leaf, [], [root]),
        (leaf, [middle], []),
        (rogue_leaf, [middle, rogue_root], [root]),
        (below_leaf, [leaf, middle], [root]),  # a signer's certificate used as an authority
        (_make("X", deeper, ca=False), [deeper, middle], [root]),  # deeper than path length 0 allows
        (_make("Y", short, ca=False), [short], [root]),  # the authority has expired
        (_make("Z", mute, ca=False), [mute], [root]),
    ]
    for certificate, others, anchors in cases:
        with pytest.raises(ChainError):
            _build(certificate, others, anchors)
    for at in (START - timedelta(days=1), START + timedelta(days=4000)):
        with pytest.raises(ChainError, match="validity"):
            _build(leaf, [middle], [root], at)
