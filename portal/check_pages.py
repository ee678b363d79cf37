"""The page on a file that a stranger had checked: the verdict in words first, everything technical below.

Decides nothing: the words come from the verifier and from the register, and the whole is never better than either.
"""

from __future__ import annotations

from domain.lookup_code import shown
from pipeline.check_desk import Checked
from pipeline.verify import about
from portal.html import Safe, join, tag
from portal.lookup_pages import facts, file_form, moment, short_digest, test_notice
from signing.verify.model import DocumentVerdict, Indication, Reason, SignatureVerdict, Status
from signing.verify.report import ROLES
from signing.verify.report_html import report_body

_MOST = 30  # signatures, and reasons of each, told in words
_SIGNED = {
    Indication.PASSED: "Mọi chữ ký số và dấu thời gian đều được chứng minh; nội dung không bị sửa sau khi ký.",
    Indication.INDETERMINATE: "Chưa chứng minh được đủ về chữ ký số của tệp. Lý do:",
    Indication.FAILED: "Chữ ký số hoặc nội dung của tệp không đúng. Lý do:",
}


def whole(checked: Checked, other_code: bool = False) -> tuple[Indication, str, str]:
    """Return the word on the whole, as colour, word and sentence: never better than verifier or register.

    *other_code*: the file is not the copy that bears the code from whose page it was sent.
    """
    verdict, register = checked.verdict, checked.register
    if verdict.status is Status.UNREADABLE:
        return Indication.FAILED, verdict.vietnamese, "Không đọc được tệp này nên không tiếp nhận được."
    found = [verdict.indication] + ([Indication(register.indication)] if register.indication else [])
    worst = max(found, key=lambda indication: indication.severity)
    if worst is Indication.FAILED:
        return worst, worst.vietnamese, "Không tiếp nhận tệp này."
    if worst is Indication.INDETERMINATE:
        return worst, worst.vietnamese, "Chưa kết luận được tệp là đúng; xem lý do bên dưới."
    if register.code != "copy-issued":
        sentence = "Chữ ký số của tệp đạt, nhưng sổ chứng thực của hệ thống này không có tệp này."
        return Indication.INDETERMINATE, "KHÔNG PHẢI BẢN SAO CHỨNG THỰC CỦA HỆ THỐNG NÀY", sentence
    if other_code:
        sentence = "Tệp là một bản sao đã cấp, nhưng không phải bản sao mang mã vừa tra."
        return Indication.INDETERMINATE, "BẢN SAO KHÁC", sentence
    sentence = "Tệp đúng là bản sao chứng thực đã cấp, chưa bị hủy đến lúc kiểm tra; chữ ký số được chứng minh."
    return worst, f"{worst.vietnamese} (BẢN THỬ NGHIỆM)" if checked.test else worst.vietnamese, sentence


def check_page(
    checked: Checked, name: str, most_bytes: int, *, code: str = "", other_code: bool = False, report: str = ""
) -> Safe:
    """Return the page; *report* is the address under which the report is to be had for some minutes.

    *code* is that of the page from which the file was sent; *other_code* whether the file is another copy than that.
    """
    verdict = checked.verdict
    look, word, sentence = whole(checked, other_code)
    download = tag("p", tag("a", "Tải báo cáo kiểm tra (PDF)", href=report, class_="button"), class_="noprint")
    return join(
        tag("h1", "Kết quả kiểm tra tệp"),
        tag("p", "Tệp: ", tag("strong", name or "(không tên)")),
        test_notice() if checked.test else Safe(""),
        tag("div", tag("b", word, class_="word"), tag("p", sentence), class_=f"box {look}", role="status"),
        download if report else Safe(""),
        _signed(verdict),
        _registered(checked, code, other_code),
        *_signatures(verdict),
        facts(
            [
                ("Kích thước", f"{verdict.size:,} byte".replace(",", ".") + f", {verdict.pages} trang"),
                ("Mã băm rút gọn", short_digest(verdict.sha256) if verdict.sha256 else "-"),
                ("Kiểm tra lúc", moment(verdict.verified_at)),
            ]
        ),
        _technical(checked, name),
        tag("p", "Tệp đã được xóa sau khi kiểm tra, không lưu lại.", class_="small"),
        file_form(most_bytes, code),
        tag("p", tag("a", "Về trang tra cứu", href="/tra-cuu"), class_="noprint"),
    )


def _signed(verdict: DocumentVerdict) -> Safe:
    if verdict.status is Status.UNREADABLE:
        said, title = "Lý do:", "1. Chữ ký số: không đọc được tệp"
    else:
        said, title = _SIGNED[verdict.indication], f"1. Chữ ký số trong tệp: {verdict.indication.vietnamese}"
    reasons = () if verdict.indication is Indication.PASSED else verdict.reasons
    return tag("div", tag("h2", title), tag("p", said), _reasons(reasons), class_=f"box {verdict.indication.value}")


def _registered(checked: Checked, code: str, other_code: bool) -> Safe:
    register = checked.register
    if not register.indication:
        title = "2. Đối chiếu sổ chứng thực: không có tệp này"
        said = tag(
            "p",
            "Tệp không phải bản sao chứng thực do hệ thống này cấp. Nếu trên tệp có lời chứng của một cơ quan dùng hệ "
            "thống này, không tiếp nhận tệp khi chưa hỏi cơ quan đó.",
        )
        return tag("div", tag("h2", title), said, class_="box INDETERMINATE")
    found = Indication(register.indication)
    parts = [tag("p", f"Sổ chứng thực: {register.message}.")]
    if other_code:
        parts.append(tag("p", tag("strong", f"Tệp này không phải bản sao mang mã {shown(code)}.")))
    if register.number:
        parts.append(
            facts(
                [
                    ("Cơ quan chứng thực", checked.agency),
                    ("Số chứng thực", register.number),
                    ("Quyển số", register.book),
                    ("Ngày cấp", register.issued_on),
                ]
            )
        )
    title = f"2. Đối chiếu sổ chứng thực: {found.vietnamese}"
    look = Indication.INDETERMINATE if other_code and found is Indication.PASSED else found
    return tag("div", tag("h2", title), *parts, class_=f"box {look.value}")


def _signatures(verdict: DocumentVerdict) -> list[Safe]:
    if not verdict.signatures:
        return []
    cards = [_card(number, one) for number, one in enumerate(verdict.signatures[:_MOST], 1)]
    if len(verdict.signatures) > _MOST:
        cards.append(tag("p", f"... và {len(verdict.signatures) - _MOST} chữ ký khác."))
    return [tag("h2", "Từng chữ ký"), *cards]


def _card(number: int, one: SignatureVerdict) -> Safe:
    who = (one.signer.common_name or one.signer.organisation) if one.signer else "không rõ người ký"
    proven = f"{moment(one.proven_time)}, có dấu thời gian chứng minh" if one.proven_time else ""
    claimed = f"{moment(one.claimed_time)}, do máy ký tự khai" if one.claimed_time else "không rõ"
    rows: list[tuple[str, str]] = [
        ("Ký với vai trò", ROLES.get(one.role, one.role)),
        ("Thời điểm ký", proven or claimed),
        ("Nội dung sau khi ký", _INTACT[one.integrity]),
    ]
    if one.signer is not None and one.signer.issuer:
        rows.append(("Chứng thư do", one.signer.issuer))
    if one.reasons and one.indication is not Indication.PASSED:
        rows.append(("Lý do", _reasons(one.reasons)))
    word = tag("span", one.indication.vietnamese, class_=f"tag {one.indication.value}")
    head = tag("header", tag("h3", f"{number}. {who}"), word)
    return tag("article", head, facts(rows), class_="card")


_INTACT = {
    Indication.PASSED: "không bị sửa",
    Indication.INDETERMINATE: "chưa chứng minh được là không bị sửa",
    Indication.FAILED: "ĐÃ BỊ SỬA hoặc không đúng dữ liệu đã ký",
}


def _reasons(reasons: tuple[Reason, ...]) -> Safe:
    told = list(dict.fromkeys(reason.message for reason in reasons if reason.indication is not Indication.PASSED))
    return tag("ul", *(tag("li", message) for message in told[:_MOST])) if told else Safe("")


def _technical(checked: Checked, name: str) -> Safe:
    if checked.large:
        return Safe("")
    asked = checked.register.shape() if checked.register.indication else None
    body = report_body(checked.verdict, about(name, asked, checked.pdfa), pictures=checked.pictures)
    return tag("details", tag("summary", "Chi tiết kỹ thuật"), tag("div", Safe(body), class_="report"))
