"""Permissions of each role, and the strength of passwords."""

import pytest

from activitylog.accounts.rules import (
    PERMISSION_LABELS,
    PERMISSIONS,
    ROLE_LABELS,
    SEES_OWN_PROJECTS_ONLY,
    Permission,
    Role,
    may,
    password_weakness,
)

# role | what it may do
MAY = """
organizer | read log
manager   | read log review edit_rules
officer   | read log review edit_rules set_review roll_up audit
auditor   | read audit
admin     | read log review edit_rules set_review roll_up audit manage_people set_office
"""


@pytest.mark.parametrize("line", MAY.strip().splitlines())
def test_a_role_may_do_what_the_table_says_and_nothing_else(line: str) -> None:
    role, words = (cell.strip() for cell in line.split("|"))
    allowed = {permission.value for permission in Permission if may(Role(role), permission)}
    assert allowed == set(words.split())


def test_every_role_and_permission_has_its_words() -> None:
    assert set(PERMISSIONS) == set(ROLE_LABELS) == set(Role)
    assert set(PERMISSION_LABELS) == set(Permission)
    assert {Role.ORGANIZER} == SEES_OWN_PROJECTS_ONLY


@pytest.mark.parametrize(
    "password",
    ["Kepu2024", "kepu-2024", "KEPU-2024", "Kepu-kepu", "科普Kepu2024", "aB 345678", "a" * 120 + "B1!"],
)
def test_three_classes_of_characters_are_strong(password: str) -> None:
    assert password_weakness(password) is None


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "太短"),
        ("Kepu-20", "至少使用 8 个字符"),
        ("kepukepu", "太简单"),
        ("20242024", "太简单"),
        ("kepu2024", "太简单"),
        ("KEPU2024", "太简单"),
        ("--------", "太简单"),
        ("科普事业中心密码", "太简单"),
        ("a" * 126 + "B1!", "最多使用 128 个字符"),
        (" Kepu-2024", "首尾不能有空格"),
        ("Kepu-2024　", "首尾不能有空格"),
        ("Kepu\n2024!", "控制字符"),
        ("Kepu\x00-2024", "控制字符"),
    ],
)
def test_a_weak_password_is_told_what_it_lacks(password: str, words: str) -> None:
    assert words in (password_weakness(password) or "")
