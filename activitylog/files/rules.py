"""Rules of files: types and documents accepted by content, clean names, memory to decode a JPEG."""

import io
import struct
import unicodedata
import zipfile
from enum import StrEnum
from typing import BinaryIO

from PIL import Image

from activitylog.errors import FileTooLarge, UnusableFile

HEAD = 512  # bytes looked at
RESERVE, RESERVE_SHARE = (
    500 * 1024 * 1024,
    50,
)  # bytes, and part of a disk: the smaller stays free
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def reserve_of(disk: int) -> int:
    """The bytes of a disk that files leave free for records and answers."""
    return min(RESERVE, disk // RESERVE_SHARE)


MEGABYTE = 1024 * 1024


def megabytes(size: int) -> str:
    return f"{size / 1024**2:,.1f} MB"


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
_END_OF_IMAGE = b"\xff\xd9"
_LOOK_AHEAD = 16  # bytes that a decoder reads before it needs them
_BLOCK = 1024 * 1024  # bytes read at once


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


class WithoutEnd(io.RawIOBase):
    """A JPEG of a single scan with zeros instead of the marker of its end.

    At that marker a decoder fills the rest of a picture, however much its header claims, with grey; where
    the marker is missing it says that data are.
    """

    def __init__(self, content: BinaryIO) -> None:
        super().__init__()
        self._content, self._at = content, 0
        self._end = _end_of_scan(content)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._end + _LOOK_AHEAD)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._end + _LOOK_AHEAD - self._at)
        size = left if size < 0 else min(size, left)
        self._content.seek(self._at)
        piece = self._content.read(min(size, max(0, self._end - self._at))).ljust(size, b"\0")
        self._at += size
        return piece


def _end_of_scan(content: BinaryIO) -> int:
    """Where the marker of the end stands that follows the scan; the size of a file that has none."""
    content.seek(2)
    while _marker(content) != _START_OF_SCAN:
        content.seek(int.from_bytes(content.read(2)) - 2, 1)
    start, last = content.tell(), b""
    while block := content.read(_BLOCK):
        found = (last + block).find(_END_OF_IMAGE)
        if found >= 0:
            return start - len(last) + found
        start, last = start + len(block), block[-1:]
    return start


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


LARGEST_DOCUMENT = 20 * 1024 * 1024  # bytes
PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAIN_PARTS = {"word/document.xml": WORD, "xl/workbook.xml": EXCEL}

MOST_PARTS = 5000
LARGEST_LISTING = 1024 * 1024  # bytes of an archive's table of contents, which takes time to read
LARGEST_UNPACKED = 400 * 1024 * 1024  # bytes
LARGEST_RATIO = 150  # of an archive's unpacked to its packed size, from SMALL_ENOUGH on
SMALL_ENOUGH = 20 * 1024 * 1024
TAIL = 65_557  # bytes that may hold an archive's end: 22, and the longest comment
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_ACTIVE = ("vbaproject", "vbadata", "activex/", "/macrosheets/", "oleobject")
_ENCRYPTED = 0x1


def document_type(content: BinaryIO, name: str) -> str:
    """The content type of a document in a seekable stream; UnusableFile says why another is refused."""
    file_type = file_type_of(content)
    _check_size(content, name)
    if file_type is FileType.PDF:
        _check_pdf(content, name)
        return PDF
    if file_type is FileType.ZIP:
        return _office_type(content, name)
    raise UnusableFile(
        f"“{name}”是{file_type}，不能当材料；"
        "请用 PDF、Word（.docx）、Excel（.xlsx）或照片，旧格式请另存后再传。"
    )


def _check_size(content: BinaryIO, name: str) -> None:
    size = content.seek(0, 2)
    content.seek(0)
    if size > LARGEST_DOCUMENT:
        raise FileTooLarge(
            f"“{name}”超过 {LARGEST_DOCUMENT // 1024**2} MB；请压缩其中的图片，或拆成几个文件再传。"
        )


def _tail(content: BinaryIO) -> bytes:
    size = content.seek(0, 2)
    content.seek(max(0, size - TAIL))
    tail = content.read()
    content.seek(0)
    return tail


def _check_pdf(content: BinaryIO, name: str) -> None:
    if b"%%EOF" not in _tail(content):
        raise UnusableFile(f"“{name}”不完整，PDF 的结尾不见了；请重新导出或重新下载后再传。")


def _office_type(content: BinaryIO, name: str) -> str:
    _check_listing(_tail(content), name)
    try:
        with zipfile.ZipFile(content) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise _damaged(name) from error
    finally:
        content.seek(0)
    _check_parts(parts, name)
    found = {part.filename for part in parts}
    types = [content_type for main, content_type in _MAIN_PARTS.items() if main in found]
    if len(types) != 1 or "[Content_Types].xml" not in found:
        raise UnusableFile(
            f"“{name}”是一个压缩包，不是 Word 或 Excel 文件；请把里面的文件取出来，一个一个传。"
        )
    return types[0]


def _check_listing(tail: bytes, name: str) -> None:
    """Refuse a table of contents that is too long, before it is read."""
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + 22 or tail[max(0, end - 20) : end].startswith(_END_64):
        raise _damaged(name)
    (size,) = struct.unpack("<L", tail[end + 12 : end + 16])
    if size > LARGEST_LISTING:
        raise _damaged(name)


def _check_parts(parts: list[zipfile.ZipInfo], name: str) -> None:
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise UnusableFile(f"“{name}”加了密码，别人打不开；请去掉密码再传。")
    if any(word in part.filename.lower() for part in parts for word in _ACTIVE):
        raise UnusableFile(f"“{name}”里有宏或嵌入的程序，不能收；请另存为不带宏的 .docx、.xlsx，或导出 PDF。")
    packed = sum(part.compress_size for part in parts)
    unpacked = sum(part.file_size for part in parts)
    is_bomb = unpacked > SMALL_ENOUGH and unpacked > LARGEST_RATIO * packed
    if is_bomb or unpacked > LARGEST_UNPACKED or len(parts) > MOST_PARTS:
        raise UnusableFile(f"“{name}”展开后太大，不能收；请另存一份，或导出 PDF 再传。")


def _damaged(name: str) -> UnusableFile:
    return UnusableFile(f"“{name}”不完整或已损坏，打不开；请确认在电脑上能打开，再传一次。")
