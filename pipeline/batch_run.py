"""Running a registered batch to its end in this process, without Prefect."""

from __future__ import annotations

from pipeline.batch import run_chunk, to_certify
from pipeline.certify.batch import certify_marked
from pipeline.progress import Progress, Silent
from pipeline.reading import open_reader
from pipeline.results import Row
from pipeline.single import limits_of, read_options
from pipeline.workplace import Workplace


def run_batch(workplace: Workplace, batch_id: str, progress: Progress | None = None) -> list[Row]:
    """Digitise all waiting items of the batch, then issue the certified copies asked for; return their rows.

    Raises ``Unavailable`` or ``NotReady`` when a service fails; what is finished stays finished.
    """
    bar = progress or Silent()
    settings = workplace.settings
    rows: list[Row] = []
    with open_reader(read_options(settings), settings.ocr.workers, limits_of(settings)) as reader:
        while chunk := run_chunk(workplace, reader, batch_id, on_pages_known=bar.more, on_page=bar.step):
            rows += chunk
    rows += certify_marked(workplace, to_certify(workplace, batch_id))
    return rows
