"""The report for people as one HTML page in Vietnamese: a view of the JSON report, nothing is decided here."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from domain.certification import VIETNAM
from signing.verify.model import DocumentVerdict, Indication, PagePictures, SignatureVerdict, TimestampVerdict
from signing.verify.report import COVERAGE, NOTHING, ROLES, About, document_integrity, to_dict, worst_indication

_STYLE = """
:root{--ok:#12663a;--warn:#8a5a00;--bad:#a11b1b;--line:#d7dbe0;--soft:#f5f7f9}
*{box-sizing:border-box}body{font:16px/1.5 "Noto Sans","DejaVu Sans",Arial,sans-serif;color:#1b1f24;margin:0 auto;
max-width:60rem;padding:1.5rem}h1{font-size:1.35rem;margin:0 0 .2rem}h2{font-size:1.1rem;margin:2rem 0 .5rem;
border-bottom:2px solid var(--line);padding-bottom:.2rem}h3{font-size:1rem;margin:0}p{margin:.3rem 0}
.verdict{border:2px solid;border-left-width:.7rem;border-radius:.4rem;padding:.8rem 1rem;margin:1rem 0}
.verdict b{font-size:1.6rem;display:block}.PASSED{color:var(--ok)}
.INDETERMINATE{color:var(--warn)}.FAILED{color:var(--bad)}
.verdict p,.verdict li{color:#1b1f24}table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{border:1px solid var(--line);padding:.35rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:var(--soft);font-weight:600;width:13rem}thead th{width:auto}
.card{border:1px solid var(--line);border-radius:.4rem;margin:.8rem 0;overflow:hidden}
.card header{display:flex;gap:.8rem;justify-content:space-between;background:var(--soft);
padding:.5rem .8rem;flex-wrap:wrap}
.tag{font-weight:700}code{font-size:.85em;overflow-wrap:anywhere}ul{margin:.3rem 0;padding-left:1.3rem}
.small{color:#57606a;font-size:.85rem}.card table{border:0}.card td,.card th{border-width:1px 0 0 0}
.pairs figure{margin:.8rem 0}.pairs div{display:flex;gap:1rem}.pairs img{width:calc(50% - .5rem);height:auto;
border:1px solid var(--line)}
@media print{body{max-width:none;padding:0}.card,.verdict,tr{break-inside:avoid}}
@media(max-width:40rem){th{width:8.5rem}body{padding:.8rem}.wide{overflow-x:auto}}
"""


def to_html(verdict: DocumentVerdict, about: About = NOTHING, *, pictures: Sequence[PagePictures] = ()) -> str:
    """Return the report as one HTML page without outside resources; everything from the file is escaped.

    *pictures* of pages before and after forbidden changes stand in it as data.
    """
    name = html.escape(about.file_name or "(không tên)")
    head = [
        "<!doctype html><html lang=vi><head><meta charset=utf-8>",
        '<meta name=viewport content="width=device-width,initial-scale=1">',
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none';style-src 'unsafe-inline';"
        'img-src data:">',
        f"<title>Báo cáo kiểm tra chữ ký số: {name}</title><style>{_STYLE}</style></head><body>",
        f"<h1>Báo cáo kiểm tra chữ ký số</h1><p class=small>{name}</p>",
    ]
    return "".join([*head, report_body(verdict, about, pictures=pictures), "</body></html>"])


def report_body(verdict: DocumentVerdict, about: About = NOTHING, *, pictures: Sequence[PagePictures] = ()) -> str:
    """Return what stands between heading and end of the report, for a page with a frame and style of its own."""
    data = to_dict(verdict, about)
    e = html.escape
    name = about.file_name or "(không tên)"
    parts = [
        _verdict_box(verdict),
        _register_table(about.register),
        _needed(verdict),
        "<h2>Tệp và điều kiện kiểm tra</h2>",
        _table(
            [
                ("Tệp", e(name)),
                ("Kích thước", f"{verdict.size:,} byte".replace(",", ".") + f", {verdict.pages} trang"),
                ("SHA-256", _code(verdict.sha256)),
                ("Thời điểm kiểm tra", _when(verdict.verified_at)),
                ("Mã báo cáo", e(about.report_id or "-")),
                ("Chính sách", f"{e(data['policy']['id'])} {_code(data['policy']['sha256'])}"),
                ("Danh sách tin cậy", f"{e(verdict.trust_name or '-')} {_code(verdict.trust_version)}"),
                ("Chế độ", "trực tuyến (chỉ máy chủ cho phép)" if verdict.online else "ngoại tuyến"),
                ("Công cụ", e(about.tool)),
            ]
        ),
    ]
    if verdict.signatures:
        parts.append("<h2>Chữ ký</h2>")
        parts += [_signature_card(number, s) for number, s in enumerate(verdict.signatures, start=1)]
    if verdict.timestamps:
        parts.append("<h2>Dấu thời gian tài liệu</h2>")
        parts += [_stamp_card(t) for t in verdict.timestamps]
    if verdict.revisions:
        rows = [
            (
                str(r.number),
                f"{r.start}-{r.end}",
                e(r.changes) if r.allowed else f"<span class=FAILED>{e(r.changes)}</span>",
                e(", ".join(r.signed_by)) or "-",
                str(r.objects),
            )
            for r in verdict.revisions
        ]
        heads = ("Phiên bản", "Vùng byte", "Nội dung thay đổi", "Ô chữ ký", "Đối tượng")
        parts += ["<h2>Các phiên bản của tệp</h2>", _grid(heads, rows)]
        spans = ", ".join(f"{a}-{b} ({b - a} byte)" for a, b in verdict.uncovered)
        parts.append(f"<p>Dữ liệu không được chữ ký nào bao phủ: {spans or 'không có'}.</p>")
    parts.append(_picture_pairs(pictures))
    if verdict.evidence:
        rows = [
            (e(v.kind), e(v.producer) or "-", _when(v.this_update), _when(v.next_update), e(_ORIGIN.get(v.origin, "")))
            for v in verdict.evidence
        ]
        heads = ("Loại", "Bên phát hành", "Phát hành lúc", "Hiệu lực đến", "Nguồn")
        parts += ["<h2>Chứng cứ thu hồi đã có</h2>", _grid(heads, rows)]
    parts += ["<h2>Kiểm tra khác</h2>", _table(_other(verdict, about.pdfa))]
    parts.append("<h2>Giới hạn của báo cáo</h2><ul>")
    parts += [f"<li>{e(limit)}</li>" for limit in data["limits"]]
    parts.append("</ul>")
    return "".join(parts)


def _needed(verdict: DocumentVerdict) -> str:
    """What the auditor must fetch before an open verdict can be concluded."""
    items = "".join(f"<li>{html.escape(n.vietnamese)}</li>" for n in verdict.needed)
    return f"<h2>Cần lấy thêm để kết luận được</h2><ul>{items}</ul>" if items else ""


_ORIGIN = {"document": "trong tệp", "trust-store": "thư mục tin cậy", "fetched": "lấy trực tuyến"}


def _verdict_box(verdict: DocumentVerdict) -> str:
    e = html.escape
    if verdict.indication is Indication.PASSED:
        why = "Mọi chữ ký và dấu thời gian đều được chứng minh; tài liệu không bị thay đổi sau khi ký."
        items = f"<p>{why}</p>"
    else:
        items = "<ul>" + "".join(f"<li>{e(r.message)} <code>{e(r.code)}</code></li>" for r in verdict.reasons) + "</ul>"
    sub = f" / {e(verdict.sub_indication)}" if verdict.sub_indication else ""
    crypto = worst_indication(s.cryptographic for s in verdict.signatures)
    split = ""
    if verdict.signatures:
        split = (
            f"<p>Phần mật mã và chứng thư: <span class='tag {crypto.value}'>{crypto.vietnamese}</span>. "
            f"Phần toàn vẹn tài liệu: <span class='tag {document_integrity(verdict).value}'>"
            f"{document_integrity(verdict).vietnamese}</span>.</p>"
        )
    return (
        f"<section class='verdict {verdict.indication.value}'><b>{e(verdict.vietnamese)}</b>"
        f"<p class=small>{verdict.indication.total}{sub}</p>{split}{items}</section>"
    )


def _picture_pairs(pictures: Sequence[PagePictures]) -> str:
    if not pictures:
        return ""

    def shown(png: bytes, alt: str) -> str:
        data = base64.b64encode(png).decode()
        return f'<img alt="{alt}" src="data:image/png;base64,{data}">' if png else "<p>không có trang này</p>"

    rows = "".join(
        f"<figure><figcaption>Trang {p.page}, trước và sau phiên bản {p.revision}</figcaption><div>"
        f"{shown(p.before, 'trước')}{shown(p.after, 'sau')}</div></figure>"
        for p in pictures
    )
    return f"<h2>Trang bị thay đổi trái phép</h2><div class=pairs>{rows}</div>"


def _register_table(register: Mapping[str, str] | None) -> str:
    if register is None or not register.get("indication"):
        return ""
    e, found = html.escape, Indication(register["indication"])
    rows = [("Kết quả", f"{_tag(found)} {e(register['message'])} {_code(register['code'])}")]
    if register.get("number"):
        rows += [
            ("Số chứng thực", f"{e(register['number'])}, quyển số {e(register['book'])}"),
            ("Ngày cấp", e(register["issued_on"])),
            ("Cơ quan", e(register["agency"])),
            ("Mức chữ ký", f"khi cấp {e(register['level_issued'] or '-')}, nay {e(register['level_reached'])}"),
        ]
    return f"<h2>Đối chiếu sổ chứng thực</h2>{_table(rows)}"


def _signature_card(number: int, s: SignatureVerdict) -> str:
    e = html.escape
    who = (s.signer.common_name or s.signer.organisation) if s.signer else "không rõ người ký"
    rows = [
        ("Kết luận", f"{e(s.indication.vietnamese)} ({s.indication.total} {e(s.sub_indication)})"),
        ("Mật mã và chứng thư", _tag(s.cryptographic)),
        ("Toàn vẹn tài liệu", _tag(s.integrity)),
        ("Ô chữ ký", f"{e(s.field)}, {'hiển thị' if s.visible else 'không hiển thị'}"),
        ("Vai trò theo gốc tin cậy", e(ROLES.get(s.role, s.role))),
    ]
    if s.signer is not None:
        rows += [
            ("Tổ chức", e(s.signer.organisation) or "-"),
            ("Chứng thư do", e(s.signer.issuer) or "-"),
            ("Số chứng thư", _code(s.signer.serial)),
            ("SHA-256 chứng thư", _code(s.signer.sha256)),
            ("Hiệu lực chứng thư", f"{_when(s.signer.valid_from)} đến {_when(s.signer.valid_until)}"),
        ]
    rows += [
        ("Thuật toán", e(s.algorithm)),
        ("Thời điểm ký tự khai", _when(s.claimed_time)),
        ("Thời điểm được chứng minh", f"{_when(s.proven_time)}{', bởi ' + e(s.proven_by) if s.proven_by else ''}"),
        ("Mức đạt được", str(s.level)),
        ("Danh sách tin cậy lúc ký", _code(s.trust_at_signing) if s.trust_at_signing else "không có lịch sử"),
        ("Phạm vi", f"{COVERAGE.get(s.coverage, '')}; {s.covered_bytes} byte; {_code(s.covered_sha256)}"),
    ]
    if s.reasons:
        rows.append(("Lý do", "<ul>" + "".join(f"<li>{e(r.message)}</li>" for r in s.reasons) + "</ul>"))
    head = f"<h3>{number}. {e(who)}</h3><span class='tag {s.indication.value}'>{e(s.indication.vietnamese)}</span>"
    return f"<article class=card><header>{head}</header>{_table(rows)}</article>"


def _stamp_card(t: TimestampVerdict) -> str:
    e = html.escape
    who = (t.authority.common_name or t.authority.organisation) if t.authority else "không rõ"
    rows = [
        ("Thời điểm", _when(t.time)),
        ("Chính sách TSA", _code(t.policy)),
        ("Chứng thư TSA đến", _when(t.authority.valid_until if t.authority else None)),
        ("Phiên bản", str(t.revision + 1)),
    ]
    if t.reasons:
        rows.append(("Lý do", "<ul>" + "".join(f"<li>{e(r.message)}</li>" for r in t.reasons) + "</ul>"))
    head = f"<h3>{e(who)}</h3><span class='tag {t.indication.value}'>{e(t.indication.vietnamese)}</span>"
    return f"<article class=card><header>{head}</header>{_table(rows)}</article>"


def _other(verdict: DocumentVerdict, pdfa: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    content = verdict.content
    broken = pdfa is not None and pdfa["result"] == "not-conforming"
    told = html.escape(pdfa["message"]) if pdfa is not None else "không kiểm tra"
    return [
        ("PDF/A", f"<b class=FAILED>{told}</b>" if broken else told),
        ("Mã kịch bản", "<b class=FAILED>có</b>" if content.scripts else "không thấy"),
        ("Tệp đính kèm", str(content.attachments) if content.attachments else "không thấy"),
        ("Ô biểu mẫu", str(content.form_fields)),
        ("Lớp hiển thị", "có" if content.layers else "không thấy"),
        ("Biểu mẫu động (XFA)", "<b class=FAILED>có</b>" if content.dynamic_form else "không thấy"),
        ("Bộ kiểm tra thứ hai", html.escape(verdict.second_opinion) or "không dùng"),
    ]


def _tag(indication: Indication) -> str:
    return f"<span class='tag {indication.value}'>{html.escape(indication.vietnamese)}</span>"


def _table(rows: Sequence[tuple[str, str]]) -> str:
    return "<table>" + "".join(f"<tr><th>{html.escape(k)}</th><td>{v}</td></tr>" for k, v in rows) + "</table>"


def _grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(h)}</th>" for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class=wide><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _code(text: str) -> str:
    return f"<code>{html.escape(text)}</code>" if text else "-"


def _when(moment: datetime | None) -> str:
    if moment is None:
        return "-"
    utc = moment.astimezone(UTC)
    return f"{utc.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S} (UTC+7)"
