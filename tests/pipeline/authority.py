"""One running test authority for all tests that sign, and papers to certify."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pipeline.certify.run import Certified, certify_documents
from pipeline.certify.site import TEST_CERTIFIER, SigningSite
from pipeline.workplace import Workplace
from signing.authority.launch import AuthorityEndpoints, running_authority
from tests.pipeline.bench import AGENCY, TablePool, office_page, run, scan

#: tests of one group run in one process and share its authority; two groups, so that two processes have as much to do
GROUP, GROUP_OF_COMMANDS = "authority", "authority-commands"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuthorityEndpoints]:
    """The session's authority."""
    with running_authority(tmp_path_factory.mktemp("authority") / "authority") as endpoints:
        yield endpoints


def join(data_dir: Path, authority: AuthorityEndpoints) -> None:
    """Make the installation in *data_dir* use the running authority instead of one of its own."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "authority").symlink_to(authority.pin_file.parent)


def asked(authority: AuthorityEndpoints) -> dict[str, int]:
    """Return how often each service of the authority was asked."""
    headers = {"Authorization": f"Bearer {authority.token()}"}
    answer = httpx.get(f"{authority.base_url}/test/counts", headers=headers, trust_env=False, timeout=120)
    return dict(answer.raise_for_status().json())


def digitised(place: Workplace, folder: Path, *names: str, lines: tuple[str, ...] = ()) -> list[str]:
    """Take in a one-page paper for each of *names*; return their ids. *lines* stand on each page."""
    digests = {hashlib.sha256(scan(folder / f"{name}.tif", name).read_bytes()).hexdigest(): name for name in names}
    numbers = {digest: number for number, digest in enumerate(digests, 1)}
    pool = TablePool(lambda sha256, _page: office_page(numbers[sha256], *lines))
    ids = {row.file: row.document_id for row in run(place, pool, folder)}
    return [ids[f"{name}.tif"] for name in names]


def certify(place: Workplace, site: SigningSite, *document_ids: str) -> list[Certified]:
    """Certify by the built-in test certifier."""
    return certify_documents(place, site, document_ids, certifier_id=TEST_CERTIFIER, agency=AGENCY)
