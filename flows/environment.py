"""What Prefect must be told before it is first imported: where it lives, and that it talks to nobody."""

from __future__ import annotations

import os

from pipeline.settings import Settings


def prepare_prefect(settings: Settings) -> None:
    """Set Prefect's environment from *settings*. Call before importing ``prefect``.

    Values that the operator has set in the environment stay. The embedded server keeps its own database under
    ``<data_dir>/prefect``, apart from any Prefect of the user's.
    """
    wanted = {
        "PREFECT_HOME": str(settings.data_dir / "prefect"),
        # No phoning home: client telemetry, server heartbeat, advertisements in the user interface.
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # The first start migrates a database and takes longer than the default of 20 s on a small machine.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        # Results would be pickled citizens' data on disk.
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "500",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    }
    if settings.flows.api_url:
        wanted["PREFECT_API_URL"] = settings.flows.api_url
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
