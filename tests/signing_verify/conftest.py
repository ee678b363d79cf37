from __future__ import annotations

import pytest

from signing.trust import TrustStore
from tests.signing_verify.attacks import trust
from tests.signing_verify.pki import good


@pytest.fixture
def anchors() -> TrustStore:
    """Only the good root."""
    return TrustStore.from_certificates([good().root.der])


@pytest.fixture
def store() -> TrustStore:
    """The good root with fresh lists."""
    return trust()
