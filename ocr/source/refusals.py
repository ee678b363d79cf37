"""The refusals of this room: one constructor, one Vietnamese advice per stable code."""

from __future__ import annotations

from typing import Literal

from domain.errors import Advice, BadInput

Code = Literal[
    "empty", "wrong-type", "corrupt", "encrypted", "too-large", "too-many-pages", "too-many-pixels", "unsupported-image"
]

_KEPT = "Tệp gốc được giữ nguyên."

_ADVICE: dict[Code, Advice] = {
    "empty": Advice("Tệp rỗng, không có nội dung.", _KEPT, "Quét hoặc gửi lại tài liệu."),
    "wrong-type": Advice(
        "Nội dung tệp không phải PDF, TIFF, JPEG hoặc PNG.",
        _KEPT,
        "Chuyển tài liệu sang PDF hoặc ảnh quét rồi gửi lại.",
    ),
    "corrupt": Advice(
        "Tệp bị hỏng hoặc thiếu dữ liệu, không đọc được.",
        _KEPT,
        "Kiểm tra tệp ở nguồn, quét lại hoặc gửi lại tài liệu.",
    ),
    "encrypted": Advice(
        "Tệp PDF được bảo vệ bằng mật khẩu, không mở được.", _KEPT, "Gỡ mật khẩu khỏi tệp tại nơi lập tệp rồi gửi lại."
    ),
    "too-large": Advice(
        "Dung lượng tệp vượt giới hạn cho phép.",
        _KEPT,
        "Chia nhỏ tệp, hoặc đề nghị quản trị hệ thống nâng giới hạn dung lượng.",
    ),
    "too-many-pages": Advice(
        "Số trang của tệp vượt giới hạn cho phép.",
        _KEPT,
        "Chia tệp thành nhiều tệp nhỏ hơn, hoặc đề nghị quản trị hệ thống nâng giới hạn số trang.",
    ),
    "too-many-pixels": Advice(
        "Kích thước ảnh của một trang vượt giới hạn cho phép.",
        _KEPT,
        "Quét lại ở độ phân giải 300 dpi, hoặc đề nghị quản trị hệ thống nâng giới hạn điểm ảnh.",
    ),
    "unsupported-image": Advice(
        "Tệp dùng kiểu ảnh mà hệ thống không đọc được.",
        _KEPT,
        "Xuất lại tài liệu thành PDF, TIFF, JPEG hoặc PNG thông dụng.",
    ),
}


def refusal(code: Code, log_message: str) -> BadInput:
    """Return the error to raise for *code*; *log_message* (English) must hold no document text."""
    return BadInput(code, log_message, _ADVICE[code])
