"""Checks a zipped office file before it is unpacked: its size, and whether it has a password."""

from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from activitylog.projects.declaration.sources.files import unusable

LARGEST_UNPACKED = 30 * 1024 * 1024
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")


def check_package(path: Path, content: bytes) -> None:
    if content.startswith(_COMPOUND_FILE):
        raise unusable(path, "文件有密码保护，或是旧格式", "去掉密码后另存的 .xlsx 或 .docx")
    try:
        with ZipFile(BytesIO(content)) as package:
            size = sum(part.file_size for part in package.infolist())
    except (BadZipFile, ValueError, OSError) as error:
        raise unusable(path, "文件已损坏", "用 Office 打开后重新保存的 .xlsx 或 .docx") from error
    if size > LARGEST_UNPACKED:
        raise unusable(path, "文件展开后太大，不像是申报表", "只有申报表的文件")
