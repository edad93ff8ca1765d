"""Queries of users."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission, Role, may
from activitylog.errors import Missing

REVIEWING = tuple(role for role in Role if may(role, Permission.REVIEW))


def enabled_reviewers() -> Select[User]:
    """The users who may review what others enter; each may in every project."""
    return select(User).where(User.is_enabled, User.role.in_(REVIEWING))


def reviewers_besides(session: Session, ids: Collection[int]) -> Sequence[User]:
    """The enabled reviewers without these, by name."""
    others = enabled_reviewers().where(User.id.not_in(ids))
    return session.scalars(others.order_by(User.name)).all()


def user_named(session: Session, name: str) -> User:
    """The user with the name; Missing when there is none."""
    user: User | None = session.scalar(select(User).where(User.name == name.strip()))
    if user is None:
        raise Missing(f"没有名为“{name}”的用户，请核对姓名，或看用户名单（activitylog user list）。")
    return user
