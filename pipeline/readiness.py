"""What is missing is found before the work starts, not at the first document that needs it."""

from __future__ import annotations

from ocr.engines.factory import require_ready as require_engine
from pipeline.settings import Settings
from pipeline.single import read_options


def require_ready(settings: Settings, *, signing: bool) -> None:
    """Check engine and language pack and, for *signing*, fonts, trust and the service. The store is asked when opened.

    Raises ``NotReady`` saying what is missing and how to install it, ``Unavailable`` or ``Refused`` of the service.
    """
    require_engine(read_options(settings))
    if signing:
        from pipeline.certify.site import require_signing

        require_signing(settings)
        if settings.signing.provider != "test":
            _ask_signer(settings)


def _ask_signer(settings: Settings) -> None:
    """Ask the signing service for the certificate that a batch would sign with."""
    from pipeline.certify.site import open_signing
    from pipeline.workplace import system_clock

    wanted = settings.signing.default_certifier
    with open_signing(settings, system_clock) as site:
        for certifier in settings.signing.certifiers:
            if certifier.id == wanted:
                site.signer.credential(certifier.credential_id)
