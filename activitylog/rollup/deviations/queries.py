"""Reasons read: the one that stands for a month, all there ever were, and who waits for one."""

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
    """An indicator whose reason is compulsory and has not been written, or not about the figure as it is."""

    row: IndicatorActual
    why: str


def month_end_figure(row: IndicatorActual) -> MonthEndFigure:
    """What the rules look at of an indicator at a month's end."""
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
    """The newest words on an indicator at that month's end; a month does not speak for the next."""
    return current_deviations(session, [indicator_id], period).get(indicator_id)


def current_deviations(
    session: Session, indicator_ids: Sequence[int], period: Period
) -> dict[int, Deviation]:
    """The newest words of the month, by indicator id."""
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
    """What to check when the figure is another than the reason was written about; "" when it is the same."""
    if deviation is None or deviation.figure is None or deviation.figure == row.outcome_text:
        return ""
    return f"原因是完成值为“{deviation.figure}”时写的，现在是“{row.outcome_text}”，请核对后保存"


def unexplained(session: Session, rows: Sequence[IndicatorActual], period: Period) -> list[Unexplained]:
    """Those of the booked rows that wait for a reason, or to have it looked at again, in their order."""
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
    """Everything ever written on an indicator with who wrote it, the newest first."""
    rows = session.execute(
        select(Deviation, User.name)
        .outerjoin(User, User.id == Deviation.written_by_id)
        .where(Deviation.indicator_id == indicator.id)
        .order_by(Deviation.id.desc())
    )
    return [(row, by or "命令行") for row, by in rows]
