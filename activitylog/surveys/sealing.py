"""Sealing: the answers to a survey that is over become two counts, which the facts read from then on."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Table,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.core.dialects import analyze, start_empty, touched_ids
from activitylog.core.locks import hold_books
from activitylog.core.period import business_day
from activitylog.surveys.facts import SOURCE, STANDS, counted_answers
from activitylog.surveys.models import Response, SealedCount
from activitylog.surveys.rules import DEFAULT_WINDOW

# A day more than surveys usually stay open, so that no answer is still on its way; where they stay open
# longer, an answer that comes later breaks the seal.
SEALED_AFTER = timedelta(hours=DEFAULT_WINDOW.hours_after, days=2)


# The surveys a sealing is about: counted first, so that the planner knows whether they are a few or all.
_ENDED = Table(
    "ended",
    MetaData(),
    Column("activity_id", Integer, primary_key=True),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


def seal_surveys(session: Session, *, now: datetime, only_touched: bool = False) -> None:
    """Seal every survey that is over and not sealed, among all activities or the touched ones.

    A seal is void once its activity has moved to another day; whatever changes the answers themselves breaks
    it. Nobody may exclude answers meanwhile (ruling.py), or they would be sealed as they were.
    """
    hold_books(session)
    among = Activity.id.in_(touched_ids(SOURCE)) if only_touched else None
    _unseal(session, among)
    is_over = Activity.happens_on <= business_day(now) - SEALED_AFTER
    has_seal = select(SealedCount.activity_id).where(SealedCount.activity_id == Activity.id).exists()
    surveys = select(Activity.id).where(is_over, ~has_seal)
    start_empty(session, _ENDED)
    session.execute(
        insert(_ENDED).from_select(["activity_id"], surveys if among is None else surveys.where(among))
    )
    analyze(session, _ENDED)
    ended = select(_ENDED.c.activity_id)
    counted = counted_answers().where(Response.activity_id.in_(ended)).subquery("counted")
    satisfied, valid = func.coalesce(counted.c.satisfied, 0), func.coalesce(counted.c.valid, 0)
    session.execute(
        insert(SealedCount).from_select(
            ["activity_id", "happens_on", "satisfied", "valid"],
            select(Activity.id, Activity.happens_on, satisfied, valid)
            .outerjoin(counted, counted.c.activity_id == Activity.id)
            .where(Activity.id.in_(ended)),
        )
    )


def _unseal(session: Session, among: ColumnElement[bool] | None) -> None:
    """Remove the seals of activities that have moved to another day."""
    moved = and_(Activity.id == SealedCount.activity_id, Activity.happens_on != SealedCount.happens_on)
    is_void = select(Activity.id).where(moved)
    void = (is_void if among is None else is_void.where(among)).exists()
    session.execute(delete(SealedCount).where(void))


def wrong_seals(session: Session, *, limit: int) -> Sequence[tuple[str, str, int, int, int, int]]:
    """Seals that differ from the answers: number, title, satisfied and valid as sealed, and as counted."""
    counted = counted_answers().subquery("counted")
    satisfied, valid = func.coalesce(counted.c.satisfied, 0), func.coalesce(counted.c.valid, 0)
    rows = session.execute(
        select(Activity.number, Activity.title, SealedCount.satisfied, SealedCount.valid, satisfied, valid)
        .join(SealedCount, STANDS)
        .outerjoin(counted, counted.c.activity_id == Activity.id)
        .where(or_(SealedCount.satisfied != satisfied, SealedCount.valid != valid))
        .order_by(Activity.id)
        .limit(limit)
    )
    return [tuple(row) for row in rows]
