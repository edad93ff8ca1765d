"""What each month moved: per indicator and month, the change its postings made to every figure of the actual.

One pass over the year's postings, however many months are booked; an actual is the running sum of movements.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

from sqlalchemy import ColumnElement, String, case, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from activitylog.period import Period
from activitylog.rollup.models import Posting
from activitylog.sql import Rows, month_of

Counts: TypeAlias = Callable[[ColumnElement[int], ColumnElement[int]], ColumnElement[bool]]


@dataclass(slots=True)
class Movement:
    """One month's change of amount, base, distinct keys and contributing records, and its adjustments."""

    amount: int = 0
    base: int = 0
    keys: int = 0
    records: int = 0
    adjustments: int = 0

    def after(self, before: "Movement") -> "Movement":
        """The figures at the month's end, given those at the end of the month before."""
        return Movement(
            before.amount + self.amount,
            before.base + self.base,
            before.keys + self.keys,
            before.records + self.records,
            self.adjustments,
        )


def figures_to_date(session: Session, last: Period) -> dict[int, dict[Period, Movement]]:
    """Per indicator with postings, the figures at the end of every month of the year up to `last`."""
    months = list(last.first_of_year.through(last))
    moved = _movements(session, last)
    return {
        indicator: dict(zip(months, accumulate((of_month[month] for month in months), _running), strict=True))
        for indicator, of_month in moved.items()
    }


def _running(before: Movement, month: Movement) -> Movement:
    return month.after(before)


def _movements(session: Session, last: Period) -> dict[int, defaultdict[Period, Movement]]:
    moved: dict[int, defaultdict[Period, Movement]] = defaultdict(lambda: defaultdict(Movement))
    for row in session.execute(_sums(last)):
        movement = moved[row.indicator_id][row.period]
        movement.amount, movement.base = int(row.amount), int(row.base)
        movement.adjustments = row.adjustments
    for row in session.execute(_appearing(last, ("source", "source_id"), _is_record)):
        moved[row.indicator_id][row.period].records = int(row.appeared)
    for row in session.execute(_appearing(last, ("key",), _is_key)):
        moved[row.indicator_id][row.period].keys = int(row.appeared)
    return moved


def _sums(last: Period) -> Rows:
    is_adjustment = month_of(Posting.occurred_on) < type_coerce(Posting.period, String)
    return (
        select(
            Posting.indicator_id,
            Posting.period,
            func.sum(Posting.amount).label("amount"),
            func.sum(Posting.base).label("base"),
            func.sum(case((is_adjustment, 1), else_=0)).label("adjustments"),
        )
        .where(_to_date(last))
        .group_by(Posting.indicator_id, Posting.period)
    )


def _appearing(last: Period, what: tuple[str, ...], counts: Counts) -> Rows:
    """Per indicator and month, how many of `what` began less how many ceased to count.

    A record counts while its amounts or bases sum to anything; a key of a distinct fold while its amounts
    sum to more than nothing.
    """
    columns = [getattr(Posting, name) for name in what]
    monthly = (
        select(
            Posting.indicator_id,
            Posting.period,
            *columns,
            func.sum(Posting.amount).label("amount"),
            func.sum(Posting.base).label("base"),
        )
        .where(_to_date(last))
        .group_by(Posting.indicator_id, *columns, Posting.period)
    )
    part = monthly.subquery("monthly")
    same = [part.c.indicator_id, *(part.c[name] for name in what)]
    running = (
        select(
            part.c.indicator_id,
            part.c.period,
            *(
                func.sum(part.c[name]).over(partition_by=same, order_by=part.c.period).label(name + "_now")
                for name in ("amount", "base")
            ),
            part.c.amount,
            part.c.base,
        )
    ).subquery("running")
    now = (running.c.amount_now, running.c.base_now)
    before = (running.c.amount_now - running.c.amount, running.c.base_now - running.c.base)
    appeared = func.sum(case((counts(*now), 1), else_=0) - case((counts(*before), 1), else_=0))
    return select(running.c.indicator_id, running.c.period, appeared.label("appeared")).group_by(
        running.c.indicator_id, running.c.period
    )


def _is_record(amount: ColumnElement[int], base: ColumnElement[int]) -> ColumnElement[bool]:
    return or_(amount != 0, base != 0)


def _is_key(amount: ColumnElement[int], _base: ColumnElement[int]) -> ColumnElement[bool]:
    return amount > 0


def _to_date(last: Period) -> ColumnElement[bool]:
    return Posting.period.between(last.first_of_year, last)
