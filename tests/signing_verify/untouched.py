"""Which mutants may still be valid: those that say exactly what their source says."""

from __future__ import annotations

import io
import re
import zlib
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.signing_verify.der import Node, parse
from tests.signing_verify.fuzz_sources import Source, sources
from tests.signing_verify.mutating import Mutant


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
