"""Queries of users."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission, Role, may

REVIEWING = tuple(role for role in Role if may(role, Permission.REVIEW))


def enabled_reviewers() -> Select[User]:
    """The users who may review what others enter; each may in every project."""
    return select(User).where(User.is_enabled, User.role.in_(REVIEWING))


def reviewers_besides(session: Session, ids: Collection[int]) -> Sequence[User]:
    """The enabled reviewers without these, by name."""
    others = enabled_reviewers().where(User.id.not_in(ids))
    return session.scalars(others.order_by(User.name)).all()
