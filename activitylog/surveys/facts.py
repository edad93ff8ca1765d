"""Satisfaction facts: satisfied and valid answers per activity, screen and paper, dated when it was held."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, exists, func, select, union_all
from sqlalchemy.orm import Session

from activitylog.activities.facts import ACTIVITY_TRAIL, HELD
from activitylog.activities.models import Activity
from activitylog.activities.sources import Source, TrailKind, Unrecorded, activity_titles, fact_columns
from activitylog.core.dialects import Rows
from activitylog.core.period import business_day
from activitylog.surveys.models import ExclusionDecision, PaperTally, Response
from activitylog.surveys.rules import SATISFIED_FROM

LONGEST_WINDOW = timedelta(days=32)  # from an activity's day to its survey's end, whatever the settings
CLOCKS_DIFFER_BY = timedelta(days=1)  # at most, those of several machines or one that was set
IS_COUNTED = Response.exclusion_id.is_(None)  # the condition of every count of answers


def _answered(since: datetime) -> Rows:
    """The activities answered since, as far as clocks can say."""
    is_answered = exists().where(
        Response.activity_id == Activity.id, Response.submitted_at > since - CLOCKS_DIFFER_BY
    )
    return select(Activity.id).where(Activity.happens_on >= business_day(since) - LONGEST_WINDOW, is_answered)


def _answers(session: Session, among: ColumnElement[bool], since: datetime) -> dict[int, int]:
    rows = session.execute(
        select(Response.activity_id, func.count())
        .join(Activity, Activity.id == Response.activity_id)
        .where(among, Response.submitted_at > since, IS_COUNTED)
        .group_by(Response.activity_id)
    )
    return {row[0]: row[1] for row in rows}


SURVEY = Source(
    20,
    "survey",
    "满意度问卷",
    "场活动",
    Activity,
    dates=(Activity.held_on,),
    trail=(
        ACTIVITY_TRAIL,
        TrailKind("tally", PaperTally, is_by_activity=True),
        TrailKind("ruling", ExclusionDecision, is_by_activity=True),
    ),
    titles=activity_titles,
    unrecorded=Unrecorded(_answered, _answers),
)


def response_facts(activities: Rows | None = None) -> Rows:
    """One row per approved activity with valid answers: how many satisfied, how many valid.

    Only answers to `activities` (their ids) are read, if given.
    """
    answers = _pooled_answers(activities).subquery("answers")
    return (
        select(
            *fact_columns(SURVEY, Activity.held_on),
            answers.c.satisfied,
            answers.c.valid,
        )
        .join(answers, answers.c.activity_id == Activity.id)
        .where(HELD)
    )


def counted_answers() -> Rows:
    """(activity_id, satisfied, valid) of the answers on screen that are not excluded."""
    is_satisfied = case((Response.overall >= SATISFIED_FROM, 1), else_=0)
    counted = select(
        Response.activity_id, func.sum(is_satisfied).label("satisfied"), func.count().label("valid")
    )
    return counted.where(IS_COUNTED).group_by(Response.activity_id)


def _pooled_answers(activities: Rows | None) -> Rows:
    """(activity_id, satisfied, valid) of answers on screen and paper tallies together."""
    satisfied_on_paper = PaperTally.very_satisfied + PaperTally.satisfied
    others = PaperTally.neutral + PaperTally.dissatisfied + PaperTally.very_dissatisfied
    paper = select(PaperTally.activity_id, satisfied_on_paper, satisfied_on_paper + others).where(
        PaperTally.is_counted
    )
    on_screen = counted_answers()
    if activities is not None:
        on_screen = on_screen.where(Response.activity_id.in_(activities))
        paper = paper.where(PaperTally.activity_id.in_(activities))
    part = union_all(on_screen, paper).subquery("part")
    satisfied, valid = func.sum(part.c.satisfied), func.sum(part.c.valid)
    return select(part.c.activity_id, satisfied.label("satisfied"), valid.label("valid")).group_by(
        part.c.activity_id
    )
