"""The frame of every page for people: Vietnamese, without script, without anything from elsewhere.

Whoever calls the API gets JSON; whoever opens an address with a browser gets a page, errors too.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from starlette.responses import HTMLResponse
from starlette.types import Scope

from domain.errors import Advice
from portal.html import Safe, join, tag
from portal.style import STYLE

ROOT = "/tra-cuu"
_JSON = ("/api/", "/healthz", "/openapi.json")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
#: of every page; ``same-origin`` and not ``no-referrer``: with the latter browsers send ``Origin: null`` with our form
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}

_ERRORS = {
    400: ("Yêu cầu không hợp lệ", "Trình duyệt gửi lên dữ liệu không đọc được.", "Quay lại trang tra cứu và thử lại."),
    403: (
        "Yêu cầu đến từ trang khác",
        "Biểu mẫu được gửi từ một trang không thuộc cổng này nên không được nhận.",
        "Mở trang tra cứu rồi chọn tệp tại đó.",
    ),
    404: (
        "Không có trang này",
        "Địa chỉ vừa mở không tồn tại trên hệ thống.",
        "Kiểm tra lại địa chỉ, hoặc mở trang tra cứu và nhập mã in trên bản sao.",
    ),
    405: ("Không mở được trang này", "Địa chỉ này không nhận cách gọi vừa dùng.", "Mở trang tra cứu."),
    408: (
        "Gửi tệp quá lâu",
        "Đường truyền chậm nên tệp chưa gửi xong. Tệp không được lưu lại.",
        "Gửi lại khi đường truyền ổn định hơn.",
    ),
    410: (
        "Báo cáo không còn",
        "Báo cáo kiểm tra chỉ được giữ trong ít phút rồi xóa.",
        "Kiểm tra lại tệp để có báo cáo mới.",
    ),
    413: (
        "Tệp quá lớn",
        "Tệp vượt quá dung lượng được nhận. Tệp không được lưu lại.",
        "Kiểm tra tệp tại cơ quan đã cấp, hoặc bằng phần mềm kiểm tra chữ ký số trên máy.",
    ),
    429: (
        "Anh/chị tra cứu quá nhanh",
        "Địa chỉ mạng này đã gửi nhiều yêu cầu trong thời gian ngắn.",
        "Chờ khoảng một phút rồi thử lại. Mã và tệp không bị ảnh hưởng.",
    ),
    500: (
        "Hệ thống gặp lỗi",
        "Phần mềm gặp lỗi khi xử lý yêu cầu. Tệp vừa gửi (nếu có) không được lưu lại.",
        "Thử lại sau ít phút; nếu vẫn lỗi, báo cơ quan quản lý cổng tra cứu.",
    ),
    503: (
        "Hệ thống đang bận",
        "Hiện chưa phục vụ được yêu cầu này. Tệp vừa gửi (nếu có) không được lưu lại.",
        "Chờ khoảng một phút rồi thử lại.",
    ),
}


def wants_page(scope: Scope) -> bool:
    """Tell whether this request is a person's: of the pages, or of an address that is not the API's, in a browser."""
    path = str(scope.get("path", ""))
    if path == "/" or path == ROOT or path.startswith(ROOT + "/"):
        return True
    if path.startswith(_JSON):
        return False
    accept = dict(scope.get("headers", ())).get(b"accept", b"").decode("latin-1")
    return "text/html" in accept


def page(
    title: str, *body: str, status: int = 200, secure: bool = False, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """Return a page with all that protects it; *secure* where it came by HTTPS."""
    told = {**HEADERS, **(headers or {})}
    if secure:
        told["Strict-Transport-Security"] = "max-age=31536000"
    return HTMLResponse("<!doctype html>\n" + _document(title, join(*body)), status, told)


def error_page(status: int, *, advice: Advice | None = None, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """Return the page of an error: what happened and what to do. *advice* says more than the status does."""
    title, happened, todo = _ERRORS.get(status, _ERRORS[500 if status >= 500 else 400])
    if advice is not None:
        happened, todo = f"{advice.happened} {advice.kept}", advice.todo
    back = tag("p", tag("a", "Về trang tra cứu", href=ROOT, class_="button"))
    return page(
        title,
        tag("h1", title),
        tag("div", tag("p", happened), tag("p", tag("strong", "Cần làm: "), todo), class_="box warn", role="alert"),
        back,
        status=status,
        headers=headers,
    )


def _document(title: str, body: Safe) -> Safe:
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light"),
        tag("title", f"{title} – Tra cứu bản sao chứng thực điện tử"),
        tag("link", rel="icon", href="data:,"),
        tag("style", Safe(STYLE)),
    )
    top = tag("header", tag("div", tag("a", "Tra cứu bản sao chứng thực điện tử", href=ROOT), class_="wrap"))
    foot = tag(
        "footer",
        tag(
            "div",
            tag(
                "p",
                "Trang này không dùng cookie và không lưu tệp. Sổ chứng thực chỉ cho biết bản sao nào đã được cấp; tệp "
                "có đúng hay không là do chữ ký số trên tệp chứng minh.",
            ),
            class_="wrap",
        ),
    )
    skip = tag("a", "Đến nội dung chính", href="#noi-dung", class_="skip")
    main = tag("main", body, id="noi-dung", class_="wrap")
    return tag("html", head, tag("body", skip, top, main, foot), lang="vi")
