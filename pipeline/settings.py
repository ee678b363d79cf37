"""Settings: one nested model, filled from ``SOHOA_*`` variables over one TOML file, checked at start.

Nesting uses two underscores: ``SOHOA_STORE__KIND=minio``. The file is the one named by ``SOHOA_CONFIG``, else
``sohoa.toml`` in the working folder, else ``~/.config/sohoa/sohoa.toml``. Secrets come from the environment or from a
file named by ``*_file``; a secret written in the TOML file is refused.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from domain.errors import Advice, NotReady


class Group(BaseModel):
    """A group of settings; unknown names are errors, so that a typing mistake is seen at start."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _read_secret(value: SecretStr | None, file: Path | None, what: str) -> str:
    if value is not None:
        return value.get_secret_value()
    if file is None:
        raise NotReady(
            "secret-missing",
            f"no {what} configured",
            Advice(f"Chưa khai báo {what}.", "Chưa có gì thay đổi.", "Khai báo bằng biến môi trường hoặc tệp bí mật."),
        )
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NotReady(
            "secret-unreadable",
            f"{what} file cannot be read: {error.strerror}",
            Advice(f"Không đọc được tệp bí mật của {what}.", "Chưa có gì thay đổi.", "Kiểm tra đường dẫn và quyền."),
        ) from error


class IntakeSettings(Group):
    """Limits of what one file may be."""

    max_bytes: int = Field(512 * 2**20, gt=0, description="largest file, bytes")
    max_pages: int = Field(2000, gt=0, description="most pages of one file")
    max_pixels: int = Field(200_000_000, gt=0, description="most pixels of one page")


class OcrSettings(Group):
    """Reading."""

    engine: Literal["batch", "tesserocr", "pytesseract"] = "batch"
    languages: str = "vie"
    tessdata: Path | None = None
    jobs: int = Field(0, ge=0, description="worker processes; 0 = as many as cores")
    page_timeout_s: float = Field(120.0, gt=0, description="most seconds for one page")
    split_accept: float = Field(
        0.0, ge=0, le=1, description="cut a stack without an officer when the proposal is as sure as this; 0 = never"
    )
    accept: dict[str, float] = Field(
        default_factory=dict,
        description="field name -> confidence from which a value needs no reviewer (above 1: never)",
    )

    @model_validator(mode="after")
    def _fields(self) -> Self:
        from ocr.model import FIELD_NAMES

        unknown = sorted(set(self.accept) - set(FIELD_NAMES))
        if unknown:
            raise ValueError(f"ocr.accept names no field: {', '.join(unknown)}")
        return self

    @property
    def workers(self) -> int:
        """The number of worker processes to start."""
        return self.jobs or len(os.sched_getaffinity(0))


class StoreSettings(Group):
    """The object store."""

    kind: Literal["local", "minio"] = "local"
    path: Path | None = Field(None, description="folder of the local store; default <data_dir>/store")
    endpoint: str = "127.0.0.1:9000"
    bucket: str = "sohoa"
    secure: bool = True
    access_key: SecretStr | None = None
    access_key_file: Path | None = None
    secret_key: SecretStr | None = None
    secret_key_file: Path | None = None
    worm: Literal["required", "preferred", "off"] = Field(
        "preferred", description="originals and certified copies under object lock: required refuses a store without"
    )
    lock_mode: Literal["governance", "compliance"] = Field(
        "governance", description="compliance: nobody can take a lock off before its time"
    )

    encryption_key_file: Path | None = Field(
        None, description="keys of 64 hex digits, one a line: a local store then lies encrypted (AES-256-GCM)"
    )

    def access(self) -> str:
        """Return the access key."""
        return _read_secret(self.access_key, self.access_key_file, "khóa truy cập kho MinIO")

    def secret(self) -> str:
        """Return the secret key."""
        return _read_secret(self.secret_key, self.secret_key_file, "khóa bí mật kho MinIO")


class DatabaseSettings(Group):
    """The catalogue."""

    url: SecretStr | None = Field(None, description="SQLAlchemy URL; default SQLite in <data_dir>/catalogue.sqlite")
    url_file: Path | None = Field(None, description="file holding the URL")


class CertifierSettings(Group):
    """A person competent to certify copies (Decree 280/2025: Chủ tịch UBND cấp xã or a person authorised)."""

    id: str
    name: str
    position: str
    agency: str
    credential_id: str
    identity_file: Path | None = Field(None, description="file with the CCCD number that the certificate must bear")

    def identity_number(self) -> str:
        """Return the number that the certificate must bear; empty where none is set. Raises ``NotReady``."""
        return _read_secret(None, self.identity_file, "số định danh của người ký") if self.identity_file else ""


class AgencySettings(Group):
    """An agency that signs with its seal certificate."""

    code: str
    name: str
    place: str = ""
    credential_id: str
    tax_code: str = Field("", description="MST that the seal's certificate must bear")
    seal_image: Path | None = None


class SigningSettings(Group):
    """Remote signing. ``provider = "test"`` uses the built-in test authority and is never for production."""

    provider: Literal["test", "csc", "csc-v2", "vnpt", "mysign"] = "test"
    csc_url: str = Field("", description="base address of the service, whichever it is")
    token: SecretStr | None = None
    token_file: Path | None = None
    pin: SecretStr | None = None
    pin_file: Path | None = None
    client_id: str = Field("", description="this office at the service: client_id, or sp_id at VNPT")
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    token_url: str = Field("", description="OAuth2 token address (csc-v2)")
    authorize_url: str = Field("", description="csc-v2: address where a person signs in; set for sohoa signer login")
    profile_id: str = Field("", description="given with the contract (mysign)")
    users_file: Path | None = Field(None, description="JSON: credential id -> the signer at VNPT or MySign")
    asynchronous: bool = Field(False, description="csc-v2: operationMode A, durable like a phone request")
    confirm_wait_s: float = Field(60.0, ge=0, description="how long a run waits for a confirmation on the phone")
    requests_per_s: float = Field(10.0, gt=0, description="most requests per second to the service, from this machine")
    tsa_urls: tuple[str, ...] = ()
    webhook_token_file: Path | None = Field(
        None, description="key by which the service may call back: POST /api/v1/hooks/signing"
    )
    evidence_hosts: tuple[str, ...] = Field((), description="hosts that OCSP and CRL may be fetched from")
    trust_dir: Path | None = Field(None, description="folder of trust anchors; default <data_dir>/trust")
    certifiers: tuple[CertifierSettings, ...] = ()
    agencies: tuple[AgencySettings, ...] = ()
    default_certifier: str = Field("", description="id of the certifier who answers for copies that a batch asks for")
    verify_url: str = Field(
        "", description="address of the look-up page (https://host/tra-cuu): with a code appended the QR code of a copy"
    )
    timeout_s: float = Field(30.0, gt=0)

    @model_validator(mode="after")
    def _address(self) -> Self:
        if self.verify_url and not re.fullmatch(r"https?://[\x21-\x7e]{1,150}", self.verify_url):
            raise ValueError("verify_url must be an http(s) address without spaces, at most 150 signs")
        return self

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.provider != "test" and not (self.csc_url and self.tsa_urls and self.evidence_hosts):
            raise ValueError(f"provider = {self.provider} needs csc_url, tsa_urls and evidence_hosts")
        if self.provider in ("csc-v2", "vnpt", "mysign") and not self.client_id:
            raise ValueError(f"provider = {self.provider} needs client_id")
        if self.provider == "csc-v2" and not self.token_url:
            raise ValueError("provider = csc-v2 needs token_url")
        if self.provider in ("vnpt", "mysign") and self.users_file is None:
            raise ValueError(f"provider = {self.provider} needs users_file")
        return self

    def bearer(self) -> str:
        """Return the bearer token of a CSC v1 service. Raises ``NotReady``."""
        return _read_secret(self.token, self.token_file, "khóa dịch vụ ký số")

    def webhook_token(self) -> str:
        """Return the key of the service that calls back; empty where it may not. Raises ``NotReady``."""
        return _read_secret(None, self.webhook_token_file, "khóa gọi lại") if self.webhook_token_file else ""

    def secret(self) -> str:
        """Return the client secret (``sp_password`` at VNPT). Raises ``NotReady``."""
        return _read_secret(self.client_secret, self.client_secret_file, "mật khẩu kết nối dịch vụ ký số")


class CertifySettings(Group):
    """The procedures of certified copies, official copies, disposal and trust."""

    officers: Literal["named", "required"] = Field(
        "named", description="required: each act of an officer wants their proof (`sohoa officers`)"
    )


class VerifySettings(Group):
    """Verification: who else is asked, and the system's own seal on reports."""

    second_opinion: bool = Field(False, description="ask EU DSS too; without its yes nothing is called valid")
    dss_dir: Path | None = Field(None, description="where EU DSS lies; default ~/.cache/sohoa/dss")
    verapdf_jar: Path | None = Field(
        None, description="veraPDF for the PDF/A check; default: what scripts/verapdf fetched"
    )
    trust_four_eyes: bool = Field(False, description="a change of the trust list needs a second person's approval")
    seal_key_file: Path | None = Field(
        None, description="PEM key (PKCS#8) of the system's seal; reports are sealed with it"
    )
    seal_certificate_file: Path | None = Field(None, description="PEM: the seal's certificate, then its issuers")

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.seal_key_file is None) != (self.seal_certificate_file is None):
            raise ValueError("seal_key_file and seal_certificate_file go together")
        return self


class ApiClient(Group):
    """A system that may call the API, with its own key and bounds."""

    name: str = Field(min_length=1, max_length=50, description="as the audit log shows it")
    token_file: Path = Field(description="its keys, one a line; read again when it changes")
    agencies: tuple[str, ...] = Field((), description="whose papers it may see; empty: all")
    acts: tuple[Literal["hand-in", "read", "reuse", "take"], ...] = Field(("read",), description="what it may do")
    one_owner: bool = Field(False, description="a citizens' portal: each request names its user by X-Owner")


class ServeSettings(Group):
    """The HTTP API and the look-up pages."""

    host: str = "127.0.0.1"
    port: int = Field(8085, ge=1, le=65535)
    token: SecretStr | None = None
    token_file: Path | None = Field(None, description="default <data_dir>/secrets/api-token, made at first start")
    max_case_bytes: int = Field(256 * 2**20, gt=0, description="largest request, bytes")
    clients: tuple[ApiClient, ...] = Field((), description="further systems, each within its agencies")
    lookups_per_minute: int = Field(60, ge=1, description="look-ups of codes by one client address")
    checks_per_minute: int = Field(10, ge=1, description="files that one client address may have checked")
    max_check_bytes: int = Field(64 * 2**20, ge=2**20, description="largest file to be checked, bytes")
    checks_at_once: int = Field(2, ge=1, le=64, description="worker processes for files to be checked")
    proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"), description="who may say by X-Forwarded-For where a request came from"
    )


class FlowSettings(Group):
    """Orchestration. Without ``api_url`` an embedded Prefect server is used."""

    api_url: str | None = None
    case_runner: Literal["prefect", "local"] = "prefect"


class RetentionSettings(Group):
    """How long papers are kept."""

    terms_file: Path | None = Field(
        None, description="TOML: the agency's own terms ([[term]]) and length of locks ([[rule]]), before the law's"
    )

    @model_validator(mode="after")
    def _toml(self) -> Self:
        if self.terms_file is not None and self.terms_file.suffix != ".toml":
            raise ValueError("retention.terms_file must be a .toml file")
        return self


class Settings(BaseSettings):
    """All settings. Times are in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(
        env_prefix="SOHOA_", env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    data_dir: Path = Field(default_factory=lambda: Path.home() / ".local" / "share" / "sohoa")
    agency: str = Field("H24.01", description="agency used when a command names none")
    intake: IntakeSettings = IntakeSettings()
    ocr: OcrSettings = OcrSettings()
    store: StoreSettings = StoreSettings()
    replica: StoreSettings | None = Field(None, description="a second store that holds what the first holds")
    database: DatabaseSettings = DatabaseSettings()
    signing: SigningSettings = SigningSettings()
    certify: CertifySettings = CertifySettings()
    verify: VerifySettings = VerifySettings()
    serve: ServeSettings = ServeSettings()
    flows: FlowSettings = FlowSettings()
    retention: RetentionSettings = RetentionSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over file; nothing else."""
        file = config_file()
        if file is None:
            return init_settings, env_settings
        return init_settings, env_settings, _NoSecretsToml(settings_cls, file)

    def database_url(self) -> str:
        """Return the catalogue's SQLAlchemy URL."""
        if self.database.url is None and self.database.url_file is None:
            return f"sqlite:///{(self.data_dir / 'catalogue.sqlite').absolute()}"
        return _read_secret(self.database.url, self.database.url_file, "địa chỉ cơ sở dữ liệu")


_PASSWORD = re.compile(r"[^/]*://[^/@]*:[^@]*@")


class _NoSecretsToml(TomlConfigSettingsSource):
    """The TOML file, refusing secrets: a file is copied, mailed and committed more easily than an environment."""

    _SECRET = frozenset({"access_key", "secret_key", "token", "pin", "client_secret"})

    def __call__(self) -> dict[str, Any]:
        values = super().__call__()
        for group, content in values.items():
            found = self._SECRET & content.keys() if isinstance(content, dict) else set()
            if found:
                raise ValueError(f"secret {group}.{min(found)} stands in the TOML file; use {min(found)}_file")
        database = values.get("database")
        url = str(database.get("url", "")) if isinstance(database, dict) else ""
        if _PASSWORD.match(url):
            raise ValueError("database.url with a password stands in the TOML file; use url_file")
        return values


def config_file() -> Path | None:
    """Return the TOML file in force, or None. Raises ``NotReady`` when ``SOHOA_CONFIG`` names a missing file."""
    named = os.environ.get("SOHOA_CONFIG")
    if named:
        if not Path(named).is_file():
            raise NotReady(
                "config-missing",
                "SOHOA_CONFIG names a file that does not exist",
                Advice("Không thấy tệp cấu hình nêu trong SOHOA_CONFIG.", "Chưa có gì thay đổi.", "Sửa đường dẫn."),
            )
        return Path(named)
    for candidate in (Path("sohoa.toml"), Path.home() / ".config" / "sohoa" / "sohoa.toml"):
        if candidate.is_file():
            return candidate
    return None


_OTHER_NAMES = frozenset({"CONFIG", "REQUIRE", "DATA"})  # SOHOA_* variables that are not settings


def _check_names() -> None:
    known = {name.upper() for name in Settings.model_fields} | _OTHER_NAMES
    for variable in os.environ:
        name = variable.removeprefix("SOHOA_")
        if name != variable and name.split("__")[0] not in known:
            raise ValueError(f"{variable} is not a setting")


def load_settings() -> Settings:
    """Read and check the settings. Raises ``NotReady`` naming each wrong setting, never its value."""
    try:
        _check_names()
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
    except ValueError as error:  # secrets in the file, unreadable TOML
        wrong = str(error)
    raise NotReady(
        "settings-invalid",
        wrong,
        Advice(f"Cấu hình chưa hợp lệ: {wrong}.", "Chưa có gì thay đổi.", "Sửa cấu hình rồi chạy lại."),
    )
