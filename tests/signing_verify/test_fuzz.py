from __future__ import annotations

from signing.verify.document import verify_pdf
from signing.verify.model import Indication
from tests.signing_verify.attacks import trust
from tests.signing_verify.fuzz import mutations
from tests.signing_verify.pki import now


def test_mutated_files_never_pass_and_never_raise() -> None:
    passed = [
        said
        for said, data in mutations(20261122, 120)
        if verify_pdf(data, trust(), now=now()).indication is Indication.PASSED
    ]
    assert passed == []
