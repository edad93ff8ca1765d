"""Reads and sets the access rule of a survey; opens and revokes its kiosks."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.errors import IllegalChange
from activitylog.surveys.access.rules import KIOSK_PASS
from activitylog.surveys.models import Kiosk, SurveyAccess
from activitylog.surveys.rules import CodeRule


def code_rule_of(session: Session, activity_id: int) -> CodeRule:
    """The activity's rule on screen codes; OFF where none is set."""
    access = session.get(SurveyAccess, activity_id)
    return CodeRule.OFF if access is None else access.code_rule


def activities_requiring_code(session: Session, activity_ids: Collection[int]) -> set[int]:
    """Which of the activities refuse answers without the screen code."""
    statement = select(SurveyAccess.activity_id).where(
        SurveyAccess.activity_id.in_(activity_ids), SurveyAccess.code_rule == CodeRule.REQUIRED
    )
    return set(session.scalars(statement))


def set_code_rule(session: Session, activity_id: int, rule: CodeRule) -> None:
    """Set the rule on screen codes; it takes effect on phones within seconds."""
    access = session.get(SurveyAccess, activity_id)
    if access is not None:
        access.code_rule = rule
    elif rule is not CodeRule.OFF:
        session.add(SurveyAccess(activity_id=activity_id, code_rule=rule))
    session.flush()


def open_kiosk(session: Session, activity_id: int, *, by: User | None, now: datetime) -> Kiosk:
    """Open a kiosk, which takes answers for KIOSK_PASS unless it is revoked."""
    kiosk = Kiosk(
        activity_id=activity_id,
        expires_at=now + KIOSK_PASS,
        created_by_id=None if by is None else by.id,
        created_at=now,
    )
    session.add(kiosk)
    session.flush()
    return kiosk


def revoke_kiosk(session: Session, kiosk: Kiosk, *, by: User | None, now: datetime) -> None:
    """End a kiosk on every device; it takes effect within seconds. Raises IllegalChange."""
    if kiosk.revoked_at is not None:
        raise IllegalChange("这个自助填写链接已经作废，不用再点。")
    kiosk.revoked_at, kiosk.revoked_by_id = now, None if by is None else by.id
    session.flush()
