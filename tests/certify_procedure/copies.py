"""What the tests of certified copies look at, and how they let one fail."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from pipeline.certify import rounds
from pipeline.settings import AgencySettings, CertifierSettings, SigningSettings
from pipeline.workplace import Workplace
from signing.authority.launch import AuthorityEndpoints
from storage.catalogue import register, signing_jobs
from tests.pipeline.bench import AGENCY, settings


def book(place: Workplace) -> list[tuple[int, str, str]]:
    """Return (number, state, document) of the register."""
    with place.catalogue.read() as connection:
        return [
            (entry.number, entry.state, entry.document_id)
            for agency, name, year in register.books(connection)
            for entry in register.entries(connection, agency=agency, book=name, year=year)
        ]


def jobs(place: Workplace, document_id: str) -> dict[str, list[str]]:
    """Return role -> states of its signing jobs."""
    with place.catalogue.read() as connection:
        found: dict[str, list[str]] = {}
        for job in signing_jobs.of_document(connection, document_id):
            found.setdefault(job.role, []).append(job.state)
    return found


def certified_versions(place: Workplace, document_id: str) -> int:
    return sum(version.message == "certified" for version in place.warehouse.show(document_id).versions)


def replace_signing(
    place: Workplace, authority: AuthorityEndpoints, *, pin: str, certifier: str = "UBND xã Thử Nghiệm"
) -> Any:
    """Return settings that name the authority as an outside provider (CSC), with anchors of its own."""
    folder = place.settings.data_dir / "neo"
    folder.mkdir(exist_ok=True)
    for number, der in enumerate((*authority.trust_anchors, *authority.tsa_anchors)):
        (folder / f"{number}.crt").write_bytes(der)
    return settings(
        place.settings.data_dir,
        signing=SigningSettings(
            provider="csc",
            csc_url=authority.csc_url,
            token=SecretStr(authority.token()),
            pin=SecretStr(pin),
            tsa_urls=authority.tsa_urls,
            evidence_hosts=authority.evidence_hosts,
            trust_dir=folder,
            certifiers=(
                # the agency's credential (so its name): it asks for a PIN only, and nobody is at the keyboard
                CertifierSettings(
                    id="chu-tich", name=certifier, position="Chủ tịch", agency=AGENCY, credential_id="test-agency"
                ),
            ),
            agencies=(AgencySettings(code=AGENCY, name="UBND xã Thử Nghiệm", credential_id="test-agency"),),
        ),
    )


def damaging(patch: pytest.MonkeyPatch) -> None:
    """Let bytes come behind the end of every finished copy: no signature can heal that."""
    real = rounds.add_long_term
    patch.setattr(rounds, "add_long_term", lambda pdf, *rest: real(pdf, *rest) + b"1 0 obj <<>> endobj")
