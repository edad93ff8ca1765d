"""Reading and changing how a survey is entered."""

from sqlalchemy.orm import Session

from activitylog.surveys.entrance import CodeRule
from activitylog.surveys.models import SurveyEntrance


def code_rule_of(session: Session, activity_id: int) -> CodeRule:
    """Whether the activity's survey asks for the code on the screen; where nobody said so, it does not."""
    entrance = session.get(SurveyEntrance, activity_id)
    return CodeRule.OFF if entrance is None else entrance.code_rule


def set_code_rule(session: Session, activity_id: int, rule: CodeRule) -> None:
    """Phones hear of it within seconds."""
    entrance = session.get(SurveyEntrance, activity_id)
    if entrance is not None:
        entrance.code_rule = rule
    elif rule is not CodeRule.OFF:
        session.add(SurveyEntrance(activity_id=activity_id, code_rule=rule))
    session.flush()
