"""Whole objects fetched through ``obstore`` (the S3 client of Rust's ``object_store``): a fifth of the processor that
the SDK takes for a GET. Making a catalogue again asks for three objects a paper; through SDK and ``urllib3`` that took
as long as all the rest of it.

One attempt and no more is made here. Whatever keeps it from bringing the whole object (errors, redirects and broken
connections among them) is left to the SDK, which says what is the matter and tries again.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from obstore.store import S3Store

_CONNECT = timedelta(seconds=5)
_REGION = "us-east-1"  # MinIO's own; where it is another one the server refuses, and the SDK finds out
_NOBODY = "http://127.0.0.1:9"


class Gets:
    """GET of objects of *bucket* at *endpoint* (``host:port``). Thread-safe; not to be shared over a fork.

    *timeout_s*: for each piece of an answer. Asks nothing of the server when it is made.
    """

    def __init__(
        self,
        endpoint: str,
        bucket: str,
        access_key: str,
        secret_key: str,
        *,
        secure: bool,
        region: str | None,
        timeout_s: float,
    ) -> None:
        self._url, self._bucket = f"{'https' if secure else 'http'}://{endpoint}", bucket
        self._access_key, self._secret_key = access_key, secret_key
        self._region, self._timeout = region or _REGION, timedelta(seconds=timeout_s)

    @cached_property
    def _store(self) -> S3Store:
        from obstore.store import S3Store  # only who uses a server pays for loading it

        return S3Store(
            self._bucket,
            endpoint=self._url,
            region=self._region,
            access_key_id=self._access_key,
            secret_access_key=self._secret_key,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": self._url.startswith("http:"),
                "connect_timeout": _CONNECT,
                "read_timeout": self._timeout,
                # one is named, and not for this host: else those of the environment are asked, which the SDK does not
                "proxy_url": _NOBODY,
                "proxy_excludes": urlsplit(self._url).hostname or "",
            },
            retry_config={"max_retries": 0},
        )

    def get(self, name: str) -> bytes | None:
        """Return the bytes of object *name*; None where the SDK has to be asked. Raises nothing of the network."""
        from obstore.exceptions import BaseError

        try:
            return bytes(self._store.get(name).bytes())
        except (BaseError, OSError):
            return None
