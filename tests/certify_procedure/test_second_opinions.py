"""EU DSS and pdfsig look at everything that this office signs, when it is issued and ten years later."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import NotReady
from pipeline.certify.decisions import sign_decision
from pipeline.certify.digitised import sign_digitised, signer_of
from pipeline.certify.refusal import refuse
from pipeline.certify.renew import renew_copies
from pipeline.certify.sao_y import make_copy
from pipeline.certify.site import TEST_CERTIFIER
from pipeline.workplace import Workplace
from signing.verify.dss.install import Installation, default_folder, install
from signing.verify.dss.judge import PASSED, judging
from tests.certify_procedure.test_renew import IN_2036, LAST_JOB, SIGNED
from tests.certify_procedure.years import Years, authorities, years
from tests.pipeline.authority import GROUP, certify, digitised
from tests.pipeline.bench import AGENCY
from tests.require import need

pytestmark = [pytest.mark.xdist_group(GROUP), pytest.mark.slow]

SIGNATURES = {"certified": 2, "copy": 1, "signed": 1, "decision": 2}


def dss_folder() -> Path:
    try:
        install(default_folder())
        lacking = Installation(default_folder()).lacking()
    except NotReady as error:
        lacking = error.log_message
    need("dss", not lacking, f"EU DSS is not there ({lacking}): python -m signing.verify.dss.install")
    return default_folder()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Years, Workplace, list[str]]]:
    """A paper that was signed in every way, and one that was refused."""
    root = tmp_path_factory.mktemp("opinions")
    with years(authorities(root, 2024, 2034), SIGNED, root / "data") as (time, place):
        paper, refused = digitised(place, root / "lo", "mot", "hai")
        site = time.signing(place)
        assert certify(place, site, paper)[0].problem is None
        make_copy(place, site, paper, agency=AGENCY)
        for who in ({}, {"officer": TEST_CERTIFIER}, {"annex_of": "05/2026/QĐ-UBND"}):
            assert sign_digitised(place, site, [paper], signer_of(site, AGENCY, **who))[0].problem is None
        refuse(place, refused, number=1, reason="Bản chính bị tẩy xóa", certifier_id=TEST_CERTIFIER, agency=AGENCY)
        sign_decision(place, site, refused, certifier_id=TEST_CERTIFIER, agency=AGENCY)
        yield time, place, [paper, refused]


def files(place: Workplace, papers: list[str], folder: Path) -> dict[Path, int]:
    """Write out every signed file; return how many signatures each has."""
    found = {}
    for paper in papers:
        for stored in place.warehouse.show(paper).objects:
            if stored.role in SIGNATURES:
                path = folder / f"{stored.role}-{stored.ordinal}.pdf"
                path.write_bytes(place.warehouse.open_role(paper, stored.role, ordinal=stored.ordinal))
                found[path] = SIGNATURES[stored.role]
    return found


def accepted_by_dss(time: Years, wanted: dict[Path, int]) -> None:
    with judging(dss_folder(), replace(time.trust(), crls=time.lists())) as judge:
        for path, count in wanted.items():
            opinion = judge.ask(path, time.now + timedelta(minutes=1))
            assert not opinion.error, (path.name, opinion.error)
            assert [said for _, said, _ in opinion.signatures] == [PASSED] * count, (path.name, opinion)


def test_all_that_is_issued(office: tuple[Years, Workplace, list[str]], tmp_path: Path) -> None:
    time, place, papers = office
    wanted = files(place, papers, tmp_path)
    assert sorted(path.stem for path in wanted) == [
        *("certified-0", "copy-0", "decision-0", "signed-0", "signed-1", "signed-2")
    ]
    accepted_by_dss(time, wanted)
    pdfsig = shutil.which("pdfsig")
    need("pdfsig", pdfsig is not None, "poppler-utils")
    for path, count in wanted.items():
        done = subprocess.run([str(pdfsig), "-nocert", path], capture_output=True, text=True, check=False)
        assert done.stdout.count("Signature is Valid.") == count, (path.name, done.stdout)


def test_ten_years_later(office: tuple[Years, Workplace, list[str]], tmp_path: Path) -> None:
    time, place, papers = office
    time.now = LAST_JOB
    done = renew_copies(place, time.evidence(), jobs=1)
    assert {one.state for one in done.renewals} == {"renewed"} and len(done.renewals) == 6
    time.now = IN_2036
    accepted_by_dss(time, files(place, papers, tmp_path))
