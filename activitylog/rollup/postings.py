"""Writes the postings of the open months from the contributions; only the rows that differ."""

from typing import cast

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Table,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from activitylog.core.database import PeriodColumn
from activitylog.core.dialects import Rows, analyze, create_empty, empty_temporary_tables, insert_for
from activitylog.rollup.contributions import IDENTITY
from activitylog.rollup.models import CONTRIBUTION, Posting, contribution_table
from activitylog.rollup.roll_up_range import RollUpRange, year_indicators

_POSTING = cast(Table, Posting.__table__)
_COLUMNS = (*IDENTITY, "period", "amount", "base")

_OPEN_PART = contribution_table("open_part")
_MISSING = contribution_table("missing_posting")
_SURPLUS = Table(
    "surplus_posting",
    MetaData(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("indicator_id", Integer, nullable=False),
    Column("period", PeriodColumn, nullable=False),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
# The months of indicators whose postings a roll-up has changed.
CHANGED_MONTH = Table(
    "changed_month",
    MetaData(),
    Column("indicator_id", Integer, primary_key=True, autoincrement=False),
    Column("period", PeriodColumn, primary_key=True),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


def write_postings(session: Session, span: RollUpRange) -> None:
    """Make the open months hold CONTRIBUTION less what closed months hold of it.

    CHANGED_MONTH then lists the indicators and months whose postings changed.
    """
    create_empty(session, CHANGED_MONTH)
    due = _open_part(session, span) if span.has_closed_months else CONTRIBUTION
    posted = session.scalar(select(func.count()).where(*_may_be_written(span))) or 0
    missing = _find_missing(session, due) if posted else due
    lacking = _count(session, missing)
    if posted > _count(session, due) - lacking:  # a posting that is right has one contribution, and only one
        _delete_surplus(session, span, due)
    if lacking:
        session.execute(_POSTING.insert().from_select(_COLUMNS, select(missing)))
        _note_changed(session, missing)
    analyze(session, CHANGED_MONTH)


def _may_be_written(span: RollUpRange) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Posting.indicator_id.in_(year_indicators(span.year)), span.is_not_frozen()


def _open_part(session: Session, span: RollUpRange) -> Table:
    """CONTRIBUTION less the postings of closed months."""
    closed_part = select(
        *(_POSTING.c[name] for name in IDENTITY),
        literal(span.first, PeriodColumn).label("period"),
        (-_POSTING.c.amount).label("amount"),
        (-_POSTING.c.base).label("base"),
    ).where(_POSTING.c.indicator_id.in_(year_indicators(span.year)), span.is_closed(_POSTING.c.period))
    part = union_all(select(CONTRIBUTION), closed_part).subquery("part")
    amount, base = func.sum(part.c.amount), func.sum(part.c.base)
    identity = [part.c[name] for name in (*IDENTITY, "period")]
    rows = select(*identity, amount, base).group_by(*identity).having(or_(amount != 0, base != 0))
    return _filled(session, _OPEN_PART, rows)


def _is_posted(due: Table) -> ColumnElement[bool]:
    return and_(*(due.c[name] == _POSTING.c[name] for name in _COLUMNS))


def _find_missing(session: Session, due: Table) -> Table:
    missing = select(due).outerjoin(_POSTING, _is_posted(due)).where(_POSTING.c.id.is_(None))
    return _filled(session, _MISSING, missing)


def _delete_surplus(session: Session, span: RollUpRange, due: Table) -> None:
    surplus = (
        select(_POSTING.c.id, _POSTING.c.indicator_id, _POSTING.c.period)
        .outerjoin(due, _is_posted(due))
        .where(*_may_be_written(span), due.c.source.is_(None))
    )
    _filled(session, _SURPLUS, surplus)
    session.execute(delete(_POSTING).where(_POSTING.c.id.in_(select(_SURPLUS.c.id))))
    _note_changed(session, _SURPLUS)


def _note_changed(session: Session, rows: Table) -> None:
    months = select(rows.c.indicator_id, rows.c.period).where(literal(1) == 1).distinct()
    adding = insert_for(session, CHANGED_MONTH).from_select(["indicator_id", "period"], months)
    session.execute(adding.on_conflict_do_nothing())


def _filled(session: Session, table: Table, rows: Rows) -> Table:
    create_empty(session, table)
    session.execute(table.insert().from_select(table.c.keys(), rows))
    analyze(session, table)
    return table


def _count(session: Session, table: Table) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def release_tables(session: Session) -> None:
    """Drop the temporary tables of a roll-up."""
    empty_temporary_tables(session, CONTRIBUTION, _OPEN_PART, _MISSING, _SURPLUS, CHANGED_MONTH)
