"""Compares a posted figure record by record: contribution then, rolled up since, and now.

Each record's change has two steps, rolled up since and waiting for the next roll-up. Of distinct keys a step
is 1 for the record that adds a key, -1 for the one whose removal takes it away, and 0 for all others. So the
steps of all records always sum to the figure now less the figure then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Integer,
    Row,
    case,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from activitylog.core.dialects import PooledRows, Rows
from activitylog.core.period import Period
from activitylog.indicators.aggregation import AggregationKind
from activitylog.indicators.measures import Measure
from activitylog.indicators.models import Rule
from activitylog.rollup.changes.candidates import Candidates
from activitylog.rollup.changes.postings import IDENTITY, PostedRows, past_postings, postings_dated_up_to
from activitylog.rollup.changes.trail_entries import RecordCondition
from activitylog.rollup.contributions import contributions
from activitylog.rollup.drilldown import PostingSum
from activitylog.rollup.models import Posting

_SIDES = ("then", "rolled_up", "now")


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One record: whether it counted then and counts now, and both steps from one to the other."""

    source: str
    source_id: int
    keys: tuple[str, ...]
    days: tuple[date, ...]
    counted_then: bool
    counts_now: bool
    rolled_up: PostingSum
    waiting: PostingSum

    @property
    def counted(self) -> int:
        return self.rolled_up.counted + self.waiting.counted

    @property
    def base(self) -> int:
        return self.rolled_up.base + self.waiting.base

    @property
    def is_changed(self) -> bool:
        """Whether its contributions differ now, even if their sum is the same."""
        return bool(self.rolled_up.rows or self.waiting.rows)


def record_changes(
    session: Session,
    posted: PostedRows,
    measure: Measure | None,
    *,
    also: RecordCondition,
    among: Candidates | None = None,
) -> list[RecordChange]:
    """The records that count differently now, and those for which `also` holds though they do not.

    Only `among` the candidates, if given.
    """
    kind = measure.aggregation.kind if measure else AggregationKind.TOTAL
    identity = _by_identity(posted, measure, among).cte("identity")
    rows, changed = _stepped(identity, kind).subquery("step"), identity.alias("changed")
    is_changed = or_(_differs(changed, "then", "now"), _differs(changed, "then", "rolled_up"))
    changed_records = select(changed.c.source, changed.c.source_id).where(is_changed)
    is_listed = or_(
        tuple_(rows.c.source, rows.c.source_id).in_(changed_records), also(rows.c.source, rows.c.source_id)
    )
    found = session.execute(select(rows).where(is_listed).order_by(*(rows.c[name] for name in IDENTITY)))
    return [
        _record_change(source, source_id, list(of_record))
        for (source, source_id), of_record in groupby(found, key=lambda row: (row.source, row.source_id))
    ]


def _record_change(source: str, source_id: int, rows: list[Row[Any]]) -> RecordChange:
    changed = [row for row in rows if _moved(row, "then", "rolled_up") or _moved(row, "rolled_up", "now")]
    return RecordChange(
        source=source,
        source_id=source_id,
        keys=tuple(dict.fromkeys(row.key for row in changed if row.key)),
        days=tuple(sorted({row.occurred_on for row in changed or rows})),
        counted_then=any(_sums(rows, "then")),
        counts_now=any(_sums(rows, "now")),
        rolled_up=_step(rows, "then", "rolled_up"),
        waiting=_step(rows, "rolled_up", "now"),
    )


def _sums(rows: list[Row[Any]], side: str) -> tuple[int, int]:
    parts = [(getattr(row, f"{side}_amount"), getattr(row, f"{side}_base")) for row in rows]
    return sum(int(amount) for amount, _ in parts), sum(int(base) for _, base in parts)


def _step(rows: list[Row[Any]], before: str, after: str) -> PostingSum:
    return PostingSum(
        counted=sum(int(getattr(row, f"{after}_counted")) for row in rows),
        base=_sums(rows, after)[1] - _sums(rows, before)[1],
        rows=sum(_moved(row, before, after) for row in rows),
    )


def _moved(row: Row[Any], before: str, after: str) -> bool:
    return _sums([row], before) != _sums([row], after)


def _differs(rows: FromClause, before: str, after: str) -> ColumnElement[bool]:
    return or_(*(rows.c[f"{before}_{name}"] != rows.c[f"{after}_{name}"] for name in ("amount", "base")))


def _stepped(rows: CTE, kind: AggregationKind) -> Rows:
    return select(
        rows,
        _counted(rows, kind, "then", "rolled_up").label("rolled_up_counted"),
        _counted(rows, kind, "rolled_up", "now").label("now_counted"),
    )


def _counted(rows: CTE, kind: AggregationKind, before: str, after: str) -> ColumnElement[int]:
    """The change of the figure by a row in one step; for distinct keys additions come before removals."""
    amount = rows.c[f"{before}_amount"]
    moved: ColumnElement[int] = rows.c[f"{after}_amount"] - amount
    if kind is not AggregationKind.DISTINCT:
        return moved
    order = (moved.desc(), rows.c.source, rows.c.source_id, rows.c.occurred_on)
    running = func.sum(moved).over(partition_by=rows.c.key, order_by=order, rows=(None, 0))
    so_far = func.sum(amount).over(partition_by=rows.c.key) + running
    return _as_one(so_far) - _as_one(so_far - moved)


def _as_one(amount: ColumnElement[int]) -> ColumnElement[int]:
    return case((amount > 0, literal(1)), else_=literal(0))


def _by_identity(posted: PostedRows, measure: Measure | None, among: Candidates | None) -> Rows:
    """One row per record, key and day: its amount and base then, in the postings, and now."""
    if posted.past_revisions:
        sides = [_side(past_postings(posted), "then"), _side(postings_dated_up_to(posted), "rolled_up")]
    else:
        sides = [_then_and_rolled_up(posted)]
    if measure is not None:
        sides.append(_side(_live(posted, measure, among), "now"))
    if measure is not None and among is not None:
        sides = _narrowed(sides, measure, among)
    every = union_all(*sides).subquery("side")
    identity = [every.c[name] for name in IDENTITY]
    sums = [func.sum(every.c[f"{side}_{name}"]) for side in _SIDES for name in ("amount", "base")]
    names = [f"{side}_{name}" for side in _SIDES for name in ("amount", "base")]
    labelled = [each.label(name) for each, name in zip(sums, names, strict=True)]
    # the number first: comparing it sorts the rows faster than comparing texts
    by_number = sorted(identity, key=lambda column: column.key != "source_id")
    return select(*identity, *labelled).group_by(*by_number)


def _narrowed(sides: Sequence[Rows], measure: Measure, among: Candidates) -> list[Rows]:
    """The rows of the candidates; of distinct keys all rows of theirs, as other records share them."""
    parts = [side.subquery() for side in sides]
    narrowed = [select(part).where(among.has(part, measure.sources)) for part in parts]
    if not measure.aggregation.counts_keys:
        return narrowed
    keys = union_all(*(select(each.subquery().c.key) for each in narrowed))
    return [select(part).where(part.c.key.in_(keys)) for part in parts]


def _side(rows: Rows | PooledRows, side: str) -> Rows:
    part = rows.subquery(f"{side}_rows")
    values = [
        (part.c[name] if each == side else literal(0, Integer)).label(f"{each}_{name}")
        for each in _SIDES
        for name in ("amount", "base")
    ]
    return select(*(part.c[name] for name in IDENTITY), *values)


def _then_and_rolled_up(posted: PostedRows) -> Rows:
    """Both sides in one read of the postings: those up to the month, and those dated up to its end."""
    is_then, is_rolled_up = Posting.period <= posted.period, Posting.occurred_on <= posted.period.last_day
    values = {"then": is_then, "rolled_up": is_rolled_up, "now": false()}
    columns = [
        case((condition, getattr(Posting, name)), else_=0).label(f"{side}_{name}")
        for side, condition in values.items()
        for name in ("amount", "base")
    ]
    first = posted.period.first_of_year
    return select(*(getattr(Posting, name) for name in IDENTITY), *columns).where(
        Posting.indicator_id == posted.indicator_id,
        Posting.period.between(first, Period(first.year, 12)),
        or_(is_then, is_rolled_up),
    )


def _live(posted: PostedRows, measure: Measure, among: Candidates | None) -> Rows:
    """Of distinct keys what all records contribute: they share keys with the candidates."""
    records = among.ids if among and not measure.aggregation.counts_keys else None
    only = Rule.indicator_id == posted.indicator_id
    rows = contributions(measure, posted.period.year, only=only, records=records)
    part = rows.subquery("live")
    return select(*(part.c[name] for name in (*IDENTITY, "amount", "base"))).where(
        part.c.occurred_on <= posted.period.last_day, or_(part.c.amount != 0, part.c.base != 0)
    )
