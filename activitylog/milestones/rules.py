"""The state of a milestone on a day, the days it may have, and the office's usual kinds."""

from datetime import date
from enum import StrEnum

from activitylog.core.records import check_year
from activitylog.errors import BadInput

KINDS = ("制度", "科技小院", "资源推送", "工作节点")


class MilestoneState(StrEnum):
    """The state of a milestone; the values are its labels."""

    DONE = "已完成"
    ON_TIME = "按时完成"
    LATE = "逾期完成"
    OVERDUE = "逾期未完成"
    OPEN = "未到期"


def milestone_state(due_on: date | None, done_on: date | None, today: date) -> MilestoneState:
    """The state on that day; the due day itself is still in time."""
    if done_on is None:
        return MilestoneState.OVERDUE if due_on is not None and due_on < today else MilestoneState.OPEN
    if due_on is None:
        return MilestoneState.DONE
    return MilestoneState.ON_TIME if done_on <= due_on else MilestoneState.LATE


def check_days(due_on: date | None, done_on: date | None, *, year: int, today: date) -> None:
    """Refuse missing days, a due day outside the project's year, and a day done in the future or before it.

    A milestone due in the year may be done after it, and is then late.
    """
    decisive = due_on or done_on
    if decisive is None:
        raise BadInput("请填写计划日期；没有计划日期的，请填写完成日期。", field="due_on")
    word, field = ("计划日期", "due_on") if due_on else ("完成日期", "done_on")
    check_year(decisive, year, thing=word, field=field)
    if done_on is not None and done_on > today:
        raise BadInput("完成日期不能晚于今天；还没有完成的，请先留空。", field="done_on")
    if done_on is not None and done_on.year < year:
        raise BadInput(f"完成日期早于项目所在的 {year} 年，请核对。", field="done_on")
