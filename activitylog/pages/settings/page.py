"""What the pages of an office's settings show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any
from urllib.parse import urlsplit

from activitylog.accounts.rules import DUTY_LABELS, duties_in
from activitylog.indicators.years.queries import RoundingOfYear, SatisfactionOfYear
from activitylog.office.queries import Change
from activitylog.office.rules import EDITABLE
from activitylog.settings import Settings
from activitylog.web.forms import BaseForm


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that are changed on one page."""

    key: str
    title: str
    note: str
    names: tuple[str, ...]


GROUPS = (
    Group("office", "单位", "", ("office_name", "office_contact", "public_url", "office_logo")),
    Group(
        "surveys",
        "问卷",
        "对所有活动有效，已经印好的海报也按新的时间收。",
        ("survey_opens_minutes", "survey_closes_hours", "survey_limit"),
    ),
    Group("signing_in", "登录", "还没开启的人下次打开页面时先设好，才能办别的事。", ("second_factor_roles",)),
    Group(
        "retention",
        "保存期限",
        "到期的每晚删除，删了不能恢复；评分和份数不受影响。设备标记满 90 天、登录记录满半年本来就会删除。",
        ("text_months", "access_log_days"),
    ),
    Group("uploads", "上传", "照片、依据等所有文件合在一起算；已经存下的不受影响。", ("upload_megabytes",)),
    Group(
        "notices",
        "通知时间",
        "自己另外定了时间的人，按自己的。夜里的通知不会丢，到点再发。",
        ("quiet_from", "quiet_until"),
    ),
    Group("sending", "邮件和群机器人", "保存后可以在“通知设置”里发一条测试。", ("mail_url", "notice_urls")),
    Group("kinds", "活动类型", "已经登记的活动不受影响。", ("activity_kinds",)),
    Group("closing", "结账", "已经结账的月份不受影响。", ("close_day",)),
)
YEAR_GROUPS = (
    Group("rounding", "取舍方法", "", ("rounds_first",)),
    Group("year_satisfaction", "满意度算法", "未结账的月份会按它重新汇总。", ("method",)),
)
GROUP = {group.key: group for group in (*GROUPS, *YEAR_GROUPS)}
NOT_SET = "未设定"
LIMITLESS = {
    "second_factor_roles": "都不必",
    "activity_kinds": "用过的全部类型",
    "survey_limit": "不限",
    "text_months": "一直保存",
    "close_day": "不自动结账",
    "notice_urls": NOT_SET,
}
SHOWN: Mapping[str, Callable[[Any], str]] = {
    "office_logo": lambda _logo: "已上传",
    "second_factor_roles": lambda roles: "、".join(DUTY_LABELS[duty] for duty in duties_in(roles)),
    "close_day": lambda day: f"每月 {day} 日",
    "mail_url": lambda url: urlsplit(url).netloc.rpartition("@")[2],  # neither account nor password
    "notice_urls": lambda urls: f"{len(urls)} 个",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One setting: what it is set to, and by whom."""

    label: str
    value: str
    by: str


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """All settings by group, and where each is changed."""

    groups: Sequence[tuple[Group, Sequence[Line], bool]]
    years: Sequence[tuple[Group, Sequence[RoundingOfYear | SatisfactionOfYear], bool]]


@dataclass(frozen=True, slots=True)
class SettingsFormPage:
    """The form of one group; `given` are the fields that the environment sets."""

    group: Group
    form: BaseForm
    given: frozenset[str] = frozenset()
    logo: str = ""
    shown: tuple[str, ...] = ()


def names_of(group: Group, settings: Settings) -> tuple[str, ...]:
    """The group's settings; not how long the access log is kept where others keep it."""
    is_logged = settings.access_log == "file"
    return tuple(name for name in group.names if is_logged or name != "access_log_days")


def value_text(name: str, settings: Settings) -> str:
    value = getattr(settings, name)
    if name in SHOWN and value:
        return SHOWN[name](value)
    if value == "" or (not value and name in LIMITLESS):
        return LIMITLESS.get(name, NOT_SET)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return f"{value} {EDITABLE[name].unit}".strip()


def settings_page(
    settings: Settings,
    changes: Mapping[str, Change],
    years: Mapping[str, Sequence[RoundingOfYear | SatisfactionOfYear]],
    *,
    may_change: Mapping[str, bool],
) -> SettingsPage:
    def line(name: str) -> Line:
        change = changes.get(name)
        if name in settings.given:
            by = "由服务器的环境变量设定"
        elif change is not None and change.by:
            by = f"{change.by} 设定"
        else:
            by = "默认" if change is None else ""
        return Line(EDITABLE[name].label, value_text(name, settings), by)

    return SettingsPage(
        [
            (group, [line(name) for name in names_of(group, settings)], may_change[group.key])
            for group in GROUPS
        ],
        [(group, years[group.key], may_change[group.key]) for group in YEAR_GROUPS if years[group.key]],
    )
