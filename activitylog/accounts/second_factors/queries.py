"""Reads who has a second factor, and how many recovery codes are left."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.second_factors.models import RecoveryCode, SecondFactor


def second_factor_of(session: Session, user: User) -> SecondFactor | None:
    return session.get(SecondFactor, user.id)


def has_second_factor(session: Session, user: User) -> bool:
    return second_factor_of(session, user) is not None


def recovery_codes_left(session: Session, user: User) -> int:
    """How many recovery codes the person has not used."""
    unused = RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count(RecoveryCode.id)).where(*unused)) or 0


def holders(session: Session, user_ids: Collection[int]) -> set[int]:
    """Those of the persons who have a second factor."""
    return set(session.scalars(select(SecondFactor.user_id).where(SecondFactor.user_id.in_(user_ids))))
