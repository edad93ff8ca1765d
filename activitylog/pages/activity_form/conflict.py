"""Two versions of one activity side by side, for the person whose save came second."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

from activitylog.activities.details import ActivityDetails
from activitylog.core.districts import BY_CODE
from activitylog.web.formats import clock

KEEP = "keep-"  # with a field's name it is the input that says whose version is to stand
THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field two people wrote differently, in the words of the page.

    `keeps_theirs` when the second person had left the field as it was.
    """

    name: str
    label: str
    theirs: str
    mine: str
    keeps_theirs: bool


@dataclass(frozen=True, slots=True)
class _Row:
    name: str  # of the field in ActivityDetails
    label: str
    say: Callable[[ActivityDetails], str]


_ROWS = (
    _Row("project_id", "项目", lambda details: str(details.project_id)),
    _Row("kinds", "活动类型", lambda details: "、".join(sorted(details.kinds))),
    _Row("title", "活动名称", lambda details: details.title),
    _Row("held_on", "举办日期", lambda details: _day(details.held_on)),
    _Row("start_time", "开始时间", lambda details: clock(details.start_time)),
    _Row("venue_name", "场所名称", lambda details: details.venue_name),
    _Row("venue_kind", "场所类型", lambda details: details.venue_kind),
    _Row("districts", "区", lambda details: "、".join(BY_CODE[code].name for code in details.districts)),
    _Row("audience_onsite", "现场人数", lambda details: f"{details.audience_onsite:,} 人"),
    _Row("audience_online", "线上人数", lambda details: f"{details.audience_online:,} 人"),
    _Row("form", "科普形式", lambda details: details.form),
    _Row("planned_on", "计划日期", lambda details: _day(details.planned_on)),
    _Row("checks", "质量检查", lambda details: "、".join(details.checks)),
    _Row("summary", "活动总结", lambda details: details.summary),
    _Row("note", "备注", lambda details: details.note),
)


def differences(
    theirs: ActivityDetails, mine: ActivityDetails, *, projects: Mapping[int, str], base: str = ""
) -> list[Difference]:
    """What is not the same, in the order of the form; `base` is the mark of what the form began with."""
    began = dict(part.split(":") for part in base.split(" ") if part.count(":") == 1)
    return [
        Difference(
            row.name,
            row.label,
            _said(row, theirs, projects),
            _said(row, mine, projects),
            keeps_theirs=began.get(row.name) == _mark(row, mine),
        )
        for row in _ROWS
        if row.say(theirs) != row.say(mine)
    ]


def base_of(details: ActivityDetails) -> str:
    """A short mark of every field, to tell later which ones a person has changed."""
    return " ".join(f"{row.name}:{_mark(row, details)}" for row in _ROWS)


def kept(theirs: ActivityDetails, mine: ActivityDetails, names: Collection[str]) -> ActivityDetails:
    """Mine with the named fields as they are stored."""
    return replace(mine, **{row.name: getattr(theirs, row.name) for row in _ROWS if row.name in names})


def kept_names(sent: Mapping[str, str]) -> set[str]:
    """The fields whose stored version the person chose."""
    return {name.removeprefix(KEEP) for name, whose in sent.items() if whose == THEIRS}


def _said(row: _Row, details: ActivityDetails, projects: Mapping[int, str]) -> str:
    if row.name == "project_id":
        return projects.get(details.project_id, "（别的项目）")
    return row.say(details)


def _mark(row: _Row, details: ActivityDetails) -> str:
    return sha256(row.say(details).encode()).hexdigest()[:8]


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
