"""Renewal flow: further time stamps over signed copies before the old ones stop carrying, by schedule."""

from __future__ import annotations

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.retry import OPTIONS, RETRY_DELAYS_S, service_did_not_answer
from flows.site import current, open_site
from pipeline.certify.renew import renew_copies
from pipeline.certify.site import open_evidence


@task(
    name="renew-copies",
    retries=len(RETRY_DELAYS_S),
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=service_did_not_answer,
    cache_policy=NO_CACHE,
    **OPTIONS,
)
def renew_due(agency: str | None) -> int:
    """Renew what is due; return how many copies could not be renewed."""
    workplace = current().workplace
    with open_evidence(workplace.settings, workplace.clock) as site:
        result = renew_copies(workplace, site, agency=agency)
    create_table_artifact(
        key="renewal",
        table=[one.shape() for one in result.renewals[:1000]],
        description=f"{result.looked} signed copies looked at",
    )
    return len(result.failed)


@flow(name="renew", validate_parameters=False, persist_result=False, log_prints=False)
def renew(agency: str | None = None) -> int:
    """Renew the signed copies (of *agency*) whose protection ends within a year; return how many failed."""
    with open_site(reading=False):
        return renew_due(agency)
