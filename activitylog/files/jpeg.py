"""Reads from a JPEG's header how much memory its decoder needs."""

from typing import BinaryIO

from PIL import Image

_START_OF_SCAN = 0xDA
_BASELINE = {0xC0, 0xC1}  # frames with one complete scan
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_BYTES = 2  # of a coefficient


def is_single_scan(content: BinaryIO) -> bool:
    """Whether it can be decoded row by row; else its decoder holds all coefficients until the last scan."""
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
    """The code of the next marker; ValueError where there is none."""
    found = content.read(2)
    if len(found) < 2 or found[0] != 0xFF:
        raise ValueError(f"no marker: {found!r}")
    return found[1]


def coefficient_bytes(image: Image.Image) -> int:
    """The bytes of all coefficients, subsampled colours at their own size."""
    areas: list[int] = [across * down for _, across, down, _ in image.layer]  # type: ignore[attr-defined]
    return image.width * image.height * sum(areas) * _BYTES // max(areas)
