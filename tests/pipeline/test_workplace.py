from __future__ import annotations

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from domain.errors import NotReady
from pipeline.workplace import open_workplace, owner_key, private_folder, secret_file
from tests.pipeline.bench import settings, workplace
from tests.pipeline.processes import ROOT


def test_a_scratch_folder_goes_when_its_block_ends(tmp_path: Path) -> None:
    with workplace(tmp_path) as place:
        with pytest.raises(ZeroDivisionError), place.scratch() as folder:
            (folder / "ban-sao").write_bytes(b"x")
            raise ZeroDivisionError
        assert list((tmp_path / "scratch").iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    with workplace(tmp_path) as place, place.scratch() as mine:
        left = tmp_path / "scratch" / "cua-tien-trinh-da-chet"
        left.mkdir()
        (left / "ban-sao").write_bytes(b"x")
        with place.scratch() as other:
            assert sorted((tmp_path / "scratch").iterdir()) == sorted([mine, other])


def test_a_folder_that_goes_in_the_very_moment_in_which_it_is_looked_at_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when another request ends just then."""
    going = tmp_path / "data" / "scratch" / "cua-nguoi-khac"
    open_it = os.open

    def gone_first(path: Any, *args: Any, **more: Any) -> int:
        if path == going:
            going.rmdir()
        return open_it(path, *args, **more)

    with workplace(tmp_path / "data") as place:
        going.mkdir(parents=True)
        with monkeypatch.context() as patch:
            patch.setattr("os.open", gone_first)
            with place.scratch() as folder:
                assert folder.is_dir() and not going.exists()


def test_on_a_share_without_locks_one_works_and_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: Any) -> None:
        raise OSError(errno.EBADF, "no locks on directories here")

    left = tmp_path / ".sohoa-part-con-lai"
    left.mkdir()
    monkeypatch.setattr("fcntl.flock", no_locks)
    with private_folder(tmp_path, ".sohoa-part-") as folder:
        assert folder.is_dir() and left.is_dir()
    assert list(tmp_path.iterdir()) == [left]


def test_a_process_of_its_own_respects_folders_in_use(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.pipeline.bench import workplace\n"
        "with workplace(Path(sys.argv[1])) as place, place.scratch(): pass"
    )
    with workplace(tmp_path) as place, place.scratch() as mine:
        subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, check=True, timeout=600)
        assert list((tmp_path / "scratch").iterdir()) == [mine]


def test_a_secret_is_made_once_however_many_ask(tmp_path: Path) -> None:
    made = iter(range(100))
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _n: secret_file(tmp_path / "bi-mat" / "khoa", lambda: str(next(made))), range(16)))
    assert len(found) == 1
    assert [path.name for path in (tmp_path / "bi-mat").iterdir()] == ["khoa"]
    assert (tmp_path / "bi-mat" / "khoa").stat().st_mode & 0o077 == 0


def test_the_key_of_owners_stays(tmp_path: Path) -> None:
    assert owner_key(tmp_path) == owner_key(tmp_path)
    assert len(owner_key(tmp_path)) == 32
    assert owner_key(tmp_path) != owner_key(tmp_path / "khac")


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "tep").touch()
    with pytest.raises(NotReady) as caught, open_workplace(settings(tmp_path / "tep" / "kho")):
        pass
    assert caught.value.code == "data-dir"
