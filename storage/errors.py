"""Errors of the storage room, each with what the officer should know. None of them holds content or a number."""

from __future__ import annotations

from domain.errors import Advice, SohoaError, Unavailable


class FixityError(SohoaError):
    """Stored bytes no longer have the digest they were stored under; they must not be used."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(
            "fixity",
            f"blob {expected} now hashes to {found}",
            Advice(
                "Dữ liệu lưu trong kho không còn khớp mã băm lúc lưu.",
                "Hệ thống không sử dụng dữ liệu đã sai lệch.",
                "Báo quản trị kho để khôi phục từ bản sao dự phòng.",
            ),
        )
        self.expected = expected
        self.found = found


class BlobMissing(SohoaError):
    """The catalogue names a blob that the object store does not hold."""

    def __init__(self, sha256: str) -> None:
        super().__init__(
            "blob-missing",
            f"blob {sha256} is not in the object store",
            Advice(
                "Không tìm thấy dữ liệu của tài liệu trong kho đối tượng.",
                "Bản ghi danh mục vẫn còn.",
                "Báo quản trị kho để khôi phục từ bản sao dự phòng.",
            ),
        )
        self.sha256 = sha256


class DocumentUnknown(SohoaError):
    """No document has this id (or it has no object in the role asked for)."""

    def __init__(self, document_id: str, role: str = "") -> None:
        what = f"document {document_id} has no object in role {role}" if role else f"no document {document_id}"
        super().__init__(
            "document-unknown",
            what,
            Advice(
                "Không có tài liệu này trong kho.",
                "Không có gì bị thay đổi.",
                "Kiểm tra lại mã tài liệu hoặc tìm bằng chức năng tra cứu.",
            ),
        )


class ObjectDamaged(SohoaError):
    """What stands under a key is not what was put there, and says so itself (encryption at rest)."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "object-damaged",
            why,
            Advice(
                "Một tệp trong kho (đã mã hóa) bị thay đổi, bị hỏng, hoặc thiếu khóa giải mã.",
                "Tệp được để nguyên như đang có.",
                "Báo quản trị kho: kiểm tra tệp khóa, chạy `sohoa scrub` để khôi phục từ bản sao.",
            ),
        )


def store_unavailable(act: str, cause: BaseException) -> Unavailable:
    """Return the error for an object store that failed during *act*; raise it ``from cause``."""
    code = getattr(cause, "code", "") or getattr(cause, "errno", "") or ""
    return Unavailable(
        "store-unavailable",
        f"object store failed during {act}: {type(cause).__name__} {code}".rstrip(),
        Advice(
            "Kho đối tượng không phản hồi hoặc báo lỗi.",
            "Những gì đã được báo là lưu xong vẫn còn nguyên.",
            "Chờ ít phút rồi làm lại; nếu vẫn lỗi, báo quản trị hệ thống.",
        ),
    )


def catalogue_unavailable(cause: BaseException) -> Unavailable:
    """Return the error for a database that did not answer; raise it ``from cause``."""
    return Unavailable(
        "catalogue-unavailable",
        f"catalogue database failed: {type(cause).__name__}",
        Advice(
            "Cơ sở dữ liệu danh mục không phản hồi.",
            "Giao dịch dang dở đã được huỷ, không có gì bị ghi một nửa.",
            "Chờ ít phút rồi làm lại; nếu vẫn lỗi, báo quản trị hệ thống.",
        ),
    )
