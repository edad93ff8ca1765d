"""What each month moved: per indicator and month, the change its postings made to every figure of the actual.

One pass over the postings in question, however many months are booked; an actual is the running sum of
movements. Sums and records follow from the postings of the records concerned, distinct keys from key sums, so
that the movement of a few touched records is found without reading the year.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from operator import add
from typing import TypeAlias

from sqlalchemy import (
    ColumnElement,
    String,
    Subquery,
    Table,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from activitylog.core.dialects import Rows, day_text, month_of, text_hash
from activitylog.core.period import Period
from activitylog.rollup.models import KeySum
from activitylog.rollup.scope import Scope

Counts: TypeAlias = Callable[..., ColumnElement[bool]]


@dataclass(slots=True)
class Movement:
    """One month's change of amount, base, distinct keys and contributing records.

    Its postings, those of them that are adjustments, and the sum of their hashes belong to the month alone.
    """

    amount: int = 0
    base: int = 0
    keys: int = 0
    records: int = 0
    postings: int = 0
    adjustments: int = 0
    checksum: int = 0

    def after(self, before: "Movement") -> "Movement":
        """The figures at the month's end, given those at the end of the month before."""
        return Movement(
            before.amount + self.amount,
            before.base + self.base,
            before.keys + self.keys,
            before.records + self.records,
            self.postings,
            self.adjustments,
            self.checksum,
        )

    def less(self, other: "Movement") -> "Movement":
        return Movement(
            self.amount - other.amount,
            self.base - other.base,
            self.keys - other.keys,
            self.records - other.records,
            self.postings - other.postings,
            self.adjustments - other.adjustments,
            self.checksum - other.checksum,
        )


Movements: TypeAlias = defaultdict[int, defaultdict[Period, Movement]]


def figures_to_date(session: Session, last: Period, scope: Scope) -> dict[int, dict[Period, Movement]]:
    """Per indicator with postings, the figures at the end of every month of the year up to `last`."""
    months = list(last.first_of_year.through(last))
    moved = movements(session, last, scope)
    return {indicator: running_figures(of_month, months) for indicator, of_month in moved.items()}


def running_figures(moved: Mapping[Period, Movement], months: Sequence[Period]) -> dict[Period, Movement]:
    """The running sum of movements over consecutive months."""
    steps = accumulate((moved.get(month, Movement()) for month in months), _running)
    return dict(zip(months, steps, strict=True))


def _running(before: Movement, month: Movement) -> Movement:
    return month.after(before)


def movements(session: Session, last: Period, scope: Scope) -> Movements:
    """Per indicator and month, what the postings in scope and the sums of their keys moved."""
    moved = record_movements(session, last, scope)
    for indicator, of_month in key_movements(session, last, scope).items():
        for month, movement in of_month.items():
            moved[indicator][month].keys = movement.keys
    return moved


def record_movements(session: Session, last: Period, scope: Scope) -> Movements:
    """All of it but the keys."""
    moved = _none()
    for row in session.execute(_sums(last, scope)):
        movement = moved[row.indicator_id][row.period]
        movement.amount, movement.base = int(row.amount), int(row.base)
        movement.postings, movement.adjustments = row.postings, row.adjustments
        movement.checksum = int(row.checksum)
    for row in session.execute(_appearing(_records(last, scope), ("amount", "base"), _is_record)):
        moved[row.indicator_id][row.period].records = int(row.appeared)
    return moved


def key_movements(session: Session, last: Period, scope: Scope) -> Movements:
    """The keys alone."""
    moved = _none()
    for row in session.execute(_appearing(_keys(last, scope), ("amount",), _is_key)):
        moved[row.indicator_id][row.period].keys = int(row.appeared)
    return moved


def _none() -> Movements:
    return defaultdict(lambda: defaultdict(Movement))


def _sums(last: Period, scope: Scope) -> Rows:
    posting = scope.posting.c
    is_adjustment = month_of(posting.occurred_on) < type_coerce(posting.period, String)
    return (
        select(
            posting.indicator_id,
            posting.period,
            func.sum(posting.amount).label("amount"),
            func.sum(posting.base).label("base"),
            func.count().label("postings"),
            func.sum(case((is_adjustment, 1), else_=0)).label("adjustments"),
            func.sum(text_hash(_told(scope.posting))).label("checksum"),
        )
        .where(posting.period.between(last.first_of_year, last), scope.postings())
        .group_by(posting.indicator_id, posting.period)
    )


def _told(posting: Table) -> ColumnElement[str]:
    """All a posting says of its month, in one text."""
    numbers = (posting.c.source_id, posting.c.amount, posting.c.base)
    words = (posting.c.source, posting.c.key, day_text(posting.c.occurred_on))
    return reduce(add, (part + literal("|") for part in (*words, *(cast(n, String) for n in numbers))))


def _records(last: Period, scope: Scope) -> Rows:
    """What each record comes to in each month; it counts while its amounts or bases sum to anything."""
    posting = scope.posting.c
    columns = (posting.indicator_id, posting.source, posting.source_id, posting.period)
    sums = (func.sum(posting.amount).label("amount"), func.sum(posting.base).label("base"))
    in_scope = (posting.period.between(last.first_of_year, last), scope.postings())
    return select(*columns, *sums).where(*in_scope).group_by(*columns)


def _keys(last: Period, scope: Scope) -> Rows:
    """What each key comes to in each month; it counts while its amounts sum to more than nothing."""
    return select(KeySum.indicator_id, KeySum.key, KeySum.period, KeySum.amount).where(
        KeySum.period.between(last.first_of_year, last), scope.key_sums()
    )


def _appearing(monthly: Rows, sums: Sequence[str], counts: Counts) -> Rows:
    """Per indicator and month, how many of the rows' things began less how many ceased to count."""
    part = monthly.subquery("monthly")
    same = [column for column in part.c if column.key not in {"period", *sums}]
    running = select(part.c.indicator_id, part.c.period, *_now_and_before(part, same, sums)).subquery(
        "running"
    )
    now = [running.c[f"{name}_now"] for name in sums]
    before = [running.c[f"{name}_now"] - running.c[name] for name in sums]
    appeared = func.sum(case((counts(*now), 1), else_=0) - case((counts(*before), 1), else_=0))
    return select(running.c.indicator_id, running.c.period, appeared.label("appeared")).group_by(
        running.c.indicator_id, running.c.period
    )


def _now_and_before(
    part: Subquery, same: Sequence[ColumnElement[object]], sums: Sequence[str]
) -> list[ColumnElement[int]]:
    now = [
        func.sum(part.c[name]).over(partition_by=same, order_by=part.c.period).label(f"{name}_now")
        for name in sums
    ]
    return [*now, *(part.c[name] for name in sums)]


def _is_record(amount: ColumnElement[int], base: ColumnElement[int]) -> ColumnElement[bool]:
    return or_(amount != 0, base != 0)


def _is_key(amount: ColumnElement[int]) -> ColumnElement[bool]:
    return amount > 0
