"""The audit finds what is not as it was recorded, and nothing where all is well."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.audit import AuditResult, audit_warehouse
from pipeline.certify.site import open_signing
from pipeline.workplace import Workplace, system_clock
from signing.authority.launch import AuthorityEndpoints
from storage.catalogue import audit
from tests.pipeline.authority import GROUP, certify, digitised, join
from tests.pipeline.bench import AGENCY, workplace

pytestmark = pytest.mark.xdist_group(GROUP)


@pytest.fixture(scope="module")
def warehouse(authority: AuthorityEndpoints, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two certified papers."""
    root = tmp_path_factory.mktemp("audited")
    join(root / "data", authority)
    with workplace(root / "data") as place, open_signing(place.settings, system_clock) as site:
        assert all(one.problem is None for one in certify(place, site, *digitised(place, root / "lo", "mot", "hai")))
    return root / "data"


@pytest.fixture
def place(warehouse: Path, tmp_path: Path) -> Iterator[Workplace]:
    """A copy of it that a test may spoil."""
    shutil.copytree(warehouse, tmp_path / "data", symlinks=True)
    with workplace(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Workplace]:
    """A warehouse with one paper, not certified: there is no signature to verify."""
    with workplace(tmp_path / "data") as opened:
        digitised(opened, tmp_path / "lo", "mot")
        yield opened


def codes(result: AuditResult) -> list[tuple[str, str]]:
    return [(finding.code, finding.document_id) for finding in result.findings]


def document(place: Workplace) -> str:
    from storage.catalogue import documents

    with place.catalogue.read() as connection:
        return documents.ids(connection)[0]


def blob_of(place: Workplace, document_id: str, role: str) -> Path:
    (sha256,) = {s.sha256 for s in place.warehouse.show(document_id).objects if (s.role, s.ordinal) == (role, 0)}
    path = place.settings.data_dir / "store" / "blob" / "sha256" / sha256[:2] / sha256[2:4] / sha256
    path.chmod(0o644)
    return path


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 4
    path.write_bytes(content)


def test_a_clean_warehouse_has_no_finding_and_the_audit_is_recorded(place: Workplace) -> None:
    result = audit_warehouse(place)
    assert result.findings == []
    assert (result.documents, result.certified) == (2, 2)
    assert result.objects >= 2 * 5
    with place.catalogue.read() as connection:
        last = audit.events(connection, AGENCY)[-1]
    assert (last.event_type, last.outcome) == ("fixity check", "success")
    assert result.events == last.seq - 1
    assert list((place.settings.data_dir / "scratch").iterdir()) == []


def test_another_agency_is_not_looked_at(plain: Workplace) -> None:
    flip(blob_of(plain, document(plain), "original"))
    assert audit_warehouse(plain, agency="H26").documents == 0


@pytest.mark.parametrize("role", ["original", "pdfa", "text", "reading"])
def test_a_flipped_bit_is_found(plain: Workplace, role: str) -> None:
    wrong = document(plain)
    flip(blob_of(plain, wrong, role))
    assert codes(audit_warehouse(plain)) == [("fixity", wrong)]
    with plain.catalogue.read() as connection:
        last = audit.events(connection, AGENCY)[-1]
    assert last.outcome == "failure"
    assert wrong in last.detail


def test_a_deleted_blob_is_found(plain: Workplace) -> None:
    wrong = document(plain)
    blob_of(plain, wrong, "original").unlink()
    assert codes(audit_warehouse(plain)) == [("blob-missing", wrong)]


@pytest.mark.parametrize(("spoil", "code"), [(flip, "fixity"), (Path.unlink, "blob-missing")])
def test_a_spoiled_copy_is_found_and_the_other_one_is_well(
    place: Workplace, spoil: Callable[[Path], None], code: str
) -> None:
    wrong = document(place)
    spoil(blob_of(place, wrong, "certified"))
    result = audit_warehouse(place)
    assert (code, wrong) in codes(result)
    assert {found for _, found in codes(result)} == {wrong}
    assert result.certified == 1


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE audit_events SET detail = '{}' WHERE seq = 2",
        "UPDATE audit_events SET agent = 'ai khác' WHERE seq = 3",
        "UPDATE audit_events SET outcome = 'failure' WHERE seq = 1",
        "DELETE FROM audit_events WHERE seq = 2",
        "DELETE FROM audit_events WHERE seq = (SELECT max(seq) FROM audit_events)",
    ],
)
def test_an_edited_log_is_found(plain: Workplace, edit: str) -> None:
    with plain.catalogue.begin() as connection:
        connection.exec_driver_sql(edit)
    assert [code for code, _ in codes(audit_warehouse(plain))] == ["audit-log-broken"]


def test_a_number_taken_out_of_the_register_is_found(place: Workplace) -> None:
    with place.catalogue.begin() as connection:
        connection.exec_driver_sql("DELETE FROM register_entries WHERE number = 1")
    (finding,) = audit_warehouse(place).findings
    assert (finding.code, finding.agency) == ("register-gap", AGENCY)
    assert finding.detail.endswith("thiếu số 1")


def test_a_copy_that_was_replaced_together_with_its_digest_is_found(place: Workplace) -> None:
    """Somebody with full rights puts another PDF in place of a copy and corrects the catalogue."""
    import hashlib

    wrong = document(place)
    path = blob_of(place, wrong, "certified")
    forged = path.read_bytes() + b"\n% them\n"
    sha256 = hashlib.sha256(forged).hexdigest()
    target = path.parents[2] / sha256[:2] / sha256[2:4] / sha256
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(forged)
    with place.catalogue.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE objects SET sha256 = ?, size = ? WHERE document_id = ? AND role = 'certified'",
            (sha256, len(forged), wrong),
        )
    assert ("copy-invalid", wrong) in codes(audit_warehouse(place))


def test_a_copy_taken_out_of_the_catalogue_is_found(place: Workplace) -> None:
    wrong = document(place)
    with place.catalogue.begin() as connection:
        connection.exec_driver_sql("DELETE FROM objects WHERE document_id = ? AND role = 'certified'", (wrong,))
    assert codes(audit_warehouse(place)) == [("copy-missing", wrong)]


def test_roots_that_are_no_longer_trusted_show(place: Workplace) -> None:
    (place.settings.data_dir / "authority").unlink()  # the link only
    assert {code for code, _ in codes(audit_warehouse(place))} == {"copy-indeterminate"}
