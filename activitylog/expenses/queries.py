"""Expenses as pages show them, and their sums."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from activitylog.accounts.models import User
from activitylog.errors import Missing
from activitylog.expenses.models import Expense
from activitylog.expenses.rules import execution_rate, saving_rate
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_of, seen_by
from activitylog.web.paging import Page, page_of

A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sums:
    """What a project has spent, in fen."""

    count: int
    planned_fen: int
    paid_fen: int
    budget_fen: int

    @property
    def left_fen(self) -> int:
        return self.budget_fen - self.paid_fen

    @property
    def execution(self) -> str:
        return execution_rate(self.paid_fen, self.budget_fen)

    @property
    def saving(self) -> str:
        return saving_rate(self.planned_fen, self.paid_fen)


def sums_of(session: Session, project: Project) -> Sums:
    """A project's sums, for an umbrella over its children; what was withdrawn is left out."""
    count, planned, paid = session.execute(
        select(
            func.count(Expense.id),
            func.coalesce(func.sum(Expense.planned_fen), 0),
            func.coalesce(func.sum(Expense.paid_fen), 0),
        ).where(Expense.project_id.in_(branch_of(project)), Expense.withdrawn_at.is_(None))
    ).one()
    return Sums(count, int(planned), int(paid), project.budget_fen)


def expenses_of(session: Session, project: Project, *, page: int) -> Page[Expense]:
    """A project's expenses, for an umbrella its children's too, the latest first."""
    return page_of(session, _of(project).where(Expense.withdrawn_at.is_(None)), page)


def withdrawn_of(session: Session, project: Project) -> list[Expense]:
    """Those of them that no longer count, the latest first."""
    return list(session.scalars(_of(project).where(Expense.withdrawn_at.is_not(None))))


def _of(project: Project) -> Select[Expense]:
    return (
        select(Expense)
        .options(joinedload(Expense.activity))
        .where(Expense.project_id.in_(branch_of(project)))
        .order_by(Expense.paid_on.desc(), Expense.id.desc())
    )


def expense_seen_by(session: Session, user: User, expense_id: int) -> Expense:
    """One expense, or Missing when there is none the person may see."""
    wanted = select(Expense).options(joinedload(Expense.activity))
    found: Expense | None = session.scalar(
        wanted.where(Expense.id == expense_id, seen_by(user, Expense.project_id))
    )
    if found is None:
        raise Missing("没有这笔支出，或它不在您的项目里；请从项目的支出页重新进入。")
    return found


def repeats_another(session: Session, expense: Expense) -> bool:
    """Whether the same person has said the same a moment before: a form sent twice."""
    same = ("project_id", "activity_id", "summary", "planned_fen", "paid_fen", "paid_on", "created_by_id")
    twin = select(Expense.id).where(
        *(getattr(Expense, name).is_not_distinct_from(getattr(expense, name)) for name in same),
        Expense.id != expense.id,
        Expense.withdrawn_at.is_(None),
        Expense.created_at > expense.created_at - A_MOMENT,
    )
    return session.scalar(twin.limit(1)) is not None


def paid_fen(session: Session, projects: Sequence[Project], *, until: date) -> dict[int, int]:
    """What has been paid up to a day, by project id; an umbrella's with its children's."""
    year = projects[0].year if projects else 0
    in_time = Expense.paid_on <= until
    rows = session.execute(
        select(Project.id, Project.parent_id, func.coalesce(func.sum(Expense.paid_fen), 0))
        .outerjoin(Expense, (Expense.project_id == Project.id) & Expense.withdrawn_at.is_(None) & in_time)
        .where(Project.year == year)
        .group_by(Project.id, Project.parent_id)
    ).all()
    parents = {project_id: parent_id for project_id, parent_id, _ in rows}
    sums: dict[int, int] = defaultdict(int)
    for project_id, _, paid in rows:
        payer: int | None = project_id
        while payer is not None:
            sums[payer] += int(paid)
            payer = parents[payer]
    return sums
