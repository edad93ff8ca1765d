"""Flags of an answer on arrival; screen codes, kiosks and host links."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_login.utils import encode_cookie
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.app import create_app
from activitylog.core.period import utc_now
from activitylog.settings import Settings
from activitylog.surveys.access.rules import KIOSK_PASS, kiosk_pass, screen_code
from activitylog.surveys.models import HostResponse, Response, SummedMonth, SurveyAccess
from activitylog.surveys.results.operations import sum_answers
from activitylog.surveys.results.queries import attendee_questionnaires
from activitylog.surveys.results.rules import choice_questions_of
from activitylog.surveys.rules import AnswerFlag, CodeRule
from tests.conftest import dispose
from tests.factories.accounts import make_user
from tests.factories.surveys import NOON, make_surveyed_activity
from tests.signed_in import signed_in
from tests.surveys.attendee.phones import a_nonce, grades, make_survey, nonce_on


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def flags(session: Session) -> AnswerFlag:
    session.rollback()
    return AnswerFlag(session.scalars(select(Response.flags).order_by(Response.id.desc())).first() or 0)


def fill_in(client: FlaskClient, address: str, *, seconds: int = 20, post_to: str | None = None) -> int:
    """Read the page for so long and answer it; the status heard."""
    nonce = nonce_on(client.get(address).text)
    with time_machine.travel(NOON + timedelta(seconds=seconds), tick=False):
        return client.post(post_to or address, data={"overall": "5", "nonce": nonce}).status_code


def test_an_answer_of_our_own_page_given_in_time_bears_no_mark(client: FlaskClient, session: Session) -> None:
    assert fill_in(client, make_survey(session), seconds=3) == 200
    assert flags(session) == AnswerFlag.NONE


def test_what_is_odd_is_marked_and_stored_all_the_same(client: FlaskClient, session: Session) -> None:
    assert fill_in(client, make_survey(session), seconds=2) == 200
    assert flags(session) == AnswerFlag.FAST
    assert client.post(make_survey(session), data={"overall": "5", "nonce": a_nonce()}).status_code == 200
    assert flags(session) == AnswerFlag.NO_PAGE
    other = make_survey(session)
    assert fill_in(client, other, post_to=make_survey(session)) == 200
    assert flags(session) == AnswerFlag.NO_PAGE


def test_a_phone_that_goes_round_many_activities_in_a_day_is_marked(
    client: FlaskClient, session: Session
) -> None:
    seen = []
    for _ in range(6):
        fill_in(client, make_survey(session))
        seen.append(flags(session))
    assert seen == [AnswerFlag.NONE] * 4 + [AnswerFlag.MANY] * 2
    with time_machine.travel(NOON + timedelta(hours=25), tick=False):
        client.post(make_survey(session), data={"overall": "5", "nonce": a_nonce()})
    assert AnswerFlag.MANY not in flags(session)


def test_a_phone_on_which_somebody_is_signed_in_is_marked_until_they_sign_out(
    app: Flask, session: Session
) -> None:
    user = make_user(session)
    session.commit()
    staff = signed_in(app, user)
    fill_in(staff, make_survey(session))
    assert flags(session) == AnswerFlag.STAFF
    staff.post("/logout")
    session.rollback()  # the server has written since
    fill_in(staff, make_survey(session))
    assert flags(session) == AnswerFlag.NONE
    forged = app.test_client()
    forged.set_cookie("session", "made.up.cookie")
    forged.set_cookie("remember_token", "1:x|0")
    fill_in(forged, make_survey(session))
    assert flags(session) == AnswerFlag.NONE


def test_a_phone_that_remembers_its_user_is_a_staff_phone(app: Flask, session: Session) -> None:
    client = app.test_client()
    client.set_cookie("remember_token", encode_cookie("1:x", key=app.config["SECRET_KEY"]))
    fill_in(client, make_survey(session))
    assert flags(session) == AnswerFlag.STAFF


@pytest.fixture
def coded(session: Session, settings: Settings) -> Callable[[CodeRule], tuple[str, Callable[[int], str]]]:
    """Surveys under a rule of codes: the plain address, and the one on the screen some seconds ago."""

    def make(rule: CodeRule) -> tuple[str, Callable[[int], str]]:
        activity = make_surveyed_activity(session)
        session.add(SurveyAccess(activity_id=activity.id, code_rule=rule))
        session.commit()
        plain, number = f"/s/{activity.survey_token}", activity.id

        def on_screen(ago: int) -> str:
            shown = NOON - timedelta(seconds=ago)
            return f"{plain}?code={screen_code(settings.secret_key, number, shown)}"

        return plain, on_screen

    return make


Coded = Callable[[CodeRule], tuple[str, Callable[[int], str]]]


def test_the_host_questionnaire_has_its_own_link_and_no_screen_code(
    app: Flask, session: Session, coded: Coded
) -> None:
    coded(CodeRule.REQUIRED)
    address = f"/s/h/{session.scalars(select(Activity.host_token)).one()}"
    assert fill_in(app.test_client(), address) == 200
    session.rollback()
    assert session.scalars(select(HostResponse.overall)).all() == [5]


def test_where_the_screens_code_is_required_only_who_scanned_it_may_answer(
    app: Flask, session: Session, coded: Coded
) -> None:
    plain, on_screen = coded(CodeRule.REQUIRED)
    for address, words in ((plain, "请扫现场屏幕上的码"), (on_screen(11 * 60), "这个码已经过期")):
        page = app.test_client().get(address)
        assert (page.status_code, words in page.text, "<form" in page.text) == (200, True, False)
        refused = app.test_client().post(address, data={"overall": "5", "nonce": a_nonce()})
        assert (refused.status_code, words in refused.text) == (422, True)
    assert grades(session) == []
    assert fill_in(app.test_client(), on_screen(9 * 60)) == 200
    assert flags(session) == AnswerFlag.NONE


def test_who_scanned_in_time_may_take_as_long_as_they_like_and_send_twice(
    app: Flask, session: Session, coded: Coded
) -> None:
    plain, on_screen = coded(CodeRule.REQUIRED)
    client, address = app.test_client(), on_screen(0)
    nonce = nonce_on(client.get(address).text)
    with time_machine.travel(NOON + timedelta(hours=3), tick=False):
        for posted_to in (address, address, plain):
            assert client.post(posted_to, data={"overall": "4", "nonce": nonce}).status_code == 200
    assert grades(session) == [4]


@pytest.mark.parametrize(("minutes", "expected"), [(20, AnswerFlag.NONE), (45, AnswerFlag.STALE)])
def test_a_page_kept_long_past_its_code_is_stored_and_marked(
    app: Flask, session: Session, coded: Coded, minutes: int, expected: AnswerFlag
) -> None:
    for rule in (CodeRule.EITHER, CodeRule.REQUIRED):
        _, on_screen = coded(rule)
        assert fill_in(app.test_client(), on_screen(0), seconds=60 * minutes) == 200
        assert flags(session) == expected


def test_a_phone_that_brings_back_no_cookie_is_marked(app: Flask, session: Session) -> None:
    assert fill_in(app.test_client(use_cookies=False), make_survey(session)) == 200
    assert flags(session) == AnswerFlag.NO_COOKIE


def test_where_either_way_is_welcome_who_did_not_scan_is_marked(
    app: Flask, session: Session, coded: Coded
) -> None:
    plain, on_screen = coded(CodeRule.EITHER)
    for address, expected in (
        (plain, AnswerFlag.NO_CODE),
        (on_screen(60), AnswerFlag.NONE),
        (on_screen(3600), AnswerFlag.NO_CODE),
    ):
        assert fill_in(app.test_client(), address) == 200
        assert flags(session) == expected


def test_another_language_keeps_the_code(app: Flask, coded: Coded) -> None:
    _, on_screen = coded(CodeRule.REQUIRED)
    address = on_screen(0)
    query = address.partition("?")[2]
    client = app.test_client()
    page = client.get(address)
    assert f'href="?{query}&amp;lang=en"' in page.text
    assert ">Submit</button>" in client.get(f"{address}&lang=en").text


def test_a_kiosk_takes_one_answer_after_the_other_and_goes_on_by_itself(
    client: FlaskClient, session: Session, settings: Settings
) -> None:
    activity = make_surveyed_activity(session)
    session.commit()
    kiosk = kiosk_pass(settings.secret_key, activity.id, 1, NOON + KIOSK_PASS)
    address = f"/s/{activity.survey_token}?kiosk={kiosk}"
    for _ in range(3):
        page = client.get(address).text
        assert "data-kiosk" in page
        thanks = client.post(address, data={"overall": "5", "nonce": nonce_on(page)}).text
        assert f'http-equiv="refresh" content="10; url=?{address.partition("?")[2]}"' in thanks
        assert "请交给下一位" in thanks
        assert f'href="/activities/{activity.number}"' in thanks
    assert grades(session) == [5, 5, 5]
    assert flags(session) == AnswerFlag.KIOSK | AnswerFlag.FAST
    assert client.get_cookie("device", path="/s/") is None
    with time_machine.travel(NOON + timedelta(hours=13), tick=False):
        assert "自助填写已结束" in client.get(address).text
    assert fill_in(client, f"/s/{activity.survey_token}") == 200, "the phone itself may still answer once"


def test_rate_limit_and_busy_notices_are_in_the_phones_language(
    limited_app: Callable[[int], Flask], session: Session
) -> None:
    client, address = limited_app(1).test_client(), make_survey(session)
    for status, words in ((200, "Thank you"), (429, "submit again in a minute")):
        heard = client.post(f"{address}?lang=en", data={"overall": "5", "nonce": a_nonce()})
        assert (heard.status_code, words in heard.text) == (status, True)
    assert heard.headers["Retry-After"] == "60"


@pytest.fixture
def longer_app(settings: Settings) -> Iterator[Flask]:
    app = create_app(replace(settings, survey_opens_minutes=600, survey_closes_hours=240))
    yield app
    dispose(app)


def test_the_window_is_a_setting_and_a_late_answer_drops_the_sums_of_its_month(
    longer_app: Flask, session: Session
) -> None:
    address = make_survey(session, status=Status.APPROVED)
    with time_machine.travel(NOON + timedelta(days=5), tick=False):
        sum_answers(session, choice_questions_of(attendee_questionnaires(session)), now=utc_now())
        session.commit()
        assert len(session.scalars(select(SummedMonth)).all()) == 1
        session.rollback()
        posted = {"overall": "5", "nonce": a_nonce()}
        assert longer_app.test_client().post(address, data=posted).status_code == 200
    assert session.scalars(select(SummedMonth)).all() == []
    with time_machine.travel(NOON - timedelta(hours=20), tick=False):
        assert "<form" in longer_app.test_client().get(address).text
