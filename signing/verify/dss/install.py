"""Where EU DSS lives, whether it is whole, and fetching it once from Maven Central.

``python -m signing.verify.dss.install [FOLDER]`` needs Maven and a JDK (``javac``); running it afterwards needs only
Java 17. Every jar is compared with the SHA-256 that is written here (``jars.sha256``).
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Advice, NotReady

VERSION = "6.4"
HERE = Path(__file__).resolve().parent
SOURCE, POLICY, PINS, POM = (HERE / name for name in ("Judge.java", "policy.xml", "jars.sha256", "pom.xml"))
COMMAND = "python -m signing.verify.dss.install"
_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"


@dataclass(frozen=True)
class Installation:
    """A folder with the jars and our compiled program."""

    folder: Path

    @property
    def jars(self) -> Path:
        """Where the jars lie."""
        return self.folder / f"lib-{VERSION}"

    @property
    def classes(self) -> Path:
        """Where our program lies, compiled; another source has another folder."""
        return self.folder / f"classes-{hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]}"

    def lacking(self) -> str:
        """Say in Vietnamese what is missing; empty when the second opinion can be asked."""
        if shutil.which("java") is None:
            return "chưa cài Java 17"
        if not (self.classes / "Judge.class").is_file() or any(not (self.jars / n).is_file() for n in pins()):
            return "chưa tải EU DSS"
        return ""

    def damaged(self) -> list[str]:
        """Return the names of the jars that are not the ones pinned."""
        return [name for name, wanted in pins().items() if _sha256(self.jars / name) != wanted]


def default_folder() -> Path:
    """Return the folder in the user's cache."""
    return Path.home() / ".cache" / "sohoa" / "dss"


def pins() -> dict[str, str]:
    """Return the SHA-256 of every jar by its name."""
    return {name: digest for digest, name in (line.split() for line in PINS.read_text("ascii").splitlines())}


def install(folder: Path) -> Installation:
    """Fetch the jars and compile our program, where that has not been done. Raises ``NotReady`` (``dss-install``)."""
    found = Installation(folder)
    if not found.lacking() and not found.damaged():
        return found
    for program, package in (
        ("java", "openjdk-17-jdk-headless"),
        ("javac", "openjdk-17-jdk-headless"),
        ("mvn", "maven"),
    ):
        if shutil.which(program) is None:
            raise _not_ready(f"{program} is missing", f"apt-get install {package}")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetch.") as name:
        scratch = Path(name)
        shutil.copy(POM, scratch / "pom.xml")
        _run(["mvn", "-q", "-B", "-f", str(scratch / "pom.xml"), _GOAL, f"-DoutputDirectory={scratch / 'lib'}"])
        wrong = [n for n, wanted in pins().items() if _sha256(scratch / "lib" / n) != wanted]
        wrong += [p.name for p in (scratch / "lib").iterdir() if p.name not in pins()]
        if wrong:
            raise _not_ready(f"not the pinned jars: {', '.join(wrong[:5])}", "Báo người quản trị hệ thống.")
        (scratch / "classes").mkdir()
        _run(["javac", "-cp", f"{scratch / 'lib'}/*", "-d", str(scratch / "classes"), str(SOURCE)])
        for made, place in ((scratch / "lib", found.jars), (scratch / "classes", found.classes)):
            shutil.rmtree(place, ignore_errors=True)
            made.rename(place)
    return found


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False, timeout=900)
    if done.returncode:
        last = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()[-1:]
        raise _not_ready(
            f"{command[0]} failed: {' '.join(last)[:200]}", "Kiểm tra mạng tới Maven Central rồi chạy lại."
        )


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _not_ready(log_message: str, todo: str) -> NotReady:
    return NotReady("dss-install", log_message, Advice("Chưa cài được EU DSS.", "Chưa có gì thay đổi.", todo))


def main() -> int:
    """Install, and print where the jars lie."""
    try:
        print(install(Path(sys.argv[1]) if len(sys.argv) > 1 else default_folder()).jars)
    except NotReady as error:
        print(f"{error.log_message}; {error.advice.todo}", file=sys.stderr)
        return 69
    return 0


if __name__ == "__main__":
    sys.exit(main())
