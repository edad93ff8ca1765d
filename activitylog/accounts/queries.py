"""Queries of users."""

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import PERMISSIONS, SEES_ALL_PROJECTS, Permission, Role
from activitylog.errors import Missing

REVIEWING = tuple(role for role in Role if Permission.REVIEW in PERMISSIONS[role])


def enabled_reviewers() -> Select[User]:
    """The users who may review what others enter, in all projects or in those they belong to."""
    return select(User).where(User.is_enabled, User.role.in_(REVIEWING))


def seeing_all_projects() -> ColumnElement[bool]:
    """The condition of users who see every project, and not only those they belong to."""
    return or_(User.has_all_projects, User.role.in_(SEES_ALL_PROJECTS))


def user_named(session: Session, name: str) -> User:
    """The user with the name; Missing when there is none."""
    user: User | None = session.scalar(select(User).where(User.name == name.strip()))
    if user is None:
        raise Missing(f"没有名为“{name}”的用户，请核对姓名，或看用户名单（activitylog user list）。")
    return user
