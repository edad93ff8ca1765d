"""Opens a declaration file within bounds, or refuses it with its name and a way out."""

from pathlib import Path

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
