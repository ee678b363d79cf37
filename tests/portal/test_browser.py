"""A holder with a phone and a clerk at a desk, with a real browser: from the QR code on a copy to the verdict on it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
import pytest
import uvicorn

from domain.lookup_code import shown
from pipeline.certify.site import open_signing
from pipeline.settings import ServeSettings, SigningSettings
from pipeline.workplace import Workplace, system_clock
from portal.api import create_app
from portal.style import STYLE
from signing.authority.launch import AuthorityEndpoints
from tests.pipeline.authority import GROUP, certify, digitised, join
from tests.pipeline.bench import workplace
from tests.portal.browser import Tab, browsing, program
from tests.portal.conftest import TOKEN
from tests.portal.test_check import altered
from tests.qr import read_qr
from tests.require import need
from tests.servers import free_port

PHONE, DESK = (360, 740), (1280, 900)


@contextmanager
def served(place: Workplace, port: int) -> Iterator[str]:
    """Serve the portal over *place* for the block; yield its address."""
    server = uvicorn.Server(uvicorn.Config(create_app(place, TOKEN), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the portal does not start"
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


def scanned(pdf: bytes) -> str:
    """Return what a phone reads from the QR code on the last page."""
    document = pypdfium2.PdfDocument(pdf)
    picture = document[len(document) - 1].render(scale=200 / 72).to_numpy()
    return read_qr(picture[:, :, :3])


@pytest.mark.slow
@pytest.mark.xdist_group(GROUP)
def test_from_the_code_on_the_paper_to_the_verdict_on_the_file(tmp_path: Path, authority: AuthorityEndpoints) -> None:
    need("chromium", program() is not None, "no Chromium on this machine: apt-get install chromium")
    port = free_port()
    join(tmp_path / "data", authority)
    signing = SigningSettings(verify_url=f"http://127.0.0.1:{port}/tra-cuu")
    with workplace(tmp_path / "data", signing=signing, serve=ServeSettings(checks_at_once=1)) as place:
        (paper,) = digitised(place, tmp_path / "lo", "mot")
        with open_signing(place.settings, system_clock) as site:
            (made,) = certify(place, site, paper)
        assert made.entry is not None
        good, bad = tmp_path / "ban-sao.pdf", tmp_path / "bi-sua.pdf"
        good.write_bytes(copy := place.warehouse.open_role(paper, "certified"))
        bad.write_bytes(altered(copy))
        with served(place, port) as address, browsing(tmp_path) as tab:
            for size in (PHONE, DESK):
                tab.size(*size, phone=size == PHONE)
                tab.go(scanned(copy))
                assert "ĐÃ CẤP" in tab.text and shown(made.entry.code) in tab.text and "ĐẠT" not in tab.text
                fits(tab, size[0])
                for file, word in ((good, "ĐẠT (BẢN THỬ NGHIỆM)"), (bad, "KHÔNG ĐẠT")):
                    tab.choose("#o-tep", file)
                    tab.submitted("Tab", "Enter")  # by keyboard
                    assert tab.at == "/tra-cuu/kiem-tra"
                    assert tab.see("document.querySelector('[role=status] b').innerText") == word
                    fits(tab, size[0])
            # the code typed from paper, by keyboard alone, from the top of the page
            tab.go(f"{address}/tra-cuu")
            tab.press("Tab", "Tab", "Tab")  # past the link to the content and the name of the site
            assert tab.see("document.activeElement.id") == "o-ma"
            tab.press(*shown(made.entry.code).lower())
            tab.submitted("Enter")
            assert tab.at == f"/tra-cuu/{made.entry.code}"
            assert tab.complaints == []  # no style that the policy forbids, nothing missing
            assert all(asked.startswith((f"{address}/", "data:")) for asked in tab.requested)
            assert spoken(tab)["textbox"] == []
            tab.go(f"{address}/tra-cuu")
            assert spoken(tab)["textbox"] == ["Mã tra cứu"]
            assert {"Tra cứu", "Kiểm tra tệp"} <= set(spoken(tab)["button"])


def fits(tab: Tab, width: int) -> None:
    """Nothing stands beyond the right edge, and what is to be touched is large enough for a finger."""
    assert tab.see("document.documentElement.scrollWidth") <= width
    sizes = "[...document.querySelectorAll('button, .button, input:not([type=hidden]), summary')]"
    heights = tab.see(f"{sizes}.map(e => e.getBoundingClientRect().height)")
    assert min(heights) >= 44


def spoken(tab: Tab) -> dict[str, list[str]]:
    """Return the names that a screen reader speaks, by role."""
    nodes = tab.call("Accessibility.getFullAXTree")["nodes"]
    found: dict[str, list[str]] = {"textbox": [], "button": []}
    for node in nodes:
        role = str(node.get("role", {}).get("value"))
        if role in found and not node["ignored"]:
            found[role].append(str(node["name"]["value"]))
    return found


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2.1)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_word_has_contrast() -> None:
    colours = dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", STYLE))
    assert {"ink", "soft", "blue", "ok", "warn", "bad", "ground"} <= colours.keys()
    for ground in ("#ffffff", colours["ground"]):
        for name in ("ink", "soft", "blue", "ok", "warn", "bad"):
            assert contrast(colours[name], ground) >= 7.0, (name, ground)
    assert contrast(colours["blue"], "#ffffff") >= 7.0  # of buttons and of the head, white on blue
    assert contrast("#66727d", "#ffffff") >= 4.5  # of borders of fields and of their examples
