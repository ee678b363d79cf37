"""Lines of the register and copies for the tests of the look-up pages."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from pathlib import Path

import httpx
from fastapi.testclient import TestClient

from domain.lookup_code import lookup_code
from pipeline.workplace import Workplace
from storage.catalogue import register
from storage.records import RegisterEntry
from tests.pipeline.bench import AGENCY, TablePool, run, scan

NAMES = {"certifier_name": "Phạm Thị Người Ký", "requester": "Trần Văn Yêu Cầu", "title": "Bằng khen riêng tư"}
REASON = "ghi nhầm tên ông Lê Văn Riêng"


def code_of(number: int) -> str:
    """Return a code that no other number has."""
    return lookup_code(number.to_bytes(10, "big"))


def paper(place: Workplace, folder: Path, name: str = "mot") -> str:
    """Take in a paper; return its id."""
    scan(folder / f"{name}.tif", name)
    return run(place, TablePool(), folder)[0].document_id


def reserved(place: Workplace, document_id: str, number: int) -> RegisterEntry:
    """Take a number for a paper; the entry names persons, as real ones do."""
    with place.catalogue.begin() as connection:
        return register.reserve(
            connection,
            agency=AGENCY,
            book="SCT/BS",
            year=2026,
            document_id=document_id,
            idempotency_key=f"khoa-{number}",
            at="2026-03-01T20:00:00.000000Z",  # the second of March in Việt Nam
            details={**NAMES, "pages": 3},
            code=code_of(number),
        )


def issued(place: Workplace, document_id: str, number: int, content: bytes = b"ban sao") -> RegisterEntry:
    """Issue *content* as the copy of a paper."""
    entry = reserved(place, document_id, number)
    key = f"{entry.book}:{entry.year}:{entry.number}"
    details = {"level": "B-LTA", "test": False}
    place.warehouse.save_certified(
        document_id, content, agent="thu", number=entry.ref, number_details=details, stage_key=key
    )
    return entry


class Page(HTMLParser):
    """A page as somebody with a reader meets it: words, headings, fields with their labels, and what it loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self._in_style = "", False
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.text += f" {data}"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(answer: httpx.Response) -> Page:
    """Return the page in *answer*, having looked at what must hold for each."""
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "script-src" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    html, found = answer.text, Page(answer.text)
    assert found.all("html") == [{"lang": "vi"}]
    assert len(found.all("h1")) == 1 and len(found.all("title")) == 1
    assert found.all("script") == []
    assert not any(name.startswith(("on", "style")) for _, attributes in found.tags for name in attributes)
    assert "http://" not in html and "https://" not in html  # nothing from elsewhere
    labelled = {label["for"] for label in found.all("label")}
    shown = [field for field in found.all("input") if field["type"] != "hidden"]
    assert labelled == {field["id"] for field in shown}
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for field in shown:
        assert field["aria-describedby"] in ids
    return found


def send(web: TestClient, content: bytes, name: str = "ban-sao.pdf", **more: str) -> httpx.Response:
    """Send a file to be checked."""
    headers = {"Origin": str(web.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    answer: httpx.Response = web.post(
        "/tra-cuu/kiem-tra", files={"tep": (name, io.BytesIO(content), "application/pdf")}, data=more, headers=headers
    )
    return answer
