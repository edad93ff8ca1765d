"""Roles and what each may do, in one table."""

import unicodedata
from enum import StrEnum


class Role(StrEnum):
    """A user's role in the office."""

    ORGANIZER = "organizer"
    MANAGER = "manager"
    OFFICER = "officer"
    AUDITOR = "auditor"
    ADMIN = "admin"


ROLE_LABELS = {
    Role.ORGANIZER: "活动组织者",
    Role.MANAGER: "项目负责人",
    Role.OFFICER: "绩效专员",
    Role.AUDITOR: "审计（只读）",
    Role.ADMIN: "系统管理员",
}


class Permission(StrEnum):
    """A permission that a route needs."""

    READ = "read"
    LOG = "log"
    REVIEW = "review"
    EDIT_RULES = "edit_rules"
    SET_REVIEW = "set_review"
    ROLL_UP = "roll_up"
    AUDIT = "audit"
    MANAGE_PEOPLE = "manage_people"
    SET_OFFICE = "set_office"


PERMISSION_LABELS = {
    Permission.READ: "查看活动、指标和每个数背后的记录",
    Permission.LOG: "登记活动、推送、媒体报道、里程碑、支出和纸质问卷",
    Permission.REVIEW: "审核活动和其他记录：通过、退回或取消",
    Permission.EDIT_RULES: "核对和修改指标的计数规则，编写问卷",
    Permission.SET_REVIEW: "设定项目要不要审核、质量检查查哪几项，问卷何时开放，何时自动结账",
    Permission.ROLL_UP: "汇总月份并结账，设定指标分值",
    Permission.AUDIT: "查看审计记录：谁在什么时候改了什么",
    Permission.MANAGE_PEOPLE: "邀请和停用用户，设定角色和项目，重设密码",
    Permission.SET_OFFICE: "设定单位名称、标志和公开网址",
}
_ALL = frozenset(Permission)
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ORGANIZER: frozenset({Permission.READ, Permission.LOG}),
    Role.MANAGER: frozenset({Permission.READ, Permission.LOG, Permission.REVIEW, Permission.EDIT_RULES}),
    Role.OFFICER: _ALL - {Permission.MANAGE_PEOPLE, Permission.SET_OFFICE},
    Role.AUDITOR: frozenset({Permission.READ, Permission.AUDIT}),
    Role.ADMIN: _ALL,
}
SEES_OWN_PROJECTS_ONLY = frozenset({Role.ORGANIZER})
MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 128
MAX_NAME_LENGTH = 64
MIN_CHARACTER_CLASSES = 3


def may(role: Role, permission: Permission) -> bool:
    return permission in PERMISSIONS[role]


def password_weakness(password: str, *, name: str = "") -> str | None:
    """A sentence saying what the password lacks, or None when it is strong enough."""
    if len(password) < MIN_PASSWORD_LENGTH:
        return f"密码太短，请至少使用 {MIN_PASSWORD_LENGTH} 个字符。"
    if len(password) > MAX_PASSWORD_LENGTH:
        return f"密码太长，请最多使用 {MAX_PASSWORD_LENGTH} 个字符。"
    if password != password.strip() or any(unicodedata.category(c) == "Cc" for c in password):
        return "密码首尾不能有空格，中间不能有换行等控制字符，请换一个。"
    classes = sum(
        any(test(character) for character in password)
        for test in (str.islower, str.isupper, str.isdecimal, lambda c: not c.isalnum())
    )
    if classes < MIN_CHARACTER_CLASSES:
        return "密码太简单，请至少混用小写字母、大写字母、数字、符号中的三类。"
    if name and name.casefold() in password.casefold():
        return "密码里不能有自己的名字，请换一个。"
    return None
