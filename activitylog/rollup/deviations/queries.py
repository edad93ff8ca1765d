"""Reads deviations: the current one of a month, the history, and the figures still to be explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.dialects import month_of
from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.models import Rule
from activitylog.milestones.models import Milestone
from activitylog.projects.models import Indicator
from activitylog.projects.queries import branch_of
from activitylog.rollup.deviations.models import Deviation
from activitylog.rollup.deviations.rules import DeviationKind, MonthEndFigure, deviation_kinds
from activitylog.rollup.models import Posting


@dataclass(frozen=True, slots=True)
class Unexplained:
    """An indicator whose explanation is required and missing, or was written for another figure."""

    row: IndicatorActual
    why: str


def month_end_figure(row: IndicatorActual) -> MonthEndFigure:
    """The part of an indicator's actual that the rules need."""
    return MonthEndFigure(
        operator=row.operator,
        value=row.exact_value,
        target=row.target,
        month=row.period.month,
        status=row.status,
        grade=row.judged.grade if row.judged else None,
        tolerance=row.tolerance,
    )


def deviation_kinds_of(row: IndicatorActual) -> tuple[DeviationKind, ...]:
    return deviation_kinds(month_end_figure(row))


def current_deviation(session: Session, indicator_id: int, period: Period) -> Deviation | None:
    """The newest deviation of an indicator in that month."""
    return current_deviations(session, [indicator_id], period).get(indicator_id)


def current_deviations(
    session: Session, indicator_ids: Sequence[int], period: Period
) -> dict[int, Deviation]:
    """The newest deviations of the month, by indicator id."""
    newest = (
        select(func.max(Deviation.id))
        .where(Deviation.indicator_id.in_(indicator_ids), Deviation.period == period)
        .group_by(Deviation.indicator_id)
    )
    rows = session.scalars(select(Deviation).where(Deviation.id.in_(newest)))
    return {row.indicator_id: row for row in rows}


def is_explained(deviation: Deviation | None) -> bool:
    return deviation is not None and deviation.cause is not None and bool(deviation.explanation)


def outdated_text(deviation: Deviation | None, row: IndicatorActual) -> str:
    """A sentence when the figure has changed since the explanation was written; else ""."""
    if deviation is None or deviation.figure is None or deviation.figure == row.outcome_text:
        return ""
    return f"原因是完成值为“{deviation.figure}”时写的，现在是“{row.outcome_text}”，请核对后保存"


def unexplained(session: Session, rows: Sequence[IndicatorActual], period: Period) -> list[Unexplained]:
    """The rolled-up rows whose explanation is missing or out of date, in their order."""
    requiring = [(row, deviation_kinds_of(row)) for row in rows]
    requiring = [(row, why) for row, why in requiring if why]
    if not requiring:
        return []
    current = current_deviations(session, [row.indicator_id for row, _ in requiring], period)
    waiting = [(row, _waits(current.get(row.indicator_id), row, why)) for row, why in requiring]
    return [Unexplained(row, why) for row, why in waiting if why]


def _waits(deviation: Deviation | None, row: IndicatorActual, why: Sequence[DeviationKind]) -> str:
    return outdated_text(deviation, row) if is_explained(deviation) else "，".join(why)


def deviations_of(session: Session, indicator: Indicator) -> list[tuple[Deviation, str]]:
    """Every deviation of an indicator with its author, the newest first."""
    rows = session.execute(
        select(Deviation, User.name)
        .outerjoin(User, User.id == Deviation.written_by_id)
        .where(Deviation.indicator_id == indicator.id)
        .order_by(Deviation.id.desc())
    )
    return [(row, by or "命令行") for row, by in rows]


MOST_NAMED = 5
_SHARE_STEPS = 10_000  # hundredths of a per cent


@dataclass(frozen=True, slots=True)
class MissedRecord:
    """One record with the sums of its postings; `of` is how many such records its source has."""

    source: str
    source_id: int
    occurred_on: date
    amount: int
    base: int
    of: int


def failed(session: Session, indicator_id: int, period: Period) -> list[MissedRecord]:
    """Records of a yes-or-no rate that were due and missed, in the order they happened."""
    net = _net(indicator_id, period)
    return _first(session, net, net.c.amount < net.c.base, net.c.occurred_on)


def below(session: Session, indicator_id: int, period: Period, target: Decimal) -> list[MissedRecord]:
    """Records of a rate that lie below a target in per cent, the lowest first."""
    net = _net(indicator_id, period)
    threshold = int(target * _SHARE_STEPS / 100)
    is_below = (net.c.base > 0) & (net.c.amount * _SHARE_STEPS < net.c.base * threshold)
    return _first(session, net, is_below, net.c.amount * 1.0 / func.nullif(net.c.base, 0))


def overspent(session: Session, indicator_id: int, period: Period) -> list[MissedRecord]:
    """Expenses that cost more than planned, the furthest first."""
    net = _net(indicator_id, period)
    return _first(session, net, net.c.amount > net.c.base, net.c.base - net.c.amount)


def underspent(session: Session, indicator_id: int, period: Period) -> list[MissedRecord]:
    """Expenses that cost less than planned, the furthest first."""
    net = _net(indicator_id, period)
    return _first(session, net, net.c.amount < net.c.base, net.c.amount - net.c.base)


def costliest(session: Session, indicator_id: int, period: Period) -> list[MissedRecord]:
    """Expenses with the largest amounts paid, the largest first."""
    net = _net(indicator_id, period)
    return _first(session, net, net.c.amount > 0, -net.c.amount)


def _net(indicator_id: int, period: Period) -> Subquery:
    """The records of the year up to a month, adjustments and withdrawals taken into account."""
    amount, base = func.sum(Posting.amount), func.sum(Posting.base)
    return (
        select(
            Posting.source,
            Posting.source_id,
            Posting.occurred_on,
            amount.label("amount"),
            base.label("base"),
        )
        .where(Posting.indicator_id == indicator_id, Posting.period.between(period.first_of_year, period))
        .group_by(Posting.source, Posting.source_id, Posting.occurred_on)
        .subquery("net")
    )


def _first(
    session: Session, net: Subquery, is_miss: ColumnElement[bool], order: ColumnElement[Any]
) -> list[MissedRecord]:
    by_order = (order, net.c.occurred_on, net.c.source_id)
    place = func.row_number().over(partition_by=net.c.source, order_by=by_order)
    found = (
        select(net, place.label("place"), func.count().over(partition_by=net.c.source).label("of"))
        .where(is_miss)
        .subquery("found")
    )
    rows = session.execute(
        select(found).where(found.c.place <= MOST_NAMED).order_by(found.c.source, found.c.place)
    )
    return [
        MissedRecord(row.source, row.source_id, row.occurred_on, int(row.amount), int(row.base), row.of)
        for row in rows
    ]


def amounts_by_month(session: Session, indicator_id: int, period: Period) -> dict[int, int]:
    """The sums of posted amounts, by the month the records are dated in."""
    month = month_of(Posting.occurred_on).label("month")
    rows = session.execute(
        select(month, func.sum(Posting.amount).label("amount"))
        .where(Posting.indicator_id == indicator_id, Posting.period.between(period.first_of_year, period))
        .group_by(month)
        .having(func.sum(Posting.amount) != 0)
    )
    return {int(row.month[-2:]): int(row.amount) for row in rows}


def undone(session: Session, indicator: Indicator, period: Period) -> tuple[Sequence[Milestone], int]:
    """The first milestones of the rule's kind due by the month's end and not done by then, and how many."""
    rule = session.get(Rule, indicator.id)
    undone_milestones = select(Milestone, func.count().over()).where(
        Milestone.project_id.in_(branch_of(indicator.project)),
        Milestone.is_counted,
        Milestone.due_on <= period.last_day,
        Milestone.done_on.is_(None) | (Milestone.done_on > period.last_day),
    )
    if rule is not None and rule.milestone_kind:
        undone_milestones = undone_milestones.where(Milestone.kind == rule.milestone_kind)
    rows = session.execute(undone_milestones.order_by(Milestone.due_on, Milestone.id).limit(MOST_NAMED)).all()
    return [milestone for milestone, _ in rows], rows[0][1] if rows else 0
