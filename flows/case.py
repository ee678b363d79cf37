"""Case flow: the papers of one case, started by the intake system through the API."""

from __future__ import annotations

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.retry import OPTIONS, RETRY_DELAYS_S, service_did_not_answer
from flows.site import current, open_site
from pipeline.cases import run_case


@task(
    name="digitise-case",
    retries=len(RETRY_DELAYS_S),
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=service_did_not_answer,
    cache_policy=NO_CACHE,
    **OPTIONS,
)
def digitise_case(agency: str, code: str) -> str:
    """Digitise the documents of a case; return the state reached."""
    site = current()
    assert site.reader is not None
    return run_case(site.workplace, site.reader, agency, code)


@flow(name="case", validate_parameters=False, persist_result=False, log_prints=False)
def case(agency: str, code: str) -> str:
    """Bring a case to its end; return its state. Parameters are codes only, never names or numbers of persons."""
    try:
        current()
    except LookupError:
        with open_site():
            return digitise_case(agency, code)
    return digitise_case(agency, code)
