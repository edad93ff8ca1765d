"""Queries of milestones."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.milestones.models import Milestone
from activitylog.milestones.rules import KINDS, MilestoneState, milestone_state
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_of


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone and its state today."""

    milestone: Milestone
    state: MilestoneState


@dataclass(frozen=True, slots=True)
class MilestoneGroup:
    """The milestones of one kind, by the day they are due."""

    kind: str
    rows: list[MilestoneRow]

    @property
    def done(self) -> int:
        return sum(1 for row in self.rows if row.milestone.done_on is not None)


def milestones_by_kind(
    session: Session, project: Project, today: date
) -> tuple[list[MilestoneGroup], list[Milestone]]:
    """A project's milestones, for an umbrella its children's too, by kind; and the withdrawn."""
    milestones = select(Milestone).where(Milestone.project_id.in_(branch_of(project)))
    found = sorted(
        session.scalars(milestones), key=lambda milestone: (_decisive_day(milestone), milestone.id)
    )
    counted = [
        MilestoneRow(milestone, milestone_state(milestone.due_on, milestone.done_on, today))
        for milestone in found
        if milestone.withdrawn_at is None
    ]
    withdrawn = [milestone for milestone in found if milestone.withdrawn_at is not None]
    return [
        MilestoneGroup(kind, [row for row in counted if row.milestone.kind == kind])
        for kind in in_usual_order({row.milestone.kind for row in counted})
    ], withdrawn


def kinds_used(session: Session) -> list[str]:
    """The usual kinds, then those the office has added."""
    return in_usual_order({*KINDS, *session.scalars(select(Milestone.kind).distinct())})


def in_usual_order(kinds: set[str]) -> list[str]:
    return sorted(kinds, key=lambda kind: (KINDS.index(kind) if kind in KINDS else len(KINDS), kind))


def _decisive_day(milestone: Milestone) -> date:
    return milestone.due_on or milestone.done_on or date.max
