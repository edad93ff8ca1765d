"""Invites a person, and changes name, role and projects of one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.operations import (
    disable_user,
    invite_user,
    rename_user,
    set_projects,
    set_role,
)
from activitylog.accounts.password_links.operations import make_password_link
from activitylog.accounts.rules import BELONGS_TO_PROJECTS, Role
from activitylog.accounts.second_factors.operations import turn_off
from activitylog.core.records import check_token, token_of
from activitylog.errors import Refused
from activitylog.pages.people.queries import PersonLine, projects_named


@dataclass(frozen=True, slots=True)
class Duties:
    """What a person does in the office: role, accounts, and all projects or those named."""

    role: Role
    administers_accounts: bool
    has_all_projects: bool
    projects: Collection[str]


def invite_person(
    session: Session, *, name: str, duties: Duties, by: User, now: datetime
) -> tuple[User, str]:
    """Add a user with these duties; returns the user and the secret of a link to a password."""
    user = invite_user(
        session,
        name=name,
        role=duties.role,
        administers_accounts=duties.administers_accounts,
        has_all_projects=duties.has_all_projects,
        now=now,
    )
    _let_belong(session, user, duties.projects)
    return user, make_password_link(session, user, by=by, now=now)


def edit_person(session: Session, person: PersonLine, *, name: str, duties: Duties, seen: str) -> None:
    """Change what differs; refused when somebody else changed the person since the form was made."""
    check_token(person_token(person), seen, current=f"{person.user.name}，{person.state}")
    rename_user(session, person.user, name=name)
    set_role(
        session,
        person.user,
        role=duties.role,
        administers_accounts=duties.administers_accounts,
        has_all_projects=duties.has_all_projects,
    )
    _let_belong(session, person.user, duties.projects)


def _let_belong(session: Session, user: User, names: Collection[str]) -> None:
    """Set the projects by name; who sees all projects, or no records, belongs to none."""
    belongs = user.role in BELONGS_TO_PROJECTS and not user.has_all_projects
    chosen = names if belongs else ()
    set_projects(session, user, projects_named(session, chosen))


def person_token(person: PersonLine) -> str:
    user = person.user
    return token_of(user.name, user.role, user.administers_accounts, user.has_all_projects, *person.projects)


def disable_person(session: Session, user: User, *, by: User, now: datetime) -> None:
    """Disable an account; nobody disables their own."""
    if user.id == by.id:
        raise Refused("不能停用自己的账号；如要离岗，请另一位系统管理员停用。")
    disable_user(session, name=user.name, now=now)


def turn_off_lost_factor(session: Session, user: User, *, by: User) -> None:
    """Turn off the second factor of who lost it; nobody turns off their own without its code."""
    if user.id == by.id:
        raise Refused("自己的两步验证请到“我的”关闭，要填密码和验证码。")
    turn_off(session, user)
