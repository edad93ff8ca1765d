"""Compares two versions of one activity field by field, for the person whose save was stale."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

from activitylog.activities.details import ActivityDetails
from activitylog.activities.rules import AUDIENCE_GROUPS
from activitylog.core.districts import BY_CODE
from activitylog.web.formats import clock

CHOICE_PREFIX = "keep-"  # before a field's name: the input that chooses whose version to save
THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field that two people filled in differently, as texts.

    `keeps_theirs` when the second person had left the field as it was.
    """

    name: str
    label: str
    theirs: str
    mine: str
    keeps_theirs: bool


@dataclass(frozen=True, slots=True)
class _ComparedField:
    name: str  # of the field in ActivityDetails
    label: str
    text: Callable[[ActivityDetails], str]


def _people_field(label: str, name: str) -> _ComparedField:
    return _ComparedField(name, label, lambda details: f"{getattr(details, name):,} 人")


_COMPARED_FIELDS = (
    _ComparedField("project_id", "项目", lambda details: str(details.project_id)),
    _ComparedField("kinds", "活动类型", lambda details: "、".join(sorted(details.kinds))),
    _ComparedField("title", "活动名称", lambda details: details.title),
    _ComparedField("held_on", "举办日期", lambda details: _day(details.held_on)),
    _ComparedField("start_time", "开始时间", lambda details: clock(details.start_time)),
    _ComparedField("venue_name", "场所名称", lambda details: details.venue_name),
    _ComparedField("venue_kind", "场所类型", lambda details: details.venue_kind),
    _ComparedField(
        "districts", "区", lambda details: "、".join(BY_CODE[code].name for code in details.districts)
    ),
    _ComparedField("audience_onsite", "现场人数", lambda details: f"{details.audience_onsite:,} 人"),
    _ComparedField("audience_online", "线上人数", lambda details: f"{details.audience_online:,} 人"),
    *(_people_field(label, name) for label, name in AUDIENCE_GROUPS.items()),
    _ComparedField("counting_method", "计数方式", lambda details: details.counting_method),
    _ComparedField("speaker", "主讲", lambda details: details.speaker),
    _ComparedField("form", "科普形式", lambda details: details.form),
    _ComparedField("planned_on", "计划日期", lambda details: _day(details.planned_on)),
    _ComparedField("checks", "质量检查", lambda details: "、".join(details.checks)),
    _ComparedField("summary", "活动总结", lambda details: details.summary),
    _ComparedField("note", "备注", lambda details: details.note),
)


def differences(
    theirs: ActivityDetails, mine: ActivityDetails, *, projects: Mapping[int, str], base: str = ""
) -> list[FieldDifference]:
    """The fields that differ, in the order of the form; `base` holds the digests the form began with."""
    initial = dict(part.split(":") for part in base.split(" ") if part.count(":") == 1)
    return [
        FieldDifference(
            field.name,
            field.label,
            _text(field, theirs, projects),
            _text(field, mine, projects),
            keeps_theirs=initial.get(field.name) == _digest(field, mine),
        )
        for field in _COMPARED_FIELDS
        if field.text(theirs) != field.text(mine)
    ]


def field_digests(details: ActivityDetails) -> str:
    """A short digest of every field, by which `differences` finds the fields a person has changed."""
    return " ".join(f"{field.name}:{_digest(field, details)}" for field in _COMPARED_FIELDS)


def merge_versions(theirs: ActivityDetails, mine: ActivityDetails, names: Collection[str]) -> ActivityDetails:
    """Mine, with the named fields taken from the stored version."""
    return replace(
        mine, **{field.name: getattr(theirs, field.name) for field in _COMPARED_FIELDS if field.name in names}
    )


def fields_chosen_from_theirs(sent: Mapping[str, str]) -> set[str]:
    """The names of the fields whose stored version the person chose."""
    return {name.removeprefix(CHOICE_PREFIX) for name, whose in sent.items() if whose == THEIRS}


def _text(field: _ComparedField, details: ActivityDetails, projects: Mapping[int, str]) -> str:
    if field.name == "project_id":
        return projects.get(details.project_id, "（别的项目）")
    return field.text(details)


def _digest(field: _ComparedField, details: ActivityDetails) -> str:
    return sha256(field.text(details).encode()).hexdigest()[:8]


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
