"""A target for coverage-guided fuzzing with ``atheris`` (a development tool, not a dependency).

``pip install atheris && python -m benchmarks.fuzz_atheris CORPUS [libFuzzer options]``: an empty CORPUS folder is
filled with the valid files of ``tests.signing_verify.fuzz_sources``. An exception, a hang (``-timeout=60``) or a valid
verdict on a file that does not say what its source says stops it.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["signing.verify", "pyhanko", "pyhanko_certvalidator", "asn1crypto"]):
    from signing.verify.document import verify_pdf
    from signing.verify.model import Indication
    from tests.signing_verify.attacks import trust
    from tests.signing_verify.fuzz_sources import sources
    from tests.signing_verify.mutating import Mutant
    from tests.signing_verify.pki import now
    from tests.signing_verify.untouched import untouched


def one_input(data: bytes) -> None:
    if verify_pdf(data, trust(), now=now()).indication is not Indication.PASSED:
        return
    if any(data == source.pdf or untouched(Mutant(source, "", data)) for source in sources()):
        return
    raise AssertionError("a mutated file was called valid")


def main() -> None:
    logging.disable(logging.CRITICAL)
    corpus = Path(sys.argv[1])
    corpus.mkdir(parents=True, exist_ok=True)
    for old in corpus.glob("source-*.pdf"):  # keys are new in every process: sources of another one are not valid here
        old.unlink()
    for source in sources():
        (corpus / f"source-{source.name}.pdf").write_bytes(source.pdf)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
