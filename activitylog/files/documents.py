"""Accepts documents by their content: PDF, and Word and Excel files without macros or zip bombs."""

import struct
import zipfile
from typing import BinaryIO

from activitylog.errors import FileTooLarge, UnusableFile
from activitylog.files.rules import FileType, file_type_of

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
