"""Every attack and every honest file: importing a family registers what is in it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.signing_verify import families
from tests.signing_verify.attacks import ATTACKS, Case
from tests.signing_verify.honest import HONEST, Honest

for _family in iter_modules(families.__path__):
    import_module(f"{families.__name__}.{_family.name}")

__all__ = ["ATTACKS", "HONEST", "Case", "Honest"]
