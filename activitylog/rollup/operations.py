"""Imports a declaration with a proposed rule for each indicator, and opens a year with rules and weights."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.core.text.words import word_key
from activitylog.errors import PeriodClosed
from activitylog.indicators.closings.models import Closing
from activitylog.indicators.rules.operations import copy_rules, propose_for_year
from activitylog.indicators.weights.operations import copy_weights
from activitylog.projects.changes import DeclarationChange, ImportChoices
from activitylog.projects.declaration.document import Declaration
from activitylog.projects.models import Indicator, Project
from activitylog.projects.operations import copy_year, import_declaration, projects_of_year
from activitylog.rollup.models import Posting


def take_declaration(
    session: Session,
    declaration: Declaration,
    *,
    now: datetime,
    choices: ImportChoices = ImportChoices(),  # noqa: B008
    is_sample: bool = False,
) -> list[DeclarationChange]:
    """Import a declaration and propose its rules; indicators with closed postings must not be dropped."""
    if choices.replace or choices.drops:
        _check_closed_books(session, declaration, choices)
    changes = import_declaration(session, declaration, now=now, choices=choices, is_sample=is_sample)
    session.expire_all()
    rewritten = {(change.project, change.indicator) for change in changes if change.changes_target}
    propose_for_year(session, declaration.year, rewritten=rewritten)
    return changes


def open_year(session: Session, *, source: int, target: int, now: datetime, is_sample: bool = False) -> None:
    """Open a year with the declaration, the rules and the weights of another."""
    copy_year(session, source, target, now=now, is_sample=is_sample)
    copy_rules(session, source, target)
    copy_weights(session, source, target)


def _check_closed_books(session: Session, declaration: Declaration, choices: ImportChoices) -> None:
    declared = {
        word_key(project.name): {word_key(row.name) for row in project.indicators}
        for project in declaration.projects
    }
    declared |= {word_key(name): set() for name in choices.drops}
    names = {
        project.name: word_key(choices.renames.get(project.name, project.name))
        for project in projects_of_year(session, declaration.year)
    }
    posted = session.execute(
        select(Project.name, Indicator.name)
        .join(Indicator, Indicator.project_id == Project.id)
        .where(
            Project.year == declaration.year,
            select(Posting.id)
            .join(Closing, Closing.period == Posting.period)
            .where(Posting.indicator_id == Indicator.id)
            .exists(),
        )
        .order_by(Project.position, Indicator.position)
    ).all()
    dropped = [
        f"“{project}”的“{name}”"
        for project, name in posted
        if word_key(name) not in declared.get(names[project], {word_key(name)})
    ]
    if dropped:
        raise PeriodClosed(
            f"这份申报表去掉了{'、'.join(dropped)}，但它们在已结账的月份里有数，不能去掉。"
            "请在新申报表里保留这些指标，或先反结账。"
        )
