"""The page of single answers: flags, filters and exclusion decisions."""

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.surveys.access.rules import AccessKind, new_nonce
from activitylog.surveys.answers.queries import (
    LABELS,
    FilteredAnswers,
    filter_conditions,
    filtered_answers,
    page_of_answers,
)
from activitylog.surveys.models import ExclusionDecision, Response
from activitylog.surveys.queries import survey_summary
from activitylog.surveys.rules import AnswerFlag
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.surveys import NOON, make_paper_tally, make_surveyed_activity
from tests.signed_in import signed_in
from tests.surveys.attendee.phones import nonce_on

MIDNIGHT = NOON + timedelta(hours=11)  # 23:00 in Shanghai


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def answers(
    session: Session,
    activity: Activity,
    count: int = 1,
    *,
    at: datetime = NOON,
    every: timedelta = timedelta(seconds=5),
    flags: AnswerFlag = AnswerFlag.NONE,
    given: dict[str, str] | None = None,
    overall: int = 5,
    nonces: Sequence[str] = (),
) -> None:
    """Insert answers, one every `every`."""
    rows = [
        {
            "activity_id": activity.id,
            "nonce": nonces[number] if nonces else str(uuid.uuid4()),
            "overall": overall,
            "answers": given or {},
            "questionnaire": "default-1",
            "submitted_at": at + number * every,
            "flags": int(flags),
        }
        for number in range(count)
    ]
    session.execute(insert(Response), rows)


def filtered(session: Session, activity: Activity) -> FilteredAnswers:
    found = filter_conditions(session, activity, survey_summary(session, activity.id))
    looked = filtered_answers(session, activity, found)
    for name, condition in found.items():  # what a person does to all of them, too, is done to these
        mine = select(Response.id).where(Response.activity_id == activity.id, condition)
        assert set(session.scalars(mine)) == set(looked.numbers(name))
    return looked


def filter_counts(session: Session, activity: Activity) -> dict[str, int]:
    looked = filtered(session, activity)
    return {name: count for name in LABELS if (count := looked.counts[name])}


def test_every_mark_is_counted_and_only_a_kiosk_is_no_reason_to_doubt(session: Session) -> None:
    activity = make_surveyed_activity(session)
    answers(session, activity, 3)
    answers(session, activity, 2, flags=AnswerFlag.FAST | AnswerFlag.STAFF)
    answers(session, activity, flags=AnswerFlag.KIOSK)
    assert filter_counts(session, activity) == {"": 6, "marked": 2, "fast": 2, "staff": 2, "kiosk": 1}


def test_more_answers_than_people_are_beyond_from_the_first_for_whom_there_was_no_room(
    session: Session,
) -> None:
    activity = make_surveyed_activity(session, heads=10)
    answers(session, activity, 8)
    assert filter_counts(session, activity) == {"": 8}
    make_paper_tally(session, activity, satisfied=4)
    assert filter_counts(session, activity) == {"": 8, "marked": 2, "beyond": 2}


@pytest.mark.parametrize(
    ("at", "every", "count", "burst"),
    [
        (MIDNIGHT, 5, 12, 12),
        (MIDNIGHT, 5, 9, 0),
        (MIDNIGHT, 20, 30, 0),
        (NOON, 1, 40, 0),
        (NOON + timedelta(days=1), 5, 12, 12),
    ],
)
def test_many_in_a_minute_are_a_burst_only_when_nobody_leaves(
    session: Session, at: datetime, every: int, count: int, burst: int
) -> None:
    activity = make_surveyed_activity(session)
    answers(session, activity, count, at=at, every=timedelta(seconds=every))
    answers(session, activity, 3, at=at - timedelta(minutes=5))
    assert filter_counts(session, activity).get("burst", 0) == burst


def test_repeated_long_texts_are_flagged_and_short_ones_are_not(session: Session) -> None:
    activity, other = make_surveyed_activity(session), make_surveyed_activity(session)
    answers(session, activity, 5, given={"suggestion": "讲得非常精彩，希望多办"})
    answers(session, activity, 4, given={"suggestion": "希望多办几场天文课"})
    answers(session, other, 4, given={"suggestion": "希望多办几场天文课"})
    answers(session, activity, 9, given={"suggestion": "很好"})
    assert filter_counts(session, activity) == {"": 18, "marked": 5, "same": 5}


@dataclass
class Cast:
    """Who may meet the answers of one activity."""

    manager: FlaskClient
    organizer: FlaskClient
    activity: Activity
    address: str = "/activities/2024-0007/answers"


@pytest.fixture
def cast(app: Flask, session: Session) -> Cast:
    project = make_project(session)
    activity = make_surveyed_activity(session, project=project, number="2024-0007")
    people = (make_user(session, project, role=Role.MANAGER), make_user(session, project))
    session.commit()
    return Cast(*(signed_in(app, each) for each in people), activity)


def test_answers_are_left_out_and_taken_back_with_a_reason_and_a_history(
    cast: Cast, session: Session
) -> None:
    answers(session, cast.activity, 4, overall=1, given={"content": "5", "suggestion": "<太吵>"})
    first, second, *_ = session.scalars(select(Response.id).order_by(Response.id)).all()
    session.commit()
    page = cast.manager.get(cast.address).text
    assert ("&lt;太吵&gt;" in page, "活动内容" in page) == (True, True)
    posted = {"answer": [str(first), str(second)], "reason": "现场试填", "step": "excluded"}
    given = cast.manager.post(cast.address, data=posted, follow_redirects=True).text
    assert "已剔除 2 份答卷" in given
    assert "剔除：现场试填" in given
    assert survey_summary(session, cast.activity.id).on_screen == 2
    session.rollback()
    again = cast.manager.post(cast.address, data=posted)
    assert (again.status_code, "可能已经剔除过了" in again.text) == (422, True)
    assert re.search(rf'value="{first}" checked', again.text)
    back = {"everything": "y", "reason": "核实无误", "step": "included"}
    cast.manager.post(f"{cast.address}?show=excluded", data=back)
    assert survey_summary(session, cast.activity.id).on_screen == 4
    assert session.scalars(select(ExclusionDecision.answers)).all() == [2, 2]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": ""}, "请填写理由。"),
        ({"step": "deleted"}, "请点“剔除”“核实无误”或“恢复计入”。"),
        ({"answer": ["x", "9" * 40, "-1"]}, "没有可剔除的答卷"),
        ({"answer": []}, "没有可剔除的答卷"),
    ],
)
def test_an_incomplete_decision_changes_nothing(
    cast: Cast, session: Session, changes: dict[str, object], sentence: str
) -> None:
    answers(session, cast.activity)
    number = session.scalars(select(Response.id)).one()
    session.commit()
    posted = {"answer": [str(number)], "reason": "试填", "step": "excluded"} | changes
    refused = cast.manager.post(cast.address, data=posted)
    assert (refused.status_code, sentence in refused.text) == (422, True)
    assert session.scalars(select(ExclusionDecision)).all() == []


def test_only_who_reviews_sees_single_answers(cast: Cast, app: Flask) -> None:
    assert cast.organizer.get(cast.address).status_code == 403
    assert cast.organizer.post(cast.address, data={}).status_code == 403
    assert app.test_client().get(cast.address).status_code == 302
    assert "这里会列出收到的每一份答卷" in cast.manager.get(f"{cast.address}?show=none&page=99").text


def test_ten_thousand_answers_are_paged(session: Session) -> None:
    activity = make_surveyed_activity(session, heads=9_000)
    answers(session, activity, 10_000, every=timedelta(seconds=2), given={"suggestion": "希望多办几场天文课"})
    looked = filtered(session, activity)
    assert [looked.counts[name] for name in ("", "beyond", "same")] == [10_000, 1_000, 10_000]
    page = page_of_answers(session, looked, "beyond", 99)
    assert (page.pages, page.number, len(page.rows), page.total) == (20, 20, 50, 1_000)
    assert page.rows[-1].flags == ["超出受众人数", "建议雷同"]


@pytest.mark.parametrize("heads", [0, 60, 500])
def test_nine_answers_in_a_second_are_doubtful_on_the_day_itself(session: Session, heads: int) -> None:
    activity = make_surveyed_activity(session, heads=heads)
    answers(session, activity, 20, every=timedelta(seconds=30))
    answers(session, activity, 9, at=NOON + timedelta(hours=1), every=timedelta(milliseconds=100))
    assert filter_counts(session, activity)["rush"] == 9


def test_nine_answers_in_a_second_to_a_plan_are_doubtful(session: Session) -> None:
    activity = make_surveyed_activity(session)
    activity.held_on, activity.planned_on, activity.status = None, NOON.date(), Status.PLANNED
    answers(session, activity, 9, every=timedelta(milliseconds=100))
    assert filter_counts(session, activity) == {"": 9, "marked": 9, "rush": 9}


@pytest.mark.parametrize("seconds", [60, 120])
@pytest.mark.parametrize("heads", [0, 500])
def test_a_full_hall_within_minutes_is_not_in_a_rush(session: Session, seconds: int, heads: int) -> None:
    activity = make_surveyed_activity(session, heads=heads)
    answers(session, activity, 500, every=timedelta(seconds=seconds / 500))
    assert "rush" not in filter_counts(session, activity)


def test_pages_prepared_one_after_the_other_and_sent_together_are_all_listed(
    app: Flask, session: Session
) -> None:
    activity = make_surveyed_activity(session)
    session.commit()
    phones = [app.test_client() for _ in range(9)]
    address = f"/s/{activity.survey_token}"
    nonces = [nonce_on(phone.get(address).text) for phone in phones]
    for place, (phone, nonce) in enumerate(zip(phones, nonces, strict=True)):
        with time_machine.travel(NOON + timedelta(seconds=3.2 + place / 10), tick=False):
            assert phone.post(address, data={"overall": "5", "nonce": nonce}).status_code == 200
    session.rollback()
    assert filter_counts(session, activity) == {"": 9, "marked": 9, "rush": 9}


def test_a_flood_at_one_kiosk_is_doubtful_and_two_busy_ones_are_not(session: Session) -> None:
    activity = make_surveyed_activity(session)
    for kiosk, at, every in ((1, 0, 8), (2, 4, 8), (3, 600, 1)):
        nonces = [new_nonce("key", activity.id, AccessKind.KIOSK, kiosk=kiosk) for _ in range(12)]
        begins = NOON + timedelta(seconds=at)
        answers(
            session,
            activity,
            12,
            at=begins,
            every=timedelta(seconds=every),
            nonces=nonces,
            flags=AnswerFlag.KIOSK,
        )
    assert filter_counts(session, activity) == {"": 36, "marked": 12, "kiosk": 36, "flood": 12}


def test_what_was_checked_and_found_right_is_doubtful_no_more(cast: Cast, session: Session) -> None:
    answers(session, cast.activity, 3, flags=AnswerFlag.STALE)
    answers(session, cast.activity)
    session.commit()
    posted = {"everything": "y", "reason": "问过现场同事", "step": "accepted"}
    heard = cast.manager.post(f"{cast.address}?show=marked", data=posted, follow_redirects=True).text
    assert "已核实 3 份答卷" in heard
    assert "核实无误 3 份：问过现场同事" in cast.manager.get(cast.address).text
    session.rollback()
    assert filter_counts(session, cast.activity) == {"": 4, "stale": 3, "accepted": 3}
    assert survey_summary(session, cast.activity.id).on_screen == 4
    again = cast.manager.post(cast.address, data={**posted, "everything": ""})
    assert (again.status_code, "没有可核实的答卷" in again.text) == (422, True)
    out = {"everything": "y", "reason": "还是刷的", "step": "excluded"}
    cast.manager.post(f"{cast.address}?show=accepted", data=out)
    session.rollback()
    assert filter_counts(session, cast.activity) == {"": 4, "marked": 3, "stale": 3, "excluded": 3}
