"""The published XML schemas that packages are checked by, and that travel with each.

METS 1.12 (Digital Library Federation, CC0), its XLink schema and PREMIS 3.0 (Library of Congress, works of the United
States Government) as they were published. EAD3's has no licence notice: it is used where a folder with it is named.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("schemas")
_FILES = ("mets.xsd", "premis.xsd", "xlink.xsd")


def schema_files() -> dict[str, bytes]:
    """Return the schemas by file name."""
    return {name: (FOLDER / name).read_bytes() for name in _FILES}


def problems_by(schema: Path, tree: Any) -> list[str]:
    """Return what *schema* finds wrong with *tree* (an lxml document), one line each; nothing is fetched."""
    compiled = _compiled(schema)
    if compiled.validate(tree):
        return []
    return [f"line {error.line}: {error.message}" for error in compiled.error_log]


def parse(data: bytes) -> Any:
    """Return *data* as an lxml document: without entities, without network. Raises ``ValueError`` for broken XML."""
    from lxml import etree  # type: ignore[import-untyped]

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        tree = etree.fromstring(data, parser).getroottree()
    except etree.XMLSyntaxError as error:
        raise ValueError(f"not well-formed XML: {error.msg}") from None
    if tree.docinfo.internalDTD is not None:
        raise ValueError("a document type declaration, which no file of a package has")
    return tree


@cache
def _compiled(schema: Path) -> Any:
    from lxml import etree

    class Beside(etree.Resolver):  # type: ignore[misc]
        """Gives the schema of that name in our folder for whatever address stands in an import."""

        def resolve(self, url: str, _public: str | None, context: object) -> object:
            return self.resolve_filename(str(schema.parent / url.rpartition("/")[2]), context)

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Beside())
    return etree.XMLSchema(etree.parse(str(schema), parser))
