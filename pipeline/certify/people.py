"""Who acts, from the settings alone: for acts that need no signing service."""

from __future__ import annotations

from domain.errors import Advice, Refused
from domain.people import Certifier
from pipeline.settings import AgencySettings, Settings
from signing.authority.plan import DEFAULT_CREDENTIALS

#: the certifier that exists where only the built-in test authority is set up
TEST_CERTIFIER = "thu-nghiem"


def certifier_named(settings: Settings, certifier_id: str, agency: str) -> Certifier:
    """Return the person who certifies. Raises ``Refused`` when unknown, or competent for another agency only."""
    for known in settings.signing.certifiers:
        if known.id == certifier_id and known.agency == agency:
            return Certifier(known.id, known.name, known.position, known.agency, known.credential_id)
    if settings.signing.provider == "test" and certifier_id == TEST_CERTIFIER:
        person = DEFAULT_CREDENTIALS[0]
        return Certifier(TEST_CERTIFIER, person.name, person.title, agency, person.id)
    raise Refused(
        "certifier-unknown",
        "no such certifier of this agency in the settings",
        Advice(
            "Không có người chứng thực mang mã này của cơ quan trong cấu hình.",
            "Chưa ghi nhận gì.",
            "Kiểm tra mã người chứng thực và mã cơ quan.",
        ),
    )


def agency_of(settings: Settings, code: str) -> AgencySettings:
    """Return the agency that seals. Raises ``Refused`` (``agency-unknown``) when it has no signing credential."""
    for known in settings.signing.agencies:
        if known.code == code:
            return known
    if settings.signing.provider == "test":
        seal = DEFAULT_CREDENTIALS[1]
        return AgencySettings(code=code, name=seal.name, credential_id=seal.id)
    raise Refused(
        "agency-unknown",
        "agency-unknown",
        Advice(
            "Cơ quan này chưa được khai báo chứng thư con dấu trong cấu hình.",
            "Chưa có gì được ký.",
            "Kiểm tra cấu hình signing.certifiers/agencies.",
        ),
    )


def agency_named(settings: Settings, code: str) -> str:
    """Return the agency's name from the settings; that of the test seal, or the code, when it is not set up there."""
    names = {known.code: known.name for known in settings.signing.agencies}
    if code not in names and settings.signing.provider == "test":
        return DEFAULT_CREDENTIALS[1].name
    return names.get(code, f"Cơ quan mã {code}")


def place_named(settings: Settings, code: str) -> str:
    """Return the place name that stands before a date (địa danh), or an empty string."""
    return next((known.place for known in settings.signing.agencies if known.code == code), "")
