"""The API over a warehouse in a scratch folder; a case's pages are read from a table."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from pipeline.settings import ServeSettings
from pipeline.workplace import Workplace
from portal.api import create_app
from tests.pipeline.authority import authority
from tests.pipeline.bench import CITIZEN, scan, workplace

__all__ = ["authority"]

TOKEN = "khoa-api-thu-nghiem"
CASE = "H24.01-260102-0001"
URL = f"/api/v1/cases/H24.01/{CASE}"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path / "data", serve=ServeSettings(max_case_bytes=100_000)) as opened:
        yield opened


@pytest.fixture
def api(place: Workplace) -> Iterator[TestClient]:
    with TestClient(create_app(place, TOKEN), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, bytes]:
    """Two scans, by name."""
    return {f"{name}.tif": scan(tmp_path / f"{name}.tif", name).read_bytes() for name in ("don", "so-do")}


def post(
    api: Any, papers: dict[str, bytes], *, key: str = "khoa-0001", headers: dict[str, str] | None = None, **form: str
) -> httpx.Response:
    """Hand in a case."""
    body = {"owner": CITIZEN, "agency": "H24.01", "case": CASE} | form
    files = [("files", (name, io.BytesIO(content), "image/tiff")) for name, content in papers.items()]
    answer: httpx.Response = api.post(
        "/api/v1/cases", data=body, files=files, headers={"Idempotency-Key": key} | (headers or {})
    )
    return answer
