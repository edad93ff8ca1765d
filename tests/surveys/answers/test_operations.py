import pytest
from sqlalchemy import false, select, true
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Role
from activitylog.activities.review.operations import why_not_excludable
from activitylog.errors import BadInput, IllegalChange, Refused
from activitylog.surveys.answers.operations import decide_exclusion
from activitylog.surveys.answers.rules import number_ranges
from activitylog.surveys.models import ExclusionDecision, Response
from activitylog.surveys.queries import survey_summary
from activitylog.surveys.rules import ExclusionStep
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.surveys import NOON, answer, make_surveyed_activity
from tests.factories.trail import last


def test_excluded_answers_count_no_more_until_taken_back_and_the_trail_tells(session: Session) -> None:
    activity, user = make_surveyed_activity(session), make_user(session)
    for overall in (5, 5, 1, 1, 1):
        answer(session, activity, overall=overall)
    first = session.scalars(select(Response.id).order_by(Response.id)).first() or 0
    decision = decide_exclusion(
        session, activity, ExclusionStep.EXCLUDED, Response.overall == 1, reason=" 刷票 ", by=user, now=NOON
    )
    assert (decision.answers, decision.numbers, decision.reason) == (3, f"{first + 2}–{first + 4}", "刷票")
    summary = survey_summary(session, activity.id)
    assert (summary.counts, summary.on_screen, summary.excluded) == ((2, 0, 0, 0, 0), 2, 3)
    one = Response.id == first + 2
    decide_exclusion(session, activity, ExclusionStep.INCLUDED, one, reason="核实", by=user, now=NOON)
    summary = survey_summary(session, activity.id)
    assert (summary.counts, summary.excluded) == ((2, 0, 0, 0, 1), 2)
    session.commit()
    entry = last(session, "ruling")
    assert (entry.action, entry.activity_id, entry.object_name) == ("ruling.included", activity.id, "1 份")
    assert entry.changes["numbers"] == (None, f"{first + 2}")
    assert session.scalars(select(ExclusionDecision.answers).order_by(ExclusionDecision.id)).all() == [3, 1]


@pytest.mark.parametrize(
    ("step", "reason", "refusal"),
    [
        (ExclusionStep.EXCLUDED, " ", BadInput),
        (ExclusionStep.INCLUDED, "核实", IllegalChange),
    ],
)
def test_an_exclusion_needs_a_reason_and_an_answer_it_changes(
    session: Session, step: ExclusionStep, reason: str, refusal: type[Exception]
) -> None:
    activity = make_surveyed_activity(session)
    answer(session, activity)
    with pytest.raises(refusal):
        decide_exclusion(session, activity, step, true(), reason=reason, by=None, now=NOON)
    with pytest.raises(IllegalChange):
        decide_exclusion(session, activity, ExclusionStep.EXCLUDED, false(), reason="空", by=None, now=NOON)
    assert session.scalars(select(ExclusionDecision)).all() == []


def test_answers_of_another_activity_stay_as_they_are(session: Session) -> None:
    activity, other = make_surveyed_activity(session), make_surveyed_activity(session)
    for each in (activity, other):
        answer(session, each)
    decide_exclusion(session, activity, ExclusionStep.EXCLUDED, true(), reason="测试", by=None, now=NOON)
    assert [survey_summary(session, each.id).on_screen for each in (activity, other)] == [0, 1]


@pytest.mark.parametrize(
    ("numbers", "written"),
    [([], ""), ([7], "7"), ([9, 7, 8, 1, 2], "1–2、7–9"), ([1, 3], "1、3")],
)
def test_numbers_are_written_as_ranges(numbers: list[int], written: str) -> None:
    assert number_ranges(numbers) == written


def test_who_entered_an_activity_does_not_choose_its_answers_while_another_may(session: Session) -> None:
    author = make_user(session, role=Role.MANAGER)
    activity = make_activity(session, by=author)
    answer(session, activity, overall=1)
    session.flush()

    def exclude(by: User) -> ExclusionDecision:
        return decide_exclusion(
            session, activity, ExclusionStep.EXCLUDED, true(), reason="刷票", by=by, now=NOON
        )

    activity.project.skips_review = True
    assert why_not_excludable(session, activity, author) == ""
    activity.project.skips_review = False
    assert why_not_excludable(session, activity, author) == ""  # nobody else reviews
    other = make_user(session, role=Role.OFFICER)
    with pytest.raises(Refused, match=f"哪些答卷计入要由另一人决定。可以请：{other.name}。"):
        exclude(author)
    assert exclude(other).answers == 1
