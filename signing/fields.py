"""Signature fields made before the first signature: after one, a new visible field counts as tampering."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from domain.errors import Advice, BadInput, Refused
from signing.appearance.block import FONT_NAMES, LETTERS_NAME, SEAL_NAME, SignatureBlock
from signing.appearance.embed import embed_font, embed_seal
from signing.appearance.typeface import characters, face

_PRINT_LOCKED = 4 | 128
Box = tuple[float, float, float, float]  # x1, y1, x2, y2 in points of the page's own coordinates


@dataclass(frozen=True)
class FieldPlan:
    """One empty signature field.

    Attributes:
        name: ASCII name, unique in the file.
        page: index from 0; -1 is the last page.
        box: where it shows; None for an invisible field.
        block: what it will show when signed, so that letters and seal are in the file beforehand.
    """

    name: str
    page: int = -1
    box: Box | None = None
    block: SignatureBlock | None = None


def add_signature_fields(pdf: bytes, fields: Sequence[FieldPlan], *, seal_png: bytes | None = None) -> bytes:
    """Return *pdf* with empty signature fields, written anew; its metadata stream stays byte for byte.

    Fonts for the blocks (and the seal image) go into the form's resources: the signatures later only refer to them.

    Raises:
        Refused: *pdf* carries a signature.
        BadInput: it cannot be read, or has forms, scripts, layers or annotations (a reader could be shown other things
            than what was signed).
    """
    with opened(pdf) as document:
        place_fields(document, fields, seal_png=seal_png)
        return saved(document)


@contextmanager
def opened(pdf: bytes) -> Iterator[Pdf]:
    """Yield *pdf* for changes that come before any signature, after :func:`check_plain`."""
    try:
        document = pikepdf.open(io.BytesIO(pdf))
    except pikepdf.PasswordError as error:
        raise BadInput(
            "pdf-encrypted", "PDF is encrypted", Advice("Tệp PDF có mật khẩu nên không ký được.", todo="Bỏ mật khẩu.")
        ) from error
    except pikepdf.PdfError as error:
        raise BadInput(
            "pdf-unusable", "PDF cannot be read", Advice("Tệp PDF bị hỏng nên không ký được.", todo="Tạo lại bản PDF.")
        ) from error
    with document:
        check_plain(document)
        yield document


def check_plain(document: Pdf) -> None:
    """Check that *document* shows everybody the same thing: no signature, form, script, layer or annotation.

    Raises ``Refused`` for a signature, ``BadInput`` for the others.
    """
    root = document.Root
    if any(
        isinstance(item, Dictionary) and item.get(Name.FT) == Name.Sig and Name.V in item for item in document.objects
    ):
        raise Refused(
            "already-signed",
            "PDF carries a signature",
            Advice(
                "Tệp đã có chữ ký số; ghi thêm vào sẽ làm hỏng chữ ký ấy.",
                "Tệp được giữ nguyên.",
                "Dùng bản chưa ký, hoặc lưu tệp này như bản điện tử gốc.",
            ),
        )
    found = ""
    if len(root.get(Name.AcroForm, Dictionary()).get(Name.Fields, Array())) > 0:
        found = "form"
    elif Name.OCProperties in root:
        found = "layers"
    elif Name.OpenAction in root or Name.AA in root or Name.JavaScript in root.get(Name.Names, Dictionary()):
        found = "actions"
    elif any(len(page.obj.get(Name.Annots, Array())) > 0 for page in document.pages):
        found = "annotations"
    if found:
        raise BadInput(
            "pdf-active-content",
            f"PDF has {found}",
            Advice(
                "Tệp PDF có biểu mẫu, chú thích, lớp ẩn hoặc hành động nên không thể ký xác nhận nguyên trạng.",
                todo="Số hóa lại thành PDF/A chỉ gồm trang.",
            ),
        )


def place_fields(
    document: Pdf,
    fields: Sequence[FieldPlan],
    *,
    seal_png: bytes | None = None,
    fonts: dict[str, pikepdf.Object] | None = None,
    letters: frozenset[str] = frozenset(),
) -> None:
    """As :func:`add_signature_fields`, on an open document, with *fonts* made from *letters* if there are any."""
    texts = [line.text for plan in fields if plan.block for line in plan.block.lines]
    if fonts is None:
        letters = characters(texts)
        fonts = form_fonts(document, letters) if texts else {}
    resources = Dictionary()
    if fonts:
        resources[Name.Font] = Dictionary({f"/{name}": font for name, font in fonts.items()})
    if seal_png is not None:
        resources[Name.XObject] = Dictionary({f"/{SEAL_NAME}": embed_seal(document, seal_png)})
    if fonts:
        resources[Name(f"/{LETTERS_NAME}")] = String("".join(sorted(letters)))
    widgets = [_widget(document, plan) for plan in fields]
    document.Root[Name.AcroForm] = document.make_indirect(Dictionary(Fields=Array(widgets), SigFlags=3, DR=resources))
    # PAdES; written now, because a change of the catalog after the first signature is suspect to readers
    document.Root[Name.Extensions] = Dictionary(ESIC=Dictionary(BaseVersion=Name("/1.7"), ExtensionLevel=1))


def form_fonts(document: Pdf, letters: frozenset[str]) -> dict[str, pikepdf.Object]:
    """Embed the regular and the bold font with *letters*; keys are their resource names."""
    return {name: embed_font(document, face(style), letters) for style, name in FONT_NAMES.items()}


def saved(document: Pdf) -> bytes:
    """Return *document* as bytes; streams that were not touched keep their bytes, metadata included."""
    out = io.BytesIO()
    document.save(
        out,
        min_version="1.7",
        fix_metadata_version=False,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )
    return out.getvalue()


def _widget(document: Pdf, plan: FieldPlan) -> pikepdf.Object:
    page = document.pages[plan.page]
    box = plan.box or (0.0, 0.0, 0.0, 0.0)
    widget = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Sig,
        T=String(plan.name),
        F=_PRINT_LOCKED,
        Rect=Array([round(value, 2) for value in box]),
        P=page.obj,
    )
    if plan.box:
        # box and filter are those of the appearance that signing puts here: a verifier sees a field being filled
        left, bottom, right, top = (round(value, 2) for value in plan.box)
        area = Array([0, 0, round(right - left, 2), round(top - bottom, 2)])
        entries = {"Type": Name.XObject, "Subtype": Name.Form, "BBox": area, "Filter": Name.FlateDecode}
        empty = Stream(document, zlib.compress(b""), **entries)
        widget[Name.AP] = Dictionary(N=document.make_indirect(empty))
    reference = document.make_indirect(widget)
    if Name.Annots not in page.obj:
        page.obj[Name.Annots] = Array()
    page.obj.Annots.append(reference)
    return reference
