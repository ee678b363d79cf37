"""Which signing credentials the test authority offers."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Literal

from domain.errors import Advice, NotReady

Role = Literal["person", "agency"]
KeyKind = Literal["rsa-3072", "rsa-2048", "ec-p256", "ec-p384"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class CredentialPlan:
    """One signing certificate with its key and how its use is authorised.

    Attributes:
        id: credential identifier of the signing service; also a file name: ASCII letters, digits, ``._-``.
        role: ``person`` (người thực hiện chứng thực) or ``agency`` (seal of the agency).
        name: common name of the certificate.
        identifier: value of UID (0.9.2342.19200300.100.1.1): ``CCCD:`` or ``MST:`` and a number that belongs to nobody.
        organisation: O of the subject; for an agency usually equal to *name*.
        title: position of the person, or empty.
        key: algorithm of the key.
        otp: ask for a one-time code beside the PIN.
        days: validity of the certificate in days; a negative number makes a certificate that has expired.
        revoked: the certificate is revoked from the start.
    """

    id: str
    role: Role
    name: str
    identifier: str
    organisation: str
    title: str = ""
    key: KeyKind = "rsa-3072"
    otp: bool = False
    days: int = 3 * 365
    revoked: bool = False

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise NotReady(
                "authority-credential",
                "credential id is not a plain name",
                Advice("Mã chứng thư thử nghiệm không hợp lệ.", "Chưa có gì thay đổi.", "Chỉ dùng a-z, 0-9, . _ -"),
            )

    def to_json(self) -> dict[str, str | int | bool]:
        """Return plain JSON values."""
        return asdict(self)


# Numbers of the reserved kind: province code 000 is given to nobody, tax code 0000000000 neither.
DEFAULT_CREDENTIALS: tuple[CredentialPlan, ...] = (
    CredentialPlan(
        id="test-person",
        role="person",
        name="Nguyễn Thị Thử Nghiệm",
        identifier="CCCD:000000000001",
        organisation="Ủy ban nhân dân xã Thử Nghiệm",
        title="Phó Chủ tịch",
        otp=True,
    ),
    CredentialPlan(
        id="test-agency",
        role="agency",
        name="Ủy ban nhân dân xã Thử Nghiệm",
        identifier="MST:0000000000",
        organisation="Ủy ban nhân dân xã Thử Nghiệm",
        key="ec-p256",
        days=5 * 365,
    ),
)
