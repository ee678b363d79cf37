"""The valid files that fuzzing starts from: made anew with fresh keys, or those of ``KEPT``, which stand here.

With the kept ones a test judges the same bytes at the same moment in every run.
``python -m tests.signing_verify.fuzz_sources`` makes ``KEPT`` anew.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.trust import TrustStore
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


if __name__ == "__main__":
    keep()
