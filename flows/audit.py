"""Audit flow: verify what is stored, by schedule."""

from __future__ import annotations

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.retry import OPTIONS, RETRY_DELAYS_S, service_did_not_answer
from flows.site import current, open_site
from pipeline.audit import audit_warehouse


@task(
    name="audit-warehouse",
    retries=len(RETRY_DELAYS_S),
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=service_did_not_answer,
    cache_policy=NO_CACHE,
    **OPTIONS,
)
def audit_stored(agency: str | None) -> int:
    """Audit the warehouse; return the number of findings."""
    result = audit_warehouse(current().workplace, agency=agency)
    create_table_artifact(
        key="audit",
        table=[{"code": f.code, "document": f.document_id, "detail": f.detail} for f in result.findings[:1000]],
        description=f"{result.documents} documents, {result.objects} objects, {result.certified} certified copies",
    )
    return len(result.findings)


@flow(name="audit", validate_parameters=False, persist_result=False, log_prints=False)
def audit(agency: str | None = None) -> int:
    """Audit all documents (of *agency*); return the number of findings."""
    with open_site(reading=False):
        return audit_stored(agency)
