"""The Vietnamese sentences of verification: one for every sub-indication and every code of ours."""

from __future__ import annotations

from signing.verify.model import Indication, Reason

_I, _F = Indication.INDETERMINATE, Indication.FAILED

SUB_INDICATIONS: dict[str, str] = {
    "FORMAT_FAILURE": "Cấu trúc tệp hoặc chữ ký không đúng chuẩn.",
    "HASH_FAILURE": "Nội dung tài liệu không khớp với dữ liệu đã ký: tài liệu đã bị sửa sau khi ký.",
    "SIG_CRYPTO_FAILURE": "Giá trị chữ ký không do khóa của chứng thư này tạo ra.",
    "REVOKED": "Chứng thư đã bị thu hồi trước khi ký.",
    "SIG_CONSTRAINTS_FAILURE": "Chữ ký không đáp ứng yêu cầu của chính sách kiểm tra.",
    "CHAIN_CONSTRAINTS_FAILURE": "Chứng thư không được cấp cho mục đích này.",
    "CERTIFICATE_CHAIN_GENERAL_FAILURE": "Không xác lập được chuỗi chứng thư hợp lệ.",
    "CRYPTO_CONSTRAINTS_FAILURE": (
        "Thuật toán hoặc độ dài khóa không còn được chấp nhận; chứng cứ lấy thêm không làm thay đổi điều này."
    ),
    "EXPIRED": "Chứng thư đã hết hạn trước khi ký.",
    "NOT_YET_VALID": "Thời điểm ký được chứng minh sớm hơn thời điểm chứng thư có hiệu lực.",
    "TIMESTAMP_ORDER_FAILURE": "Thứ tự các dấu thời gian mâu thuẫn với nhau.",
    "NO_SIGNING_CERTIFICATE_FOUND": "Không tìm thấy chứng thư của người ký trong chữ ký.",
    "NO_CERTIFICATE_CHAIN_FOUND": "Không có đường dẫn từ chứng thư này tới gốc nào trong danh sách tin cậy.",
    "REVOKED_NO_POE": "Chứng thư đã bị thu hồi và không chứng minh được chữ ký có trước lúc thu hồi.",
    "REVOKED_CA_NO_POE": "Chứng thư của tổ chức cấp đã bị thu hồi và không chứng minh được chữ ký có trước đó.",
    "OUT_OF_BOUNDS_NO_POE": "Chứng thư không còn (hoặc chưa có) hiệu lực; không chứng minh được đã ký trong thời hạn.",
    "OUT_OF_BOUNDS_NOT_REVOKED": "Chứng thư đã hết hạn; không chứng minh được đã ký trong thời hạn.",
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE": "Thuật toán đã yếu và không chứng minh được chữ ký có trước đó.",
    "REVOCATION_OUT_OF_BOUNDS_NO_POE": "Chứng cứ thu hồi nằm ngoài thời hạn hiệu lực của bên phát hành.",
    "NO_POE": "Thiếu chứng cứ về thời điểm tồn tại của chữ ký hoặc của chứng cứ thu hồi.",
    "TRY_LATER": "Chưa có chứng cứ thu hồi (OCSP, CRL) đủ mới cho chứng thư.",
    "SIGNED_DATA_NOT_FOUND": "Không tìm thấy dữ liệu đã ký.",
    "GENERIC": "Chưa kết luận được.",
}

#: what :func:`reason` can say: code -> indication, sub-indication (EN 319 102-1), message to the reader
CODES: dict[str, tuple[Indication, str, str]] = {
    # whole file
    "no-signature": (_I, "SIGNED_DATA_NOT_FOUND", "Tệp không có chữ ký số nào."),
    "not-pdf": (_I, "SIGNED_DATA_NOT_FOUND", "Tệp không phải là PDF đọc được."),
    "encrypted": (_I, "SIGNED_DATA_NOT_FOUND", "Tệp PDF có mật khẩu nên không đọc được."),
    "too-large": (_I, "SIGNED_DATA_NOT_FOUND", "Tệp vượt giới hạn kích thước."),
    "unreadable": (_I, "SIGNED_DATA_NOT_FOUND", "Không đọc được cấu trúc tệp."),
    "worker-crashed": (_I, "GENERIC", "Tiến trình kiểm tra dừng đột ngột khi đọc tệp này."),
    "worker-timeout": (_I, "GENERIC", "Kiểm tra tệp này quá thời gian cho phép."),
    "worker-memory": (_I, "GENERIC", "Kiểm tra tệp này cần nhiều bộ nhớ hơn mức cho phép."),
    "file-missing": (_I, "SIGNED_DATA_NOT_FOUND", "Không mở được tệp."),
    "structure": (_F, "FORMAT_FAILURE", "Cấu trúc tệp PDF sai chuẩn nên không thể kiểm tra một cách an toàn."),
    "hybrid-xref": (_I, "GENERIC", "Tệp dùng bảng tham chiếu kép: các phần mềm có thể hiển thị khác nhau."),
    "filled-in-later": (
        _F,
        "FORMAT_FAILURE",
        "Phần đã ký trỏ tới dữ liệu chưa có lúc ký; dữ liệu thêm sau làm nội dung khác với khi ký.",
    ),
    "twofold-xref": (
        _I,
        "GENERIC",
        "Một bảng tham chiếu đặt một đối tượng ở hai nơi: các phần mềm có thể hiển thị khác nhau.",
    ),
    "content-outside": (_I, "GENERIC", "Một phần nội dung nằm ở tệp khác, không chữ ký nào bảo vệ."),
    "doubtful-object": (
        _I,
        "FORMAT_FAILURE",
        "Có thành phần sai chuẩn mà các phần mềm có thể hiển thị khác nhau.",
    ),
    "too-many-objects": (_I, "GENERIC", "Tệp có nhiều thành phần hơn mức kiểm tra được."),
    "shared-signature": (_F, "FORMAT_FAILURE", "Một giá trị chữ ký hoặc một tên ô được dùng cho nhiều ô chữ ký."),
    "unreachable-signature": (_I, "GENERIC", "Trong tệp còn dấu vết của một chữ ký không nằm trong biểu mẫu chữ ký."),
    "bytes-after-end": (_F, "FORMAT_FAILURE", "Có dữ liệu nằm sau điểm kết thúc của tệp, không chữ ký nào bảo vệ."),
    "uncovered-change": (_F, "FORMAT_FAILURE", "Phần thêm vào sau chữ ký cuối cùng không chỉ gồm dữ liệu xác minh."),
    "duplicate-end": (_F, "FORMAT_FAILURE", "Tệp chứa phần dữ liệu không thuộc lần lưu nào."),
    # one signature: document
    "coverage": (_F, "FORMAT_FAILURE", "Chữ ký không bao phủ trọn phiên bản tài liệu mà nó thuộc về."),
    "byte-range": (_F, "FORMAT_FAILURE", "Vùng dữ liệu được ký khai báo sai (ByteRange)."),
    "padding": (_I, "FORMAT_FAILURE", "Vùng chứa chữ ký có dữ liệu thừa không được bảo vệ."),
    "changed-after": (_F, "FORMAT_FAILURE", "Tài liệu bị thay đổi trái phép sau chữ ký này."),
    "docmdp": (_F, "FORMAT_FAILURE", "Thay đổi sau khi ký vượt quá quyền mà chữ ký chứng nhận cho phép."),
    "empty-overlay": (_F, "FORMAT_FAILURE", "Sau khi ký có thêm ô chữ ký hiển thị nhưng không có chữ ký."),
    "timestamp-overlay": (_F, "FORMAT_FAILURE", "Dấu thời gian thêm sau khi ký lại có hình hiển thị che trang."),
    "notes-moved": (_F, "FORMAT_FAILURE", "Thứ tự các thành phần đè lên trang bị đổi sau khi ký."),
    "malformed": (_F, "FORMAT_FAILURE", "Không đọc được cấu trúc của chữ ký."),
    "envelope": (_I, "FORMAT_FAILURE", "Phần không được ký trong chữ ký có giá trị bất thường."),
    "sub-filter": (_I, "SIG_CONSTRAINTS_FAILURE", "Kiểu chữ ký này không được hỗ trợ."),
    # one signature: time and certificate
    "time-unproven": (_I, "NO_POE", "Không có dấu thời gian tin cậy chứng minh thời điểm ký."),
    "outside-validity": (_I, "OUT_OF_BOUNDS_NO_POE", "Thời điểm ký được chứng minh nằm ngoài thời hạn chứng thư."),
    "anchor-not-in-force": (_I, "NO_CERTIFICATE_CHAIN_FOUND", "Gốc tin cậy không có hiệu lực vào thời điểm ký."),
    "revocation-conflict": (_I, "REVOKED_NO_POE", "Có chứng cứ cho thấy chứng thư bị thu hồi trước thời điểm ký."),
    "time-in-future": (_I, "TIMESTAMP_ORDER_FAILURE", "Dấu thời gian ở tương lai so với đồng hồ kiểm tra."),
    "time-order": (_I, "TIMESTAMP_ORDER_FAILURE", "Dấu thời gian tài liệu sớm hơn dấu thời gian của chữ ký trước nó."),
    "not-for-signing": (_I, "CHAIN_CONSTRAINTS_FAILURE", "Chứng thư không được cấp để ký văn bản."),
    "not-for-timestamps": (_I, "CHAIN_CONSTRAINTS_FAILURE", "Chứng thư không được cấp để đóng dấu thời gian."),
    "certificate-not-bound": (_I, "SIG_CONSTRAINTS_FAILURE", "Chữ ký PAdES thiếu ràng buộc với chứng thư người ký."),
    "unattached-certificate": (_I, "GENERIC", "Tệp kèm chứng thư hoặc danh sách thu hồi không rõ bên cấp."),
    "damaged-evidence": (_I, "GENERIC", "Chứng thư hoặc chứng cứ thu hồi kèm theo bị hỏng hoặc không thật."),
    # against the register
    "unexpected-signature": (_F, "GENERIC", "Có chữ ký không có trong sổ đăng ký của tài liệu."),
    "missing-signature": (_F, "GENERIC", "Thiếu chữ ký mà sổ đăng ký ghi là phải có."),
    "wrong-role": (_F, "GENERIC", "Vai trò của người ký không đúng với sổ đăng ký."),
    "wrong-certificate": (_F, "GENERIC", "Chứng thư ký không phải chứng thư đã ghi trong sổ đăng ký."),
    "level-lower": (_I, "GENERIC", "Mức chữ ký thấp hơn mức lúc phát hành: tệp có thể đã bị đưa về bản cũ."),
    "not-issued-bytes": (_I, "GENERIC", "Mã băm của tệp khác với bản đã phát hành."),
    # second opinion
    "second-opinion": (_I, "GENERIC", "Bộ kiểm tra thứ hai kết luận khác."),
}


def reason(code: str, detail: str = "") -> Reason:
    """Build the reason with *code*; *detail* (Vietnamese or a technical name, never document text) is appended."""
    indication, sub, message = CODES[code]
    return Reason(code, f"{message} {detail}".strip(), indication, sub)


def ades(indication: Indication, sub_indication: str, code: str, about: str = "") -> Reason:
    """Build the reason for a sub-indication of EN 319 102-1; *about* names the part (signer, timestamp) it is of."""
    text = SUB_INDICATIONS.get(sub_indication, "Chưa kết luận được.")
    return Reason(code, f"{about}: {text}" if about else text, indication, sub_indication)


def plain(text: object, most: int = 200) -> str:
    """Return text taken from a file as an ordinary, printable, bounded string fit for JSON and HTML."""
    clean = "".join(c if c.isprintable() else " " for c in str(text)[:most])
    return clean.encode("utf-8", "replace").decode("utf-8")
