"""Permissions of each role, and the strength of passwords."""

import pytest

from activitylog.accounts.rules import (
    PERMISSION_LABELS,
    PERMISSIONS,
    ROLE_LABELS,
    ROLE_WORDS,
    Permission,
    Role,
    password_weakness,
    permissions_of,
    role_text,
)
from activitylog.server.first_start import make_password

# role | what it may do, beside its own account
MAY = """
organizer | read log
manager   | read log review edit_rules edit_venues
officer   | read log review edit_rules edit_venues set_review roll_up audit settle
auditor   | read audit settle
none      |
"""


@pytest.mark.parametrize("line", MAY.strip().splitlines())
def test_a_role_may_do_what_the_table_says_and_nothing_else(line: str) -> None:
    role, words = (cell.strip() for cell in line.split("|"))
    allowed = permissions_of(Role(role), administers_accounts=False, sees_all_projects=True)
    assert allowed == {Permission(word) for word in ("sign_in", *words.split())}
    administering = permissions_of(Role(role), administers_accounts=True, sees_all_projects=True)
    assert administering - allowed == {Permission.MANAGE_PEOPLE, Permission.SET_OFFICE}


def test_a_manager_of_some_projects_changes_nothing_that_moves_the_others() -> None:
    of_some = permissions_of(Role.MANAGER, administers_accounts=False, sees_all_projects=False)
    assert PERMISSIONS[Role.MANAGER] - of_some == {Permission.EDIT_VENUES}


def test_commands_know_every_role_and_the_administration_alone_and_with_the_books() -> None:
    assert {
        word: role_text(role, administers_accounts=administers)
        for word, (role, administers) in ROLE_WORDS.items()
    } == {
        "organizer": "活动组织者",
        "manager": "项目负责人",
        "officer": "绩效专员",
        "auditor": "审计（只读）",
        "admin": "绩效专员、系统管理员",
        "accounts": "系统管理员",
    }


def test_every_role_and_permission_has_its_words() -> None:
    assert set(PERMISSIONS) == set(ROLE_LABELS) == set(Role)
    assert set(PERMISSION_LABELS) == set(Permission)


@pytest.mark.parametrize(
    "password",
    ["Kepu2024", "kepu-2024", "KEPU-2024", "Kepu-2020", "科普Kepu2024", "aB 3x5v7k", "Wq7-vTz3" * 16],
)
def test_three_classes_of_characters_are_strong(password: str) -> None:
    assert password_weakness(password) is None


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Passw0rd", "常见"),
        ("P@ssw0rd2024", "常见"),
        ("Admin123", "常见"),
        ("Admin@123", "常见"),
        ("Abcd1234", "常见"),
        ("Qwer1234", "常见"),
        ("1qaz@WSX", "常见"),
        ("Woaini1314", "常见"),
        ("Zhongguo2024", "常见"),
        ("Shanghai@2024", "常见"),
        ("5201314Aa", "常见"),
        (";lkjhg-FD8", "键盘上挨着"),
        ("aaaaaaA1", "常见"),
        ("Kepu-kepu", "重复"),
        ("VvVvVvVvV7", "重复"),
        ("Abcdefgh-1", "连着的数字或字母"),
        ("20240612Aa", "日期"),
    ],
)
def test_what_is_guessed_first_is_refused_with_its_reason(password: str, words: str) -> None:
    weakness = password_weakness(password) or ""
    assert words in weakness
    assert "请用几个互不相干的词" in weakness


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("wangfang", "Wangfang-2024"),
        ("Wang Fang", "wangFANG-77x"),
        ("wangfang", "W@ngfang-1"),
        ("wangfang", "gnafgnaW-1"),
        ("wangfang", "wаngfаng-X71"),  # with Cyrillic letters
        ("王小青", "王小青-Wxq71"),
    ],
)
def test_a_name_is_no_password_however_it_is_written(name: str, password: str) -> None:
    assert "自己的名字" in (password_weakness(password, name=name) or "")


def test_made_up_passwords_are_strong_enough() -> None:
    assert all(password_weakness(make_password()) is None for _ in range(20))


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
