"""What attendees said, pooled per activity: screen and paper together, on the day it was held."""

from sqlalchemy import case, func, literal, select, union_all

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.sql import Rows
from activitylog.surveys.models import PaperTally, Response

SOURCE = "survey"
SATISFIED_FROM = 4


def response_facts() -> Rows:
    """One row per approved activity with valid answers: how many satisfied, how many valid."""
    on_screen = select(
        Response.activity_id,
        func.sum(case((Response.overall >= SATISFIED_FROM, 1), else_=0)).label("satisfied"),
        func.count().label("valid"),
    ).group_by(Response.activity_id)
    satisfied = PaperTally.very_satisfied + PaperTally.satisfied
    dissatisfied = PaperTally.neutral + PaperTally.dissatisfied + PaperTally.very_dissatisfied
    on_paper = (
        select(PaperTally.activity_id, func.sum(satisfied), func.sum(satisfied + dissatisfied))
        .where(PaperTally.withdrawn_at.is_(None))
        .group_by(PaperTally.activity_id)
    )
    answers = union_all(on_screen, on_paper).subquery("answers")
    return (
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
