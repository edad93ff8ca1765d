"""Queries of expenses and their sums."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from activitylog.activities.plausibility.doubts import ReviewedDoubt, confirmed_text
from activitylog.expenses.models import Expense
from activitylog.expenses.rules import KINDS, amount_doubts, execution_rate, saving_rate, usual_fen
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_of


@dataclass(frozen=True, slots=True)
class ExpenseSums:
    """The sums of a project's expenses, in fen."""

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


def expense_sums(session: Session, project: Project) -> ExpenseSums:
    """A project's sums, for an umbrella over its children; what waits or was withdrawn is left out."""
    count, planned, paid = session.execute(
        select(
            func.count(Expense.id),
            func.coalesce(func.sum(Expense.planned_fen), 0),
            func.coalesce(func.sum(Expense.paid_fen), 0),
        ).where(Expense.project_id.in_(branch_of(project)), Expense.is_counted)
    ).one()
    return ExpenseSums(count, int(planned), int(paid), project.budget_fen)


def paid_fen(session: Session, projects: Sequence[Project], *, until: date) -> dict[int, int]:
    """The fen paid up to a day, by project id; an umbrella's includes its children's."""
    year = projects[0].year if projects else 0
    in_time = Expense.paid_on <= until
    rows = session.execute(
        select(Project.id, Project.parent_id, func.coalesce(func.sum(Expense.paid_fen), 0))
        .outerjoin(Expense, (Expense.project_id == Project.id) & Expense.is_counted & in_time)
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


class Payment(NamedTuple):
    """What two entries of one payment have in common."""

    fen: int
    paid_on: date
    summary: str

    @classmethod
    def of(cls, expense: Expense) -> "Payment":
        return cls(expense.paid_fen, expense.paid_on, expense.summary)


def payments(
    session: Session, projects: Collection[int], *conditions: ColumnElement[bool]
) -> defaultdict[int, Counter[Payment]]:
    """How often every payment that meets the conditions was entered, by project."""
    payment = Expense.paid_fen, Expense.paid_on, Expense.summary
    is_paid = Expense.withdrawn_at.is_(None), Expense.paid_fen > 0
    paid: defaultdict[int, Counter[Payment]] = defaultdict(Counter)
    for project_id, times, fen, paid_on, summary in session.execute(
        select(Expense.project_id, func.count(), *payment)
        .where(Expense.project_id.in_(projects), *is_paid, *conditions)
        .group_by(Expense.project_id, *payment)
    ):
        paid[project_id][Payment(fen, paid_on, summary)] = times
    return paid


def usual_payment(paid: Counter[Payment]) -> int | None:
    """The fen a project usually pays at a time; None for too few payments to say."""
    return usual_fen([payment.fen for payment in paid.elements()])


def reviewed_amounts(session: Session, expenses: Sequence[Expense]) -> list[tuple[Expense, str]]:
    """Those of the expenses whose amounts look like a slip, with why, and who confirmed them."""
    paid = payments(session, {expense.project_id for expense in expenses})
    usual = {project_id: usual_payment(of_project) for project_id, of_project in paid.items()}
    found = []
    for each in expenses:
        doubts = amount_doubts(
            planned_fen=each.planned_fen,
            paid_fen=each.paid_fen,
            usual=usual.get(each.project_id),
            is_repeated=paid[each.project_id][Payment.of(each)] > 1,
        )
        confirmed = confirmed_text(each.confirmed_by, each.confirmed_at) if each.confirmed_at else ""
        if doubts:
            found.append((each, ReviewedDoubt("；".join(doubts), confirmed).text))
    return found


def kinds_used(session: Session) -> list[str]:
    """The usual kinds of expense, then those the office has added."""
    used = set(session.scalars(select(Expense.expense_kind).where(Expense.expense_kind != "").distinct()))
    return [*KINDS, *sorted(used - {*KINDS})]
