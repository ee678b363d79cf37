"""Personal numbers are masked in text, and nothing else is."""

from __future__ import annotations

import pytest

from domain.personal import mask_numbers, mask_within

UUID = "3F2A91C0-AB12-4CD3-9E01-001200000019"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("số 001200000019, CMND 123456789", "số ***, CMND ***"),
        ("citizen:001200000019", "citizen:***"),
        ("scan_001200000019.pdf", "scan_***.pdf"),
        ("001200000019-123456789", "***-***"),
        ("1234567890123 và 12345678", "1234567890123 và 12345678"),
        (UUID, UUID),
        (f"uuid:{UUID}/rep1", f"uuid:{UUID}/rep1"),
        (f"uuid_{UUID.lower()}_x", f"uuid_{UUID.lower()}_x"),
        (f"12{UUID}", "123F2A91C0-AB12-4CD3-9E01-***"),  # no UUID: doubt hides
        (f"{UUID} 001200000019", f"{UUID} ***"),
    ],
)
def test_mask_numbers(text: str, masked: str) -> None:
    assert mask_numbers(text) == masked


def test_mask_within() -> None:
    value = {"a": ["001200000019", 123456789, None, True], "001200000019": ({"b": "123456789"},)}
    assert mask_within(value) == {"a": ["***", 123456789, None, True], "***": [{"b": "***"}]}
