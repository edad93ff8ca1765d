"""What a file is, told by its first bytes; its name may say anything."""

from enum import StrEnum
from typing import BinaryIO

HEAD = 512  # bytes looked at
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


class Kind(StrEnum):
    """A sort of file, as a sentence tells what one is."""

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
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"GIF8", Kind.GIF),
    (b"BM", Kind.BMP),
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    (b"%PDF-", Kind.PDF),
    (b"PK\x03\x04", Kind.ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OLD_OFFICE),
)


def kind_of(content: BinaryIO) -> Kind:
    """The kind, and the stream back at its start."""
    content.seek(0)
    head = content.read(HEAD)
    content.seek(0)
    return _kind(head)


def _kind(head: bytes) -> Kind:
    if not head:
        return Kind.EMPTY
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head[4:8] == b"ftyp":
        return _boxed(head[8:12])
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    is_markup = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
    return Kind.MARKUP if is_markup else Kind.OTHER


def _boxed(brand: bytes) -> Kind:
    if brand in _HEIC_BRANDS:
        return Kind.HEIC
    return Kind.AVIF if brand in (b"avif", b"avis") else Kind.VIDEO
