"""Checksums, against the values that the RFC of iSCSI publishes (RFC 3720, B.4)."""

import pytest

from interactive_graphs.formats.crc32c import crc32c, crc32c_of, masked, unmasked

PUBLISHED = [
    (bytes(32), 0x8A9136AA),
    (b"\xff" * 32, 0x62A8AB43),
    (bytes(range(32)), 0x46DD794E),
    (bytes(range(31, -1, -1)), 0x113FDB5C),
]


@pytest.mark.parametrize(("data", "expected"), PUBLISHED)
def test_published_values(data: bytes, expected: int) -> None:
    assert crc32c(data) == expected
    assert crc32c(memoryview(data)) == expected
    assert crc32c_of([data[:7], b"", data[7:]]) == expected


def test_mask_is_undone() -> None:
    for crc in (0, 1, 0xFFFFFFFF, 0x12345678):
        assert masked(crc) != crc
        assert unmasked(masked(crc)) == crc
