"""Reads a figure as posted, and its postings: when, by whom, closed by whom; also of an ended revision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Subquery, and_, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from activitylog.core.dialects import PooledRows, Rows
from activitylog.core.period import Period
from activitylog.errors import Missing
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.closings.models import Closing, Reopening
from activitylog.rollup.models import PastActual, PastPosting, Posting
from activitylog.rollup.queries import actors_of_year, indicator_actual, with_past_figure

IDENTITY = ("source", "source_id", "key", "occurred_on")
Revisions: TypeAlias = Sequence[tuple[Period, int]]


@dataclass(frozen=True, slots=True)
class PostedRows:
    """The postings an actual was the aggregation of; `past_revisions` are of months reopened since."""

    indicator_id: int
    period: Period
    past_revisions: Revisions = ()


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


def posted_in(session: Session, posted: PostedRows) -> dict[tuple[str, int], list[Period]]:
    """By record, the months whose postings have changed since, in order."""
    if not posted.past_revisions:
        return _posted_later(session, posted)
    both = union_all(
        _signed(postings_dated_up_to(posted, Posting.period).subquery("rolled_up"), 1),
        _signed(past_postings(posted, dated=True).subquery("then"), -1),
    ).subquery("both")
    amount, base = func.sum(both.c.amount), func.sum(both.c.base)
    identity = [both.c[name] for name in (*IDENTITY, "period")]
    changed = select(*identity).group_by(*identity).having(or_(amount != 0, base != 0)).subquery("changed")
    rows = session.execute(
        select(changed.c.source, changed.c.source_id, changed.c.period).distinct().order_by(changed.c.period)
    )
    months: dict[tuple[str, int], list[Period]] = {}
    for source, source_id, period in rows:
        months.setdefault((source, source_id), []).append(Period.parse(str(period)))
    return months


def _posted_later(session: Session, posted: PostedRows) -> dict[tuple[str, int], list[Period]]:
    """By record, the later months with postings dated up to the posted month; no month is reopened."""
    later = (
        select(Posting.source, Posting.source_id, Posting.period)
        .where(
            Posting.indicator_id == posted.indicator_id,
            Posting.period > posted.period,
            Posting.period <= Period(posted.period.year, 12),
            Posting.occurred_on <= posted.period.last_day,
        )
        .distinct()
        .order_by(Posting.period)
    )
    months: dict[tuple[str, int], list[Period]] = {}
    for source, source_id, period in session.execute(later):
        months.setdefault((source, source_id), []).append(period)
    return months


def _signed(part: Subquery, sign: int) -> Rows:
    return select(
        *(part.c[name] for name in (*IDENTITY, "period")),
        (part.c.amount * sign).label("amount"),
        (part.c.base * sign).label("base"),
    )


def past_postings(posted: PostedRows, *, dated: bool = False) -> Rows | PooledRows:
    """The postings of the figure: those up to the month, of reopened months the ended revision's."""
    names = (*IDENTITY, *(("period",) if dated else ()), "amount", "base")
    past_revisions = [month for month, _ in posted.past_revisions]
    current = select(*(getattr(Posting, name) for name in names)).where(
        Posting.indicator_id == posted.indicator_id,
        Posting.period.between(posted.period.first_of_year, posted.period),
        Posting.period.not_in(past_revisions),
    )
    if not past_revisions:
        return current
    revisions = [
        and_(PastPosting.period == month, PastPosting.revision == revision)
        for month, revision in posted.past_revisions
    ]
    past = select(*(getattr(PastPosting, name) for name in names)).where(
        PastPosting.indicator_id == posted.indicator_id, or_(*revisions)
    )
    return union_all(current, past)


def postings_dated_up_to(posted: PostedRows, *more: InstrumentedAttribute[Any]) -> Rows:
    """All postings dated up to the month's end, in any month of the year."""
    first = posted.period.first_of_year
    return select(*(getattr(Posting, name) for name in IDENTITY), *more, Posting.amount, Posting.base).where(
        Posting.indicator_id == posted.indicator_id,
        Posting.period.between(first, Period(first.year, 12)),
        Posting.occurred_on <= posted.period.last_day,
    )
