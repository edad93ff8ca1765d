"""Rules of files: their type by the first bytes, a clean name, and the memory a JPEG needs when decoded."""

import unicodedata
from enum import StrEnum
from typing import BinaryIO

from PIL import Image

HEAD = 512  # bytes looked at
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


class FileType(StrEnum):
    """A type of file; the value names it in a Chinese sentence."""

    JPEG = "一张 JPEG 照片"
    PNG = "一张 PNG 图片"
    WEBP = "一张 WebP 图片"
    HEIC = "一张 HEIC 照片"
    AVIF = "一张 AVIF 图片"
    GIF = "一张 GIF 动图"
    BMP = "一张 BMP 图片"
    TIFF = "一张 TIFF 图片"
    PDF = "一份 PDF 文档"
    ZIP = "一个压缩包"
    OLD_OFFICE = "旧版 Office（.doc、.xls、.ppt）或加密的文件"
    MARKUP = "网页或 SVG 图形"
    VIDEO = "一段视频"
    EMPTY = "一个空文件"
    OTHER = "别的文件"


_STARTS = (
    (b"\xff\xd8\xff", FileType.JPEG),
    (b"\x89PNG\r\n\x1a\n", FileType.PNG),
    (b"GIF8", FileType.GIF),
    (b"BM", FileType.BMP),
    (b"II*\0", FileType.TIFF),
    (b"MM\0*", FileType.TIFF),
    (b"%PDF-", FileType.PDF),
    (b"PK\x03\x04", FileType.ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileType.OLD_OFFICE),
)


def file_type_of(content: BinaryIO) -> FileType:
    """The type; the stream is left at its start."""
    content.seek(0)
    head = content.read(HEAD)
    content.seek(0)
    return _type_of_head(head)


def _type_of_head(head: bytes) -> FileType:
    if not head:
        return FileType.EMPTY
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileType.WEBP
    if head[4:8] == b"ftyp":
        return _type_of_brand(head[8:12])
    for start, file_type in _STARTS:
        if head.startswith(start):
            return file_type
    is_markup = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
    return FileType.MARKUP if is_markup else FileType.OTHER


def _type_of_brand(brand: bytes) -> FileType:
    if brand in _HEIC_BRANDS:
        return FileType.HEIC
    return FileType.AVIF if brand in (b"avif", b"avis") else FileType.VIDEO


LONGEST = 120


def clean_name(name: str | None) -> str:
    """The name without folders and control characters, at most LONGEST characters; never empty."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    cleaned = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs"}).strip(" .")
    if len(cleaned) > LONGEST:
        stem, dot, ending = cleaned.rpartition(".")
        suffix = f".{ending}" if dot and len(ending) <= 5 else ""
        cleaned = (stem or cleaned)[: LONGEST - len(suffix)] + suffix
    return cleaned or "未命名"


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
