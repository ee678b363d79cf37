"""Forms that are filled in after signing: where the signatures allow it, and where they do not."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, append_signature_field

from signing.verify.model import Level
from tests.signing_verify import raw
from tests.signing_verify.attacks import EVIL, at, attack
from tests.signing_verify.honest import Honest, honest
from tests.signing_verify.making import add_evidence, add_timestamp, base, lta, sign
from tests.signing_verify.pki import good

TEXT = "/Tx BMC q BT /Helv 11 Tf 0 g 2 6 Td (Nguyen Van Thu) Tj ET Q EMC"


def form(
    *,
    lock: FieldMDPSpec | None = None,
    value: str = "",
    box: tuple[int, ...] = (72, 600, 300, 620),
    tick: tuple[int, ...] = (72, 530, 84, 542),
) -> bytes:
    """The base document with text fields HoTen and GhiChu and a tick box DongY; the signature field may lock fields."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(base(fields=()))) as pdf:
        name = pikepdf.Name
        helv = pdf.make_indirect(pikepdf.Dictionary(Type=name.Font, Subtype=name.Type1, BaseFont=name.Helvetica))
        look = pikepdf.Dictionary(Type=name.XObject, Subtype=name.Form, BBox=[0, 0, 12, 12])
        on, off = (pdf.make_indirect(pdf.make_stream(b"q 1 w 1 1 m 11 11 l S Q", look)), pdf.make_stream(b"", look))

        def widget(title: str, rect: Any, **more: Any) -> pikepdf.Object:
            entry = pikepdf.Dictionary(
                Type=name.Annot, Subtype=name.Widget, T=title, F=4, Rect=list(rect), P=pdf.pages[0].obj, **more
            )
            return pdf.make_indirect(entry)

        text = {"FT": name.Tx, "DA": "/Helv 11 Tf 0 g"}
        fields = [
            widget("HoTen", box, V=value, **text),
            widget("GhiChu", (72, 560, 300, 580), V="", **text),
            widget(
                "DongY", tick, FT=name.Btn, V=name.Off, AS=name.Off,
                AP=pikepdf.Dictionary(N=pikepdf.Dictionary(Yes=on, Off=off)),
            ),
        ]  # fmt: skip
        pdf.pages[0].obj.Annots = pikepdf.Array(fields)
        resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=helv))
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(fields), DR=resources, DA="/Helv 11 Tf 0 g")
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    writer = IncrementalPdfFileWriter(io.BytesIO(out.getvalue()))
    for number, title in enumerate(("NguoiChungThuc", "CoQuan")):
        spec = SigFieldSpec(title, box=(60 + 270 * number, 60, 260 + 270 * number, 130))
        if lock is not None and title == "NguoiChungThuc":
            spec = SigFieldSpec(title, box=(60, 60, 260, 130), field_mdp_spec=lock)
        append_signature_field(writer, spec)
    done = io.BytesIO()
    writer.write(done)
    return done.getvalue()


def resolved(item: Any) -> Any:
    return item.get_object()


Change = Callable[[IncrementalPdfFileWriter, generic.DictionaryObject], None]


def fill(
    pdf: bytes,
    title: str = "HoTen",
    *,
    value: str = "Nguyen Van Thu",
    look: str = TEXT,
    also: Change | None = None,
) -> bytes:
    """Fill one field in a revision of its own, its appearance drawn by *look*."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        field = next(f for f in map(resolved, writer.root["/AcroForm"]["/Fields"]) if f["/T"] == title)
        if title == "DongY":
            field[pdf_name("/V")] = field[pdf_name("/AS")] = pdf_name(value)
        else:
            fonts = writer.root["/AcroForm"]["/DR"]["/Font"]
            resources = generic.DictionaryObject({pdf_name("/Font"): generic.DictionaryObject(
                {pdf_name("/Helv"): generic.IndirectObject(fonts.raw_get("/Helv").idnum, 0, writer)})})  # fmt: skip
            stream = generic.StreamObject(
                {
                    pdf_name("/Type"): pdf_name("/XObject"),
                    pdf_name("/Subtype"): pdf_name("/Form"),
                    pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 228, 20))),
                    pdf_name("/Resources"): resources,
                },
                stream_data=look.encode(),
            )
            field[pdf_name("/V")] = pdf_string(value)
            field[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(stream)})
        if also is not None:
            also(writer, field)
        writer.update_container(field)

    return raw.edit(pdf, change)


def certified_form(perm: MDPPerm = MDPPerm.FILL_FORMS, **options: Any) -> bytes:
    """A form certified by the person, with the evidence beside it."""
    g = good()
    pdf = sign(form(**options), g.person, tsa=g.tsa, at=at(), certify=perm)
    return add_evidence(pdf, certs=g.certificates(), crls=g.crls(at()))


def locked_form(lock: FieldMDPSpec) -> bytes:
    """A form signed without certification, its FieldMDP as *lock* says."""
    g = good()
    pdf = sign(form(lock=lock), g.person, tsa=g.tsa, at=at())
    return add_evidence(pdf, certs=g.certificates(), crls=g.crls(at()))


ONLY_NOTE = FieldMDPSpec(FieldMDPAction.INCLUDE, fields=["GhiChu"])


# -- honest ----------------------------------------------------------------------------------------------------------


@honest
def form_filled_after_certifying() -> Honest:
    """DocMDP P=2: nobody signs after the filling."""
    return Honest(fill(certified_form()), Level.B_LT)


@honest
def form_ticked_after_certifying() -> Honest:
    return Honest(fill(certified_form(), "DongY", value="/Yes"), Level.B_LT)


@honest
def form_filled_then_signed() -> Honest:
    """The certifier leaves the form open, the second signer fills it in and signs; all is archived."""
    g = good()
    pdf = fill(certified_form())
    pdf = sign(fill(pdf, "DongY", value="/Yes"), g.agency, field="CoQuan", tsa=g.tsa, at=at(8))
    return Honest(
        add_timestamp(add_evidence(pdf, certs=g.certificates(), crls=g.crls(at(8))), g.tsa, at(7)), Level.B_LTA
    )


@honest
def form_filled_where_fieldmdp_leaves_open() -> Honest:
    return Honest(fill(locked_form(ONLY_NOTE)), Level.B_LT)


@honest
def form_with_annotations_allowed_only_filled() -> Honest:
    return Honest(fill(certified_form(MDPPerm.ANNOTATE)), Level.B_LT)


# -- attacks ---------------------------------------------------------------------------------------------------------


@attack
def form_filled_without_permission() -> bytes:
    """A signature that says nothing of later changes allows none."""
    return fill(lta(good(), at(), pdf=form(), stamp=False))


@attack
def form_filled_though_no_changes() -> bytes:
    return fill(certified_form(MDPPerm.NO_CHANGES))


@attack
def form_filled_where_locked() -> bytes:
    return fill(locked_form(ONLY_NOTE), "GhiChu")


@attack
def form_filled_where_all_locked() -> bytes:
    return fill(locked_form(FieldMDPSpec(FieldMDPAction.ALL)))


@attack
def form_filled_where_second_signature_forbids() -> bytes:
    """The first signature leaves the field open; the second one, made after it, was silent."""
    g = good()
    pdf = sign(locked_form(ONLY_NOTE), g.agency, field="CoQuan", tsa=g.tsa, at=at(8))
    return fill(add_evidence(pdf, certs=g.certificates(), crls=g.crls(at(8))))


@attack
def form_value_changed() -> bytes:
    """What stood in the field was signed over."""
    return fill(certified_form(value="Tran Van Cu"))


@attack
def form_value_changed_between_signatures() -> bytes:
    g = good()
    pdf = sign(fill(certified_form()), g.agency, field="CoQuan", tsa=g.tsa, at=at(8))
    return fill(add_evidence(pdf, certs=g.certificates(), crls=g.crls(at(8))), value="Tran Van Cu")


@attack
def form_fill_paints_over_page() -> bytes:
    return fill(certified_form(), look=f"q 1 1 1 rg 0 0 228 20 re f Q {TEXT}")


@attack
def form_fill_over_whole_page() -> bytes:
    """The field that the author left open is the page."""
    return fill(certified_form(box=(0, 0, 595, 842)))


@attack
def form_fill_moves_field() -> bytes:
    def also(_: IncrementalPdfFileWriter, field: generic.DictionaryObject) -> None:
        field[pdf_name("/Rect")] = generic.ArrayObject(map(generic.NumberObject, (60, 690, 400, 730)))

    return fill(certified_form(), also=also)


@attack
def form_fill_draws_by_font() -> bytes:
    """A Type 3 font whose one letter is a white box."""

    def also(writer: IncrementalPdfFileWriter, field: generic.DictionaryObject) -> None:
        letter = writer.add_object(generic.StreamObject(stream_data=b"1000 0 d0 1 g 0 0 1000 1000 re f"))
        font = generic.DictionaryObject(
            {pdf_name("/Type"): pdf_name("/Font"), pdf_name("/Subtype"): pdf_name("/Type3"),
             pdf_name("/CharProcs"): generic.DictionaryObject({pdf_name("/N"): letter})}
        )  # fmt: skip
        stream = field["/AP"]["/N"]
        stream["/Resources"]["/Font"][pdf_name("/Helv")] = writer.add_object(font)

    return fill(certified_form(), also=also)


@attack
def form_fill_with_script() -> bytes:
    def also(_: IncrementalPdfFileWriter, field: generic.DictionaryObject) -> None:
        action = {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("app.alert(1)")}
        field[pdf_name("/AA")] = generic.DictionaryObject({pdf_name("/K"): generic.DictionaryObject(action)})

    return fill(certified_form(), also=also)


@attack
def form_fill_and_page_changed() -> bytes:
    pdf = fill(certified_form())
    return raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL)})


@attack
def form_tick_with_other_look() -> bytes:
    """The box is ticked, and the look of "ticked" is another one."""

    def also(writer: IncrementalPdfFileWriter, field: generic.DictionaryObject) -> None:
        states = field["/AP"]["/N"]
        states[pdf_name("/Yes")] = writer.add_object(generic.StreamObject(stream_data=b"1 g 0 0 12 12 re f"))

    return fill(certified_form(), "DongY", value="/Yes", also=also)


@attack
def form_tick_over_text() -> bytes:
    """The box to be ticked lies over a line of the page, and its look when ticked was prepared to cover it."""
    return fill(certified_form(tick=(60, 690, 400, 730)), "DongY", value="/Yes")


@attack
def form_look_without_value() -> bytes:
    """The field shows a name and holds none."""
    return fill(certified_form(), value="")


@attack
def form_fonts_changed() -> bytes:
    """All fields take another look at once."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        acro = writer.root["/AcroForm"]
        names = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/ZapfDingbats"}
        other = generic.DictionaryObject({pdf_name(key): pdf_name(value) for key, value in names.items()})
        acro["/DR"]["/Font"][pdf_name("/Helv")] = writer.add_object(other)
        acro[pdf_name("/NeedAppearances")] = generic.BooleanObject(True)
        writer.update_container(acro)

    return raw.edit(certified_form(value="Tran Van Cu"), change)
