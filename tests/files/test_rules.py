import pytest

from activitylog.files.rules import LONGEST, clean_name


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
