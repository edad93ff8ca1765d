"""Detects the type of a file by its first bytes, not by its name."""

from enum import StrEnum
from typing import BinaryIO

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
