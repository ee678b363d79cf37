"""People who act for an agency."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Certifier:
    """An officer competent to certify copies (người thực hiện chứng thực), as the agency appointed them."""

    id: str  # the agency's own name for the officer, for instance "nguyen-van-an"; no personal number
    name: str  # full name as printed under the signature
    position: str  # chức danh, for instance "Phó Chủ tịch"
    agency: str  # canonical agency code, see domain.agencies
    credential_id: str  # of the remote signing service
