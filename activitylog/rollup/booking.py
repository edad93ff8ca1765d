"""Booking part of the books anew: postings by signed difference, sums of keys, actuals as their folds."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Insert,
    Row,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from activitylog.period import Period
from activitylog.projects.models import Indicator
from activitylog.rollup.contributions import contributions
from activitylog.rollup.folds import FoldKind
from activitylog.rollup.measures import BY_KEY, MEASURES, Measure
from activitylog.rollup.models import Actual, KeySum, Rule
from activitylog.rollup.movements import (
    Movement,
    figures_to_date,
    key_movements,
    movements,
    record_movements,
    running_figures,
)
from activitylog.rollup.scope import CHANGED_RECORD, KEY_CHANGE, POSTING, TOUCHED_POSTING, Scope
from activitylog.sql import PooledRows, Rows, analyze, insert_for, month_of, start_empty

_IDENTITY = ("indicator_id", "source", "source_id", "key", "occurred_on")
_VALUES = [column.name for column in TOUCHED_POSTING.c if column.name != "id"]
_OF_KEY = ("indicator_id", "key", "period")
_KEY_SUM = cast(Table, KeySum.__table__)


@dataclass(frozen=True, slots=True)
class Booking:
    """The open months of a year that are booked, in order, and when; `through` was the last booked before."""

    months: tuple[Period, ...]
    now: datetime
    through: Period | None = None

    @property
    def last(self) -> Period:
        return self.months[-1]

    @property
    def begins_year(self) -> bool:
        """Whether no closed month holds anything that facts must be compared with."""
        return self.months[0].month == 1

    def holds(self, period: Any) -> ColumnElement[bool]:
        return cast(ColumnElement[bool], period.between(self.months[0], self.last))


def book_anew(session: Session, booking: Booking, indicators: Rows) -> None:
    """Book everything the indicators count; what open months held of them goes."""
    scope = Scope(indicators)
    _delete(session, POSTING, booking.holds(POSTING.c.period), scope.postings())
    _delete(session, _KEY_SUM, booking.holds(KeySum.period), scope.key_sums())
    _book_postings(session, booking, scope)
    session.execute(insert(KeySum).from_select([*_OF_KEY, "amount"], _sums_of_keys(booking, scope, sign=1)))
    figures = figures_to_date(session, booking.last, scope)
    rows = _measured(session, indicators)
    _book_actuals(session, booking, rows, {each: figures.get(each, {}) for each, _ in rows})


def book_touched(session: Session, booking: Booking, indicators: Rows) -> None:
    """Book the touched records alone; the indicators' figures move by the difference that makes."""
    scope = Scope(indicators, only_touched=True)
    as_booked = replace(scope, as_booked=True)
    start_empty(session, KEY_CHANGE)
    _copy_touched(session, booking, scope)
    _book_postings(session, booking, scope)
    _keep_changed_records(session, booking)
    before = record_movements(session, booking.last, as_booked)
    _note_key_changes(session, _sums_of_keys(booking, as_booked, sign=-1))
    _carry_over(session, booking)
    _note_key_changes(session, _sums_of_keys(booking, scope, sign=1))
    analyze(session, KEY_CHANGE)
    keys_before = key_movements(session, booking.last, scope)
    _apply_key_changes(session)
    after = movements(session, booking.last, scope)
    rows = _measured(session, indicators)
    standing = _standing(session, booking, indicators)
    figures = {}
    for each, measure in rows:
        changes = {
            month: after[each][month].less(before[each][month]).less(keys_before[each][month])
            for month in booking.last.first_of_year.through(booking.last)
        }
        figures[each] = _moved_on(booking, standing.get(each, {}), changes, measure)
    _book_actuals(session, booking, rows, figures)


def _copy_touched(session: Session, booking: Booking, scope: Scope) -> None:
    start_empty(session, TOUCHED_POSTING)
    of_year = POSTING.c.period.between(booking.last.first_of_year, booking.last)
    touched = select(POSTING).where(of_year, scope.touched_postings())
    session.execute(insert(TOUCHED_POSTING).from_select(POSTING.c.keys(), touched))
    analyze(session, TOUCHED_POSTING)


def _keep_changed_records(session: Session, booking: Booking) -> None:
    """Leave out of the copy what is booked already as it would be now: it moves nothing."""
    analyze(session, TOUCHED_POSTING)
    start_empty(session, CHANGED_RECORD)
    single = _single(booking).subquery("single")
    record = [single.c[name] for name in CHANGED_RECORD.c.keys()]  # noqa: SIM118  (of columns, not of a mapping)
    session.execute(insert(CHANGED_RECORD).from_select(CHANGED_RECORD.c.keys(), select(*record).distinct()))
    analyze(session, CHANGED_RECORD)
    same = and_(*(column == TOUCHED_POSTING.c[column.name] for column in CHANGED_RECORD.c))
    _delete(session, TOUCHED_POSTING, ~exists().where(same))
    analyze(session, TOUCHED_POSTING)


def _carry_over(session: Session, booking: Booking) -> None:
    """Of the copy's open months, old and new, make the same difference to the books; keep the new."""
    old, single = func.max(TOUCHED_POSTING.c.id), _single(booking)
    gone = single.with_only_columns(old).having(old.is_not(None))
    _delete(session, POSTING, POSTING.c.id.in_(gone))
    session.execute(insert(POSTING).from_select(_VALUES, single.having(old.is_(None))))
    is_old = and_(booking.holds(TOUCHED_POSTING.c.period), TOUCHED_POSTING.c.id.is_not(None))
    _delete(session, TOUCHED_POSTING, is_old)


def _single(booking: Booking) -> Rows:
    """What the copy's open months hold once: booked and to go, or to be booked and new."""
    columns = [TOUCHED_POSTING.c[name] for name in _VALUES]
    return (
        select(*columns)
        .where(booking.holds(TOUCHED_POSTING.c.period))
        .group_by(*columns)
        .having(func.count() == 1)
    )


def _delete(session: Session, table: Table, *conditions: ColumnElement[bool]) -> None:
    """Without asking for the keys of what goes, which may be millions and in nobody's session."""
    session.execute(delete(table).where(*conditions))


def _book_postings(session: Session, booking: Booking, scope: Scope) -> None:
    for measure in measures_used(session, scope.indicators):
        session.execute(_posting(measure, booking, scope))
    if not booking.begins_year:
        session.execute(_cancelling(booking, scope))


def measures_used(session: Session, indicators: Rows) -> list[Measure]:
    """The measures that the indicators' rules name."""
    used = set(session.scalars(select(Rule.measure).where(Rule.indicator_id.in_(indicators)).distinct()))
    return [measure for measure in MEASURES if measure.key in used]


def _posting(measure: Measure, booking: Booking, scope: Scope) -> Insert:
    """Facts up to the last month less what closed months already hold of the measure's indicators."""
    part = contributions(
        measure,
        booking.last.year,
        only=Rule.indicator_id.in_(scope.indicators),
        only_touched=scope.only_touched,
    ).subquery("contribution")
    fresh = select(
        *(part.c[name] for name in _IDENTITY),
        _booked_in(part.c.occurred_on, booking.months[0]).label("period"),
        part.c.amount,
        part.c.base,
    ).where(part.c.occurred_on <= booking.last.last_day)
    if booking.begins_year:
        counted = fresh.where(or_(part.c.amount != 0, part.c.base != 0))
        return _entering(scope, counted)
    return _summed(scope, union_all(fresh, _held(booking, scope).where(Rule.measure == measure.key)))


def _cancelling(booking: Booking, scope: Scope) -> Insert:
    """Take back what closed months hold for indicators that are no longer measured."""
    return _summed(scope, union_all(_held(booking, scope).where(Rule.measure.is_(None))))


def _booked_in(occurred_on: ColumnElement[object], first: Period) -> ColumnElement[str]:
    month = month_of(occurred_on)
    return case((month < str(first), literal(str(first))), else_=month)


def _held(booking: Booking, scope: Scope) -> Rows:
    """What the closed months of the year hold, with its sign turned, to be booked in the first open one."""
    first, posting = booking.months[0], scope.posting.c
    return (
        select(
            *(posting[name] for name in _IDENTITY),
            literal(str(first)).label("period"),
            (-posting.amount).label("amount"),
            (-posting.base).label("base"),
        )
        .join(Rule, Rule.indicator_id == posting.indicator_id)
        .where(posting.period.between(first.first_of_year, first.previous), scope.postings())
    )


def _summed(scope: Scope, rows: PooledRows) -> Insert:
    parts = rows.subquery("part")
    amount, base = func.sum(parts.c.amount), func.sum(parts.c.base)
    identity = [parts.c[name] for name in (*_IDENTITY, "period")]
    summed = select(*identity, amount, base).group_by(*identity).having(or_(amount != 0, base != 0))
    return _entering(scope, summed)


def _entering(scope: Scope, rows: Rows) -> Insert:
    return insert(scope.posting).from_select([*_IDENTITY, "period", "amount", "base"], rows)


def _sums_of_keys(booking: Booking, scope: Scope, *, sign: int) -> Rows:
    """Of whatever has a key: also of an indicator that counts something else by now."""
    posting = scope.posting.c
    columns = [posting[name] for name in _OF_KEY]
    return (
        select(*columns, (func.sum(posting.amount) * sign).label("amount"))
        .where(posting.key != "", booking.holds(posting.period), scope.postings())
        .group_by(*columns)
    )


def _note_key_changes(session: Session, sums: Rows) -> None:
    session.execute(insert(KEY_CHANGE).from_select([*_OF_KEY, "amount"], sums))


def _apply_key_changes(session: Session) -> None:
    columns = [KEY_CHANGE.c[name] for name in _OF_KEY]
    change = func.sum(KEY_CHANGE.c.amount).label("amount")
    # the WHERE is also what tells SQLite that ON CONFLICT is no join
    changes = select(*columns, change).where(KEY_CHANGE.c.amount != 0).group_by(*columns).having(change != 0)
    adding = insert_for(session, _KEY_SUM).from_select([*_OF_KEY, "amount"], changes)
    session.execute(
        adding.on_conflict_do_update(
            index_elements=list(_OF_KEY), set_={"amount": KeySum.amount + adding.excluded.amount}
        )
    )


def _measured(session: Session, indicators: Rows) -> list[tuple[int, Measure | None]]:
    rows = session.execute(
        select(Indicator.id, Rule.measure)
        .outerjoin(Rule, Rule.indicator_id == Indicator.id)
        .where(Indicator.id.in_(indicators))
        .order_by(Indicator.id)
    )
    return [(indicator_id, BY_KEY.get(key or "")) for indicator_id, key in rows]


_FIGURES = ("amount", "base", "records", "postings", "adjustments", "checksum")


def _standing(
    session: Session, booking: Booking, indicators: Rows
) -> dict[int, dict[Period, Row[*tuple[Any, ...]]]]:
    """The actuals as booked before: of the open months, and of the last month booked."""
    standing: dict[int, dict[Period, Row[*tuple[Any, ...]]]] = defaultdict(dict)
    columns = [getattr(Actual, name) for name in ("indicator_id", "period", *_FIGURES)]
    rows = select(*columns).where(
        Actual.indicator_id.in_(indicators),
        or_(booking.holds(Actual.period), Actual.period == booking.through),
    )
    for row in session.execute(rows):
        standing[row.indicator_id][row.period] = row
    return standing


def _moved_on(
    booking: Booking,
    standing: Mapping[Period, Row[*tuple[Any, ...]]],
    changes: Mapping[Period, Movement],
    measure: Measure | None,
) -> dict[Period, Movement]:
    """The figures at each month's end; a month new to the books begins where the last one ended."""
    change = running_figures(changes, list(changes))
    figures = {}
    for month in booking.months:
        before = _as_figures(standing.get(month) or standing.get(booking.through or month), measure)
        if month not in standing:
            before.postings = before.adjustments = before.checksum = 0
        figures[month] = change[month].after(before)
        figures[month].postings += before.postings
        figures[month].adjustments += before.adjustments
        figures[month].checksum += before.checksum
    return figures


def _as_figures(actual: Row[*tuple[Any, ...]] | None, measure: Measure | None) -> Movement:
    if actual is None:
        return Movement()
    amount, base, records, postings, adjustments, checksum = (getattr(actual, name) for name in _FIGURES)
    counts_keys = measure is not None and measure.fold.kind is FoldKind.DISTINCT
    return Movement(
        amount=0 if counts_keys else amount or 0,
        base=base or 0,
        keys=amount or 0 if counts_keys else 0,
        records=records,
        postings=postings,
        adjustments=adjustments,
        checksum=checksum,
    )


def _book_actuals(
    session: Session,
    booking: Booking,
    indicators: Sequence[tuple[int, Measure | None]],
    figures: Mapping[int, Mapping[Period, Movement]],
) -> None:
    """One row per indicator and month: the fold of its postings up to the month."""
    ids = [indicator_id for indicator_id, _ in indicators]
    session.execute(delete(Actual).where(booking.holds(Actual.period), Actual.indicator_id.in_(ids)))
    rows = [
        {"indicator_id": indicator_id, "period": month, "posted_at": booking.now}
        | actual_values(measure, figures.get(indicator_id, {}).get(month, Movement()))
        for indicator_id, measure in indicators
        for month in booking.months
    ]
    if rows:
        session.execute(insert(Actual), rows)


def actual_values(measure: Measure | None, figures: Movement) -> dict[str, Any]:
    """What an actual holds of the figures, by the measure it is counted with."""
    amount = figures.keys if measure and measure.fold.kind is FoldKind.DISTINCT else figures.amount
    return {
        "measure": measure.key if measure else None,
        "amount": amount if measure else None,
        "base": figures.base if measure and measure.fold.base else None,
        "records": figures.records,
        "postings": figures.postings,
        "adjustments": figures.adjustments,
        "checksum": figures.checksum,
    }
