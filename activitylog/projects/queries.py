"""Queries of the projects a person may see, and of their years."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import CTE, BindParameter, ColumnElement, Select, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from activitylog.accounts.models import Membership, User
from activitylog.accounts.queries import enabled_reviewers, seeing_all_projects
from activitylog.core.text.words import known_spelling
from activitylog.errors import Missing
from activitylog.projects.models import Indicator, Project

Record = TypeVar("Record", bound=Any)  # a table of the features above, with `id` and `project_id`


def visible_to(user: User | None, project_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """The condition that a record's project is visible to the user; None, the command line, sees all."""
    if user is None or user.sees_all_projects:
        return true()
    return project_id.in_(own_projects(user.id))


def own_projects(user_id: int | BindParameter[int]) -> Select[int]:
    """The ids of a person's projects: those they belong to, and all that these sum up.

    An umbrella's figures consist of its children's records, and it has none of its own: its members see and
    do in the children what they may in the umbrella (docs/decisions/umbrella-members.md).
    """
    return select(_belonging(Membership.user_id == user_id).c.project_id)


def _belonging(*conditions: ColumnElement[bool]) -> CTE:
    """Who belongs to which project: (user_id, project_id), with all that an umbrella sums up."""
    own = select(Membership.user_id, Membership.project_id).where(*conditions).cte(recursive=True)
    child = aliased(Project)
    below = select(own.c.user_id, child.id).join(own, child.parent_id == own.c.project_id)
    return own.union(below)


def projects_of(session: Session, user_ids: Collection[int]) -> set[tuple[int, int]]:
    """Who of these belongs to which project, by id: (user, project), with all that an umbrella sums up."""
    belonging = _belonging(Membership.user_id.in_(user_ids))
    return {(row.user_id, row.project_id) for row in session.execute(select(belonging))}


def reviewers_of(project: Project) -> Select[User]:
    """The enabled users who may review what is entered in the project."""
    belonging = _belonging()
    members = select(belonging.c.user_id).where(belonging.c.project_id == project.id)
    return enabled_reviewers().where(or_(seeing_all_projects(), User.id.in_(members)))


def reviewers_besides(session: Session, project: Project, ids: Collection[int]) -> Sequence[User]:
    """The project's enabled reviewers without these, by name."""
    others = reviewers_of(project).where(User.id.not_in(ids))
    return session.scalars(others.order_by(User.name)).all()


def is_reviewed_besides(user_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """The condition that another enabled user may review in the project of the statement."""
    others = enabled_reviewers().where(User.id != user_id)
    belonging = _belonging(Membership.user_id.in_(others.with_only_columns(User.id)))
    return or_(others.where(seeing_all_projects()).exists(), Project.id.in_(select(belonging.c.project_id)))


def visible_projects(session: Session, user: User | None, *, year: int | None = None) -> Sequence[Project]:
    """The person's projects, newest year first, each year in the order of its declaration."""
    projects = select(Project).where(visible_to(user, Project.id))
    if year is not None:
        projects = projects.where(Project.year == year)
    return session.scalars(projects.order_by(Project.year.desc(), Project.position, Project.id)).all()


def projects_to_log_in(session: Session, user: User | None) -> Sequence[Project]:
    """The person's projects that have activities of their own, so no umbrellas."""
    child = aliased(Project)
    is_umbrella = select(child.id).where(child.parent_id == Project.id).exists()
    projects = select(Project).where(visible_to(user, Project.id), ~is_umbrella)
    return session.scalars(projects.order_by(Project.year.desc(), Project.position, Project.id)).all()


def visible_project(session: Session, user: User | None, project_id: int) -> Project:
    """One project, or Missing when there is none the person may see."""
    project: Project | None = session.scalar(
        select(Project).where(Project.id == project_id, visible_to(user, Project.id))
    )
    if project is None:
        raise Missing("没有这个项目，或您不在这个项目里；可以请项目负责人把您加入。", field="project_id")
    return project


def project_of(session: Session, project_id: int) -> Project:
    """One project, visible or not; Missing when there is none."""
    project = session.get(Project, project_id)
    if project is None:
        raise Missing("没有这个项目，它可能已被删除；请从项目列表重新进入。", field="project_id")
    return project


def visible_record(session: Session, user: User | None, model: type[Record], record_id: int) -> Record:
    """A dated record of a project, or Missing when there is none the person may see."""
    record: Record | None = session.scalar(
        select(model).where(model.id == record_id, visible_to(user, model.project_id))
    )
    if record is None:
        raise Missing(f"没有这{model.counter}{model.thing}，或它不在您的项目里；请从项目页重新进入。")
    return record


def visible_years(session: Session, user: User | None) -> list[int]:
    """The years with a project the person sees, newest first."""
    years = select(Project.year).where(visible_to(user, Project.id)).distinct()
    return list(session.scalars(years.order_by(Project.year.desc())))


def year_to_show(session: Session, user: User | None, today: date) -> int:
    """This year when it has projects, else the latest that has."""
    years = visible_years(session, user)
    return today.year if today.year in years or not years else years[0]


def indicator_of_year_before(session: Session, indicator: Indicator) -> Indicator | None:
    """The indicator of the same name of the project of the same name, a year earlier."""
    found: Indicator | None = session.scalar(
        select(Indicator)
        .join(Project, Project.id == Indicator.project_id)
        .where(
            Project.year == indicator.project.year - 1,
            Project.name == indicator.project.name,
            Indicator.name == indicator.name,
        )
    )
    return found


def visible_parent(session: Session, user: User | None, project: Project) -> Project | None:
    """The umbrella of a project, where the person may see it."""
    if project.parent_id is None:
        return None
    found: Project | None = session.scalar(
        select(Project).where(Project.id == project.parent_id, visible_to(user, Project.id))
    )
    return found


def branch_of(project: Project) -> Select[int]:
    """The ids of a project and of its descendants."""
    branch = select(Project.id).where(Project.id == project.id).cte("branch", recursive=True)
    child = aliased(Project)
    return select(branch.union_all(select(child.id).join(branch, child.parent_id == branch.c.id)).c.id)


def branch_names(session: Session, project: Project) -> dict[int, str]:
    """The names by id of a project and of its descendants."""
    named = session.execute(select(Project.id, Project.name).where(Project.id.in_(branch_of(project))))
    return {row.id: row.name for row in named}


def project_named(session: Session, year: int, name: str) -> Project:
    """A year's project by its name; Missing lists those there are."""
    declared = session.scalars(select(Project).where(Project.year == year).order_by(Project.position))
    projects = {project.name: project for project in declared}
    found = projects.get(known_spelling(name, projects) or "")
    if found is None:
        known = "、".join(projects) or "（还没有导入申报表）"
        raise Missing(f"{year}年没有名为“{name}”的项目，已有：{known}。")
    return found


def branch_names_by(
    session: Session, year: int, name: str | None, *, by: User | None = None
) -> dict[int, str]:
    """The names by id of a year's projects visible to the person, or of the one so named and those below."""
    declared = select(Project.id, Project.name, Project.parent_id)
    declared = declared.where(Project.year == year, visible_to(by, Project.id))
    rows = session.execute(declared.order_by(Project.position, Project.id)).all()
    if not rows:
        raise Missing(f"{year} 年还没有项目，请先导入申报表。")
    if name is None:
        return {row.id: row.name for row in rows}
    spelling = known_spelling(name, [row.name for row in rows])
    ids = {row.id for row in rows if row.name == spelling}
    if not ids:
        known = "、".join(row.name for row in rows)
        raise Missing(f"{year} 年没有名为“{name}”的项目，有的是：{known}。")
    while below := {row.id for row in rows if row.parent_id in ids} - ids:
        ids |= below
    return {row.id: row.name for row in rows if row.id in ids}
