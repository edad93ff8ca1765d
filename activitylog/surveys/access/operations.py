"""Reading and changing how a survey is entered."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.surveys.access_codes import CodeRule
from activitylog.surveys.models import SurveyEntrance


def code_rule_of(session: Session, activity_id: int) -> CodeRule:
    """Whether the activity's survey asks for the code on the screen; where nobody said so, it does not."""
    entrance = session.get(SurveyEntrance, activity_id)
    return CodeRule.OFF if entrance is None else entrance.code_rule


def screen_only(session: Session, activity_ids: Collection[int]) -> set[int]:
    """Which of the activities take answers by the screen's code alone."""
    wanted = select(SurveyEntrance.activity_id).where(
        SurveyEntrance.activity_id.in_(activity_ids), SurveyEntrance.code_rule == CodeRule.REQUIRED
    )
    return set(session.scalars(wanted))


def set_code_rule(session: Session, activity_id: int, rule: CodeRule) -> None:
    """Phones hear of it within seconds."""
    entrance = session.get(SurveyEntrance, activity_id)
    if entrance is not None:
        entrance.code_rule = rule
    elif rule is not CodeRule.OFF:
        session.add(SurveyEntrance(activity_id=activity_id, code_rule=rule))
    session.flush()
