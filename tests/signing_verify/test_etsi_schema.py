"""Our XML reports against ETSI's own schema of TS 119 102-2 (v1.2.2), as it stands in EU DSS's jars."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from lxml import etree

from signing.trust import TrustStore
from signing.verify.document import verify_pdf
from signing.verify.dss.install import VERSION, Installation
from signing.verify.etsi import to_etsi_xml
from tests.signing_verify.attacks import signed_bt, signed_two, trust
from tests.signing_verify.making import base
from tests.signing_verify.pki import now
from tests.signing_verify.suite import ATTACKS
from tests.signing_verify.test_dss import dss_folder

JARS = ("validation-report", "xades", "xmldsig", "trusted-list-v211")
#: where a schema names another one by an address: the file in the jars that is meant
MEANT = {"XAdES.xsd": "XAdES01903v132-202407.xsd", "ts_119612v020201_201601xsd.xsd": "ts_119612v020101_xsd.xsd"}


class _FromJars(etree.Resolver):
    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def resolve(self, url: str, _public: str | None, context: object) -> object:
        name = url.rpartition("/")[2]
        return self.resolve_string(self._files[MEANT.get(name, name)], context)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    jars: Path = Installation(dss_folder()).jars
    files: dict[str, bytes] = {}
    for jar in JARS:
        with zipfile.ZipFile(jars / f"specs-{jar}-{VERSION}.jar") as opened:
            names = [name for name in opened.namelist() if name.startswith("xsd/") and name.endswith(".xsd")]
            files.update({name.removeprefix("xsd/"): opened.read(name) for name in names})
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_FromJars(files))
    return etree.XMLSchema(etree.fromstring(files["TS119102-2-v122.xsd"], parser))


def test_reports_are_valid_by_the_schema(schema: etree.XMLSchema) -> None:
    cases = {
        "two signatures": (signed_two(), trust()),
        "without list": (signed_bt(), TrustStore()),
        "no signature": (base(), trust()),
        "exchanged page": (ATTACKS["isa_page_replaced"]().pdf, trust()),
        "malformed": (ATTACKS["usf_contents_null"]().pdf, trust()),
        "revoked": (ATTACKS["revoked_signer"]().pdf, trust()),
        "no pdf": (b"khong", trust()),
    }
    for name, (pdf, store) in cases.items():
        xml = to_etsi_xml(verify_pdf(pdf, store, now=now()), file_name="a--b.pdf")
        assert schema.validate(etree.fromstring(xml)), (name, schema.error_log.last_error)


def test_the_schema_is_not_lenient(schema: etree.XMLSchema) -> None:
    xml = to_etsi_xml(verify_pdf(signed_two(), trust(), now=now()))
    assert not schema.validate(etree.fromstring(xml.replace(b"MainIndication", b"MainVerdict")))
