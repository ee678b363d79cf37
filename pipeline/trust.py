"""Whom this installation trusts: the folder of anchors, and the test authority only where it is the provider."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.settings import Settings
from signing.authority.folder import open_folder
from signing.trust import AGENCY, PERSON, TSA, TrustStore
from signing.verify.words import plain

TEST_SOURCE = "cơ quan chứng thực THỬ NGHIỆM cài sẵn"


def trust_folder(settings: Settings) -> Path:
    """Return the folder of trust anchors."""
    return settings.signing.trust_dir or settings.data_dir / "trust"


def trust_in_force(settings: Settings, folder: Path | None = None) -> TrustStore:
    """Return the trust store of *folder* (default: the settings').

    The roots of the built-in test authority are added only while it is the signing provider and no *folder* is named:
    nowhere else may its signatures count. Raises ``NotReady`` for a folder that cannot be read.
    """
    chosen = folder or trust_folder(settings)
    store = TrustStore.from_folder(chosen) if folder is not None or chosen.is_dir() else TrustStore()
    authority = settings.data_dir / "authority"
    if folder is not None or settings.signing.provider != "test" or not (authority / "authority.json").exists():
        return store
    test = open_folder(authority, ())
    if not test.certificate_file("tsa-root").exists():  # made at its first start
        return store
    anchors = list(store.anchors)
    for name, roles in (("root", (PERSON, AGENCY)), ("tsa-root", (TSA,))):
        anchors += TrustStore.from_certificates([test.certificate(name)], roles=roles, source=TEST_SOURCE).anchors
    return TrustStore(tuple(anchors), store.intermediates, store.crls, store.evidence_hosts, store.name, store.history)


def trust_shape(settings: Settings) -> dict[str, Any]:
    """Return the JSON shape of the trust list: anchors, history, and whether the folder is as last recorded.

    Raises ``NotReady`` for a folder that cannot be read.
    """
    from asn1crypto import x509

    def day(moment: datetime | None) -> str:
        return moment.date().isoformat() if moment is not None else ""

    store, folder = trust_in_force(settings), trust_folder(settings)
    kept = TrustStore.from_folder(folder).version if folder.is_dir() else ""
    return {
        "name": store.name,
        "version": store.version,
        "anchors": [
            {
                "subject": plain(x509.Certificate.load(anchor.der).subject.human_friendly),
                "sha256": anchor.sha256,
                "roles": sorted(anchor.roles),
                "valid_from": day(anchor.valid_from),
                "valid_until": day(anchor.valid_until),
                "source": anchor.source,
            }
            for anchor in store.anchors
        ],
        "history": [{**asdict(one), "at": one.at.isoformat()} for one in store.history],
        "recorded": not store.history or store.history[-1].version == kept,
    }
