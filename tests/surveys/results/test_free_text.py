from datetime import timedelta

import time_machine
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.surveys.access.rules import new_nonce
from activitylog.surveys.models import Response
from activitylog.surveys.questionnaires.built_in import DEFAULT_QUESTIONNAIRE
from activitylog.surveys.results.export import HEADINGS, answers_of
from activitylog.surveys.results.free_text import TextQuestion, texts_of_activity, texts_of_project
from tests.factories.surveys import NOON, make_surveyed_activity

SUGGESTION = TextQuestion(
    "default-1", next(each for each in DEFAULT_QUESTIONNAIRE.questions if each.is_listed)
)
SERVED = [f"第{number}位" for number in range(12)]  # in the order of their pages


def served_one_after_another(session: Session) -> Activity:
    activity = make_surveyed_activity(session, status=Status.APPROVED)
    for number, text in enumerate(SERVED):
        with time_machine.travel(NOON + timedelta(seconds=number), tick=False):
            nonce = new_nonce("a secret of the tests only", activity.id)
        session.add(
            Response(
                activity_id=activity.id,
                nonce=nonce,
                overall=4,
                answers={"suggestion": text},
                questionnaire="default-1",
                submitted_at=NOON,
            )
        )
    session.flush()
    return activity


def assert_tells_no_time(texts: list[str]) -> None:
    assert sorted(texts, key=SERVED.index) == SERVED
    assert texts not in (SERVED, SERVED[::-1])


def test_texts_come_in_an_order_that_tells_no_time_and_stays(session: Session) -> None:
    activity = served_one_after_another(session)

    def pages() -> list[str]:
        found = [texts_of_activity(session, activity, SUGGESTION, number=page, size=5) for page in (1, 2, 3)]
        return [row.text for page in found for row in page.rows]

    assert_tells_no_time(pages())
    assert pages() == pages()
    june = Period.of(activity.happens_on)
    pooled = texts_of_project(session, activity.project, SUGGESTION, june, june, number=1)
    assert [row.text for row in pooled.rows] == pages()


def test_an_export_comes_in_an_order_that_tells_no_time_and_stays(session: Session) -> None:
    activity = served_one_after_another(session)

    def column() -> list[str]:
        answers = answers_of(session, Activity.id == activity.id)
        place = answers.headings.index("您的建议")
        assert place >= len(HEADINGS)
        return [row[place] for row in answers.rows]

    assert_tells_no_time(column())
    assert column() == column()
