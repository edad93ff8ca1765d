"""Reads a figure as posted: when, by whom, closed by whom; also that of an ended revision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.errors import Missing
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.closings.models import Closing, Reopening
from activitylog.rollup.changes.record_changes import PostedRows
from activitylog.rollup.models import PastActual
from activitylog.rollup.queries import actors_of_year, indicator_actual, with_past_figure


@dataclass(frozen=True, slots=True)
class PostedFigure:
    """An indicator's actual of a month; `ended` is the reopening that ended its revision, if one did."""

    row: IndicatorActual
    posted_at: datetime
    rows: PostedRows
    revision: int
    rolled_up_by: str
    closed_at: datetime | None
    closed_by: str
    ended: Reopening | None


def posted_figure(
    session: Session, indicator_id: int, period: Period, revision: int | None = None
) -> PostedFigure | None:
    """The current figure, or that of an ended revision; None for a month not rolled up.

    Raises Missing for an unknown revision.
    """
    ended = _reopenings(session, period)
    if revision is None or revision == _of_month(ended, period) + 1:
        return _current_figure(session, indicator_id, period, _of_month(ended, period) + 1)
    return _ended_figure(session, indicator_id, period, revision, ended)


def _of_month(reopenings: Sequence[Reopening], period: Period) -> int:
    return sum(each.period == period for each in reopenings)


def _reopenings(session: Session, period: Period) -> Sequence[Reopening]:
    """Of the month and those of its year before it, in the order they were opened."""
    months = Reopening.period.between(period.first_of_year, period)
    return session.scalars(select(Reopening).where(months).order_by(Reopening.reopened_at)).all()


def _current_figure(
    session: Session, indicator_id: int, period: Period, revision: int
) -> PostedFigure | None:
    row = indicator_actual(session, indicator_id, period)
    if row.posted_at is None:
        return None
    closing, acts = session.get(Closing, period), actors_of_year(session, period.year)
    return PostedFigure(
        row=row,
        posted_at=row.posted_at,
        rows=PostedRows(indicator_id, period),
        revision=revision,
        rolled_up_by=acts.rolled_up_by(row.posted_at),
        closed_at=closing.closed_at if closing else None,
        closed_by=acts.closed_by.get((period, revision), "") if closing else "",
        ended=None,
    )


def _ended_figure(
    session: Session, indicator_id: int, period: Period, revision: int, reopenings: Sequence[Reopening]
) -> PostedFigure:
    found = [each for each in reopenings if (each.period, each.revision) == (period, revision)]
    past = session.get(PastActual, (indicator_id, period, revision))
    if not found or past is None:
        raise Missing(f"{period.label}没有第 {revision} 版的这个数，请从月份页进入。")
    ended, acts = found[0], actors_of_year(session, period.year)
    return PostedFigure(
        row=with_past_figure(indicator_actual(session, indicator_id, period), past),
        posted_at=past.posted_at,
        rows=PostedRows(indicator_id, period, _past_revisions(reopenings, since=ended.reopened_at)),
        revision=revision,
        rolled_up_by=acts.rolled_up_by(past.posted_at),
        closed_at=ended.closed_at,
        closed_by=acts.closed_by.get((period, revision), ""),
        ended=ended,
    )


def _past_revisions(reopenings: Sequence[Reopening], *, since: datetime) -> tuple[tuple[Period, int], ...]:
    """The revision of each reopened month that was current at that moment: its first ended since."""
    past_revisions: dict[Period, int] = {}
    for each in reopenings:
        if each.reopened_at >= since:
            past_revisions.setdefault(each.period, each.revision)
    return tuple(past_revisions.items())
