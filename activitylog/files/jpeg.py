"""Reads from a JPEG's header how much memory its decoder will take."""

from typing import BinaryIO

from PIL import Image

_START_OF_SCAN = 0xDA
_BASELINE = {0xC0, 0xC1}  # frames whose pixels come once and whole
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_BYTES = 2  # of a coefficient


def holds_all_in_its_first_scan(content: BinaryIO) -> bool:
    """Whether pixels can be had row by row; else all coefficients are kept until the last scan is in."""
    content.seek(2)
    frame, colours = 0, 0
    try:
        while (marker := _marker(content)) != _START_OF_SCAN:
            length = int.from_bytes(content.read(2))
            segment = content.read(length - 2) if marker in _FRAMES else content.seek(length - 2, 1)
            if isinstance(segment, bytes):
                frame, colours = marker, segment[5]
        content.seek(2, 1)
        return frame in _BASELINE and content.read(1)[0] == colours
    except (IndexError, ValueError, OSError):
        return False
    finally:
        content.seek(0)


def _marker(content: BinaryIO) -> int:
    """The next one's code; ValueError where none stands."""
    found = content.read(2)
    if len(found) < 2 or found[0] != 0xFF:
        raise ValueError(f"no marker: {found!r}")
    return found[1]


def coefficient_bytes(image: Image.Image) -> int:
    """Of all colours together; those stored at a half or a quarter count for as much."""
    areas: list[int] = [across * down for _, across, down, _ in image.layer]  # type: ignore[attr-defined]
    return image.width * image.height * sum(areas) * _BYTES // max(areas)
