"""Roles, and what each and the administration of accounts may do, in one table."""

import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from activitylog.core.text.words import look_alike_key


class Role(StrEnum):
    """What a user does with records and figures; administering accounts is told apart from it."""

    ORGANIZER = "organizer"
    MANAGER = "manager"
    OFFICER = "officer"
    AUDITOR = "auditor"
    NONE = "none"


ROLE_LABELS = {
    Role.ORGANIZER: "活动组织者",
    Role.MANAGER: "项目负责人",
    Role.OFFICER: "绩效专员",
    Role.AUDITOR: "审计（只读）",
    Role.NONE: "不经手业务",
}
ADMINISTRATOR = "系统管理员"  # who administers accounts, whatever else they do
ADMIN_DUTY = "admin"
DUTY_LABELS = {  # what a setting may be about: a role, or administering accounts
    **{role.value: label for role, label in ROLE_LABELS.items() if role is not Role.NONE},
    ADMIN_DUTY: ADMINISTRATOR,
}
# the words of commands and of sign-in services: role, and whether accounts are administered
ROLE_WORDS = {
    **{role.value: (role, False) for role in Role if role is not Role.NONE},
    "admin": (Role.OFFICER, True),
    "accounts": (Role.NONE, True),
}


def role_text(role: Role, *, administers_accounts: bool) -> str:
    """What a person is in the office: 绩效专员、系统管理员."""
    words = [ROLE_LABELS[role]] * (role is not Role.NONE or not administers_accounts)
    return "、".join([*words, *[ADMINISTRATOR] * administers_accounts])


class Permission(StrEnum):
    """A permission that a route needs."""

    SIGN_IN = "sign_in"
    READ = "read"
    LOG = "log"
    REVIEW = "review"
    EDIT_RULES = "edit_rules"
    EDIT_VENUES = "edit_venues"
    SET_REVIEW = "set_review"
    ROLL_UP = "roll_up"
    AUDIT = "audit"
    SETTLE = "settle"
    MANAGE_PEOPLE = "manage_people"
    SET_OFFICE = "set_office"


PERMISSION_LABELS = {
    Permission.SIGN_IN: "登录，改自己的姓名和密码，看单位设了什么",
    Permission.READ: "查看活动、指标和每个数背后的记录",
    Permission.LOG: "记活动，登记推送、媒体报道、里程碑、支出和纸质问卷",
    Permission.REVIEW: "审核活动和其他记录：通过、退回或取消",
    Permission.EDIT_RULES: "核对和修改指标的计数规则，编写问卷",
    Permission.EDIT_VENUES: "修改和合并场所、合并同一词的两种写法；会牵动各个项目，须管全部项目",
    Permission.SET_REVIEW: "设定项目要不要审核、质量检查查哪几项，问卷何时开放，何时自动结账",
    Permission.ROLL_UP: "汇总月份并结账，设定指标分值",
    Permission.AUDIT: "查看审计记录：谁在什么时候改了什么",
    Permission.SETTLE: "核对审计记录，处理查出的不符之处",
    Permission.MANAGE_PEOPLE: "邀请和停用用户，设定角色和项目，重设密码",
    Permission.SET_OFFICE: "设定单位名称、标志和公开网址",
}
_ORGANIZER = frozenset({Permission.SIGN_IN, Permission.READ, Permission.LOG})
_MANAGER = _ORGANIZER | {Permission.REVIEW, Permission.EDIT_RULES, Permission.EDIT_VENUES}
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ORGANIZER: _ORGANIZER,
    Role.MANAGER: _MANAGER,
    Role.OFFICER: _MANAGER | {Permission.SET_REVIEW, Permission.ROLL_UP, Permission.AUDIT, Permission.SETTLE},
    Role.AUDITOR: frozenset({Permission.SIGN_IN, Permission.READ, Permission.AUDIT, Permission.SETTLE}),
    Role.NONE: frozenset({Permission.SIGN_IN}),
}
# of who administers accounts, whatever the role
ADMINISTRATION = frozenset({Permission.MANAGE_PEOPLE, Permission.SET_OFFICE})
NEEDS_ALL_PROJECTS = frozenset({Permission.EDIT_VENUES})  # of these, what one project's manager may not
SEES_ALL_PROJECTS = frozenset({Role.OFFICER, Role.AUDITOR})
MAY_HAVE_ALL_PROJECTS = frozenset({Role.MANAGER})
BELONGS_TO_PROJECTS = frozenset({Role.ORGANIZER, Role.MANAGER})
MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 128
ERASED_NAME = "已注销用户"  # with its id, what an erased account is called
MAX_NAME_LENGTH = 64
MIN_CHARACTER_CLASSES = 3
MIN_GUESSES = 30_000  # that a password must withstand: a week, at the fifty an account waits after
COMMON_GUESSES = 100_000  # of a part that many people choose
LONG_PART, SHORT_REST = 6, 3  # characters
_GUESSED_LENGTH = 72  # characters that the estimate looks at
# What the estimate's lists, made abroad, do not have near their top.
_COMMON_HERE: tuple[str, ...] = (
    "woaini",
    "woaiwo",
    "qinaide",
    "laopo",
    "laogong",
    "nihao",
    "zaijian",
    "huanying",
)
_COMMON_HERE += ("mima", "wodemima", "guanliyuan", "administrator", "zhongguo", "shanghai", "beijing")
_COMMON_HERE += ("weixin", "tencent", "huawei", "xiaomi", "5201314", "1314520", "1314", "520")
_REASONS = {
    "name": "密码里不能有自己的名字，倒写或换几个相像的字符也不行",
    "dictionary": "这是常见的密码，或常见的词加几个数字，别人会先试它",
    "spatial": "密码是键盘上挨着的一串键，别人会先试它",
    "repeat": "密码里重复的字符太多，容易被猜到",
    "sequence": "密码里有连着的数字或字母，容易被猜到",
    "date": "密码主要是一个日期，容易被猜到",
    "bruteforce": "密码太短，容易被猜到",
}
_HELP = "；请用几个互不相干的词，中间加数字和符号。"


def duties_in(text: str) -> list[str]:
    """The duties that a text names, separated by commas; words that are none are left out."""
    named = text.split(",")
    return [duty for duty in DUTY_LABELS if duty in named]


def permissions_of(
    role: Role, *, administers_accounts: bool, sees_all_projects: bool
) -> frozenset[Permission]:
    """What a user may do: by the role, and by administering accounts."""
    permissions = PERMISSIONS[role] if sees_all_projects else PERMISSIONS[role] - NEEDS_ALL_PROJECTS
    return permissions | ADMINISTRATION if administers_accounts else permissions


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
    if name and look_alike_key(name) in look_alike_key(password):
        return _REASONS["name"] + _HELP
    return _guessable(password, name)


def _guessable(password: str, name: str) -> str | None:
    """Why somebody who guesses finds it soon, x; None when they do not."""
    own = [name, *name.split(), look_alike_key(name)] if name else []
    without_signs = "".join(filter(str.isalnum, password)).casefold()
    estimates = (_estimate(text, own) for text in (password, without_signs))
    found = min(estimates, key=lambda each: float(each["guesses"]))
    is_strong = found["guesses"] >= MIN_GUESSES and not _is_one_part(found["sequence"])
    return None if is_strong else _reason(found["sequence"], own) + _HELP


def _is_one_part(sequence: Sequence[Mapping[str, Any]]) -> bool:
    """Whether it is one common word, keyboard run or date, with nothing but a few digits about it."""
    known = [part for part in sequence if part["pattern"] != "bruteforce" and len(part["token"]) >= LONG_PART]
    rest = "".join(part["token"] for part in sequence if part not in known)
    is_common = len(known) == 1 and known[0]["guesses"] < COMMON_GUESSES
    return is_common and (rest.isdecimal() or len(rest) <= SHORT_REST)


def _estimate(text: str, own: Sequence[str]) -> Mapping[str, Any]:
    from zxcvbn import zxcvbn  # noqa: PLC0415  (loads its lists, and few requests need them)

    estimate: Mapping[str, Any] = zxcvbn(text[:_GUESSED_LENGTH], user_inputs=[*own, *_COMMON_HERE])
    return estimate


def _reason(sequence: Sequence[Mapping[str, Any]], own: Sequence[str]) -> str:
    """What the longest part that can be guessed is."""
    longest = max(sequence, key=lambda part: (part["pattern"] != "bruteforce", len(part["token"])))
    is_own = longest.get("matched_word") in {each.casefold() for each in own}
    return _REASONS["name" if is_own else str(longest["pattern"])]
