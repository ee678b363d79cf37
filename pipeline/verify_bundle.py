"""Evidence bundles: made beside a verdict, and the verdict repeated from one, offline, anywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from domain.errors import Advice, BadInput
from pipeline.derivative import software
from pipeline.settings import Settings
from pipeline.trust import trust_in_force
from signing.verify.bundle import Bundle, read_bundle, with_own_anchors, write_bundle
from signing.verify.isolated import collect_isolated, verify_isolated
from signing.verify.model import DocumentVerdict, Expected
from signing.verify.report import to_json
from signing.verify.rules import POLICY_SHA256


@dataclass(frozen=True)
class Repeated:
    """A verdict made again.

    Attributes:
        bundle: what the bundle says.
        verdict: ours, with the bundle's trust list and moment.
        own: ours at that moment with our own anchors, the bundle's certificates and CRLs only helping. A trust list
            that a stranger sends vouches for nothing, so this one decides.
        equal: ``verdict`` is the bundle's to the last letter.
        same_policy: the policy is the one the bundle was made by.
    """

    bundle: Bundle
    verdict: DocumentVerdict
    own: DocumentVerdict
    equal: bool
    same_policy: bool


def make_bundle(
    settings: Settings, path: Path, *, now: datetime, trust: Path | None = None, expected: Expected | None = None
) -> tuple[DocumentVerdict, bytes]:
    """Verify *path* offline and return the verdict (without a second opinion) with its bundle.

    Raises ``NotReady`` for a bad trust folder, ``BadInput`` (``bundle-unreadable``) for a file that could not be read.
    """
    store = trust_in_force(settings, trust)
    asked = {path: expected} if expected is not None else None
    ((_, verdict),) = verify_isolated([path], store, now=now, expected=asked)
    if not verdict.sha256:
        raise BadInput(
            "bundle-unreadable",
            f"no verdict to keep evidence of: {verdict.code}",
            Advice("Tệp không đọc được nên không lập được gói chứng cứ.", "Chưa ghi gói nào.", "Kiểm tra lại tệp."),
        )
    items = collect_isolated(path)
    return verdict, write_bundle(verdict, store, items, file_name=path.name, expected=expected, tool=software())


def repeat_bundle(settings: Settings, bundle_file: Path, path: Path, *, trust: Path | None = None) -> Repeated:
    """Make the verdict of a bundle again from the file *path* and the bundle alone.

    Raises ``BadInput`` (``bundle-invalid``, ``bundle-other-file``), ``NotReady`` for a bad trust folder.
    """
    bundle = read_bundle(bundle_file.read_bytes())
    own = with_own_anchors(bundle, trust_in_force(settings, trust))
    asked = {path: bundle.expected} if bundle.expected is not None else None
    ((_, verdict),) = verify_isolated([path], bundle.trust, now=bundle.moment, expected=asked)
    if verdict.sha256 != bundle.file_sha256:
        raise BadInput(
            "bundle-other-file",
            "the file is not the one the bundle is about",
            Advice(
                "Tệp này không phải tệp mà gói chứng cứ nói tới (mã băm khác).",
                "Không có kết luận nào được lập lại.",
                "Chọn đúng tệp của gói.",
            ),
        )
    ((_, ours),) = verify_isolated([path], own, now=bundle.moment, expected=asked)
    equal = to_json(verdict) == to_json(replace(bundle.verdict, second_opinion=""))
    return Repeated(bundle, verdict, ours, equal, bundle.policy_sha256 == POLICY_SHA256)
