import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.core.database import begin_writing
from activitylog.surveys.attendee import operations
from activitylog.surveys.models import AnsweredDevice, Response
from activitylog.surveys.queries import SurveyedActivity, survey_summary
from activitylog.surveys.questionnaires.rules import Audience
from activitylog.surveys.rules import DEFAULT_WINDOW, Outcome, SubmittedAnswer
from tests.examples import examples
from tests.factories.surveys import NOON, answer, make_surveyed_activity, submit_response

NONCE = "0b5c6a3e-8d9f-4c1f-9a51-2f6f3c8f7a10"
LATE = NOON + timedelta(days=7)


def stored(session: Session, table: type[Response] | type[AnsweredDevice] = Response) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_an_answer_is_stored_apart_from_its_device(session: Session) -> None:
    activity = make_surveyed_activity(session)
    outcome = submit_response(
        session,
        activity=activity,
        overall=4,
        answers={"overall": 4, "content": 5, "suggestion": "多办几场"},
        nonce=NONCE,
        device_hash="d" * 43,
        now=NOON,
    )
    response = session.scalars(select(Response)).one()
    assert outcome is Outcome.STORED
    assert (response.overall, response.answers) == (4, {"content": 5, "suggestion": "多办几场"})
    assert (response.questionnaire, response.submitted_at) == ("default-1", NOON)
    assert session.scalars(select(AnsweredDevice.device_hash)).all() == ["d" * 43]
    assert not {"device", "device_hash", "address"} & set(Response.__table__.columns.keys())


def test_the_same_nonce_stores_once_even_from_another_device(session: Session) -> None:
    activity = make_surveyed_activity(session)
    assert answer(session, activity, nonce=NONCE, device="a") is Outcome.STORED
    assert answer(session, activity, nonce=NONCE, device="a") is Outcome.REPEATED
    assert answer(session, activity, nonce=NONCE, device="b") is Outcome.REPEATED
    assert (stored(session), stored(session, AnsweredDevice)) == (1, 1)


def test_a_second_answer_of_a_device_is_refused_and_leaves_nothing(session: Session) -> None:
    activity = make_surveyed_activity(session)
    answer(session, activity, overall=5, device="a")
    assert answer(session, activity, overall=1, device="a") is Outcome.ALREADY_ANSWERED
    session.commit()
    assert session.scalars(select(Response.overall)).all() == [5]


def test_a_device_may_answer_another_activity_and_a_nonce_may_return_there(session: Session) -> None:
    first, second = make_surveyed_activity(session), make_surveyed_activity(session)
    assert answer(session, first, nonce=NONCE, device="a") is Outcome.STORED
    assert answer(session, second, nonce=NONCE, device="a") is Outcome.STORED


@pytest.mark.parametrize("shift", [timedelta(days=-2), timedelta(days=7)])
def test_outside_the_window_nothing_is_stored(session: Session, shift: timedelta) -> None:
    activity = make_surveyed_activity(session)
    assert answer(session, activity, now=NOON + shift) is Outcome.CLOSED
    assert stored(session) == 0


def test_a_start_that_is_put_off_loses_no_answer_and_no_retry(session: Session) -> None:
    activity = make_surveyed_activity(session, start_time=time(12, 30))
    answer(session, activity, nonce=NONCE)  # at noon, to the minute when it opens
    activity.start_time = time(19)
    session.flush()
    assert survey_summary(session, activity.id).valid == 1
    assert answer(session, activity, nonce=NONCE) is Outcome.REPEATED
    assert answer(session, activity) is Outcome.CLOSED
    assert stored(session) == 1


def test_a_cancelled_activity_takes_no_answers(session: Session) -> None:
    activity = make_surveyed_activity(session, status=Status.WITHDRAWN)
    assert answer(session, activity) is Outcome.CLOSED


def test_a_stored_answer_sent_again_after_closing_is_answered_as_the_first_time(session: Session) -> None:
    activity = make_surveyed_activity(session)
    answer(session, activity, nonce=NONCE)
    assert answer(session, activity, nonce=NONCE, now=LATE) is Outcome.REPEATED
    assert stored(session) == 1


def at_once(
    engine: Engine, activity: SurveyedActivity, nonces: list[str], devices: list[str]
) -> Counter[Outcome]:
    """Send all answers from threads of their own; outcomes counted."""

    def send(nonce: str, device: str) -> Outcome:
        with Session(engine) as session:
            begin_writing(session)
            outcome = answer(session, activity, nonce=nonce, device=device)
            session.commit()
            return outcome

    with ThreadPoolExecutor(8) as threads:
        return Counter(threads.map(send, nonces, devices))


@pytest.fixture
def engine(session: Session) -> Engine:
    bind = session.get_bind()
    assert isinstance(bind, Engine)
    return bind


@pytest.fixture
def surveyed(session: Session) -> SurveyedActivity:
    surveyed = SurveyedActivity.of(make_surveyed_activity(session), Audience.ATTENDEES)
    session.commit()
    return surveyed


def test_eight_copies_at_once_store_one(session: Session, engine: Engine, surveyed: SurveyedActivity) -> None:
    assert at_once(engine, surveyed, [NONCE] * 8, ["a"] * 8) == {
        Outcome.STORED: 1,
        Outcome.REPEATED: 7,
    }
    assert (stored(session), stored(session, AnsweredDevice)) == (1, 1)


def test_eight_answers_of_one_device_at_once_store_one(
    session: Session, engine: Engine, surveyed: SurveyedActivity
) -> None:
    nonces = [str(uuid.uuid4()) for _ in range(8)]
    assert at_once(engine, surveyed, nonces, ["a"] * 8) == {
        Outcome.STORED: 1,
        Outcome.ALREADY_ANSWERED: 7,
    }
    assert (stored(session), stored(session, AnsweredDevice)) == (1, 1)


def test_eight_people_at_once_are_eight_answers(
    session: Session, engine: Engine, surveyed: SurveyedActivity
) -> None:
    nonces = [str(uuid.uuid4()) for _ in range(8)]
    assert at_once(engine, surveyed, nonces, list("abcdefgh")) == {Outcome.STORED: 8}
    assert stored(session) == 8


SENDINGS = st.lists(
    st.tuples(st.sampled_from("nopq"), st.sampled_from("abc"), st.sampled_from(["open", "late"])), max_size=14
)
WITH_REAL_DATABASES = examples(25, thorough=60)


def expected_results(sendings: list[tuple[str, str, str]]) -> tuple[list[Outcome], int]:
    """The outcome of each sending, and how many answers are stored in the end."""
    stored_by: dict[str, str] = {}  # nonce → its device
    results = []
    for nonce, device, moment in sendings:
        if nonce in stored_by:
            results.append(Outcome.REPEATED)
        elif moment == "late":
            results.append(Outcome.CLOSED)
        elif device in stored_by.values():
            results.append(Outcome.ALREADY_ANSWERED)
        else:
            results.append(Outcome.STORED)
            stored_by[nonce] = device
    return results, len(stored_by)


@given(sendings=SENDINGS)
@WITH_REAL_DATABASES
def test_any_order_of_pages_and_devices_counts_each_device_once(
    session: Session, sendings: list[tuple[str, str, str]]
) -> None:
    session.rollback()
    activity = make_surveyed_activity(session)
    results = []
    for nonce, device, moment in sendings:
        now = NOON if moment == "open" else LATE
        results.append(answer(session, activity, nonce=nonce, device=device, now=now))
    assert (results, stored(session)) == expected_results(sendings)
    assert stored(session, AnsweredDevice) == stored(session)


@given(sendings=SENDINGS, size=st.integers(1, 14))
@WITH_REAL_DATABASES
def test_written_together_each_hears_what_it_would_have_heard_alone(
    session: Session, sendings: list[tuple[str, str, str]], size: int
) -> None:
    session.rollback()
    sendings.sort(key=lambda sending: sending[2] == "late")  # a batch's clock does not run backwards
    surveyed = SurveyedActivity.of(make_surveyed_activity(session), Audience.ATTENDEES)
    filled = [
        SubmittedAnswer(nonce, device, 5, {}, NOON if moment == "open" else LATE, "default-1")
        for nonce, device, moment in sendings
    ]
    results = [
        outcome
        for start in range(0, len(filled), size)
        for outcome in operations.submit_responses(
            session.connection(), surveyed, filled[start : start + size], DEFAULT_WINDOW
        )
    ]
    assert (results, stored(session)) == expected_results(sendings)
    assert stored(session, AnsweredDevice) == stored(session)
