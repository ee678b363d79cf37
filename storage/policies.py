"""Who may do what in the bucket: least-privilege policy documents in the language of S3 (IAM, version 2012-10-17).

``writer``: sohoa itself. ``disposer``: sohoa where papers past their term are destroyed (it may remove versions; no
lock gives way to it). ``reader``: looks papers up. ``auditor``: reader who also sees versions, locks and settings.
``replica``: writes copies into a second store and never removes. None may change the bucket, its locks' mode or go
round a lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ROLES = ("writer", "disposer", "reader", "auditor", "replica")

_LOOK = ("s3:GetObject",)
_LIST = ("s3:ListBucket", "s3:GetBucketLocation")
_ASK = ("s3:GetBucketVersioning", "s3:GetBucketObjectLockConfiguration")
_PUT = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_LOCK = ("s3:GetObjectRetention", "s3:PutObjectRetention", "s3:GetObjectLegalHold", "s3:PutObjectLegalHold")
_PAST = ("s3:GetObjectVersion", "s3:GetObjectRetention", "s3:GetObjectLegalHold")
_SETTINGS = ("s3:GetLifecycleConfiguration", "s3:GetEncryptionConfiguration", "s3:GetBucketPolicy")
#: what sohoa takes away by itself: orphans, pages of finished readings, its own trials, damaged bytes, exports
_TAKEN_AWAY = ("blob/", "page/", "probe/", "damaged/", "export/")
#: what the disposal of a paper takes away besides
_DISPOSED = ("owner/", "disposal/")
#: everything that stands in the bucket but the scratch of trials
_ALL = ("blob/", "owner/", "record/", "disposal/", "log-head/", "incident/", "page/", "damaged/", "export/")
_NEVER = ("s3:BypassGovernanceRetention", "s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutBucketVersioning")


def policy(role: str, bucket: str, prefix: str = "") -> dict[str, Any]:
    """Return the policy document of *role* for *bucket*, within *prefix* (ends in ``/``) where keys stand under one.

    Raises ``ValueError`` for a role that there is not.
    """
    if role not in ROLES:
        raise ValueError(f"no role {role}")
    inside = f"{bucket}/{prefix}*"
    statements = [_allow(_LIST, bucket), _allow(_LOOK, inside)]
    if role in ("writer", "disposer"):
        # a legal hold is taken from every version
        statements += [_allow((*_ASK, "s3:ListBucketVersions"), bucket), _allow((*_PUT, *_LOCK, *_PAST), inside)]
        statements.append(_allow(("s3:DeleteObject",), *(f"{bucket}/{prefix}{part}*" for part in _TAKEN_AWAY)))
        # the trial whether a lock holds has to ask for a locked version's removal
        statements.append(_allow(("s3:DeleteObjectVersion",), f"{bucket}/{prefix}probe/*"))
    if role == "disposer":
        parts = [f"{bucket}/{prefix}{part}*" for part in (*_TAKEN_AWAY, *_DISPOSED)]
        statements.append(_allow(("s3:DeleteObject", "s3:DeleteObjectVersion"), *parts))
    if role == "auditor":
        statements += [_allow((*_ASK, *_SETTINGS, "s3:ListBucketVersions"), bucket), _allow(_PAST, inside)]
    if role == "replica":
        statements += [_allow(_ASK, bucket), _allow((*_PUT, *_LOCK), inside)]
    if role != "disposer":
        # said outright: MinIO lets a version be removed by whoever may delete, unless this is denied
        kept = [_arn(f"{bucket}/{prefix}{part}*") for part in _ALL]
        statements.append({"Effect": "Deny", "Action": ["s3:DeleteObjectVersion"], "Resource": kept})
    statements.append({"Effect": "Deny", "Action": sorted(_NEVER), "Resource": [_arn(bucket), _arn(inside)]})
    return {"Version": "2012-10-17", "Statement": statements}


def name_of(role: str, bucket: str) -> str:
    """Return the name under which the policy of *role* is registered at a server."""
    return f"sohoa-{bucket}-{role}"


def _allow(actions: Sequence[str], *resources: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": sorted(set(actions)), "Resource": [_arn(one) for one in resources]}


def _arn(resource: str) -> str:
    return f"arn:aws:s3:::{resource}"
