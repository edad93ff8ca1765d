"""Reads actuals of a month, as rolled up or live, and who rolled up and closed the months of a year."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.personal_data.queries import erased_names
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.audit.models import AuditEntry
from activitylog.audit.registry import json_value
from activitylog.core.actor import JOB
from activitylog.core.period import Period
from activitylog.errors import Missing
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.closings.models import Closing
from activitylog.indicators.judgements.models import Judgement
from activitylog.indicators.judgements.queries import current_judgement_id
from activitylog.indicators.judgements.rules import Judged
from activitylog.indicators.measures import BY_KEY
from activitylog.indicators.models import Rule
from activitylog.indicators.status import Planned
from activitylog.indicators.targets.models import ClosedTarget
from activitylog.indicators.targets.queries import target_in_month
from activitylog.indicators.years.models import YearRounding
from activitylog.projects.models import Indicator, Project
from activitylog.projects.queries import project_named
from activitylog.rollup.models import Actual, JobRun, PastActual

# A row has values alone: a thousand entities would take longer to make than all their figures.
_COLUMNS = (
    Indicator.id,
    Indicator.project_id,
    Project.name.label("project"),
    Indicator.name,
    Indicator.level1,
    Indicator.level2,
    Indicator.target.label("declared"),
    Rule.measure.label("rule_measure"),
    Rule.confirmed_at.is_not(None).label("is_confirmed"),
    Actual.measure,
    Actual.posted_at,
    Actual.amount,
    Actual.base,
    Actual.records,
    Actual.adjustments,
    Actual.filters,
    Judgement.grade,
    Judgement.ratio,
    Judgement.period.label("judged_in"),
    Judgement.confirmed_at.is_not(None).label("is_judgement_confirmed"),
    func.coalesce(YearRounding.rounds_first, False).label("rounds_first"),
)


def _indicator_rows(period: Period) -> Select[*tuple[Any, ...]]:
    is_closed = and_(ClosedTarget.indicator_id == Indicator.id, ClosedTarget.period == period)
    return (
        select(*_COLUMNS, *target_in_month(period))
        .join(Project, Project.id == Indicator.project_id)
        .outerjoin(Rule, Rule.indicator_id == Indicator.id)
        .outerjoin(Actual, and_(Actual.indicator_id == Indicator.id, Actual.period == period))
        .outerjoin(Judgement, Judgement.id == current_judgement_id(period))
        .outerjoin(ClosedTarget, is_closed)
        .outerjoin(YearRounding, YearRounding.year == Project.year)
        .where(Project.year == period.year)
        .order_by(Project.position, Project.id, Indicator.position)
    )


def actuals(
    session: Session,
    period: Period,
    *,
    project: str | None = None,
    project_ids: Sequence[int] | None = None,
    only: ColumnElement[bool] | None = None,
) -> list[IndicatorActual]:
    """The rolled-up figures of every indicator of the year at a month's end, in declared order.

    `only` is a condition on Indicator.
    """
    rows = _indicator_rows(period)
    if only is not None:
        rows = rows.where(only)
    if project is not None:
        rows = rows.where(Project.id == project_named(session, period.year, project).id)
    if project_ids is not None:
        rows = rows.where(Project.id.in_(project_ids))
    return _actuals(session, period, rows)


def indicator_actual(session: Session, indicator_id: int, period: Period) -> IndicatorActual:
    """One indicator at the end of one month of its year."""
    found = _actuals(session, period, _indicator_rows(period).where(Indicator.id == indicator_id))
    if not found:
        raise Missing("没有这个指标，可能已随申报表更换；请从项目页重新进入。")
    return found[0]


def _actuals(session: Session, period: Period, rows: Select[*tuple[Any, ...]]) -> list[IndicatorActual]:
    result = session.execute(rows)
    names = tuple(result.keys())
    return [_actual(period, dict(zip(names, row, strict=True))) for row in result]


def _actual(period: Period, row: Mapping[str, Any]) -> IndicatorActual:
    is_judged = row["target"] is None
    is_planned = row["reached"] is not None and row["whole"] is not None
    return IndicatorActual(
        indicator_id=row["id"],
        project_id=row["project_id"],
        project=row["project"],
        indicator=row["name"],
        level1=row["level1"],
        level2=row["level2"],
        operator=row["operator"],
        target=row["target"],
        declared_target=row["declared"],
        planned=Planned(row["reached"], row["whole"]) if is_planned else None,
        target_word=row["target_word"],
        unit=row["unit"],
        # the measure the figure was rolled up with, else that of the rule
        measure=BY_KEY.get((row["rule_measure"] if row["posted_at"] is None else row["measure"]) or ""),
        filters=None if row["filters"] is None else tuple(row["filters"].splitlines()),
        is_judged=is_judged,
        judged=_judged(row) if is_judged and row["grade"] is not None else None,
        tolerance=row["tolerance"] or Decimal(0),
        is_confirmed=row["is_confirmed"],
        period=period,
        posted_at=row["posted_at"],
        amount=row["amount"],
        base=row["base"],
        records=row["records"] or 0,
        adjustments=row["adjustments"] or 0,
        rounds_first=bool(row["rounds_first"]),
    )


def _judged(row: Mapping[str, Any]) -> Judged:
    return Judged(row["grade"], row["ratio"], row["judged_in"], is_confirmed=row["is_judgement_confirmed"])


def with_past_figure(row: IndicatorActual, past: PastActual) -> IndicatorActual:
    """The row with the figure of an ended revision."""
    return replace(
        row,
        measure=BY_KEY.get(past.measure or ""),
        posted_at=past.posted_at,
        amount=past.amount,
        base=past.base,
        records=past.records,
        adjustments=past.adjustments,
    )


def last_rolled_up(session: Session, year: int) -> Period | None:
    """The last month of the year that has actuals."""
    months = Actual.period.between(Period(year, 1), Period(year, 12))
    return session.scalar(select(func.max(Actual.period)).where(months))


def years_declared(session: Session) -> list[int]:
    return list(session.scalars(select(Project.year).distinct().order_by(Project.year)))


ROLL_UP_ENTRY, CLOSING_ENTRY = "booking", "closing"  # kinds of entries of the trail


def month_number(month: Period) -> int:
    """A month as the trail numbers it: 202406."""
    return month.year * 100 + month.month


def months_label(months: Sequence[Period]) -> str:
    """2024年6月, or 2024年1月至6月."""
    return months[0].label if len(months) == 1 else f"{months[0].label}至{months[-1].month}月"


def record_roll_up(session: Session, months: Sequence[Period], *, now: datetime) -> None:
    """Write into the audit trail who rolled up these months; `now` is the moment their figures carry."""
    span = {"from_month": months[0], "to_month": months[-1], "posted_at": now}
    record_changes(
        session, Change(ROLL_UP_ENTRY, month_number(months[-1]), months_label(months), "booked", after=span)
    )


@dataclass(frozen=True, slots=True)
class MonthActors:
    """Of one year: who rolled up at a moment, and who closed which revision of a month."""

    by_moment: dict[str, str]
    closed_by: dict[tuple[Period, int], str]
    runs: Sequence[tuple[datetime, datetime]]

    def rolled_up_by(self, posted_at: datetime | None) -> str:
        """The person, command or job that rolled up at the moment; "" where no entry says."""
        if posted_at is None:
            return ""
        is_job = any(begun <= posted_at <= ended for begun, ended in self.runs)
        return self.by_moment.get(json_value(posted_at)) or (JOB if is_job else "")


def actors_of_year(session: Session, year: int) -> MonthActors:
    first, last = Period(year, 1), Period(year, 12)
    entries = session.execute(
        select(AuditEntry.object_type, AuditEntry.who, AuditEntry.user_id, AuditEntry.after)
        .where(
            AuditEntry.object_type.in_((ROLL_UP_ENTRY, CLOSING_ENTRY)),
            AuditEntry.object_id.between(month_number(first), month_number(last)),
            AuditEntry.action.in_(("booking.booked", "closing.closed")),
        )
        .order_by(AuditEntry.id)
    ).all()
    names = erased_names(session)
    acts = [(kind, names.shown(who, user_id), json.loads(after)) for kind, who, user_id, after in entries]
    return MonthActors(
        by_moment={after["posted_at"]: who for kind, who, after in acts if kind == ROLL_UP_ENTRY},
        closed_by={
            (Period.parse(after["period"]), after["revision"]): who
            for kind, who, after in acts
            if kind == CLOSING_ENTRY
        }
        | _current_closers(session, first, last),
        runs=_runs(session, first, last),
    )


def _current_closers(session: Session, first: Period, last: Period) -> dict[tuple[Period, int], str]:
    """Who closed the months closed now, also where the trail has been archived."""
    rows = session.execute(
        select(Closing.period, Closing.revision, User.name)
        .join(User, User.id == Closing.closed_by_id)
        .where(Closing.period.between(first, last))
    )
    return {(period, revision): name for period, revision, name in rows}


def _runs(session: Session, first: Period, last: Period) -> list[tuple[datetime, datetime]]:
    rows = session.execute(
        select(JobRun.started_at, JobRun.ended_at).where(
            JobRun.is_done, JobRun.ended_at.is_not(None), JobRun.period.between(first, last)
        )
    )
    return [(row.started_at, row.ended_at) for row in rows]
