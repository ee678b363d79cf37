"""A signed original stays as it came, byte for byte; its derivative names it and looks signed to nobody."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pikepdf

from signing.claims import read_claims
from tests.pipeline.bench import TablePool, run, workplace
from tests.signing_verify.making import base, sign
from tests.signing_verify.pki import good, now


def test_signed_original_is_kept_and_bound_to_its_derivative_by_digest(tmp_path: Path) -> None:
    pki = good()
    signed = sign(sign(base(), pki.agency, field="CoQuan", at=now()), pki.person, at=now())
    (tmp_path / "lo").mkdir()
    (tmp_path / "lo" / "da-ky.pdf").write_bytes(signed)
    digest = hashlib.sha256(signed).hexdigest()
    with workplace(tmp_path / "data") as place:
        (row,) = run(place, TablePool(), tmp_path / "lo")
        assert row.outcome == "digitised"
        view = place.warehouse.show(row.document_id)
        assert view.document.original_sha256 == digest
        original = tmp_path / "original.pdf"
        place.warehouse.export_role(row.document_id, "original", original)
        derivative = tmp_path / "derivative.pdf"
        place.warehouse.export_role(row.document_id, "pdfa", derivative)
        reading = json.loads(place.warehouse.open_role(row.document_id, "reading"))
    assert original.read_bytes() == signed
    assert {(o.role, o.sha256) for o in view.objects} >= {
        ("original", digest),
        ("pdfa", hashlib.sha256(derivative.read_bytes()).hexdigest()),
    }
    assert [claim.signer for claim in read_claims(original)] == ["Ủy ban nhân dân thử nghiệm", "Nguyễn Văn Thử"]
    assert [(c["kind"], c["signer"], c["verified"]) for c in reading["signatures"]] == [
        ("agency", "Ủy ban nhân dân thử nghiệm", False),
        ("person", "Nguyễn Văn Thử", False),
    ]
    with pikepdf.open(derivative) as pdf:
        assert digest in bytes(pdf.Root.Metadata.read_bytes()).decode()
        assert "/AcroForm" not in pdf.Root  # what was signed is the original alone
        assert "/AF" not in pdf.Root and "/Names" not in pdf.Root
        assert all("/Annots" not in page for page in pdf.pages)
