"""Log-heads flow: the audit log's heads time-stamped and kept under lock, hourly."""

from __future__ import annotations

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.retry import OPTIONS, RETRY_DELAYS_S, service_did_not_answer
from flows.site import current, open_site
from pipeline.certify.site import open_evidence
from pipeline.log_heads import keep_log_heads


@task(
    name="keep-log-heads",
    retries=len(RETRY_DELAYS_S),
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=service_did_not_answer,
    cache_policy=NO_CACHE,
    **OPTIONS,
)
def keep() -> int:
    """Keep the heads of all chains that grew; return how many."""
    workplace = current().workplace
    with open_evidence(workplace.settings, workplace.clock) as site:
        return len(keep_log_heads(workplace, site.timestamper))


@flow(name="log-heads", validate_parameters=False, persist_result=False, log_prints=False)
def log_heads() -> int:
    """Keep the heads of all audit chains; return how many were new."""
    with open_site(reading=False):
        return keep()
