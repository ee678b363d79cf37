"""DER as a tree: parsed, changed in one node, written again."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass


@dataclass
class Node:
    """A DER value: either children or content."""

    tag: int
    content: bytes = b""
    children: list[Node] | None = None

    def dump(self) -> bytes:
        inner = self.content if self.children is None else b"".join(c.dump() for c in self.children)
        size = len(inner)
        if size < 128:
            return bytes((self.tag, size)) + inner
        digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
        return bytes((self.tag, 0x80 | len(digits))) + digits + inner

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children or ():
            yield from child.walk()


def parse(der: bytes, at: int = 0) -> tuple[Node, int]:
    """Parse one DER value with one-byte tags; raises ``ValueError`` or ``IndexError`` for anything else."""
    tag, size, at = der[at], der[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size, at = int.from_bytes(der[at : at + count], "big"), at + count
    end = at + size
    if end > len(der) or tag & 0x1F == 0x1F:
        raise ValueError("not simple DER")
    if not tag & 0x20:
        return Node(tag, der[at:end]), end
    children = []
    while at < end:
        child, at = parse(der, at)
        children.append(child)
    return Node(tag, b"", children), end


def mutated_der(chance: random.Random, der: bytes) -> bytes:
    """Change one node of *der* and write the lengths anew, so that only the meaning is wrong."""
    root, end = parse(der)
    before, nodes = root.dump(), list(root.walk())
    oids = [n.content for n in nodes if n.tag == 0x06]
    node = chance.choice(nodes)
    parents = [n for n in nodes if n.children]
    kind = chance.randrange(9)
    if kind == 0 and node.children is None and node.content:
        at = chance.randrange(len(node.content))
        node.content = (
            node.content[:at] + bytes((node.content[at] ^ 1 << chance.randrange(8),)) + node.content[at + 1 :]
        )
    elif kind == 1:
        node.tag ^= 1 << chance.choice((0, 1, 2, 5, 6, 7))
    elif kind == 2:
        parent = chance.choice(parents)
        del parent.children[chance.randrange(len(parent.children))]  # type: ignore[index,arg-type]
    elif kind == 3:
        parent = chance.choice(parents)
        parent.children.insert(chance.randrange(len(parent.children)), deepcopy(chance.choice(nodes)))  # type: ignore
    elif kind == 4:
        chance.shuffle(chance.choice(parents).children)  # type: ignore[arg-type]
    elif kind == 5 and oids:
        chance.choice([n for n in nodes if n.tag == 0x06]).content = chance.choice(oids)
    elif kind == 6 and node.children is None:
        node.content = chance.choice((b"", b"\0", b"\xff" * len(node.content), node.content * 2, node.content[:-1]))
    elif kind == 7:
        times = [n for n in nodes if n.tag in (0x17, 0x18)]
        if times:
            one = chance.choice(times)
            one.content = re.sub(rb"\d(?=\d{8})", b"%d" % chance.randrange(10), one.content, count=1)
    else:
        other = deepcopy(chance.choice(nodes))
        node.tag, node.content, node.children = other.tag, other.content, other.children
    if root.dump() == before:
        raise ValueError("nothing changed")
    return root.dump() + der[end:]
