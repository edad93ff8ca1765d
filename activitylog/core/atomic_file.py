"""Writes a file atomically: under a temporary name, renamed when complete; and makes private folders."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from activitylog.errors import BadInput
from activitylog.settings import PRIVATE_FOLDER

PRIVATE_FILE = 0o600  # for the account the server runs under alone


def make_private_folder(folder: Path) -> Path:
    """The folder, made for this account alone with those above it that are missing."""
    if not folder.is_dir():
        make_private_folder(folder.parent)
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    return folder


@contextmanager
def write_atomically(path: Path, *suffixes: str) -> Iterator[Path]:
    """A temporary file beside `path` to write to; renamed to `path` at the end, removed after an error."""
    if path.suffix.lower() not in suffixes:
        raise BadInput(f"文件名“{path.name}”应以 {' 或 '.join(suffixes)} 结尾。")
    if path.is_dir() or not path.parent.is_dir():
        raise BadInput(f"“{path}”不能作为文件保存，请检查文件夹是否存在。")
    draft = path.with_name(f".{secrets.token_hex(8)}{path.suffix.lower()}")
    try:
        yield draft
        draft.chmod(PRIVATE_FILE)
        draft.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        draft.unlink(missing_ok=True)


def unwritable(path: Path, error: Exception) -> BadInput:
    reason = getattr(error, "strerror", None) or str(error)
    return BadInput(f"文件“{path}”写不进去（{reason}），请检查权限、磁盘空间，或关闭正打开它的程序。")
