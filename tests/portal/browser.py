"""A real browser for a test: Chromium without a window, told what to do over its own protocol (DevTools).

Nothing of the pages' own is run: script is switched off, as for the visitor who has it off.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_START_S, _ANSWER_S = 600.0, 600.0


def program() -> str | None:
    """Return the browser of this machine, if it has one."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


class Tab:
    """A tab.

    ``requested`` lists every address that it asked for; ``complaints`` what the browser complained about: a style that
    the policy forbids, a file that is not there.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._next = socket, 0
        self._events: list[dict[str, Any]] = []
        self._loader = ""  # of the page that is shown
        self.requested: list[str] = []
        self.complaints: list[str] = []
        for domain in ("Page", "Network", "DOM", "Log", "Accessibility"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)
        self.call("Emulation.setScriptExecutionDisabled", value=True)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command; return its answer."""
        self._next += 1
        self._socket.send(json.dumps({"id": self._next, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=_ANSWER_S))
            if message.get("id") == self._next:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return dict(message["result"])
            self._note(message)

    def loaded(self, is_it: Callable[[str], bool]) -> None:
        """Wait until a page is loaded whose loader *is_it*: the event of an earlier page may still be on its way."""
        while True:
            for message in self._events:
                told = message["params"]
                if message["method"] == "Page.lifecycleEvent" and told["name"] == "load" and is_it(told["loaderId"]):
                    self._loader = told["loaderId"]
                    return
            self._events.clear()
            self._note(json.loads(self._socket.recv(timeout=_ANSWER_S)))

    def size(self, width: int, height: int, *, phone: bool = False) -> None:
        """Make the window so large, CSS pixels."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)

    def go(self, address: str) -> None:
        """Open *address* and wait until it is there."""
        loader = self.call("Page.navigate", url=address)["loaderId"]
        self.loaded(lambda found: found == loader)

    def press(self, *keys: str) -> None:
        """Press keys one after the other: ``Tab``, ``Enter``, or a letter."""
        codes = {"Tab": (9, ""), "Enter": (13, "\r")}
        for key in keys:
            code, text = codes.get(key, (ord(key[0].upper()), key))
            shared = {"key": key, "windowsVirtualKeyCode": code}
            self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **shared)
            self.call("Input.dispatchKeyEvent", type="keyUp", **shared)

    def submitted(self, *keys: str) -> None:
        """Press *keys* and wait for the page that they lead to."""
        shown = self._loader
        self.press(*keys)
        self.loaded(lambda found: found != shown)

    def choose(self, selector: str, file: Path) -> None:
        """Put *file* into a field for files and let the keyboard be there."""
        node = self.node(selector)
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(file)])
        self.call("DOM.focus", nodeId=node)

    def node(self, selector: str) -> int:
        """Return the element that a CSS *selector* finds; 0 for none."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        return int(self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"])

    def see(self, expression: str) -> Any:
        """Return the value of a JavaScript *expression* about the page (the page's own script stays off)."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    @property
    def text(self) -> str:
        """What a person reads on the page."""
        return str(self.see("document.body.innerText"))

    @property
    def at(self) -> str:
        """The path of the page."""
        return str(self.see("location.pathname"))

    def picture(self, file: Path) -> None:
        """Save a picture of the whole page."""
        taken = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(taken["data"]))

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Network.requestWillBeSent":
            self.requested.append(str(message["params"]["request"]["url"]))
        if message.get("method") == "Log.entryAdded":
            self.complaints.append(str(message["params"]["entry"]["text"]))
        if "method" in message:
            self._events.append(message)


@contextmanager
def browsing(folder: Path) -> Iterator[Tab]:
    """Yield a tab of a browser of its own, whose profile lies in *folder*; it ends with the block."""
    found = program()
    assert found is not None
    profile = folder / "profile"
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-pings")
    command = [found, *options, *quiet, "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port = _port(profile / "DevToolsActivePort", process)
        with connect(
            _tab_address(port), max_size=None, open_timeout=_START_S, ping_interval=None, proxy=None
        ) as socket:
            yield Tab(socket)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(file: Path, process: subprocess.Popen[bytes]) -> int:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and process.poll() is None:
        lines = file.read_text().splitlines() if file.exists() else []
        if lines:
            return int(lines[0])
        time.sleep(0.05)
    raise RuntimeError("the browser did not start")


def _tab_address(port: int) -> str:
    import httpx

    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        tabs = httpx.get(f"http://127.0.0.1:{port}/json/list", trust_env=False, timeout=_ANSWER_S).json()
        for tab in tabs:
            if tab["type"] == "page":
                return str(tab["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise RuntimeError("the browser has no tab")
