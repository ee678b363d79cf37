"""Signed PDFs of real offices: the verdict without roots, with the authorities that the files carry, what to fetch.

Then papers of the same habits under our own PKI, up to the verdict with everything at hand.

``python -m benchmarks.real_signed FOLDER``: prints Markdown tables. Authorities taken out of a stranger's file prove
nothing: they are made anchors here only to see whether the rest of the proof would hold.
"""

from __future__ import annotations

import argparse
import io
import tempfile
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
from tests.signing_verify.families import gazettes
from tests.signing_verify.families.hybrids import hybrid
from tests.signing_verify.pki import now


def carried(pdf: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return self-issued authorities inside *pdf*, and other authorities that nobody inside issued (DER)."""
    reader, embedded = opened_leniently(pdf)
    evidence = Evidence()
    evidence.add_dss(reader)
    for signature in embedded:
        evidence.add_cms(signature.signed_data)
        for token in Parts.of(signature).tokens:
            evidence.add_cms(token)
    found: list[x509.Certificate] = [c for c in evidence.certificates.values() if c.ca]
    names = {c.subject.hashable for c in found}
    roots = [c.dump() for c in found if c.subject.hashable == c.issuer.hashable]
    tops = [c.dump() for c in found if c.issuer.hashable not in names]
    return roots, tops


def line(verdict: DocumentVerdict) -> str:
    codes = ", ".join(dict.fromkeys(r.code for r in verdict.reasons)) or "-"
    sub = f" {verdict.sub_indication}" if verdict.sub_indication else ""
    return f"{verdict.indication.total}{sub} ({codes})"


def remade(folder: Path) -> None:
    """Print the verdicts on papers of the same habits under the suite's PKI."""
    kinds = {
        "SHA-256, both time-stamped": gazettes.gazette(),
        "from a word processor (hybrid)": gazettes.gazette(form=hybrid()),
        "second signature without timestamp": gazettes.gazette(second_stamped=False),
        "first digest SHA-1": gazettes.gazette(digest="sha1"),
        "first digest SHA-1, second without timestamp": gazettes.gazette(digest="sha1", second_stamped=False),
    }
    stores = (TrustStore(), gazettes.anchored(), gazettes.informed())
    print("\n| made anew, same habits | nothing | root and authority | and the lists fetched |")
    print("|---|---|---|---|")
    for name, pdf in kinds.items():
        path = folder / "paper.pdf"
        path.write_bytes(pdf)
        told = [line(verdict) for store in stores for _, verdict in verify_isolated([path], store, now=now())]
        print(f"| {name} | {' | '.join(told)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    files = sorted(parser.parse_args().folder.glob("*.pdf"))
    moment, counted, waiting = datetime.now(UTC), Counter[str](), Counter[str]()
    print("| file | signatures | kind, year | without roots | with the carried authorities as anchors | to fetch |")
    print("|---|---|---|---|---|---|")
    for path in files:
        try:
            roots, tops = carried(io.BytesIO(path.read_bytes()).getvalue())
        except Exception as error:
            roots, tops = [], []
            print(f"<!-- {type(error).__name__} -->")
        ((_, without),) = verify_isolated([path], TrustStore(), now=moment)
        store = TrustStore(tuple(Anchor(der) for der in (*roots, *tops)))
        ((_, with_roots),) = verify_isolated([path], store, now=moment) if store.anchors else ((path, without),)
        kinds = {
            f"{s.sub_filter} {s.algorithm.split(' ')[0] if s.algorithm else '?'}"
            f" {(s.claimed_time or moment).year if s.claimed_time else '?'}"
            for s in without.signatures
        }
        counted[without.indication.total] += 1
        told = f"{len(without.signatures)} + {len(without.timestamps)} timestamps"
        own = "root" if roots else "issuer only" if tops else "none"
        print(
            f"| {path.stem[:24]} | {told} | {', '.join(sorted(kinds)) or '-'} | {line(without)} "
            f"| {own}: {line(with_roots)} | {', '.join(n.kind for n in with_roots.needed) or '-'} |"
        )
        waiting.update(f"{n.kind}: {n.certificate if n.kind == 'anchor' else n.issuer}" for n in with_roots.needed)
    print(dict(counted))
    for what, papers in sorted(waiting.items()):
        print(f"- {what}: {papers} papers")
    with tempfile.TemporaryDirectory() as made:
        remade(Path(made))


if __name__ == "__main__":
    main()
