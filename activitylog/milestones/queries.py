"""Queries of milestones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from activitylog.milestones.models import Milestone
from activitylog.milestones.rules import KINDS, MilestoneState, milestone_state
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_of
from activitylog.web.paging import Page, page_of

PAGE_SIZE = 100
_DECISIVE_DAY = func.coalesce(Milestone.due_on, Milestone.done_on, date.max)


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone and its state today."""

    milestone: Milestone
    state: MilestoneState


@dataclass(frozen=True, slots=True)
class MilestoneGroup:
    """The milestones of one kind on a page, by the day they are due; how many there are and count as done."""

    kind: str
    rows: list[MilestoneRow]
    done: int
    total: int


def milestones_by_kind(
    session: Session, project: Project, today: date, *, page: int = 1
) -> tuple[list[MilestoneGroup], Page[Milestone]]:
    """A page of a project's milestones, for an umbrella its children's too: by kind, and as one list."""
    current = _current(project)
    done = func.count(case((Milestone.is_counted, Milestone.done_on)))
    counts = {
        row.kind: row
        for row in session.execute(
            current.with_only_columns(
                Milestone.kind, func.count().label("total"), done.label("done")
            ).group_by(Milestone.kind)
        )
    }
    rows = current.options(joinedload(Milestone.approved_by)).order_by(*_order({*counts}))
    shown = page_of(session, rows, page, size=PAGE_SIZE)
    groups = [
        MilestoneGroup(kind, [_row(each, today) for each in rows], counts[kind].done, counts[kind].total)
        for kind, rows in groupby(shown.rows, key=lambda milestone: milestone.kind)
    ]
    return groups, shown


def all_milestones(session: Session, project: Project, today: date) -> Iterator[MilestoneRow]:
    """The same milestones without pages, read as they are used."""
    current = _current(project)
    kinds = set(session.scalars(current.with_only_columns(Milestone.kind).distinct()))
    rows = current.options(joinedload(Milestone.project)).order_by(*_order(kinds))
    return (_row(each, today) for each in session.scalars(rows, execution_options={"yield_per": PAGE_SIZE}))


def _current(project: Project) -> Select[Milestone]:
    return select(Milestone).where(
        Milestone.project_id.in_(branch_of(project)), Milestone.withdrawn_at.is_(None)
    )


def _order(kinds: set[str]) -> tuple[ColumnElement[Any] | InstrumentedAttribute[int], ...]:
    """By kind in the usual order, then by day."""
    places = {kind: place for place, kind in enumerate(in_usual_order(kinds))}
    of_kind = (case(places, value=Milestone.kind),) if places else ()
    return *of_kind, _DECISIVE_DAY, Milestone.id


def withdrawn_milestones(session: Session, project: Project) -> list[Milestone]:
    """A project's withdrawn milestones, by the day they were due."""
    withdrawn = select(Milestone).where(
        Milestone.project_id.in_(branch_of(project)), Milestone.withdrawn_at.is_not(None)
    )
    return list(session.scalars(withdrawn.order_by(_DECISIVE_DAY, Milestone.id)))


def _row(milestone: Milestone, today: date) -> MilestoneRow:
    return MilestoneRow(milestone, milestone_state(milestone.due_on, milestone.done_on, today))


def kinds_used(session: Session) -> list[str]:
    """The usual kinds, then those the office has added."""
    return in_usual_order({*KINDS, *session.scalars(select(Milestone.kind).distinct())})


def is_kind_used(session: Session, project_id: int, kind: str) -> bool:
    """Whether the project has such a milestone."""
    used = exists().where(
        Milestone.project_id == project_id, Milestone.kind == kind, Milestone.withdrawn_at.is_(None)
    )
    return session.scalar(select(used)) is True


def in_usual_order(kinds: set[str]) -> list[str]:
    return sorted(kinds, key=lambda kind: (KINDS.index(kind) if kind in KINDS else len(KINDS), kind))
