"""The whole way over a real MinIO and a real PostgreSQL, by the commands an operator types."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from samples.make_samples import make
from signing.authority.launch import AuthorityEndpoints
from storage.minio_store import MinioStore
from tests.cli.conftest import Said
from tests.ocr.engine_need import opened
from tests.pipeline.authority import GROUP_OF_COMMANDS, join
from tests.servers import MinioServer, PostgresServer
from tests.verapdf import assert_pdfa_2u

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group(GROUP_OF_COMMANDS)]


@pytest.fixture
def store(
    monkeypatch: pytest.MonkeyPatch,
    minio_server: MinioServer,
    postgres_server: PostgresServer,
    data_dir: Path,
    authority: AuthorityEndpoints,
    tmp_path: Path,
) -> MinioStore:
    """An installation over both servers; its bucket, to look into."""
    join(data_dir, authority)
    bucket = f"test-{secrets.token_hex(6)}"
    (tmp_path / "khoa").write_text(minio_server.secret_key + "\n", encoding="utf-8")
    for name, value in {
        "STORE__KIND": "minio",
        "STORE__ENDPOINT": minio_server.endpoint,
        "STORE__BUCKET": bucket,
        "STORE__SECURE": "false",
        "STORE__ACCESS_KEY": minio_server.access_key,
        "STORE__SECRET_KEY_FILE": str(tmp_path / "khoa"),
        "DATABASE__URL": postgres_server.new_database(),
    }.items():
        monkeypatch.setenv(f"SOHOA_{name}", value)
    return MinioStore(minio_server.endpoint, minio_server.access_key, minio_server.secret_key, bucket, secure=False)


def test_digitise_certify_find_take_out_verify_audit(
    sohoa: Callable[..., Said], store: MinioStore, data_dir: Path, tmp_path: Path
) -> None:
    opened()
    folder = tmp_path / "lo"
    made = {sample.name: sample for sample in make(folder, only=["thong-bao", "khai-sinh", "rong"])}
    manifest = folder / "manifest.csv"
    healthy = sohoa("doctor", "--json")
    assert {f["name"]: f["state"] for f in healthy.json["findings"]}["Kho minio"] == "ok"
    assert "postgresql" in healthy.out

    done = sohoa("batch", "run", manifest, "--local", "--json")
    assert done.code == 0, done.err
    rows = {row["file"]: row for row in done.json["documents"]}
    notice, birth = (rows[made[name].path.name] for name in ("thong-bao", "khai-sinh"))
    assert (notice["outcome"], birth["outcome"]) == ("digitised", "certified")
    assert (birth["signatures"], birth["level"]) == (2, "B-LTA")
    assert rows["scan_loi.pdf"]["outcome"] == "quarantined"
    again = sohoa("batch", "run", manifest, "--local", "--json")
    assert again.json["counts"]["known"] == 2

    number = made["thong-bao"].truth["so_ky_hieu"]
    title = str(made["thong-bao"].truth["trich_yeu"])
    from domain.text import fold

    for query in (number, " ".join(title.split()[:4]), fold(" ".join(title.split()[:4]))):
        hits = [hit["document_id"] for hit in sohoa("search", query, "--json").json["hits"]]
        assert notice["document_id"] in hits, query

    taken = {}
    for row in (notice, birth):
        answer = sohoa("get", row["document_id"], "--to", tmp_path / "ra", "--json")
        taken[row["file"]] = {one["role"]: Path(one["path"]) for one in answer.json}
        assert taken[row["file"]]["original"].read_bytes() == (folder / row["file"]).read_bytes()
    copy = taken[birth["file"]]["certified"]
    verified = sohoa("verify", copy)
    assert verified.code == 0, verified.out
    assert_pdfa_2u([copy, *(files["pdfa"] for files in taken.values())])

    numbers = {sample.owner.partition(":")[2] for sample in made.values()} - {""}
    assert len(numbers) == 2
    keys = [info.key for info in store.list("")]
    assert len(keys) > 10
    assert not [key for key in keys if any(number in key for number in numbers)]
    assert not (data_dir / "store").exists()
    assert not (data_dir / "catalogue.sqlite").exists()

    audited = sohoa("audit", "--json")
    assert audited.code == 0, audited.out
    assert (audited.json["certified"], audited.json["findings"]) == (1, [])


def test_a_store_with_the_wrong_key_is_told_before_any_work(
    sohoa: Callable[..., Said], store: MinioStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "khoa").write_text("sai", encoding="utf-8")
    said = sohoa("search", "x")
    assert said.code == 4
    assert "Traceback" not in said.err
    assert sohoa("doctor").code == 1
