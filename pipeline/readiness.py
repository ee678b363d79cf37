"""What is missing is found before the work starts, not at the first document that needs it."""

from __future__ import annotations

from ocr.engines.factory import require_ready as require_engine
from pipeline.settings import Settings
from pipeline.single import read_options


def require_ready(settings: Settings, *, signing: bool) -> None:
    """Check engine and language pack and, for *signing*, fonts and trust. Store and catalogue answer when opened.

    Raises ``NotReady`` saying what is missing and how to install it.
    """
    require_engine(read_options(settings))
    if signing:
        from pipeline.certify.site import require_signing

        require_signing(settings)
