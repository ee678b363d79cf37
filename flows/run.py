"""Starting flows in this process: Prefect's environment first, then Prefect."""

from __future__ import annotations

from flows.environment import prepare_prefect
from pipeline.progress import Progress
from pipeline.results import Row
from pipeline.settings import Settings


def run_batch(settings: Settings, batch_id: str, progress: Progress) -> list[Row]:
    """Run the batch flow and return the rows of what it did. Raises what a stage raised."""
    prepare_prefect(settings)
    from flows.batch import batch
    from flows.site import open_site

    with open_site(settings, progress) as site:
        batch(batch_id)
        return site.rows
