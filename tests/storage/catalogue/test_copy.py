"""COPY raises what an INSERT raises, and tells nothing of the rows."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage.catalogue import schema as t
from storage.catalogue.engine import open_catalogue
from storage.catalogue.sql import COPY_FROM, insert_many
from tests.servers import empty_tables


def owner(n: int) -> dict[str, Any]:
    return {"owner_ref": f"ref{n}", "kind": "citizen", "number": "001200000001", "name": "Tên riêng", "created_at": "x"}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [({"owner_ref": "ref0"}, IntegrityError), ({"kind": None}, IntegrityError), ({"name": "Tên\x00riêng"}, DBAPIError)],
)
def test_a_row_that_is_refused(postgres_catalogue_url: str, wrong: dict[str, Any], error: type[Exception]) -> None:
    empty_tables(postgres_catalogue_url)
    catalogue = open_catalogue(postgres_catalogue_url)
    many = [owner(n) for n in range(COPY_FROM)]
    with catalogue.begin() as connection:
        with pytest.raises(error) as told, connection.begin_nested():
            insert_many(connection, t.owners, [*many, owner(COPY_FROM) | wrong])
        for secret in ("Tên", "riêng", "001200000001"):
            assert secret not in str(told.value)
        insert_many(connection, t.owners, many)  # the transaction goes on
    with catalogue.read() as connection:
        assert connection.execute(select(func.count()).select_from(t.owners)).scalar() == COPY_FROM
    catalogue.close()
