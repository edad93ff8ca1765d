"""The books checked against themselves: every figure, every drill-down, every seal, every run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from activitylog.audit.capture import write_pending_entries
from activitylog.core.period import Period, business_day, year_periods
from activitylog.indicators.closings.models import Closing, Reopening
from activitylog.indicators.measures import BY_KEY
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.actuals import actual_values
from activitylog.rollup.jobs import due_months
from activitylog.rollup.models import Actual, Finding
from activitylog.rollup.monthly_totals import Posted, posted_months, posting_totals, totals_to_date
from activitylog.rollup.periods.operations import seal_of, seal_of_revision
from activitylog.rollup.queries import years_declared
from activitylog.rollup.roll_up_range import due_at, years_declared_at
from activitylog.rollup.self_audit.closings import unlike_closings
from activitylog.rollup.self_audit.facts import unlike_facts, unlike_sums

START_GRACE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be, in a sentence; `indicator_id` when it is about one figure."""

    period: Period
    message: str
    indicator_id: int | None = None


def audit_books(session: Session, now: datetime) -> list[Difference]:
    """Check every booked month of every declared year; an empty list means the books are sound."""
    write_pending_entries(session)
    differences = list(_seals(session))
    years = years_declared(session)
    differences += [Difference(*each) for each in unlike_closings(session, years)]
    for year in years:
        differences += _figures(session, year)
        differences += [Difference(*each) for each in unlike_facts(session, year)]
    differences += [Difference(*each) for each in unlike_sums(session, business_day(now))]
    return differences + list(_late_runs(session, now))


def keep_findings(session: Session, differences: list[Difference], now: datetime) -> None:
    """Replace the findings of the last audit by these."""
    session.execute(delete(Finding))
    rows = [
        {"period": each.period, "indicator_id": each.indicator_id, "message": each.message, "found_at": now}
        for each in differences
    ]
    if rows:
        session.execute(insert(Finding), rows)


def findings(session: Session) -> list[Finding]:
    """What the last audit found, oldest month first."""
    return list(session.scalars(select(Finding).order_by(Finding.period, Finding.id)))


def _figures(session: Session, year: int) -> Iterator[Difference]:
    """Actuals that are not the aggregation of the postings up to their month."""
    totals, posted, months = posting_totals(session, year), posted_months(session, year), year_periods(year)
    booked = session.execute(
        select(Actual, Indicator.name, Project.name)
        .join(Indicator, Indicator.id == Actual.indicator_id)
        .join(Project, Project.id == Indicator.project_id)
        .where(Project.year == year)
        .order_by(Actual.period, Project.position, Indicator.position)
    )
    for actual, indicator, project in booked:
        to_date = totals_to_date(totals.get(actual.indicator_id, {}), months)[actual.period.month - 1]
        of_month = posted.get((actual.indicator_id, actual.period), Posted())
        expected = actual_values(BY_KEY.get(actual.measure or ""), to_date, of_month)
        if {name: getattr(actual, name) for name in expected} != expected:
            yield Difference(
                actual.period,
                f"{actual.period.label}“{project}”的“{indicator}”：完成值记为 {actual.amount}"
                f"（{actual.records} 条），入账记录合计是 {expected['amount']}（{expected['records']} 条）。",
                actual.indicator_id,
            )


def _seals(session: Session) -> Iterator[Difference]:
    """Closed months, and kept revisions of reopened ones, that do not hold what they held when closed."""
    for closing in session.scalars(select(Closing).order_by(Closing.period)):
        if closing.seal != seal_of(session, closing.period):
            yield Difference(closing.period, f"{closing.period.label}结账后的入账记录或完成值被改动过。")
    for kept in session.scalars(select(Reopening).order_by(Reopening.period, Reopening.revision)):
        if kept.seal != seal_of_revision(session, kept.period, kept.revision):
            yield Difference(kept.period, f"{kept.period.label}第 {kept.revision} 版的留存数据被改动过。")


def _late_runs(session: Session, now: datetime) -> Iterator[Difference]:
    """Months whose roll-up fell due after their year was declared, and that nobody has rolled up in time."""
    rolled_up = set(session.scalars(select(Actual.period).distinct()))
    declared_at = years_declared_at(session)
    for month in due_months(session, now - START_GRACE):
        if month in rolled_up or due_at(month) < declared_at[month.year]:
            continue
        yield Difference(month, f"{month.label}的自动汇总没有按时完成，请检查定时任务是否在运行。")
