"""Mutations of signed files that know what they touch: bytes, tables, tokens, streams, CMS, evidence, splices.

``mutations(seed, count)`` yields ``Mutant``s; equal seeds make the same choices. Keys, and so the bytes, are new in
every process, unless the sources are those of ``KEPT``, which stand in the repository: with them a test judges the same
bytes at the same moment in every run. A mutant equal to a source byte for byte is never yielded; ``untouched`` tells
one that says the same. ``python -m tests.signing_verify.mutating`` makes ``KEPT`` anew.
"""

from __future__ import annotations

import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.trust import TrustStore
from tests.signing_verify import raw
from tests.signing_verify.attacks import certified, signed, signed_bt, signed_lt, signed_two, trust
from tests.signing_verify.making import add_evidence, base, lta, sign
from tests.signing_verify.pki import good, now, ocsp_answer
from tests.signing_verify.suite import HONEST


@dataclass
class Source:
    """A signed file that must be valid, with what the mutations need to know of it."""

    name: str
    pdf: bytes

    @cached_property
    def gaps(self) -> list[tuple[int, int]]:
        """Offsets of the signature values, angle brackets included."""
        found = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", self.pdf)
        return [(int(first), int(second)) for _, first, second, _ in found]

    @cached_property
    def values(self) -> list[bytes]:
        """The CMS of every signature, padding included."""
        return [bytes.fromhex(self.pdf[a + 1 : b - 1].decode()) for a, b in self.gaps]

    @cached_property
    def bodies(self) -> dict[int, bytes]:
        """Every object as text."""
        reader = PdfFileReader(io.BytesIO(self.pdf))
        found = {}
        for reference in sorted(reader.xrefs.explicit_refs_in_revision(0), key=lambda r: r.idnum):
            found[reference.idnum] = b""
        for revision in range(reader.xrefs.total_revisions):
            for reference in reader.xrefs.explicit_refs_in_revision(revision):
                found[reference.idnum] = b""
        for number in list(found):
            out = io.BytesIO()
            try:
                reader.get_object(generic.Reference(number, 0, reader)).write_to_stream(out, None)
                found[number] = out.getvalue()
            except Exception:
                del found[number]
        return found

    @cached_property
    def evidence(self) -> dict[int, bytes]:
        """DER of the security store by object number."""
        root = PdfFileReader(io.BytesIO(self.pdf)).root
        if "/DSS" not in root:
            return {}
        dss = root["/DSS"]
        lists = [dss[k] for k in ("/Certs", "/CRLs", "/OCSPs") if k in dss]
        return {one.raw_get(i).idnum: one[i].data for one in lists for i in range(len(one))}


@dataclass(frozen=True)
class Mutant:
    """One mutated file; ``how`` names the mutation and what it did."""

    source: Source
    how: str
    pdf: bytes = field(repr=False)


@cache
def sources() -> list[Source]:
    """Files of every level and kind of evidence; each is valid before it is touched."""
    g = good()
    made = {
        "b-lta": signed(),
        "b-lt": signed_lt(),
        "two": signed_two(),
        "b-t": signed_bt(),
        "certified": certified(),
        "objstm": lta(g, now().replace(second=0), pdf=base(form="objstm")),
        "ocsp": add_evidence(
            sign(base(), g.agency, tsa=g.tsa, at=now()),
            certs=g.certificates(),
            crls=g.crls(now()),
            ocsps=[ocsp_answer(g.agency, now())],
        ),
        "hybrid": HONEST["hybrid_as_word_writes"]().pdf,
        "form": HONEST["form_filled_then_signed"]().pdf,
    }
    return [Source(name, pdf) for name, pdf in made.items()]


KEPT = Path(__file__).with_name("fuzz_sources.zip")


def keep() -> None:
    """Write fresh sources, with whom to trust and when, to ``KEPT``."""
    moment, store = now(), trust()
    with zipfile.ZipFile(KEPT, "w", zipfile.ZIP_LZMA) as archive:
        for source in sources():
            archive.writestr(zipfile.ZipInfo(f"{source.name}.pdf"), source.pdf, zipfile.ZIP_LZMA)
        for number, anchor in enumerate(store.anchors):
            archive.writestr(zipfile.ZipInfo(f"{number}.cer"), anchor.der)
        for number, crl in enumerate(store.crls):
            archive.writestr(zipfile.ZipInfo(f"{number}.crl"), crl)
        archive.writestr(zipfile.ZipInfo("moment"), moment.isoformat())


def kept() -> tuple[list[Source], TrustStore, datetime]:
    """Return the sources of ``KEPT``, the trust that they were made for, and when."""
    with zipfile.ZipFile(KEPT) as archive:
        names = archive.namelist()
        found = {kind: [archive.read(name) for name in names if name.endswith(kind)] for kind in (".cer", ".crl")}
        made = [Source(name[:-4], archive.read(name)) for name in names if name.endswith(".pdf")]
        moment = datetime.fromisoformat(archive.read("moment").decode())
    return made, replace(TrustStore.from_certificates(found[".cer"]), crls=tuple(found[".crl"])), moment


# -- ASN.1 -----------------------------------------------------------------------------------------------------------


@dataclass
class Node:
    """A DER value: either children or content."""

    tag: int
    content: bytes = b""
    children: list[Node] | None = None

    def dump(self) -> bytes:
        inner = self.content if self.children is None else b"".join(c.dump() for c in self.children)
        size = len(inner)
        if size < 128:
            return bytes((self.tag, size)) + inner
        digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
        return bytes((self.tag, 0x80 | len(digits))) + digits + inner

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children or ():
            yield from child.walk()


def parse(der: bytes, at: int = 0) -> tuple[Node, int]:
    """Parse one DER value with one-byte tags; raises ``ValueError`` or ``IndexError`` for anything else."""
    tag, size, at = der[at], der[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size, at = int.from_bytes(der[at : at + count], "big"), at + count
    end = at + size
    if end > len(der) or tag & 0x1F == 0x1F:
        raise ValueError("not simple DER")
    if not tag & 0x20:
        return Node(tag, der[at:end]), end
    children = []
    while at < end:
        child, at = parse(der, at)
        children.append(child)
    return Node(tag, b"", children), end


def mutated_der(chance: random.Random, der: bytes) -> bytes:
    """Change one node of *der* and write the lengths anew, so that only the meaning is wrong."""
    root, end = parse(der)
    before, nodes = root.dump(), list(root.walk())
    oids = [n.content for n in nodes if n.tag == 0x06]
    node = chance.choice(nodes)
    parents = [n for n in nodes if n.children]
    kind = chance.randrange(9)
    if kind == 0 and node.children is None and node.content:
        at = chance.randrange(len(node.content))
        node.content = (
            node.content[:at] + bytes((node.content[at] ^ 1 << chance.randrange(8),)) + node.content[at + 1 :]
        )
    elif kind == 1:
        node.tag ^= 1 << chance.choice((0, 1, 2, 5, 6, 7))
    elif kind == 2:
        parent = chance.choice(parents)
        del parent.children[chance.randrange(len(parent.children))]  # type: ignore[index,arg-type]
    elif kind == 3:
        parent = chance.choice(parents)
        parent.children.insert(chance.randrange(len(parent.children)), deepcopy(chance.choice(nodes)))  # type: ignore
    elif kind == 4:
        chance.shuffle(chance.choice(parents).children)  # type: ignore[arg-type]
    elif kind == 5 and oids:
        chance.choice([n for n in nodes if n.tag == 0x06]).content = chance.choice(oids)
    elif kind == 6 and node.children is None:
        node.content = chance.choice((b"", b"\0", b"\xff" * len(node.content), node.content * 2, node.content[:-1]))
    elif kind == 7:
        times = [n for n in nodes if n.tag in (0x17, 0x18)]
        if times:
            one = chance.choice(times)
            one.content = re.sub(rb"\d(?=\d{8})", b"%d" % chance.randrange(10), one.content, count=1)
    else:
        other = deepcopy(chance.choice(nodes))
        node.tag, node.content, node.children = other.tag, other.content, other.children
    if root.dump() == before:
        raise ValueError("nothing changed")
    return root.dump() + der[end:]


# -- the mutations ---------------------------------------------------------------------------------------------------

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


# -- what a valid mutant may differ in -------------------------------------------------------------------------------


def untouched(mutant: Mutant, every: list[Source] | None = None) -> bool:
    """Say whether *mutant* says exactly what its source says: then, and only then, it may be valid.

    *every*: the sources that it was made of, else the fresh ones.
    All bytes that the last signature covers are the source's. Its own value may lack certificates that came along,
    and algorithm parameters that are NULL (nothing signs either). Behind it every object, seen as a value, is the
    source's but for the date and producer of /Info and XMP, which nothing protects and which say nothing; none is
    added. Cut off behind one of its %%EOF it is an earlier state of itself, which only the register can tell from a
    rollback; and the evidence of another source may stand behind it, for it is genuine.
    """
    if mutant.source.pdf.startswith(mutant.pdf.rstrip(b"\r\n")) and mutant.pdf.rstrip(b"\r\n").endswith(b"%%EOF"):
        return True
    source = mutant.source.pdf
    ends = [m.end() for m in re.finditer(rb"%%EOF\r?\n", source)]
    if " spliced " in mutant.how and not mutant.pdf.startswith(source):  # the longest state that it begins with
        for end in reversed(ends):
            state = Source(mutant.source.name, source[:end])
            if end < len(source) and mutant.pdf.startswith(state.pdf) and state.gaps:
                return untouched(Mutant(state, "", mutant.pdf), every)
    first, second = max(mutant.source.gaps)
    end = second + _length_after(mutant.source.pdf, first)
    before, after = mutant.source.pdf[:end], mutant.pdf[:end]
    try:
        if before[:first] != after[:first] or before[second:] != after[second:]:
            return False
        if not _same_value(*(bytes.fromhex(one[first + 1 : second - 1].decode()) for one in (before, after))):
            return False
        was, now_ = _values(mutant.source.pdf), _values(mutant.pdf)
        more = now_.keys() - was.keys()
        if mutant.pdf.startswith(source) and all(_genuine(now_[name], every or sources()) for name in more):
            was, now_ = ({n: _DSS.sub("", v) for n, v in one.items() if n not in more} for one in (was, now_))
        return was.keys() == now_.keys() and all(
            now_[n] == v or (_STORE.fullmatch(v) and set(_REFS.findall(now_[n])) <= set(_REFS.findall(v)))
            for n, v in was.items()
        )
    except Exception:
        return False


_REFS = re.compile(r"IndirectObject\(\d+, 0\)")
_STORE = re.compile(r"\{('/(Certs|CRLs|OCSPs)': [^:]*)+\}")
_DSS = re.compile(r",? ?'/DSS': IndirectObject\(\d+, 0\)")


def _genuine(value: str, every: list[Source]) -> bool:
    known = {f"{{}} {zlib.crc32(der)} {len(der)}" for one in every for der in one.evidence.values()}
    references = re.fullmatch(r"\[(IndirectObject\(\d+, 0\)(, )?)*\]", value) is not None
    return references or value in known or _STORE.fullmatch(value) is not None


def _length_after(pdf: bytes, gap: int) -> int:
    ranges = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", pdf)
    return next(int(length) for _, first, _, length in ranges if int(first) == gap)


def _is_bag(node: Node) -> bool:
    """Certificates: sequences of three that begin with a sequence of at least six (RFC 5280, 4.1)."""
    first = (node.children or [Node(0)])[0]
    return len(first.children or ()) == 3 and len((first.children or [Node(0)])[0].children or ()) >= 6


def _same_value(before: bytes, after: bytes) -> bool:
    parts = []
    for value in (before, after):
        root, end = parse(value)
        if any(value[end:]) or root.children is None:
            return False
        inner = root.children[1].children[0].children  # type: ignore[index]
        assert inner is not None
        bags = [node for node in root.walk() if node.tag == 0xA0 and _is_bag(node)]  # of timestamps inside, too
        parts.append(({c.dump() for bag in bags for c in bag.children or ()}, len(bags)))
        for bag in bags:
            bag.children = []
        # an algorithm's parameters may be NULL or left out (RFC 5754, 2); names compare without case (RFC 5280, 7.1)
        for node in root.walk():
            if node.tag in (0x0C, 0x13):
                node.content = (
                    node.content.decode("utf-8", "surrogateescape").lower().encode("utf-8", "surrogateescape")
                )
            if node.children is not None:
                node.children = [c for c in node.children if (c.tag, c.content) != (0x05, b"")]
        parts[-1] = (*parts[-1], root.dump())
    (had, bags, rest), (has, bags_now, rest_now) = parts  # type: ignore[misc]
    return bool(has <= had and bags == bags_now and rest == rest_now)


_FREE = re.compile(rb"(ModifyDate|MetadataDate|Producer|xmptk)(=\"[^\"<]*\"|>[^<]*<)|<\?xpacket.*?\?>")


def _values(pdf: bytes) -> dict[str, str]:
    """Every object as it counts at last; what the file's end adds without meaning is left out."""
    reader = PdfFileReader(io.BytesIO(pdf))
    info = reader.trailer.raw_get("/Info").idnum if "/Info" in reader.trailer else -1
    found = {"root": str(reader.trailer.raw_get("/Root"))}
    for number in range(reader.xrefs.total_revisions):
        for reference in reader.xrefs.explicit_refs_in_revision(number):
            name = f"{reference.idnum} {reference.generation}"
            try:
                value: Any = reader.get_object(reference)
            except PdfReadError:  # a number that is listed as free, as hybrid files do
                found[name] = "free"
                continue
            if reference.idnum == info:
                found[name] = str({k: str(v) for k, v in value.items() if k not in ("/ModDate", "/Producer")})
            elif isinstance(value, generic.StreamObject) and value.get("/Type") not in ("/XRef", "/ObjStm"):
                entries = {k: repr(value.raw_get(k)) for k in value if k not in ("/Length", "/Filter")}
                body = _FREE.sub(b"", value.data) if value.get("/Type") == "/Metadata" else value.data
                found[name] = f"{entries} {zlib.crc32(body)} {len(body)}"
            elif not isinstance(value, generic.StreamObject) and "/ByteRange" not in value:
                found[name] = repr(value)
    return found


if __name__ == "__main__":
    keep()
