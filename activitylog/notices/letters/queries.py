"""Reads letters that were written, and what a letter of a month is to say."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.period import Period, business_day, day_label
from activitylog.errors import BadInput, Missing
from activitylog.indicators.actual import IndicatorActual
from activitylog.milestones.models import Milestone
from activitylog.notices.letters.rules import (
    LAST_DAY,
    Letter,
    Line,
    Section,
    behind_section,
    changes_section,
    first_lines,
    read_letter,
)
from activitylog.notices.models import MonthlyLetter
from activitylog.notices.queries import OpenWork, open_work, projects_in_charge, receivers
from activitylog.notices.rules import Kind
from activitylog.projects.models import Project
from activitylog.rollup.models import Actual
from activitylog.rollup.periods.rules import changed_statuses, slow_rows
from activitylog.rollup.queries import actuals


def letter_of(session: Session, user_id: int, period: Period) -> Letter:
    """The letter of a month to the person, as it was written; Missing when there is none."""
    found = session.get(MonthlyLetter, (user_id, period))
    if found is None:
        raise Missing(f"{period.label}没有写给您的月报；汇总以后写给绩效专员、管理员和项目负责人。")
    return read_letter(found.content)


def letter_at(session: Session, user_id: int, address: str) -> Letter | None:
    """The letter of the page at the address."""
    try:
        return letter_of(session, user_id, Period.parse(address.rpartition("/")[2]))
    except (BadInput, Missing):
        return None


def month_to_write_of(session: Session, now: datetime) -> Period | None:
    """Last month, in the first days of this one and once it is rolled up; else None."""
    today = business_day(now)
    month = Period.of(today).previous
    if today.day > LAST_DAY:
        return None
    is_rolled_up = select(Actual.period).where(Actual.period == month).exists()
    return month if session.scalar(select(is_rolled_up)) else None


def people_without_letter(session: Session, period: Period) -> list[User]:
    """Those who answer for figures and have no letter of the month yet."""
    written = set(session.scalars(select(MonthlyLetter.user_id).where(MonthlyLetter.period == period)))
    return [user for user in receivers(session, Kind.LETTER) if user.id not in written]


def letters_to(
    session: Session,
    people: Sequence[User],
    period: Period,
    *,
    close_day: int,
    today: date,
    extra_lines: Sequence[str],
) -> dict[int, Letter]:
    """The letters of a month, by person; each of the projects that person answers for, none without any."""
    rows = actuals(session, period)
    before = actuals(session, period.previous) if period.month > 1 else []
    letters = {}
    for user in people:
        ids = projects_in_charge(session, user.id, period.year)
        own = [row for row in rows if row.project_id in ids]
        if not own:
            continue
        work = open_work(session, user, period, rows)
        sections = (
            changes_section(changed_statuses([row for row in before if row.project_id in ids], own)),
            behind_section(slow_rows(own)),
            _tasks(session, period, ids, work, close_day=close_day, today=today),
        )
        letters[user.id] = Letter(period, user.name, sections, tuple(extra_lines))
    return letters


def _tasks(
    session: Session, period: Period, ids: set[int], work: OpenWork, *, close_day: int, today: date
) -> Section:
    month = f"/periods/{period}"
    lines = [
        *_closing(period, close_day),
        *_to_review(work),
        *first_lines(_of_indicators("评定", work.to_judge), what="待评定", address=month),
        *first_lines(_of_indicators("复核评定", work.to_agree), what="待复核", address=month),
        *first_lines(_reasons(work), what="待写原因", address=month),
        *_unlogged(session, ids, today),
        *first_lines(_milestones_due(session, ids, period.next), what="到期的里程碑", address="/projects"),
    ]
    return Section("这个月要做的", tuple(lines), "没有要做的。")


def _closing(period: Period, close_day: int) -> list[Line]:
    address = f"/periods/{period}"
    if not close_day:
        return [Line(f"结账{period.label}", address, "：由人结账，下面的办完，看过数，就可以结账")]
    closes_on = period.end + timedelta(days=close_day - 1)
    return [Line(f"结账{period.label}", address, f"：{day_label(closes_on)} 自动结账，请在这之前办完下面的")]


def _to_review(work: OpenWork) -> list[Line]:
    counted = (
        (work.activities, "场活动待审核", "/review"),
        (work.records, "条推送、支出等记录待审核", "/review/records"),
    )
    return [Line(f"{count} {words}", address) for count, words, address in counted if count]


def _of_indicators(verb: str, rows: Sequence[IndicatorActual]) -> list[Line]:
    return [
        Line(
            f"{verb}：{row.indicator}",
            f"/indicators/{row.indicator_id}/judgement?period={row.period}",
            f"（{row.project}）",
        )
        for row in rows
    ]


def _reasons(work: OpenWork) -> list[Line]:
    return [
        Line(
            f"写原因：{each.row.indicator}",
            f"/indicators/{each.row.indicator_id}/deviation?period={each.row.period}",
            f"（{each.row.project}），{each.why}",
        )
        for each in work.to_explain
    ]


def _unlogged(session: Session, ids: set[int], today: date) -> list[Line]:
    """Plans whose day has passed."""
    late = Activity.project_id.in_(ids), Activity.status == Status.PLANNED, Activity.happens_on < today
    count = session.scalar(select(func.count(Activity.id)).where(*late))
    if not count:
        return []
    return [Line(f"{count} 场计划过了日子还没登记", "/activities?status=planned&year=all")]


def _milestones_due(session: Session, ids: set[int], month: Period) -> list[Line]:
    rows = session.execute(
        select(Milestone.id, Milestone.name, Milestone.due_on, Project.name.label("project"))
        .join(Project, Project.id == Milestone.project_id)
        .where(
            Milestone.project_id.in_(ids),
            Milestone.withdrawn_at.is_(None),
            Milestone.done_on.is_(None),
            Milestone.due_on.between(month.first_day, month.last_day),
        )
        .order_by(Milestone.due_on, Milestone.id)
    )
    return [
        Line(row.name, f"/milestones/{row.id}/edit", f"（{row.project}）{day_label(row.due_on)} 到期")
        for row in rows
    ]
