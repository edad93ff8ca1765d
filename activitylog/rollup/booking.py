"""Booking part of the books anew: postings by signed difference, sums of keys, actuals."""

from dataclasses import replace
from typing import cast

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, insert, select
from sqlalchemy.orm import Session

from activitylog.core.dialects import Rows, analyze, insert_for, start_empty
from activitylog.rollup.actuals import book_actuals, measured, moved_on, standing_actuals
from activitylog.rollup.models import KeySum
from activitylog.rollup.movements import figures_to_date, key_movements, movements, record_movements
from activitylog.rollup.postings import OF_KEY, book_postings, sums_of_keys
from activitylog.rollup.scope import CHANGED_RECORD, KEY_CHANGE, POSTING, TOUCHED_POSTING, Booking, Scope

_COPIED = [column.name for column in TOUCHED_POSTING.c if column.name != "id"]
_KEY_SUM = cast(Table, KeySum.__table__)


def book_anew(session: Session, booking: Booking, indicators: Rows) -> None:
    """Book everything the indicators count; what open months held of them goes."""
    scope = Scope(indicators)
    _delete(session, POSTING, booking.holds(POSTING.c.period), scope.postings())
    _delete(session, _KEY_SUM, booking.holds(KeySum.period), scope.key_sums())
    book_postings(session, booking, scope)
    session.execute(insert(KeySum).from_select([*OF_KEY, "amount"], sums_of_keys(booking, scope, sign=1)))
    figures = figures_to_date(session, booking.last, scope)
    rows = measured(session, indicators)
    book_actuals(session, booking, rows, {each: figures.get(each, {}) for each, _ in rows})


def book_touched(session: Session, booking: Booking, indicators: Rows) -> None:
    """Book the touched records alone; the indicators' figures move by the difference that makes."""
    scope = Scope(indicators, only_touched=True)
    as_booked = replace(scope, as_booked=True)
    start_empty(session, KEY_CHANGE)
    _copy_touched(session, booking, scope)
    book_postings(session, booking, scope)
    _keep_changed_records(session, booking)
    before = record_movements(session, booking.last, as_booked)
    _note_key_changes(session, sums_of_keys(booking, as_booked, sign=-1))
    _carry_over(session, booking)
    _note_key_changes(session, sums_of_keys(booking, scope, sign=1))
    analyze(session, KEY_CHANGE)
    keys_before = key_movements(session, booking.last, scope)
    _apply_key_changes(session)
    after = movements(session, booking.last, scope)
    rows = measured(session, indicators)
    standing = standing_actuals(session, booking, indicators)
    figures = {}
    for each, measure in rows:
        changes = {
            month: after[each][month].less(before[each][month]).less(keys_before[each][month])
            for month in booking.last.first_of_year.through(booking.last)
        }
        figures[each] = moved_on(booking, standing.get(each, {}), changes, measure)
    book_actuals(session, booking, rows, figures)


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
    session.execute(insert(POSTING).from_select(_COPIED, single.having(old.is_(None))))
    is_old = and_(booking.holds(TOUCHED_POSTING.c.period), TOUCHED_POSTING.c.id.is_not(None))
    _delete(session, TOUCHED_POSTING, is_old)


def _single(booking: Booking) -> Rows:
    """What the copy's open months hold once: booked and to go, or to be booked and new."""
    columns = [TOUCHED_POSTING.c[name] for name in _COPIED]
    return (
        select(*columns)
        .where(booking.holds(TOUCHED_POSTING.c.period))
        .group_by(*columns)
        .having(func.count() == 1)
    )


def _delete(session: Session, table: Table, *conditions: ColumnElement[bool]) -> None:
    """Without asking for the keys of what goes, which may be millions and in nobody's session."""
    session.execute(delete(table).where(*conditions))


def _note_key_changes(session: Session, sums: Rows) -> None:
    session.execute(insert(KEY_CHANGE).from_select([*OF_KEY, "amount"], sums))


def _apply_key_changes(session: Session) -> None:
    columns = [KEY_CHANGE.c[name] for name in OF_KEY]
    change = func.sum(KEY_CHANGE.c.amount).label("amount")
    # the WHERE is also what tells SQLite that ON CONFLICT is no join
    changes = select(*columns, change).where(KEY_CHANGE.c.amount != 0).group_by(*columns).having(change != 0)
    adding = insert_for(session, _KEY_SUM).from_select([*OF_KEY, "amount"], changes)
    session.execute(
        adding.on_conflict_do_update(
            index_elements=list(OF_KEY), set_={"amount": KeySum.amount + adding.excluded.amount}
        )
    )
