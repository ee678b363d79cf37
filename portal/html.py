"""HTML that escapes by default: what is not :class:`Safe` is text, wherever it comes from."""

from __future__ import annotations

import html

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


class Safe(str):
    """A piece of HTML made here; every other string is escaped before it stands on a page."""

    __slots__ = ()


def join(*children: str) -> Safe:
    """Return *children* one after the other, escaping those that are not :class:`Safe`."""
    return Safe("".join(child if isinstance(child, Safe) else html.escape(child) for child in children))


def tag(element: str, /, *children: str, **attributes: str | bool) -> Safe:
    """Return an element. ``class_`` stands for ``class``, ``data_x`` for ``data-x``; True is a bare attribute."""
    parts = []
    for key, value in attributes.items():
        if value is False:
            continue
        written = key.rstrip("_").replace("_", "-")
        parts.append(f" {written}" if value is True else f' {written}="{html.escape(str(value))}"')
    start = f"<{element}{''.join(parts)}>"
    return Safe(start) if element in _VOID else Safe(f"{start}{join(*children)}</{element}>")
