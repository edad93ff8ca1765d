"""Invites a person, and changes name, role and projects of one."""

from collections.abc import Collection
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
from activitylog.accounts.rules import SEES_OWN_PROJECTS_ONLY, Role
from activitylog.accounts.second_factors.operations import turn_off
from activitylog.core.records import check_token, token_of
from activitylog.errors import Refused
from activitylog.pages.people.queries import PersonLine, projects_named


def invite_person(
    session: Session, *, name: str, role: Role, projects: Collection[str], by: User, now: datetime
) -> tuple[User, str]:
    """Add a user to the projects of these names; returns the user and the secret of a link to a password."""
    user = invite_user(session, name=name, role=role, now=now)
    _let_belong(session, user, projects)
    return user, make_password_link(session, user, by=by, now=now)


def edit_person(
    session: Session, person: PersonLine, *, name: str, role: Role, projects: Collection[str], seen: str
) -> None:
    """Change what differs; refused when somebody else changed the person since the form was made."""
    check_token(person_token(person), seen, current=f"{person.user.name}，{person.state}")
    rename_user(session, person.user, name=name)
    set_role(session, person.user, role=role)
    _let_belong(session, person.user, projects)


def _let_belong(session: Session, user: User, names: Collection[str]) -> None:
    """Set the projects by name; who sees all projects belongs to none."""
    chosen = names if user.role in SEES_OWN_PROJECTS_ONLY else ()
    set_projects(session, user, projects_named(session, chosen))


def person_token(person: PersonLine) -> str:
    return token_of(person.user.name, person.user.role, *person.projects)


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
