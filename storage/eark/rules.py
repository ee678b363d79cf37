"""The requirements of E-ARK CSIP 2.1 on a METS as XPath: identifier, level, where it holds, what must be true there.

Levels as CSIP has them: ``MUST`` makes a package invalid, ``SHOULD`` is only told. Texts are ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from storage.eark import mets

PREFIXES = {"m": mets.NS, "csip": mets.CSIP, "x": mets.XLINK}
_CATEGORIES = (
    "Textual works – Print|Textual works – Digital|Textual works – Electronic Serials|"
    "Digital Musical Composition (score-based representations)|Musical Scores - Print|Musical Scores - Digital|"
    "Photographs – Print|Photographs – Digital|Other Graphic Images – Print|Other Graphic Images – Digital|Microforms|"
    "Audio – On Tangible Medium (digital or analog)|Audio – Media-independent (digital)|"
    "Motion Pictures – Digital and Physical Media|Video – File-based and Physical Media|Software|"
    "Software and Video Games|Email|Datasets|Geospatial Data|Geographic Information System (GIS) - Vector Data|"
    "GIS Raster and Georeferenced Images|GIS Vector and Raster Combined|Non-GIS Cartographic|"
    "2D and 3D Computer Aided Design|Design (schematics, architectural drawings) - Print|"
    "Scanned 3D Objects (output from photogrammetry scanning)|Databases|Websites|Web Archives|Collection|Event|Image|"
    "Interactive resource|Moving image|Sound|Still image|Text|Physical object|Service|Mixed|Other"
)


class Rule(NamedTuple):
    """One requirement. ``root``: it holds for the package's METS only, not for a representation's."""

    id: str
    level: str
    context: str
    test: str
    what: str
    root: bool = False


def _one_of(value: str, words: str) -> str:
    return f"contains('|{words}|', concat('|', {value}, '|'))"


def _references(first: int, context: str) -> Iterator[Rule]:
    """The nine requirements that every reference to a metadata file has, numbered on from *first*."""
    tests = (
        ("@LOCTYPE = 'URL'", "locator type URL"),
        ("@x:type = 'simple'", "simple link"),
        ("@x:href != ''", "location"),
        ("@MDTYPE != ''", "type of metadata"),
        ("contains(@MIMETYPE, '/')", "media type"),
        ("number(@SIZE) >= 0", "size"),
        ("@CREATED", "time of creation"),
        ("@CHECKSUM != ''", "checksum"),
        ("@CHECKSUMTYPE != ''", "kind of checksum"),
    )
    for number, (test, what) in enumerate(tests, first):
        yield Rule(f"CSIP{number}", "MUST", f"{context}/m:mdRef", test, what)


_M = "/m:mets"
_MAP = f"{_M}/m:structMap[@LABEL = 'CSIP']"
_FILE = f"{_M}/m:fileSec/m:fileGrp/m:file"
RULES: tuple[Rule, ...] = (
    Rule("CSIP1", "MUST", _M, "@OBJID != ''", "identifier of the package"),
    Rule("CSIP2", "MUST", _M, _one_of("@TYPE", _CATEGORIES), "content category of the vocabulary"),
    Rule("CSIP3", "MUST", _M, "@TYPE != 'Other' or @csip:OTHERTYPE", "the other content category"),
    Rule("CSIP4", "MUST", _M, "@csip:CONTENTINFORMATIONTYPE != ''", "content information type"),
    Rule(
        "CSIP5",
        "MUST",
        _M,
        "@csip:CONTENTINFORMATIONTYPE != 'OTHER' or @csip:OTHERCONTENTINFORMATIONTYPE",
        "the other content information type",
    ),
    Rule("CSIP6", "MUST", _M, "@PROFILE != ''", "profile"),
    Rule("CSIP117", "MUST", _M, "count(m:metsHdr) = 1", "header"),
    Rule("CSIP7", "MUST", f"{_M}/m:metsHdr", "@CREATEDATE", "time of creation"),
    Rule("CSIP8", "SHOULD", f"{_M}/m:metsHdr", "@LASTMODDATE", "time of the last change"),
    Rule(
        "CSIP9",
        "MUST",
        f"{_M}/m:metsHdr",
        _one_of("@csip:OAISPACKAGETYPE", "SIP|AIP|DIP|AIU|AIC"),
        "kind of package",
    ),
    Rule("CSIP10", "MUST", f"{_M}/m:metsHdr", "m:agent", "an agent"),
    Rule("CSIP11", "MUST", f"{_M}/m:metsHdr", "m:agent[@ROLE = 'CREATOR']", "the agent that made it"),
    Rule("CSIP12", "MUST", f"{_M}/m:metsHdr/m:agent[@ROLE = 'CREATOR']", "@TYPE = 'OTHER'", "agent of type OTHER"),
    Rule("CSIP13", "MUST", f"{_M}/m:metsHdr/m:agent[@ROLE = 'CREATOR']", "@OTHERTYPE = 'SOFTWARE'", "software"),
    Rule("CSIP14", "MUST", f"{_M}/m:metsHdr/m:agent[@ROLE = 'CREATOR']", "m:name != ''", "name of the software"),
    Rule("CSIP15", "MUST", f"{_M}/m:metsHdr/m:agent[@ROLE = 'CREATOR']", "m:note != ''", "version of the software"),
    Rule(
        "CSIP16",
        "MUST",
        f"{_M}/m:metsHdr/m:agent[@ROLE = 'CREATOR']",
        "m:note/@csip:NOTETYPE = 'SOFTWARE VERSION'",
        "that its note is the version",
    ),
    Rule("CSIP17", "SHOULD", _M, "m:dmdSec", "descriptive metadata"),
    Rule("CSIP18", "MUST", f"{_M}/m:dmdSec", "@ID", "an id"),
    Rule("CSIP19", "MUST", f"{_M}/m:dmdSec", "@CREATED", "time of creation"),
    Rule("CSIP20", "SHOULD", f"{_M}/m:dmdSec", _one_of("@STATUS", "SUPERSEDED|CURRENT"), "status"),
    Rule("CSIP21", "SHOULD", f"{_M}/m:dmdSec", "m:mdRef", "a reference to the metadata file"),
    *_references(22, f"{_M}/m:dmdSec"),
    Rule("CSIP31", "SHOULD", _M, "count(m:amdSec) = 1", "one section of administrative metadata"),
    Rule("CSIP32", "SHOULD", f"{_M}/m:amdSec", "m:digiprovMD", "preservation metadata"),
    Rule("CSIP33", "MUST", f"{_M}/m:amdSec/m:digiprovMD", "@ID", "an id"),
    Rule("CSIP34", "SHOULD", f"{_M}/m:amdSec/m:digiprovMD", _one_of("@STATUS", "SUPERSEDED|CURRENT"), "status"),
    Rule("CSIP35", "SHOULD", f"{_M}/m:amdSec/m:digiprovMD", "m:mdRef", "a reference to the metadata file"),
    *_references(36, f"{_M}/m:amdSec/m:digiprovMD"),
    Rule("CSIP46", "MUST", f"{_M}/m:amdSec/m:rightsMD", "@ID", "an id"),
    *_references(49, f"{_M}/m:amdSec/m:rightsMD"),
    Rule("CSIP58", "SHOULD", _M, "m:fileSec", "file section"),
    Rule("CSIP59", "MUST", f"{_M}/m:fileSec", "@ID", "an id"),
    Rule("CSIP60", "MUST", f"{_M}/m:fileSec", "m:fileGrp[@USE = 'Documentation']", "documentation", root=True),
    Rule("CSIP113", "MUST", f"{_M}/m:fileSec", "m:fileGrp[@USE = 'Schemas']", "schemas", root=True),
    Rule(
        "CSIP114",
        "MUST",
        f"{_M}/m:fileSec",
        "m:fileGrp[starts-with(@USE, 'Representations')]",
        "representations",
    ),
    Rule(
        "CSIP62",
        "MUST",
        f"{_M}/m:fileSec/m:fileGrp[starts-with(@USE, 'Representations')]",
        "@csip:CONTENTINFORMATIONTYPE",
        "content information type of the representation",
    ),
    Rule(
        "CSIP63",
        "MUST",
        f"{_M}/m:fileSec/m:fileGrp[@csip:CONTENTINFORMATIONTYPE = 'OTHER']",
        "@csip:OTHERCONTENTINFORMATIONTYPE != ''",
        "the other content information type",
    ),
    Rule("CSIP64", "MUST", f"{_M}/m:fileSec/m:fileGrp", "@USE != ''", "use"),
    Rule("CSIP65", "MUST", f"{_M}/m:fileSec/m:fileGrp", "@ID", "an id"),
    Rule("CSIP66", "MUST", f"{_M}/m:fileSec/m:fileGrp", "m:file", "files"),
    Rule("CSIP67", "MUST", _FILE, "@ID", "an id"),
    Rule("CSIP68", "MUST", _FILE, "contains(@MIMETYPE, '/')", "media type"),
    Rule("CSIP69", "MUST", _FILE, "number(@SIZE) >= 0", "size"),
    Rule("CSIP70", "MUST", _FILE, "@CREATED", "time of creation"),
    Rule("CSIP71", "MUST", _FILE, "@CHECKSUM != ''", "checksum"),
    Rule("CSIP72", "MUST", _FILE, "@CHECKSUMTYPE != ''", "kind of checksum"),
    Rule("CSIP76", "MUST", _FILE, "m:FLocat", "location"),
    Rule("CSIP77", "MUST", f"{_FILE}/m:FLocat", "@LOCTYPE = 'URL'", "locator type URL"),
    Rule("CSIP78", "MUST", f"{_FILE}/m:FLocat", "@x:type = 'simple'", "simple link"),
    Rule("CSIP79", "MUST", f"{_FILE}/m:FLocat", "@x:href != ''", "location"),
    Rule("CSIP80", "MUST", _M, "count(m:structMap[@LABEL = 'CSIP']) = 1", "one structural map of CSIP"),
    Rule("CSIP81", "MUST", _MAP, "@TYPE = 'PHYSICAL'", "type PHYSICAL"),
    Rule("CSIP83", "MUST", _MAP, "@ID", "an id"),
    Rule("CSIP84", "MUST", _MAP, "count(m:div) = 1", "one division"),
    Rule("CSIP85", "MUST", f"{_MAP}/m:div", "@ID", "an id"),
    Rule("CSIP86", "MUST", f"{_MAP}/m:div", "@LABEL = /m:mets/@OBJID", "the package's identifier as label"),
    Rule("CSIP88", "MUST", f"{_MAP}/m:div", "count(m:div[@LABEL = 'Metadata']) = 1", "division of the metadata"),
    Rule("CSIP91", "SHOULD", f"{_MAP}/m:div/m:div[@LABEL = 'Metadata']", "@ADMID", "administrative sections"),
    Rule("CSIP92", "SHOULD", f"{_MAP}/m:div/m:div[@LABEL = 'Metadata']", "@DMDID", "descriptive sections"),
    Rule(
        "CSIP93",
        "SHOULD",
        f"{_MAP}/m:div",
        "m:div[@LABEL = 'Documentation']",
        "division of the documentation",
        root=True,
    ),
    Rule(
        "CSIP116",
        "MUST",
        f"{_MAP}/m:div/m:div[@LABEL = 'Documentation']",
        "m:fptr/@FILEID = /m:mets/m:fileSec/m:fileGrp[@USE = 'Documentation']/@ID",
        "pointer to its file group",
        root=True,
    ),
    Rule("CSIP97", "SHOULD", f"{_MAP}/m:div", "m:div[@LABEL = 'Schemas']", "division of the schemas", root=True),
    Rule(
        "CSIP118",
        "MUST",
        f"{_MAP}/m:div/m:div[@LABEL = 'Schemas']",
        "m:fptr/@FILEID = /m:mets/m:fileSec/m:fileGrp[@USE = 'Schemas']/@ID",
        "pointer to its file group",
        root=True,
    ),
    Rule("CSIP101", "SHOULD", f"{_MAP}/m:div", "m:div[@LABEL = 'Representations']", "division of the content"),
    Rule("CSIP104", "MUST", f"{_MAP}/m:div/m:div[@LABEL = 'Representations']", "m:fptr", "pointers to file groups"),
    Rule(
        "CSIP105",
        "SHOULD",
        f"{_MAP}/m:div/m:div[@LABEL = 'Representations']",
        "m:div",
        "a division for each representation",
        root=True,
    ),
    *(
        Rule(name, "MUST", f"{_MAP}/m:div/m:div[@LABEL = 'Representations']/m:div", test, what)
        for name, test, what in (
            ("CSIP106", "@ID", "an id"),
            ("CSIP107", "starts-with(@LABEL, 'Representations/')", "path of the representation"),
            ("CSIP109", "count(m:mptr) = 1", "pointer to its METS"),
            ("CSIP108", "m:mptr/@x:title = /m:mets/m:fileSec/m:fileGrp/@ID", "its file group"),
            ("CSIP110", "m:mptr/@x:href != ''", "location of its METS"),
            ("CSIP111", "m:mptr/@x:type = 'simple'", "simple link"),
            ("CSIP112", "m:mptr/@LOCTYPE = 'URL'", "locator type URL"),
        )
    ),
)


def broken(tree: Any, *, root: bool) -> Iterator[tuple[Rule, int]]:
    """Yield each rule that *tree* (an lxml document) breaks, with the line of the element that breaks it."""
    for rule in RULES:
        if rule.root and not root:
            continue
        for element in tree.xpath(rule.context, namespaces=PREFIXES):
            if not element.xpath(f"boolean({rule.test})", namespaces=PREFIXES):
                yield rule, element.sourceline or 0
