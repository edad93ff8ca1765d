import io
import time
import zipfile

import openpyxl
import pytest

from activitylog.errors import UnusableFile
from activitylog.files.rules import EXCEL, LONGEST, PDF, WORD, clean_name, document_type
from tests.factories.files import PDF as SOME_PDF
from tests.factories.files import make_archive, make_word


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("总结.docx", "总结.docx"),
        ("C:\\fakepath\\总结.docx", "总结.docx"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("gpj\u202e.exe", "gpj.exe"),
        ("...", "未命名"),
        (None, "未命名"),
    ],
)
def test_a_name_is_shown_without_folders_and_tricks(sent: str | None, kept: str) -> None:
    assert clean_name(sent) == kept


def test_a_long_name_keeps_its_ending() -> None:
    assert clean_name("长" * 300 + ".pdf") == "长" * (LONGEST - 4) + ".pdf"


def type_of(content: bytes) -> str:
    stream = io.BytesIO(content)
    found = document_type(stream, "总结")
    assert stream.tell() == 0
    return found


def encrypted(archive: bytes) -> bytes:
    """With the bit set that says so, in the table of contents."""
    at = archive.index(b"PK\x01\x02") + 8
    return archive[:at] + b"\x01" + archive[at + 1 :]


def many_parts(count: int) -> bytes:
    """An archive without contents whose table of contents alone is work."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number:0100d}", b"")
    return written.getvalue()


def test_documents_are_known_by_what_they_hold() -> None:
    workbook = io.BytesIO()
    openpyxl.Workbook().save(workbook)
    assert type_of(workbook.getvalue()) == EXCEL
    assert type_of(make_word()) == WORD
    assert type_of(SOME_PDF) == PDF


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (make_word(**{"word/vbaProject.bin": b"x"}), "宏"),
        (make_word(**{"word/embeddings/oleObject1.bin": b"x"}), "宏或嵌入"),
        (make_word(**{"word/media/a": bytes(60_000_000)}), "展开后太大"),
        (encrypted(make_word()), "密码"),
        (make_archive({"a.docx": make_word()}), "是一个压缩包"),
        (many_parts(9_000), "损坏"),
        (make_word()[:-10], "损坏"),
        (SOME_PDF[:20], "不完整"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 Office"),
        (b"<html>", "网页"),
        (b"plain words", "别的文件"),
    ],
    ids=range(11),
)
def test_other_contents_are_refused_with_the_reason(content: bytes, said: str) -> None:
    began = time.monotonic()
    with pytest.raises(UnusableFile, match=f"“总结”.*{said}"):
        type_of(content)
    assert time.monotonic() - began < 1
