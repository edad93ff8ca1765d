"""Reads deviations: the current one of a month, the history, and the figures still to be explained."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.projects.models import Indicator
from activitylog.rollup.deviations.models import Deviation
from activitylog.rollup.deviations.rules import DeviationKind, MonthEndFigure, deviation_kinds


@dataclass(frozen=True, slots=True)
class Unexplained:
    """An indicator whose explanation is required and missing, or was written for another figure."""

    row: IndicatorActual
    why: str


def month_end_figure(row: IndicatorActual) -> MonthEndFigure:
    """The part of an indicator's actual that the rules need."""
    return MonthEndFigure(
        operator=row.operator,
        value=row.value,
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
