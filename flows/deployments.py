"""All deployments, and ``python -m flows.deployments`` to serve them from this machine to a Prefect server."""

from __future__ import annotations

from dataclasses import dataclass

from flows.environment import prepare_prefect
from pipeline.settings import load_settings


@dataclass(frozen=True)
class Deployment:
    """One deployment: module and flow by name, and its schedule (cron, Vietnamese time) if it has one."""

    flow: str
    module: str
    cron: str | None = None
    limit: int = 1


DEPLOYMENTS = (
    Deployment("batch", "flows.batch", limit=2),
    Deployment("case", "flows.case", limit=2),
    Deployment("certify", "flows.certify"),
    Deployment("audit", "flows.audit", cron="0 2 * * *"),
    Deployment("renew", "flows.renew", cron="0 3 1 * *"),
    Deployment("log_heads", "flows.log_heads", cron="0 * * * *"),
)


def serve_all() -> None:
    """Serve every deployment of the list; blocks. Needs ``flows.api_url`` (or PREFECT_API_URL) to be set."""
    prepare_prefect(load_settings())
    import importlib

    from prefect import serve
    from prefect.schedules import Cron

    served = []
    for deployment in DEPLOYMENTS:
        flow = getattr(importlib.import_module(deployment.module), deployment.flow)
        schedule = Cron(deployment.cron, timezone="Asia/Ho_Chi_Minh") if deployment.cron else None
        served.append(flow.to_deployment(name=deployment.flow, schedule=schedule, concurrency_limit=deployment.limit))
    serve(*served)


if __name__ == "__main__":
    serve_all()
