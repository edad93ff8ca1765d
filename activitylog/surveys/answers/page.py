"""What the page of an activity's single answers shows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.review.operations import why_not_excludable
from activitylog.surveys.answers import queries
from activitylog.surveys.answers.queries import FlaggedAnswer
from activitylog.surveys.answers.rules import EXCLUSION_LABELS
from activitylog.surveys.models import ExclusionDecision
from activitylog.surveys.queries import SurveySummary, survey_summary
from activitylog.surveys.rules import GRADES
from activitylog.web.paging import Page


@dataclass(frozen=True, slots=True)
class AnswersPage:
    """The answers that match the filter `filter_name`, and the decisions about all answers.

    `filters` are (label, name, number of answers); `chosen` the numbers of the ticked answers. `refusal` says
    why the person may not decide about them, if so.
    """

    grades: ClassVar[Mapping[int, str]] = {int(grade): word for grade, word in GRADES}
    step_labels: ClassVar = EXCLUSION_LABELS

    activity: Activity
    filter_name: str
    filters: Sequence[tuple[str, str, int]]
    answers: Page[FlaggedAnswer]
    chosen: Collection[str]
    summary: SurveySummary
    decisions: Sequence[ExclusionDecision]
    refusal: str


def answers_page(
    session: Session,
    activity: Activity,
    filter_name: str,
    *,
    by: User,
    number: int,
    chosen: Collection[str],
) -> AnswersPage:
    summary = survey_summary(session, activity.id)
    conditions = queries.filter_conditions(session, activity, summary)
    filtered = queries.filtered_answers(session, activity, conditions)
    return AnswersPage(
        activity=activity,
        filter_name=filter_name,
        filters=[(label, name, filtered.counts[name]) for name, label in queries.LABELS.items()],
        answers=queries.page_of_answers(session, filtered, filter_name, number),
        chosen=chosen,
        summary=summary,
        decisions=queries.exclusion_decisions(session, activity),
        refusal=why_not_excludable(session, activity, by),
    )
