"""Two versions of one activity side by side, for the person whose save came second."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from activitylog.activities.operations import ActivityDetails
from activitylog.districts import BY_CODE


@dataclass(frozen=True, slots=True)
class Difference:
    """One field two people wrote differently, in the words of the page."""

    label: str
    theirs: str
    mine: str


def differences(
    theirs: ActivityDetails, mine: ActivityDetails, *, projects: dict[int, str]
) -> list[Difference]:
    """What is not the same, in the order of the form."""
    rows = (
        Difference(label, say(theirs), say(mine))
        for label, say in _fields(lambda details: projects.get(details.project_id, "（别的项目）"))
    )
    return [row for row in rows if row.theirs != row.mine]


def _fields(
    project: Callable[[ActivityDetails], str],
) -> tuple[tuple[str, Callable[[ActivityDetails], str]], ...]:
    return (
        ("项目", project),
        ("活动类型", lambda details: "、".join(sorted(details.kinds))),
        ("活动名称", lambda details: details.title),
        ("举办日期", lambda details: _day(details.held_on)),
        ("场所名称", lambda details: details.venue_name),
        ("场所类型", lambda details: details.venue_kind),
        ("区", lambda details: "、".join(BY_CODE[code].name for code in details.districts)),
        ("现场人数", lambda details: f"{details.audience_onsite:,} 人"),
        ("线上人数", lambda details: f"{details.audience_online:,} 人"),
        ("科普形式", lambda details: details.form),
        ("计划日期", lambda details: _day(details.planned_on)),
        ("备注", lambda details: details.note),
    )


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
