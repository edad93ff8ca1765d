"""Satisfaction facts: answers per activity, screen and paper together, dated when it was held."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Label, case, exists, func, literal, select, union_all
from sqlalchemy.orm import Session

from activitylog.activities.facts import ACTIVITY_TRAIL, HELD
from activitylog.activities.models import Activity
from activitylog.activities.sources import Source, TrailKind, Unrecorded, activity_titles, fact_columns
from activitylog.core.dialects import Rows
from activitylog.core.period import business_day
from activitylog.surveys.models import ExclusionDecision, PaperTally, Response
from activitylog.surveys.rules import GRADE_FIELDS, GRADES, HIGHEST_GRADE, SATISFIED_FROM

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


_ON_PAPER = {
    int(grade): getattr(PaperTally, name) for (grade, _), name in zip(GRADES, GRADE_FIELDS, strict=True)
}


def response_facts(activities: Rows | None = None) -> Rows:
    """One row per approved activity with valid answers: how many satisfied, how many valid.

    Only answers to `activities` (their ids) are read, if given.
    """
    is_satisfied = case((Response.overall >= SATISFIED_FROM, 1), else_=0)
    satisfied_on_paper = sum(
        (column for grade, column in _ON_PAPER.items() if grade >= SATISFIED_FROM), literal(0)
    )
    screen = func.sum(is_satisfied).label("satisfied"), func.count().label("valid")
    return _facts(screen, (satisfied_on_paper, _on_paper()), activities)


def grade_facts(activities: Rows | None = None) -> Rows:
    """The same rows with the sum of the grades, and what it were had everybody given the highest."""
    graded_on_paper = sum((grade * column for grade, column in _ON_PAPER.items()), literal(0))
    highest = func.count() * HIGHEST_GRADE
    screen = func.sum(Response.overall).label("grades"), highest.label("highest")
    return _facts(screen, (graded_on_paper, _on_paper() * HIGHEST_GRADE), activities)


def _on_paper() -> ColumnElement[int]:
    return sum(_ON_PAPER.values(), literal(0))


def _facts(
    on_screen: Sequence[Label[int]], on_paper: Sequence[ColumnElement[int]], activities: Rows | None
) -> Rows:
    """Two sums per approved activity over the answers on screen that count, and paper tallies."""
    screen = select(Response.activity_id, *on_screen).where(IS_COUNTED).group_by(Response.activity_id)
    paper = select(PaperTally.activity_id, *on_paper).where(PaperTally.is_counted)
    if activities is not None:
        screen = screen.where(Response.activity_id.in_(activities))
        paper = paper.where(PaperTally.activity_id.in_(activities))
    part = union_all(screen, paper).subquery("part")
    sums = [func.sum(part.c[each.name]).label(each.name) for each in on_screen]
    answers = select(part.c.activity_id, *sums).group_by(part.c.activity_id).subquery("answers")
    return (
        select(*fact_columns(SURVEY, Activity.held_on), *(answers.c[each.name] for each in on_screen))
        .join(answers, answers.c.activity_id == Activity.id)
        .where(HELD)
    )
