"""What this machine can and cannot do, and how to mend it."""

from __future__ import annotations

import ipaddress
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from urllib.parse import urlsplit

import httpx

from domain.agencies import group_name, level_1_name, parse_agency_code
from domain.certification import VIETNAM
from domain.errors import SohoaError
from ocr.engines.factory import available_engines
from pipeline.certify.providers import open_provider
from pipeline.settings import Settings
from pipeline.single import read_options
from pipeline.trust import trust_folder, trust_in_force
from pipeline.workplace import open_workplace
from signing.appearance.fonts import find_font
from signing.csc import CscClient
from signing.csc_v2 import CscV2Client
from storage.probe import probe

_EXAMPLES = ("example.com", "example.net", "example.org", "example.vn", "example.gov.vn")


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``state``: ``ok``, ``warning`` (works, with less) or ``missing`` (cannot work)."""

    name: str
    state: str
    detail: str
    fix: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything, one finding a thing; a fault in one is a finding, never an exception."""
    looks: tuple[Callable[[Settings], list[Finding]], ...] = (
        _agency,
        _reading,
        _fonts,
        _warehouse,
        _signing,
        _credentials,
        _address,
        _trust,
        _orchestration,
        _verification,
    )
    findings: list[Finding] = []
    for look in looks:
        try:
            findings += look(settings)
        except SohoaError as error:
            findings.append(
                Finding(
                    look.__name__.strip("_"), "missing", f"[{error.code}] {error.advice.happened}", error.advice.todo
                )
            )
        except Exception as error:
            findings.append(Finding(look.__name__.strip("_"), "missing", type(error).__name__, "Xem nhật ký."))
    return findings


def _agency(settings: Settings) -> list[Finding]:
    code, today = parse_agency_code(settings.agency), datetime.now(VIETNAM).date()
    name = level_1_name(code, today)
    if name is not None and "agency" not in settings.model_fields_set:
        fix = "Khai báo agency: mã định danh điện tử của cơ quan."
        return [Finding("Cơ quan", "warning", f"chưa khai báo; đang dùng {code}, thuộc {name}", fix)]
    if name is not None:
        return [Finding("Cơ quan", "ok", f"{code}, thuộc {name}")]
    group = group_name(code, today) or "không thuộc nhóm nào"
    fix = "Kiểm tra mã định danh điện tử của cơ quan (setting agency)."
    return [Finding("Cơ quan", "warning", f"{code}: mã cấp 1 không có trong bảng ({group})", fix)]


def _reading(settings: Settings) -> list[Finding]:
    options = read_options(settings)
    findings = []
    for engine in available_engines():
        lacking = [code for code in options.languages.split("+") if code not in engine.languages]
        used = engine.name == options.engine
        if not engine.usable:
            state = "missing" if used else "warning"
            findings.append(Finding(f"OCR {engine.name}", state, "chưa dùng được", engine.detail))
        elif lacking:
            packs = " ".join(f"tesseract-ocr-{code}" for code in lacking)
            findings.append(
                Finding(
                    f"OCR {engine.name}", "missing", f"thiếu ngôn ngữ {', '.join(lacking)}", f"apt-get install {packs}"
                )
            )
        else:
            detail = f"{engine.detail}; ngôn ngữ: {', '.join(engine.languages)}"
            findings.append(Finding(f"OCR {engine.name}", "ok", detail))
    return findings


def _fonts(_settings: Settings) -> list[Finding]:
    path = find_font("regular")
    find_font("bold")
    return [Finding("Phông chữ", "ok", str(path))]


def _warehouse(settings: Settings) -> list[Finding]:
    with open_workplace(settings) as workplace:
        can = probe(workplace.store)
        place = settings.store.endpoint if settings.store.kind == "minio" else str(settings.data_dir / "store")
        abilities = [
            f"{word}: {'có' if value else 'không' if value is not None else 'không áp dụng'}"
            for word, value in (
                ("ghi có điều kiện", can.conditional_put),
                ("đọc lại đúng", can.read_back),
                ("phiên bản", can.versioning),
                ("khóa đối tượng", can.object_lock),
            )
        ]
        state = "ok" if can.usable else "missing"
        fix = "" if can.usable else "Kiểm tra địa chỉ, khóa truy cập và quyền trên bucket. " + "; ".join(can.problems)
        store = Finding(f"Kho {settings.store.kind}", state, f"{place} ({', '.join(abilities)})", fix)
        return [store, Finding("Cơ sở dữ liệu", "ok", workplace.catalogue.dialect)]


def _signing(settings: Settings) -> list[Finding]:
    signing = settings.signing
    if signing.provider == "test":
        detail = "cơ quan chứng thực THỬ NGHIỆM cài sẵn: chữ ký không có giá trị pháp lý"
        fix = "Khi dùng thật: signing.provider = csc, csc-v2, vnpt hoặc mysign; xem docs/settings.md."
        return [
            Finding("Ký số từ xa", "warning", detail, fix),
            Finding(
                "Dấu thời gian", "warning", "dịch vụ THỬ NGHIỆM cài sẵn, hai máy chủ", "Khai báo signing.tsa_urls."
            ),
        ]
    findings = []
    for name, url in (("Ký số từ xa", signing.csc_url), *(("Dấu thời gian", tsa) for tsa in signing.tsa_urls)):
        try:
            httpx.get(url, timeout=5.0, trust_env=False)
            findings.append(Finding(name, "ok", url))
        except httpx.HTTPError as error:
            findings.append(Finding(name, "missing", f"{url}: {type(error).__name__}", "Kiểm tra địa chỉ và mạng."))
    return findings


def _credentials(settings: Settings) -> list[Finding]:
    """Where the service lists what our token may sign with: are those of the settings among them?"""
    signing = settings.signing
    if signing.provider not in ("csc", "csc-v2"):
        return []
    wanted = {one.credential_id for one in signing.certifiers} | {one.credential_id for one in signing.agencies}
    with open_provider(settings) as signer:
        lacking = wanted - set(signer.credential_ids()) if isinstance(signer, CscClient | CscV2Client) else set()
    if not lacking:
        return [Finding("Chứng thư ký", "ok", f"{len(wanted)} chứng thư dùng được")]
    fix = "Đối chiếu credential_id của signing.certifiers và signing.agencies với nhà cung cấp."
    return [Finding("Chứng thư ký", "missing", f"nhà cung cấp không có: {', '.join(sorted(lacking))}", fix)]


def _address(settings: Settings) -> list[Finding]:
    name, url = "Địa chỉ tra cứu (mã QR)", settings.signing.verify_url
    fix = "Khai báo signing.verify_url: địa chỉ trang tra cứu mà người giữ bản sao mở được từ bên ngoài."
    if not url:
        return [Finding(name, "warning", "chưa khai báo: bản sao không có mã QR và mã tra cứu", fix)]
    doubt = address_doubt(url)
    return [Finding(name, "warning" if doubt else "ok", f"{url}: {doubt}" if doubt else url, fix if doubt else "")]


def address_doubt(url: str) -> str:
    """Return why people outside would not reach the look-up page at *url*, in Vietnamese; "" if it looks reachable.

    Nobody is asked: the address is printed on copies that outlive this machine's network of today. Names that never
    lead anywhere outside: RFC 2606, RFC 6761, RFC 6762.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        last = host.rpartition(".")[2]
        if "." not in host or last in ("localhost", "local", "test", "invalid", "internal", "lan", "home"):
            return "tên máy chỉ có trong mạng nội bộ"
        if last == "example" or host in _EXAMPLES or host.endswith(tuple(f".{one}" for one in _EXAMPLES)):
            return "địa chỉ ví dụ, không dẫn đến đâu"
    else:
        return "chỉ mở được trong mạng nội bộ" if not ip.is_global else "địa chỉ số: nên dùng tên miền, bền hơn"
    return "không mã hóa (http): nên dùng https" if parts.scheme != "https" else ""


def _trust(settings: Settings) -> list[Finding]:
    store = trust_in_force(settings)
    if store.anchors:
        return [Finding("Chứng thư gốc tin cậy", "ok", f"{len(store.anchors)} gốc, bản {store.version[:12]}")]
    fix = f"Đặt chứng thư gốc (NEAC, VGCA) vào {trust_folder(settings)}."
    return [Finding("Chứng thư gốc tin cậy", "warning", "chưa có: mọi chữ ký sẽ là CHƯA ĐỦ CĂN CỨ", fix)]


def _orchestration(settings: Settings) -> list[Finding]:
    if find_spec("prefect") is None:
        return [Finding("Prefect", "missing", "chưa cài", "Cài lại theo README, hoặc dùng `sohoa batch run --local`.")]
    if settings.flows.api_url is None:
        return [Finding("Prefect", "ok", "máy chủ nhúng, khởi động khi cần")]
    try:
        httpx.get(f"{settings.flows.api_url.rstrip('/')}/health", timeout=5.0, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        fix = "Khởi động máy chủ Prefect hoặc bỏ flows.api_url để dùng máy chủ nhúng."
        return [Finding("Prefect", "missing", f"{settings.flows.api_url}: {type(error).__name__}", fix)]
    return [Finding("Prefect", "ok", settings.flows.api_url)]


def _verification(settings: Settings) -> list[Finding]:
    from pipeline.verify import dss_folder
    from signing.verify.dss.install import COMMAND, VERSION, Installation

    name, dss = "Ý kiến thứ hai (pdfsig)", Installation(dss_folder(settings))
    found = shutil.which("pdfsig") is not None
    findings = [
        Finding(name, "ok", "có") if found else Finding(name, "warning", "chưa có", "apt install poppler-utils")
    ]
    name, lacking = f"Ý kiến thứ hai (EU DSS {VERSION})", dss.lacking()
    if lacking:
        state = "missing" if settings.verify.second_opinion else "warning"
        fix = f"apt-get install openjdk-17-jdk-headless maven, rồi chạy: {COMMAND}"
        findings.append(Finding(name, state, lacking, fix))
    elif dss.damaged():
        findings.append(Finding(name, "missing", "thư viện không đúng bản đã kiểm tra", f"Chạy: {COMMAND}"))
    else:
        findings.append(Finding(name, "ok", str(dss.jars)))
    return findings
