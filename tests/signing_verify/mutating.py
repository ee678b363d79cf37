"""Mutations of signed files that know what they touch: bytes, tables, tokens, streams, CMS, evidence, splices.

``mutations(seed, count)`` yields ``Mutant``s; equal seeds make the same choices, of equal sources the same bytes. A
mutant equal to a source byte for byte is never yielded; ``untouched`` tells one that says the same.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.signing_verify import raw
from tests.signing_verify.der import mutated_der
from tests.signing_verify.fuzz_sources import Source, sources


@dataclass(frozen=True)
class Mutant:
    """One mutated file; ``how`` names the mutation and what it did."""

    source: Source
    how: str
    pdf: bytes = field(repr=False)


Mutation = Callable[[random.Random, Source, list[Source]], tuple[str, bytes]]


def bytes_(chance: random.Random, source: Source, _: list[Source]) -> tuple[str, bytes]:
    data, said = bytearray(source.pdf), []
    for _i in range(chance.choice((1, 1, 1, 2, 5))):
        place, kind = chance.randrange(len(data)), chance.randrange(6)
        said.append(f"{place}:{kind}")
        if kind == 4:
            del data[place]
        elif kind == 5:
            data.insert(place, chance.randrange(256))
        elif kind == 3:
            data[place] = chance.randrange(256)
        else:
            data[place] ^= 1 << chance.randrange(8)
    return " ".join(said), bytes(data)


def truncated(chance: random.Random, source: Source, _: list[Source]) -> tuple[str, bytes]:
    ends = [m.end() for m in re.finditer(rb"%%EOF", source.pdf)]
    places = [chance.randrange(len(source.pdf)), chance.choice(ends) + chance.randrange(-8, 3)]
    end = min(chance.choice(places), len(source.pdf) - 1)
    return f"at {end}", source.pdf[:end]


def blocks(chance: random.Random, source: Source, _: list[Source]) -> tuple[str, bytes]:
    data, size = source.pdf, chance.choice((1, 16, 256, 4096))
    a, b = (chance.randrange(len(data) - size) for _i in range(2))
    kind = chance.randrange(4)
    block = data[a : a + size]
    if kind == 0:
        data = data[:a] + data[a + size :]
    elif kind == 1:
        data = data[:b] + block + data[b:]
    elif kind == 2:
        data = data[:b] + block + data[b + size :]
    else:
        data = data[:a] + chance.choice((b"\0", b" ", b"\xff")) * size + data[a + size :]
    return f"{kind} {a} {b} {size}", data


def spliced(chance: random.Random, source: Source, every: list[Source]) -> tuple[str, bytes]:
    other = chance.choice(every).pdf
    here = [m.end() + 1 for m in re.finditer(rb"%%EOF", source.pdf)]
    there = [m.end() + 1 for m in re.finditer(rb"%%EOF", other)]
    if chance.random() < 0.5:
        a, b = chance.choice(here), chance.choice([0, *there[:-1]])
    else:
        a, b = chance.randrange(len(source.pdf)), chance.randrange(len(other))
    return f"{a}+{b}", source.pdf[:a] + other[b:]


def table(chance: random.Random, source: Source, _: list[Source]) -> tuple[str, bytes]:
    """Cross-reference entries, startxref, /Prev, /Size, /Root."""
    pattern = chance.choice(
        (rb"\d{10} \d{5} [nf]", rb"startxref\s+\d+", rb"/Prev \d+", rb"/Size \d+", rb"/Root \d+ 0 R", rb"\n\d+ \d+\n")
    )
    found = list(re.finditer(pattern, source.pdf))
    if not found:
        return bytes_(chance, source, [])
    match = chance.choice(found)
    text = bytearray(match.group())
    places = [i for i, c in enumerate(text) if chr(c).isdigit() or c in b"nf"]
    place = chance.choice(places)
    if text[place] in b"nf" and chance.random() < 0.8:
        text[place] = ord("f") if text[place] == ord("n") else ord("n")
    else:
        text[place] = chance.choice(b"0123456789")
    return f"{match.start()} {bytes(text)!r}", source.pdf[: match.start()] + bytes(text) + source.pdf[match.end() :]


def tokens(chance: random.Random, source: Source, _: list[Source]) -> tuple[str, bytes]:
    """A name, number or reference replaced by another one of the file."""
    pattern = chance.choice((rb"/[A-Za-z][A-Za-z0-9.]+", rb"(?<![\d.])\d+ \d+ R", rb"(?<=[\s\[])\d+(?=[\s\]])"))
    outside = [m for m in re.finditer(pattern, source.pdf) if not any(a <= m.start() < b for a, b in source.gaps)]
    one, other = chance.choice(outside), chance.choice(outside)
    data = source.pdf[: one.start()] + other.group() + source.pdf[one.end() :]
    return f"{one.start()} {one.group()!r}->{other.group()!r}", data


def streams(chance: random.Random, source: Source, _: list[Source]) -> tuple[str, bytes]:
    """One byte of a stream's decoded content, packed again to the same length where that is possible."""
    found = list(re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", source.pdf, re.DOTALL))
    match = chance.choice(found)
    a, b = match.span(1)
    body = bytearray(source.pdf[a:b])
    if not body:
        return bytes_(chance, source, [])
    try:
        plain = bytearray(zlib.decompress(bytes(body)))
        plain[chance.randrange(len(plain))] ^= 1 << chance.randrange(8)
        packed = next(p for level in range(10) if len(p := zlib.compress(bytes(plain), level)) <= len(body))
        body = bytearray(packed.ljust(len(body), b"\0"))
    except (zlib.error, StopIteration, ValueError):
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return f"{a}-{b}", source.pdf[:a] + bytes(body) + source.pdf[b:]


def cms(chance: random.Random, source: Source, every: list[Source]) -> tuple[str, bytes]:
    """The CMS of a signature, one node changed; or another signature's value in its place."""
    which = chance.randrange(len(source.gaps))
    a, b = source.gaps[which]
    room = (b - a - 2) // 2
    if chance.random() < 0.1:
        value = chance.choice([v for s in every for v in s.values]).rstrip(b"\0")
    else:
        try:
            value = mutated_der(chance, source.values[which])
        except (ValueError, IndexError):
            return bytes_(chance, source, [])
    digits = value[:room].ljust(room, b"\0").hex().encode()
    if source.pdf[a:b] == source.pdf[a:b].upper():
        digits = digits.upper()
    return f"signature {which}", source.pdf[: a + 1] + digits + source.pdf[b - 1 :]


def evidence(chance: random.Random, source: Source, _: list[Source]) -> tuple[str, bytes]:
    """A certificate, list or answer of the security store, one node changed, as one more revision."""
    if not source.evidence:
        return bytes_(chance, source, [])
    number = chance.choice(sorted(source.evidence))
    try:
        der = mutated_der(chance, source.evidence[number])
    except (ValueError, IndexError):
        return bytes_(chance, source, [])
    body = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(der), der)
    return f"object {number}", raw.append(source.pdf, {number: body})


def revision(chance: random.Random, source: Source, every: list[Source]) -> tuple[str, bytes]:
    """One more revision: an object takes another one's body, a mutated body, or a new one is added."""
    numbers = sorted(source.bodies)
    number = chance.choice([*numbers, max(numbers) + 1])
    body = chance.choice(list(chance.choice([source, chance.choice(every)]).bodies.values()))
    if chance.random() < 0.6 and number in source.bodies and source.bodies[number]:
        text = bytearray(source.bodies[number])
        text[chance.randrange(len(text))] = chance.choice(b"0123456789 /<>[]()RABCxyz")
        body = bytes(text)
    return f"object {number}", raw.append(
        source.pdf,
        {number: body},
        table=chance.random() < 0.9,
        trailer=chance.random() < 0.9,
        end=chance.random() < 0.9,
    )


MUTATIONS: tuple[tuple[int, Mutation], ...] = (
    (6, bytes_), (1, truncated), (2, blocks), (2, spliced), (2, table), (3, tokens), (1, streams), (5, cms),
    (2, evidence), (2, revision),
)  # fmt: skip


def mutations(seed: int, count: int, every: list[Source] | None = None) -> Iterator[Mutant]:
    """Yield *count* mutants of *every* (else of fresh sources), the mutations weighted as above."""
    chance, every = random.Random(seed), sources() if every is None else every
    weights, kinds = zip(*MUTATIONS, strict=True)
    made = 0
    while made < count:
        (kind,) = chance.choices(kinds, weights)
        source = chance.choice(every)
        how, data = kind(chance, source, every)
        if all(data != one.pdf for one in every):
            made += 1
            yield Mutant(source, f"{source.name} {kind.__name__.strip('_')} {how}", data)
