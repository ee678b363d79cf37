"""The pages of looking a copy up: the form, and what the register says of a code.

What the register says is about the copy that was issued, never about the file in somebody's hand: no page here calls
a file valid, each asks for the file to be checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.certification import VIETNAM
from domain.lookup_code import shown
from pipeline.lookup import CopyLine
from portal.html import Safe, join, tag

CHECK = "/tra-cuu/kiem-tra"
CODE_FIELD, FILE_FIELD = "ma", "tep"
TITLE = "Tra cứu bản sao chứng thực"
NO_SUCH_CODE = "Không có trong sổ"
_SHORT = 16  # hex digits of a digest that people compare


@dataclass(frozen=True)
class State:
    """How a state of the register is told: the word, its colour, and what it means."""

    word: str
    look: str
    meaning: str
    todo: str
    heed: str = "Cần làm"


STATES = {
    "issued": State(
        "ĐÃ CẤP",
        "info",
        "Theo sổ chứng thực, bản sao mang mã này đã được cấp và đến lúc tra cứu chưa bị hủy.",
        "Điều này chưa cho biết tệp anh/chị đang có là đúng: tệp có thể đã bị sửa, hoặc mã được chép sang tệp khác. "
        "Hãy kiểm tra tệp ở bên dưới.",
        heed="Lưu ý",
    ),
    "cancelled": State(
        "ĐÃ HỦY",
        "bad",
        "Bản sao mang mã này đã được cấp, sau đó cơ quan chứng thực đã hủy. Chữ ký số trên tệp có thể vẫn đúng về kỹ "
        "thuật, nhưng bản sao không còn dùng thay cho bản chính.",
        "Không dùng, không tiếp nhận bản sao này. Người có bản chính có thể yêu cầu chứng thực lại.",
    ),
    "voided": State(
        "SỐ BỊ BỎ",
        "bad",
        "Số này đã được giữ cho một lần chứng thực không hoàn thành. Không có bản sao nào được cấp theo mã này.",
        "Tệp mang mã này không phải bản sao chứng thực. Đề nghị liên hệ cơ quan chứng thực.",
    ),
    "reserved": State(
        "CHƯA CẤP",
        "warn",
        "Số này đang được giữ cho một lần chứng thực chưa hoàn thành. Đến lúc tra cứu chưa có bản sao nào được cấp "
        "theo mã này.",
        "Tra cứu lại sau. Trước khi sổ ghi là đã cấp, không dùng tệp mang mã này.",
    ),
}
#: for a state that this page does not know: never better than not issued
_UNCLEAR = State("CHƯA RÕ", "warn", "Không xác định được trạng thái của bản sao.", "Liên hệ cơ quan chứng thực.")


def form_page(most_bytes: int) -> Safe:
    """Return the start page: by code, or by file."""
    return join(
        tag("h1", TITLE),
        tag(
            "p",
            "Tra theo mã in trên bản sao để biết sổ chứng thực ghi gì, hoặc kiểm tra chính tệp PDF đã nhận "
            "để biết chữ ký số có đúng và nội dung có bị sửa hay không.",
        ),
        code_form(),
        file_form(most_bytes),
        _words(),
    )


def code_form(value: str = "", *, fault: bool = False) -> Safe:
    """Return the form for a code; *value* as it was typed, *fault* when it led nowhere."""
    return tag(
        "form",
        tag("h2", "Tra theo mã"),
        tag("label", "Mã tra cứu", for_="o-ma"),
        tag(
            "p",
            "16 chữ và số, in dưới hình vuông QR ở trang cuối bản sao. Không phân biệt chữ hoa, chữ thường; có thể "
            "bỏ dấu gạch nối.",
            id="goi-y-ma",
            class_="hint",
        ),
        tag(
            "input",
            id="o-ma",
            name=CODE_FIELD,
            type="text",
            value=value,
            required=True,
            maxlength="40",
            placeholder="XXXX-XXXX-XXXX-XXXX",
            autocomplete="off",
            autocapitalize="characters",
            spellcheck="false",
            aria_describedby="goi-y-ma",
            aria_invalid="true" if fault else False,
        ),
        tag("button", "Tra cứu", type="submit"),
        class_="panel",
        method="get",
        action="/tra-cuu",
    )


def file_form(most_bytes: int, code: str = "") -> Safe:
    """Return the form for a file; with *code* the file is also compared with the copy that bears it."""
    known = tag("input", type="hidden", name=CODE_FIELD, value=code) if code else Safe("")
    return tag(
        "form",
        tag("h2", "Kiểm tra tệp PDF", id="kiem-tra"),
        known,
        tag("label", "Tệp bản sao chứng thực", for_="o-tep"),
        tag(
            "p",
            f"Tệp PDF gốc đã nhận, tối đa {most_bytes // 2**20} MB; không phải ảnh chụp hay bản in quét lại. Tệp chỉ "
            "dùng để kiểm tra rồi xóa ngay, không được lưu.",
            id="goi-y-tep",
            class_="hint",
        ),
        tag(
            "input",
            id="o-tep",
            name=FILE_FIELD,
            type="file",
            accept=".pdf,application/pdf",
            required=True,
            aria_describedby="goi-y-tep",
        ),
        tag("button", "Kiểm tra tệp", type="submit"),
        class_="panel",
        method="post",
        action=CHECK,
        enctype="multipart/form-data",
    )


def unknown_page(typed: str, most_bytes: int) -> Safe:
    """Return the page for a code that leads nowhere: the same whether it is malformed or in no book."""
    return join(
        tag("h1", NO_SUCH_CODE),
        tag(
            "div",
            tag("b", "KHÔNG TÌM THẤY", class_="word"),
            tag("p", "Sổ chứng thực của hệ thống này không có bản sao nào mang mã đã nhập."),
            tag(
                "p",
                tag("strong", "Cần làm: "),
                "So lại từng ký tự với mã in trên bản sao, hoặc quét lại mã QR. "
                "Nếu mã đúng như in mà vẫn không thấy, không tiếp nhận bản sao khi chưa hỏi cơ quan ghi trên đó.",
            ),
            class_="box warn",
            role="status",
        ),
        code_form(typed[:40], fault=True),
        file_form(most_bytes),
    )


def code_page(line: CopyLine, at: datetime, most_bytes: int) -> Safe:
    """Return what the register says of a copy."""
    state = STATES.get(line.state, _UNCLEAR)
    box = tag(
        "div",
        tag("b", f"Sổ chứng thực ghi: {state.word}", class_="word"),
        tag("p", state.meaning),
        tag("p", tag("strong", f"{state.heed}: "), state.todo),
        class_=f"box {state.look}",
        role="status",
    )
    return join(
        tag("h1", "Kết quả tra cứu theo mã"),
        tag("p", "Mã tra cứu: ", tag("span", shown(line.code), class_="code")),
        test_notice() if line.test else Safe(""),
        box,
        facts(_facts(line)),
        tag("p", f"Tra cứu lúc {moment(at)}.", class_="small"),
        file_form(most_bytes, line.code),
        tag("p", tag("a", "Tra cứu mã khác", href="/tra-cuu"), class_="noprint"),
    )


def test_notice() -> Safe:
    """Return the warning on copies that the test authority signed."""
    return tag(
        "div",
        tag("strong", "BẢN THỬ NGHIỆM. "),
        "Chữ ký do cơ quan chứng thực thử nghiệm của phần mềm tạo ra, không có giá trị pháp lý.",
        class_="test",
    )


def facts(rows: list[tuple[str, str]]) -> Safe:
    """Return a list of names and values."""
    return tag("dl", *(piece for name, value in rows for piece in (tag("dt", name), tag("dd", value))), class_="facts")


def short_digest(sha256: str) -> Safe:
    """Return the beginning of a digest in groups of four, as people compare it."""
    head = sha256[:_SHORT]
    return tag("code", " ".join(head[start : start + 4] for start in range(0, len(head), 4)))


def day(on: date | None) -> str:
    """Return a day as it is written in Việt Nam."""
    return f"{on:%d/%m/%Y}" if on else "-"


def moment(at: datetime) -> str:
    """Return a moment in Vietnamese time."""
    return f"{at.astimezone(VIETNAM):%H:%M:%S ngày %d/%m/%Y} (UTC+7)"


def _facts(line: CopyLine) -> list[tuple[str, str]]:
    rows = [
        ("Cơ quan chứng thực", line.agency),
        ("Số chứng thực", line.number),
        ("Quyển số", line.book),
        ("Ngày chứng thực", day(line.numbered_on)),
    ]
    if line.issued_on and line.issued_on != line.numbered_on:
        rows.append(("Ngày cấp", day(line.issued_on)))
    if line.cancelled_on:
        rows.append(("Ngày hủy", day(line.cancelled_on)))
    if line.pages:
        rows.append(("Số trang bản chính", str(line.pages)))
    if line.digests:
        rows.append(("Mã băm rút gọn", _digests(line.digests)))
    return rows


def _digests(digests: tuple[str, ...]) -> Safe:
    newest, *older = reversed(digests)
    said = "16 chữ số đầu của SHA-256 của tệp đã cấp. Trùng mã băm chưa đủ: vẫn cần kiểm tra chữ ký số của tệp."
    earlier = [
        tag("span", "Trước khi gia hạn dấu thời gian: ", short_digest(digest), class_="note") for digest in older
    ]
    return join(short_digest(newest), *earlier, tag("span", said, class_="note"))


def _words() -> Safe:
    rows = [
        piece for state in STATES.values() for piece in (tag("dt", state.word.capitalize()), tag("dd", state.meaning))
    ]
    file_words = [
        tag("dt", "Đạt"),
        tag("dd", "Tệp đúng là bản đã cấp, chữ ký số được chứng minh và nội dung không bị sửa sau khi ký."),
        tag("dt", "Chưa đủ căn cứ"),
        tag("dd", "Chưa thấy sai, nhưng chưa chứng minh được đủ; trang kết quả nêu còn thiếu gì."),
        tag("dt", "Không đạt"),
        tag("dd", "Chữ ký hoặc nội dung không đúng, hoặc bản sao đã bị hủy: không tiếp nhận tệp."),
    ]
    return tag(
        "section",
        tag("h2", "Kết quả có nghĩa gì"),
        tag("h3", "Tra theo mã: sổ chứng thực ghi gì"),
        tag("dl", *rows, class_="words"),
        tag("h3", "Kiểm tra tệp: tệp có đúng không"),
        tag("dl", *file_words, class_="words"),
    )
