from __future__ import annotations

from dataclasses import replace

from signing.verify.document import verify_pdf
from signing.verify.model import Indication
from tests.signing_verify import raw
from tests.signing_verify.attacks import signed_lt, trust
from tests.signing_verify.fuzz_sources import Source, kept, sources
from tests.signing_verify.mutating import Mutant, mutations
from tests.signing_verify.pki import now
from tests.signing_verify.untouched import untouched


def test_sources_are_valid() -> None:
    for source in sources():
        verdict = verify_pdf(source.pdf, trust(), now=now())
        assert verdict.indication is Indication.PASSED, (source.name, [r.code for r in verdict.reasons])


def test_mutated_files_never_pass_and_never_raise() -> None:
    """Of files that are kept: the same bytes in every run. More, of new ones: ``python -m benchmarks.fuzz_verify``."""
    every, store, moment = kept()
    assert len(every) == len(sources())
    for source in every:
        assert verify_pdf(source.pdf, store, now=moment).indication is Indication.PASSED, source.name
    passed = [
        mutant.how
        for mutant in mutations(20261122, 200, every)
        if verify_pdf(mutant.pdf, store, now=moment).indication is Indication.PASSED and not untouched(mutant, every)
    ]
    assert passed == []


def test_untouched_means_untouched() -> None:
    source = Source("b-lt", signed_lt())
    page = raw.content_of_page(source.pdf)
    same = Mutant(source, "same", raw.append(source.pdf, {1: raw.body_of(source.pdf, 1)}))
    assert untouched(same)
    other = replace(same, pdf=raw.append(source.pdf, {page: raw.stream("BT ET")}))
    assert not untouched(other)
    signature = source.gaps[0][0]
    flipped = bytearray(source.pdf)
    flipped[signature + 400] = ord("0") if flipped[signature + 400] != ord("0") else ord("1")
    assert not untouched(replace(same, pdf=bytes(flipped)))
    assert not untouched(replace(same, pdf=source.pdf[:-9]))
