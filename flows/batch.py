"""Batch flow: a scanned archive, chunk by chunk. A chunk is one task; its pages are spread over worker processes."""

from __future__ import annotations

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.retry import OPTIONS, RETRY_DELAYS_S, service_did_not_answer
from flows.site import current, open_site
from pipeline.batch import only_run, run_chunk, to_certify
from pipeline.certify.batch import certify_marked
from pipeline.results import OUTCOMES, counts


@task(
    name="digitise-chunk",
    retries=len(RETRY_DELAYS_S),
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=service_did_not_answer,
    cache_policy=NO_CACHE,
    **OPTIONS,
)
def digitise_chunk(batch_id: str) -> int:
    """Digitise the next waiting files of the batch; return how many were finished."""
    site = current()
    assert site.reader is not None
    rows = run_chunk(
        site.workplace, site.reader, batch_id, on_pages_known=site.progress.more, on_page=site.progress.step
    )
    site.rows += rows
    return len(rows)


@task(
    name="certify-marked",
    retries=len(RETRY_DELAYS_S),
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=service_did_not_answer,
    cache_policy=NO_CACHE,
    **OPTIONS,
)
def certify_asked(batch_id: str) -> int:
    """Issue the certified copies that the batch asks for; return how many were issued."""
    site = current()
    rows = certify_marked(site.workplace, to_certify(site.workplace, batch_id))
    site.rows += rows
    return len(rows)


@flow(name="batch", validate_parameters=False, persist_result=False, log_prints=False)
def batch(batch_id: str) -> dict[str, int]:
    """Digitise a registered batch to its end; return the counts of outcomes. Needs an open site or makes one."""
    try:
        current()
    except LookupError:
        # a command line that runs this flow in its own process holds the batch already
        with open_site() as site, only_run(site.workplace, batch_id):
            return _work(batch_id)
    return _work(batch_id)


def _work(batch_id: str) -> dict[str, int]:
    while digitise_chunk(batch_id):
        pass
    certify_asked(batch_id)
    found = counts(current().rows)
    create_table_artifact(
        key=f"batch-{batch_id}", table=[{"outcome": OUTCOMES[name], "files": number} for name, number in found.items()]
    )
    return found
