"""Opens a declaration file within bounds, a zipped one also; refuses it with its name and a way out."""

from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from activitylog.errors import DeclarationError, Problem

LARGEST_FILE = 10 * 1024 * 1024


def read_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise unusable(path, "这是一个文件夹", "一个申报表文件")
    if not path.exists():
        raise unusable(path, "没有这个文件，请检查路径")
    if path.stat().st_size > LARGEST_FILE:
        raise unusable(path, "文件太大，不像是申报表", "不超过 10 MB 的文件")
    try:
        return path.read_bytes()
    except OSError as error:
        raise unusable(path, "文件打不开，请检查是否有读取权限") from error


def unusable(path: Path, message: str, expected: str = "") -> DeclarationError:
    """The refusal of a whole file; what was expected is part of the sentence, so that it is always shown."""
    problem = Problem(message, file=path.name or str(path), expected=expected)
    advice = f"应为{expected}。" if expected else ""
    return DeclarationError(f"申报表“{problem.file}”无法读取：{message}。{advice}", problems=[problem])


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
