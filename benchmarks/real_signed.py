"""Signed PDFs of real offices: the verdict without their roots, and with the roots that the files themselves carry.

``python -m benchmarks.real_signed FOLDER``: prints a Markdown table. Roots taken out of a stranger's file prove
nothing: they are made anchors here only to see whether the rest of the proof would hold.
"""

from __future__ import annotations

import argparse
import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import x509

from signing.trust import Anchor, TrustStore
from signing.verify.evidence import Evidence
from signing.verify.isolated import verify_isolated
from signing.verify.model import DocumentVerdict
from signing.verify.opening import opened_leniently
from signing.verify.parts import Parts


def carried(pdf: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return self-issued certificates inside *pdf*, and the others that nobody inside issued (DER)."""
    reader, embedded = opened_leniently(pdf)
    evidence = Evidence()
    evidence.add_dss(reader)
    for signature in embedded:
        evidence.add_cms(signature.signed_data)
        for token in Parts.of(signature).tokens:
            evidence.add_cms(token)
    found: list[x509.Certificate] = list(evidence.certificates.values())
    names = {c.subject.hashable for c in found}
    roots = [c.dump() for c in found if c.subject.hashable == c.issuer.hashable]
    tops = [c.dump() for c in found if c.issuer.hashable not in names]
    return roots, tops


def line(verdict: DocumentVerdict) -> str:
    codes = ", ".join(dict.fromkeys(r.code for r in verdict.reasons)) or "-"
    sub = f" {verdict.sub_indication}" if verdict.sub_indication else ""
    return f"{verdict.indication.total}{sub} ({codes})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    files = sorted(parser.parse_args().folder.glob("*.pdf"))
    now, counted = datetime.now(UTC), Counter[str]()
    print("| file | signatures | kind, year | without roots | with the carried root as anchor |")
    print("|---|---|---|---|---|")
    for path in files:
        try:
            roots, tops = carried(io.BytesIO(path.read_bytes()).getvalue())
        except Exception as error:
            roots, tops = [], []
            print(f"<!-- {type(error).__name__} -->")
        ((_, without),) = verify_isolated([path], TrustStore(), now=now)
        store = TrustStore(tuple(Anchor(der) for der in (*roots, *tops)))
        ((_, with_roots),) = verify_isolated([path], store, now=now) if store.anchors else ((path, without),)
        kinds = {
            f"{s.sub_filter} {s.algorithm.split(' ')[0] if s.algorithm else '?'}"
            f" {(s.claimed_time or now).year if s.claimed_time else '?'}"
            for s in without.signatures
        }
        counted[without.indication.total] += 1
        told = f"{len(without.signatures)} + {len(without.timestamps)} timestamps"
        own = "root" if roots else "issuer only" if tops else "none"
        print(
            f"| {path.stem[:24]} | {told} | {', '.join(sorted(kinds)) or '-'} | {line(without)} "
            f"| {own}: {line(with_roots)} |"
        )
    print(dict(counted))


if __name__ == "__main__":
    main()
