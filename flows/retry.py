"""When a task is tried again: only when a service did not answer. What is wrong in a file stays wrong."""

from __future__ import annotations

from typing import Any

from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from domain.errors import Unavailable

#: options of every task: results hold citizens' data and are never kept by Prefect; our own keys make runs repeatable
OPTIONS: dict[str, Any] = {"persist_result": False, "cache_result_in_memory": False}
RETRY_DELAYS_S: list[float] = [10, 60, 300]


def service_did_not_answer(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Return True when the task failed because a store, database or signing service did not answer."""
    try:
        state.result()
    except Unavailable:
        return True
    except Exception:
        return False
    return False
