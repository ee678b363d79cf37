"""Filling in form fields after a signature: only where the signatures say that it may be done.

A certification signature with DocMDP permission 2 or 3, or a signature with FieldMDP that leaves the field open
(ISO 32000-1, 12.8.2.2 and 12.8.2.4), allows a field to be filled in. Who was silent allowed nothing here. And filling
means that a field which was empty gets a value and an appearance of nothing but text in its own box: a value that was
signed over stays, and nothing is painted over the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.sign.diff_analysis import (
    FieldComparisonContext,
    FieldComparisonSpec,
    FormUpdate,
    FormUpdatingRule,
    GenericFieldModificationRule,
    ModificationLevel,
    SuspiciousModification,
)

from signing.verify.words import plain

MayFill = Callable[[int, int, str], bool]  # (state compared with, later revision, full name of the field)
NOBODY: MayFill = lambda base, later, name: False  # noqa: E731
LARGEST_BOX = 125_000.0  # square points: a quarter of A4. A field over a whole page is a page, not a field
LARGEST_TICK = 900.0  # square points, a box of a centimetre: its look when ticked was drawn before and may paint
_READ_ONLY = 1  # field flag 1 (ISO 32000-1, table 221)
_VALUE_KEYS = frozenset({"/V", "/AP", "/AS"})
_TEXT_OPERATORS = frozenset(
    {"q", "Q", "cm", "re", "W", "W*", "n", "BMC", "BDC", "EMC", "g", "rg", "k", "G", "RG", "K"}
    | {"BT", "ET", "Tf", "Td", "TD", "Tm", "T*", "Tj", "TJ", "'", '"', "Tc", "Tw", "Tz", "TL", "Ts"}
)
_TOKEN = re.compile(
    rb"\s+|%[^\r\n]*|\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>|/[^\s<>\[\]()/%{}]*|[-+.0-9]+|<<|>>|\[|\]"
    rb"|(?P<operator>[A-Za-z'\"*]+)",
    re.DOTALL,
)
_FORM_KEYS = frozenset(
    {"/Type", "/Subtype", "/FormType", "/BBox", "/Matrix", "/Resources", "/Length", "/Filter", "/DecodeParms"}
)


@dataclass(frozen=True)
class Permission:
    """What one signature says of later changes. ``docmdp`` is 1, 2, 3 or None; ``locked`` is None without FieldMDP."""

    revision: int
    docmdp: int | None
    locked: Callable[[str], bool] | None

    @classmethod
    def of(cls, embedded: Any) -> Permission:
        """Read it from a signature of pyHanko's; what cannot be read forbids everything."""
        try:
            # only what stands in the signature itself: a field's /Lock is not signed by it
            level = embedded.docmdp_level if "/Reference" in embedded.sig_object else None
            lock = embedded.fieldmdp
            return cls(embedded.signed_revision, level.value if level else None, lock.is_locked if lock else None)
        except Exception:  # hostile dictionaries raise anything
            return cls(embedded.signed_revision, 1, None)


def permitted(signatures: Sequence[Permission]) -> MayFill:
    """Return the rule that *signatures* (not document timestamps) make together.

    Only the first signature of a file can certify it (ISO 32000-1, 12.8.2.2): a later one's permission gives nothing.
    """
    first = min((one.revision for one in signatures), default=0)

    def may_fill(base: int, later: int, name: str) -> bool:
        in_force = [one for one in signatures if one.revision < later]
        if any(one.docmdp == 1 or (one.locked is not None and one.locked(name)) for one in in_force):
            return False
        if any(one.docmdp in (2, 3) and one.revision == first for one in in_force):
            return True
        asked = [one for one in in_force if one.revision == base] or in_force
        return bool(asked) and all(one.locked is not None for one in asked)

    return may_fill


class FilledFields(GenericFieldModificationRule):
    """Let the fields be filled in that *may_fill* names; ``names`` collects those that were."""

    def __init__(self, may_fill: MayFill) -> None:
        super().__init__(always_modifiable=frozenset({"/Type"}), value_update_keys=_VALUE_KEYS | {"/Type"})
        self.names: list[str] = []
        self._may_fill = may_fill

    def check_form_field(
        self, fq_name: str, spec: FieldComparisonSpec, context: FieldComparisonContext
    ) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Yield what may change of one field; raises ``SuspiciousModification`` for more than filling in."""
        old, new = spec.old_field, spec.new_field
        if spec.field_type == "/Sig" or old is None or new is None or "/Kids" in new:
            return
        if all(_same(old, new, key) for key in _VALUE_KEYS):
            return
        if not self._may_fill(context.old.revision, context.new.revision, fq_name):
            return
        _check(spec.field_type, old, new)
        self.names.append(plain(fq_name))
        yield from super().check_form_field(fq_name, spec, context)


class QuietFormRule(FormUpdatingRule):
    """Do not let what fields look like change for all of them at once, nor be left to the reader's program."""

    def apply(self, old: Any, new: Any) -> Iterable[tuple[ModificationLevel, FormUpdate]]:  # noqa: D102
        before, after = (_entry(root, "/AcroForm", {}) for root in (old.root, new.root))
        if before and not _same(before, after, "/NeedAppearances"):
            raise SuspiciousModification("the form's /NeedAppearances changed")
        if before and _other_fields(before):
            for key in ("/DA", "/Q"):
                if not _same(before, after, key):
                    raise SuspiciousModification(f"the form's {key} changed")
            had, has = _fonts(before), _fonts(after)
            if any(has.get(name) != value for name, value in had.items()):
                raise SuspiciousModification("a font of the form changed")
        yield from super().apply(old, new)


def _check(kind: str, old: Any, new: Any) -> None:
    if not _empty(old):
        raise SuspiciousModification("a form field's value was changed")
    if int(_entry(old, "/Ff", 0)) & _READ_ONLY:
        raise SuspiciousModification("a read-only form field was filled")
    x1, y1, x2, y2 = (float(v) for v in new["/Rect"])
    if abs((x2 - x1) * (y2 - y1)) > (LARGEST_TICK if kind == "/Btn" else LARGEST_BOX):
        raise SuspiciousModification("a form field as large as a page was filled")
    if kind == "/Btn":
        states = set(old["/AP"]["/N"].keys()) | {"/Off"}
        if not _same(old, new, "/AP") or {str(_entry(new, key, "/Off")) for key in ("/V", "/AS")} - states:
            raise SuspiciousModification("a button was given a state or look that it did not have")
        return
    if kind not in ("/Tx", "/Ch"):
        raise SuspiciousModification("a field of this type cannot be filled")
    value = _entry(new, "/V", None)
    if not isinstance(value, generic.TextStringObject | generic.ByteStringObject) or not value:
        raise SuspiciousModification("a form field's value is no text")
    looks = _entry(new, "/AP", {})
    if set(looks) - {"/N"}:
        raise SuspiciousModification("a form field's appearance has more than one state")
    if "/N" in looks:
        _check_look(looks["/N"])


def _empty(field: Any) -> bool:
    value = _entry(field, "/V", None)
    return value is None or isinstance(value, generic.NullObject) or str(value) in ("", "/Off") or value == b""


def _check_look(look: Any) -> None:
    """Text in a box and nothing else: no painted area, line, image, shading, layer or mask."""
    if not isinstance(look, generic.StreamObject) or not set(look) <= _FORM_KEYS:
        raise SuspiciousModification("a form field's appearance is no plain form")
    resources = _entry(look, "/Resources", {})
    if set(resources) - {"/Font", "/ProcSet"}:
        raise SuspiciousModification("a form field's appearance uses more than fonts")
    fonts = _entry(resources, "/Font", {})
    if any(_entry(fonts[name], "/Subtype", "") not in ("/Type0", "/Type1", "/TrueType") for name in fonts):
        raise SuspiciousModification("a form field's appearance uses a font that draws")
    content, at = look.read_data(DecodePurpose.GENERIC), 0
    while at < len(content):
        token = _TOKEN.match(content, at)
        if token is None or (token["operator"] and token["operator"].decode() not in _TEXT_OPERATORS):
            raise SuspiciousModification("a form field's appearance draws more than text")
        at = token.end()


def _entry(holder: Any, key: str, default: Any) -> Any:
    """Return an entry with its reference followed (``get`` of pyHanko's dictionaries gives the reference itself)."""
    return holder[key] if key in holder else default  # noqa: SIM401


def _same(old: Any, new: Any, key: str) -> bool:
    """Compare an entry as it is written; streams and dictionaries behind references count by their reference."""
    has = key in old
    return has == (key in new) and (not has or repr(old.raw_get(key)) == repr(new.raw_get(key)))


def _other_fields(form: Any, most: int = 4000) -> bool:
    """Say whether a form has fields that are no signature fields."""
    stack, seen = [_entry(form, "/Fields", [])], 0
    while stack and seen < most:
        for field in stack.pop():
            seen += 1
            field = field.get_object()
            if _entry(field, "/FT", "/Sig") != "/Sig":
                return True
            if "/Kids" in field:
                stack.append(field["/Kids"])
    return bool(stack)


def _fonts(form: Any) -> dict[str, str]:
    resources = _entry(form, "/DR", {})
    fonts = _entry(resources, "/Font", {})
    return {str(name): repr(fonts.raw_get(name)) for name in fonts}
