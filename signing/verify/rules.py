"""The constants of the verification policy, its name and its hash: what a report cites. No heavy import here."""

from __future__ import annotations

import hashlib
from datetime import timedelta

DIGESTS = frozenset({"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"})
CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
MIN_RSA_BITS = 2048
CLOCK_TOLERANCE = timedelta(minutes=5)  # a timestamp further ahead of our clock than this is not believed
ORDER_TOLERANCE = timedelta(seconds=60)  # two timestamp authorities' clocks may differ by this much

POLICY_ID = "sohoa-verify-1"
POLICY_TEXT = (
    f"{POLICY_ID}; digests {sorted(DIGESTS)}; curves {sorted(CURVES)}; rsa >= {MIN_RSA_BITS}; revocation required for "
    f"every certificate; timestamps required; clock {CLOCK_TOLERANCE}; order {ORDER_TOLERANCE}; changes after signing: "
    "signature fields and document security store only"
)
POLICY_SHA256 = hashlib.sha256(POLICY_TEXT.encode()).hexdigest()
