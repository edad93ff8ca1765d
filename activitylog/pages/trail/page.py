"""The page of the audit trail: entries as texts, with links to the records they are about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.personal_data.queries import OF_PERSON, ErasedNames, erased_names
from activitylog.activities.models import Activity
from activitylog.audit.models import AuditEntry
from activitylog.audit.registry import BY_KIND, Field
from activitylog.core.period import business_day
from activitylog.indicators.sources import SOURCES
from activitylog.pages.discrepancies.page import TrailState
from activitylog.pages.trail.forms import TrailFilterForm, kind_labels
from activitylog.projects.models import Indicator, Project
from activitylog.web.formats import full_day, moment

EMPTY_VALUE = "（空）"
VERBS = {
    "created": "登记",
    "edited": "修改",
    "removed": "删除",
    "planned": "登记计划",
    "logged": "提交审核",
    "approved": "审核通过",
    "counted": "提交，免审核",
    "returned": "退回",
    "undone": "撤销审核决定",
    "withdrawn": "撤下",
    "restored": "恢复",
    "merged": "合并",
    "separated": "撤销合并",
    "done": "标记完成",
    "confirmed": "确认",
    "published": "发布",
    "closed": "结账",
    "reopened": "反结账",
    "exported": "导出",
    "enabled": "启用",
    "disabled": "停用",
    "password_changed": "更换密码",
    "password_rehashed": "改按新标准保存密码",
    "calendar_renewed": "更换日历地址",
    "signed_in": "登录",
    "sign_in_failed": "登录失败",
    "signed_out": "退出登录",
    "locked": "因连续登录失败锁定",
    "unlocked": "解除登录等待",
    "second_factor_on": "开启两步验证",
    "second_factor_off": "关闭两步验证",
    "recovery_code_used": "用掉一个恢复码",
    "recovery_codes_renewed": "重新生成恢复码",
    "link_made": "发出设密码的链接",
    "archived": "归档",
    "sealed": "封存",
    "checked": "核对",
    "check_started": "开始核对",
    "taken_over": "按现状接管",
    "found": "发现",
    "settled": "处理",
    "downloaded": "下载",
    "refused": "没有权限，未能打开",
    "booked": "汇总",
    "excluded": "剔除",
    "included": "恢复计入",
    "accepted": "核实无误",
    "opened": "开出",
    "revoked": "作废",
    "erased": "注销",
    "expired": "按保存期限清理",
}
_OTHER_FIELDS = {
    "locked_until": "锁定到",
    "file": "文件",
    "sha256": "文件校验值",
    "first": "首条",
    "last": "末条",
    "hash": "末条校验值",
    "from_month": "从",
    "to_month": "到",
    "posted_at": "汇总时间",
    "table": "答卷",
    "through": "末份",
    "answers": "份数",
    "new": "新发现",
    "open": "未处理",
    "key": "密钥",
    "records": "条数",
    "path": "地址",
    "devices": "设备标记",
    "texts": "文字意见",
    "sign_ins": "登录和失败记录",
    "masked": "补隐去号码的答卷",
}
_NOT_SHOWN = frozenset({"digests", "sign_in", "password_hash", "calendar_hash"})
_RECORDS = frozenset(source.object_type for source in SOURCES)
_OF_INDICATOR = frozenset({"indicator", "rule"})


@dataclass(frozen=True, slots=True)
class ChangedField:
    """One field as texts; a new record has no `before`, a removed one no `after`."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One entry as texts; `kind` is empty where the verb implies it, `name` where it is the person's own."""

    entry: AuditEntry
    verb: str
    kind: str
    name: str
    who: str
    href: str
    project: str
    fields: Sequence[ChangedField]

    @property
    def clock(self) -> str:
        """The time of day in Shanghai, below a heading with the day."""
        return moment(self.entry.at)[-5:]

    @property
    def is_about_record(self) -> bool:
        """Whether it is about a record that can count, rather than about one attached to it."""
        return self.entry.object_type in _RECORDS


@dataclass(frozen=True, slots=True)
class TrailDay:
    """The entries of one day, newest first."""

    label: str
    lines: Sequence[TrailLine]


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Entries of the trail; `is_cut` where the search stopped early, `newest` and `older` are addresses."""

    form: TrailFilterForm
    state: TrailState
    days: Sequence[TrailDay]
    is_cut: bool
    is_first: bool
    narrowed: Sequence[tuple[str, str]]
    newest: str
    older: str


def trail_lines(session: Session, entries: Iterable[AuditEntry]) -> list[TrailLine]:
    """The entries as texts; with a link where the record still exists."""
    listed = list(entries)
    numbers = _names(session, Activity, Activity.number, {entry.activity_id for entry in listed})
    projects = _names(session, Project, Project.name, {entry.project_id for entry in listed})
    indicators = _names(
        session,
        Indicator,
        Indicator.name,
        {entry.object_id for entry in listed if entry.object_type in _OF_INDICATOR},
    )
    labels, names = kind_labels(), erased_names(session)
    return [
        TrailLine(
            entry=entry,
            **_heading(entry, labels.get(entry.object_type, entry.object_type), names),
            who=names.shown(entry.who, entry.user_id),
            href=_href(entry, numbers, projects, indicators),
            project=projects.get(entry.project_id or 0, ""),
            fields=_fields(entry, names),
        )
        for entry in listed
    ]


def trail_days(lines: Iterable[TrailLine]) -> list[TrailDay]:
    """The lines by the day in Shanghai on which they were written."""
    by_day = groupby(lines, key=lambda line: business_day(line.entry.at))
    return [TrailDay(full_day(day), list(of_day)) for day, of_day in by_day]


def _heading(entry: AuditEntry, kind: str, names: ErasedNames) -> dict[str, str]:
    """结账 2024年6月, not 结账 结账 2024年6月; 李主任 登录, not 李主任 登录 用户 李主任."""
    verb = VERBS.get(entry.action.rpartition(".")[2], entry.action)
    if entry.object_type == "user" and entry.object_name == entry.who:
        return {"verb": verb, "kind": "", "name": ""}
    is_of_person = entry.object_type in OF_PERSON
    name = names.shown_value(entry.object_name, entry.at) if is_of_person else entry.object_name
    return {"verb": verb, "kind": "" if kind == verb else kind, "name": name}


def _names(session: Session, model: Any, column: Any, ids: set[int | None]) -> dict[int, str]:
    known_ids = ids - {None}
    if not known_ids:
        return {}
    named = session.execute(select(model.id, column).where(model.id.in_(known_ids)))
    return {row[0]: row[1] for row in named}


def _href(
    entry: AuditEntry, numbers: dict[int, str], projects: dict[int, str], indicators: dict[int, str]
) -> str:
    if entry.activity_id in numbers:
        return f"/activities/{numbers[entry.activity_id]}"
    if entry.object_type in _OF_INDICATOR and entry.object_id in indicators:
        return f"/indicators/{entry.object_id}"
    if entry.object_type in {"booking", "closing", "reopening"} and entry.object_id is not None:
        return f"/periods/{entry.object_id // 100:04d}-{entry.object_id % 100:02d}"
    return f"/projects/{entry.project_id}" if entry.project_id in projects else ""


def _fields(entry: AuditEntry, names: ErasedNames) -> list[ChangedField]:
    spec = BY_KIND.get(entry.object_type)
    known = {spec.entry_name(name): field for name, field in spec.fields.items()} if spec else {}
    is_new, is_gone = entry.before == "{}", entry.after == "{}"
    return [
        ChangedField(
            label=known[name].label if name in known else _OTHER_FIELDS.get(name, name),
            before=None if is_new else _value_text(known.get(name), before),
            after=None if is_gone else _value_text(known.get(name), after),
        )
        for name, (before, after) in _changes(entry, names).items()
        if name not in _NOT_SHOWN
    ]


def _changes(entry: AuditEntry, names: ErasedNames) -> dict[str, tuple[Any, Any]]:
    if entry.object_type not in OF_PERSON:
        return entry.changes
    changes = entry.changes.items()
    return {name: tuple(names.shown_value(each, entry.at) for each in values) for name, values in changes}


def _value_text(field: Field | None, value: Any) -> str:
    if value is None or value in ("", []):
        return EMPTY_VALUE
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(_value_text(field, item) for item in value)
    if field is not None and field.value_text is not None:
        return field.value_text(value)
    return _moment(value) if isinstance(value, str) else str(value)


def _moment(text: str) -> str:
    """A stored moment in the format of pages; any other text unchanged."""
    if "T" not in text or not text.endswith("+00:00"):
        return text
    try:
        return moment(datetime.fromisoformat(text))
    except ValueError:
        return text
