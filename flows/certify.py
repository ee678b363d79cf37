"""Certify flow: certified copies of documents, one authorisation of the signers for all."""

from __future__ import annotations

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.retry import OPTIONS, RETRY_DELAYS_S, service_did_not_answer
from flows.site import current, open_site
from pipeline.certify.run import certify_documents
from pipeline.certify.site import open_signing
from pipeline.officers import no_secret, required


@task(
    name="certify-documents",
    retries=len(RETRY_DELAYS_S),
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=service_did_not_answer,
    cache_policy=NO_CACHE,
    **OPTIONS,
)
def issue_copies(document_ids: list[str], certifier: str, agency: str) -> dict[str, str]:
    """Certify; return document id -> ``issued`` or the code of the problem."""
    workplace = current().workplace
    if required(workplace.settings):  # a flow has no officer's secret, and must not speak in an officer's name
        raise no_secret("Chứng thực bằng `sohoa certify` hoặc `sohoa certify-step`, có cán bộ xác thực.")
    with open_signing(workplace.settings, workplace.clock) as site:
        done = certify_documents(workplace, site, document_ids, certifier_id=certifier, agency=agency)
    return {one.document_id: one.problem.code if one.problem else "issued" for one in done}


@flow(name="certify", validate_parameters=False, persist_result=False, log_prints=False)
def certify(document_ids: list[str], certifier: str, agency: str) -> dict[str, str]:
    """Issue certified copies; *certifier* is an id of the settings, never a name."""
    with open_site(reading=False):
        return issue_copies(document_ids, certifier, agency)
