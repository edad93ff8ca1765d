"""What attendees said, pooled per activity: screen and paper together, on the day it was held."""

from typing import Any

from sqlalchemy import SQLColumnExpression, and_, case, func, literal, select, union_all

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.dialects import PooledRows, Rows, narrowed, touched_ids
from activitylog.surveys.models import PaperTally, Response, SealedCount
from activitylog.surveys.rules import SATISFIED_FROM

SOURCE = "survey"
COUNTS = Response.exclusion_id.is_(None)  # what whoever counts answers asks for
STANDS = and_(SealedCount.activity_id == Activity.id, SealedCount.happens_on == Activity.happens_on)


def response_facts(*, only_touched: bool = False) -> Rows:
    """One row per approved activity with valid answers: how many satisfied, how many valid."""
    answers = _pooled_answers(only_touched=only_touched).subquery("answers")
    rows = (
        select(
            Activity.project_id,
            Activity.id.label("activity_id"),
            literal(SOURCE).label("source"),
            Activity.id.label("source_id"),
            Activity.held_on.label("occurred_on"),
            answers.c.satisfied,
            answers.c.valid,
        )
        .join(answers, answers.c.activity_id == Activity.id)
        .where(Activity.status == Status.APPROVED)
    )
    return narrowed(rows, Activity.id, SOURCE, only_touched=only_touched)


def counted_answers() -> Rows:
    """(activity_id, satisfied, valid) of the answers on screen that nobody has excluded, one by one."""
    is_satisfied = case((Response.overall >= SATISFIED_FROM, 1), else_=0)
    counted = select(
        Response.activity_id, func.sum(is_satisfied).label("satisfied"), func.count().label("valid")
    )
    return counted.where(COUNTS).group_by(Response.activity_id)


def _pooled_answers(*, only_touched: bool) -> Rows:
    parts = _answers(only_touched=only_touched).subquery("part")
    satisfied, valid = func.sum(parts.c.satisfied), func.sum(parts.c.valid)
    return select(parts.c.activity_id, satisfied.label("satisfied"), valid.label("valid")).group_by(
        parts.c.activity_id
    )


def _answers(*, only_touched: bool) -> PooledRows:
    """Sealed counts, the answers to surveys not sealed yet, and paper, each narrowed for itself."""
    sealed = select(SealedCount.activity_id, SealedCount.satisfied, SealedCount.valid).join(Activity, STANDS)
    open_surveys = select(Activity.id).where(~select(SealedCount.activity_id).where(STANDS).exists())
    counted = counted_answers().where(Response.activity_id.in_(open_surveys))
    happy = PaperTally.very_satisfied + PaperTally.satisfied
    others = PaperTally.neutral + PaperTally.dissatisfied + PaperTally.very_dissatisfied
    paper = select(PaperTally.activity_id, happy, happy + others).where(PaperTally.withdrawn_at.is_(None))
    return union_all(
        _of(sealed, SealedCount.activity_id, only_touched=only_touched),
        _of(counted, Response.activity_id, only_touched=only_touched),
        _of(paper, PaperTally.activity_id, only_touched=only_touched),
    )


def _of(rows: Rows, activity_id: SQLColumnExpression[Any], *, only_touched: bool) -> Rows:
    return rows.where(activity_id.in_(touched_ids(SOURCE))) if only_touched else rows
