"""Reads and sets the access rule of a survey."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.surveys.models import SurveyAccess
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
