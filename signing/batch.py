"""Many documents, one confirmation: a batch shown to the signer once, with a result per document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import SohoaError
from signing.remote import Credential, RemoteSigner
from signing.staged import PreparedSignature, check_raw


@dataclass(frozen=True)
class RawResult:
    """What came back for one document: a verified raw signature, or why there is none."""

    raw: bytes | None
    error: SohoaError | None = None


def sign_batch(
    signer: RemoteSigner, credential: Credential, prepared: Sequence[PreparedSignature], description: str
) -> list[RawResult]:
    """Have all of *prepared* signed, with one authorisation per ``credential.max_batch`` documents.

    Every signature is verified; one bad signature does not spoil the others. A refused or failed authorisation is the
    error of each document of its chunk, and later chunks are not asked for (the signer said no, or nobody answers).

    Args:
        description: shown to the signer: number and names of the documents, Vietnamese.

    Returns:
        Results in the order of *prepared*. Store them before embedding.
    """
    results: list[RawResult] = []
    failure: SohoaError | None = None
    for start in range(0, len(prepared), credential.max_batch):
        chunk = prepared[start : start + credential.max_batch]
        if failure is None:
            digests = [item.tbs_digest for item in chunk]
            try:
                raws = signer.sign(signer.authorise(credential, digests, description), digests)
            except SohoaError as error:
                failure = error
        if failure is not None:
            results += [RawResult(None, failure)] * len(chunk)
            continue
        results += [_checked(item, raw, credential) for item, raw in zip(chunk, raws, strict=True)]
    return results


def _checked(prepared: PreparedSignature, raw: bytes, credential: Credential) -> RawResult:
    try:
        return RawResult(check_raw(prepared, raw, credential.certificate))
    except SohoaError as error:
        return RawResult(None, error)
