import gzip
import re
import socket
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time, timedelta
from hashlib import sha256
from time import perf_counter

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.app import create_app
from activitylog.settings import Settings
from activitylog.surveys.attendee import operations
from activitylog.surveys.models import AnsweredDevice, Response, SurveyAccess
from activitylog.surveys.rules import CodeRule
from tests.conftest import dispose
from tests.factories.surveys import DAY, NOON
from tests.surveys.attendee.phones import a_nonce, grades, make_survey, nonce_on

LARGEST_PAGE = 5 * 1024  # bytes over the wire, styles and all
LARGEST_SCRIPT = 2 * 1024


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def test_the_page_asks_and_takes_an_answer_without_script_or_sign_in(
    client: FlaskClient, session: Session
) -> None:
    address = make_survey(session)
    page = client.get(address).text
    assert "暑期天文课堂" in page
    thanks = client.post(address, data={"overall": "5", "age": "60_up", "nonce": nonce_on(page)})
    assert (thanks.status_code, "谢谢您" in thanks.text) == (200, True)
    response = session.scalars(select(Response)).one()
    assert (response.overall, response.answers) == (5, {"age": "60_up"})


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_either_way_of_posting_a_form_is_understood(
    client: FlaskClient, session: Session, content_type: str
) -> None:
    posted = {"overall": "5", "age": "60_up", "suggestion": "再来&一场", "nonce": a_nonce()}
    assert client.post(make_survey(session), data=posted, content_type=content_type).status_code == 200
    response = session.scalars(select(Response)).one()
    assert response.answers == {"age": "60_up", "suggestion": "再来&一场"}


def test_more_fields_than_any_page_has_are_refused_in_a_sentence(
    client: FlaskClient, session: Session
) -> None:
    posted = {f"field{number}": "1" for number in range(200)}
    refused = client.post(make_survey(session), data=posted)
    assert (refused.status_code, "二维码" in refused.text) == (400, True)


def test_the_page_is_one_small_request(client: FlaskClient, session: Session) -> None:
    answer = client.get(make_survey(session), headers={"Accept-Encoding": "gzip"})
    assert answer.content_encoding == "gzip"
    assert len(answer.data) <= LARGEST_PAGE
    page = gzip.decompress(answer.data).decode()
    assert not re.search(r'(src|href)="(?!data:|\?lang=)', page)
    for kind in ("style", "script"):
        (inside,) = re.findall(f"<{kind}>(.*)</{kind}>", page, re.DOTALL)
        digest = b64encode(sha256(inside.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    script = gzip.compress(inside.encode())
    assert len(script) <= LARGEST_SCRIPT
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "phone", "word"),
    [
        ("", "", "提交"),
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "提交"),
        ("", "en-US,en;q=0.9", "Submit"),
        ("", "fr-FR", "Submit"),
        ("?lang=en", "zh-CN", "Submit"),
        ("?lang=zh", "en-US", "提交"),
        ("?lang=xx", "zh-CN", "提交"),
    ],
)
def test_the_page_speaks_the_phones_language_or_the_one_asked_for(
    client: FlaskClient, session: Session, query: str, phone: str, word: str
) -> None:
    headers = {"Accept-Language": phone} if phone else {}
    page = client.get(make_survey(session) + query, headers=headers)
    assert f">{word}</button>" in page.text
    assert "Accept-Language" in page.headers["Vary"]


def test_every_sentence_an_attendee_may_read_has_its_english(client: FlaskClient, session: Session) -> None:
    address, english = make_survey(session, title="Stars") + "?lang=en", re.compile("[\u4e00-\u9fff]")
    bad = {"overall": "", "suggestion": "x" * 501}
    pages = [
        client.get(address),
        client.post(address, data=bad),
        client.post(address, data={"overall": "5", "nonce": a_nonce()}),
        client.post(address, data={"overall": "5", "nonce": a_nonce()}),
    ]
    for days in (3, -4):
        pages.append(
            client.get(make_survey(session, held_on=DAY + timedelta(days=days), title="Stars") + "?lang=en")
        )
    assert [english.findall(re.sub("中文", "", page.text)) for page in pages] == [[]] * len(pages)


def test_the_device_cookie_is_hidden_from_scripts_and_kept_to_surveys(
    client: FlaskClient, session: Session
) -> None:
    address = make_survey(session)
    client.get(address)
    cookie = client.get_cookie("device", path="/s/")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.max_age) == (True, "Lax", 400 * 24 * 3600)
    assert "Set-Cookie" not in client.get(address).headers
    assert client.get_cookie("session") is None


def test_one_device_answers_once(client: FlaskClient, session: Session) -> None:
    address = make_survey(session)
    client.get(address)
    assert client.post(address, data={"overall": "5", "nonce": a_nonce()}).status_code == 200
    again = client.post(address, data={"overall": "1", "nonce": a_nonce()})
    assert (again.status_code, "您已提交过" in again.text) == (409, True)
    assert grades(session) == [5]


def test_a_device_that_never_fetched_the_page_is_known_from_its_answer_on(
    client: FlaskClient, session: Session
) -> None:
    address = make_survey(session)
    client.post(address, data={"overall": "4", "nonce": a_nonce()})
    assert client.post(address, data={"overall": "1", "nonce": a_nonce()}).status_code == 409
    assert grades(session) == [4]


def test_who_comes_back_after_answering_sees_that_it_was_taken(client: FlaskClient, session: Session) -> None:
    address = make_survey(session)
    client.post(address, data={"overall": "4", "nonce": a_nonce()})
    page = client.get(address)
    assert (page.status_code, "您已提交过" in page.text, "<form" in page.text) == (200, True, False)


def test_the_same_nonce_stores_once_and_answers_alike(client: FlaskClient, session: Session) -> None:
    address, posted = make_survey(session), {"overall": "3", "nonce": a_nonce()}
    first, second = client.post(address, data=posted), client.post(address, data=posted)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.text == second.text
    assert grades(session) == [3]


def test_without_cookies_an_answer_is_stored_once(app: Flask, session: Session) -> None:
    address, posted = make_survey(session), {"overall": "3", "nonce": a_nonce()}
    for _ in range(2):
        assert app.test_client(use_cookies=False).post(address, data=posted).status_code == 200
    assert grades(session) == [3]


def test_two_devices_count_two(app: Flask, session: Session) -> None:
    address = make_survey(session)
    for overall in ("5", "2"):
        phone = app.test_client()
        page = phone.get(address).text
        assert phone.post(address, data={"overall": overall, "nonce": nonce_on(page)}).status_code == 200
    assert grades(session) == [2, 5]
    assert len({len(value) for value in session.scalars(select(AnsweredDevice.device_hash))}) == 1


def test_one_device_answers_each_activity(client: FlaskClient, session: Session) -> None:
    for address in (make_survey(session), make_survey(session)):
        assert client.post(address, data={"overall": "5", "nonce": a_nonce()}).status_code == 200
    assert grades(session) == [5, 5]


@pytest.mark.parametrize(
    ("days", "status", "sentence"),
    [
        (2, Status.PLANNED, "还没有开放"),
        (-4, Status.APPROVED, "结束"),
        (0, Status.WITHDRAWN, "已取消"),
    ],
)
def test_outside_the_window_a_friendly_page_and_nothing_stored(
    client: FlaskClient, session: Session, days: int, status: Status, sentence: str
) -> None:
    address = make_survey(session, held_on=DAY + timedelta(days=days), status=status)
    page = client.get(address)
    assert (page.status_code, sentence in page.text, "<form" in page.text) == (200, True, False)
    refused = client.post(address, data={"overall": "5", "nonce": a_nonce()})
    assert (refused.status_code, sentence in refused.text) == (409, True)
    assert grades(session) == []


@pytest.mark.parametrize(
    ("language", "sentence"), [("zh", "今天 13:30 起可以填写"), ("en", "The survey opens today at 13:30.")]
)
def test_half_an_hour_before_it_starts_the_page_opens(
    client: FlaskClient, session: Session, language: str, sentence: str
) -> None:
    address = make_survey(session, start_time=time(14))
    assert sentence in client.get(f"{address}?lang={language}").text
    assert client.post(address, data={"overall": "5", "nonce": a_nonce()}).status_code == 409
    with time_machine.travel(NOON + timedelta(minutes=90), tick=False):
        assert "<form" in client.get(address).text
        assert client.post(address, data={"overall": "5", "nonce": a_nonce()}).status_code == 200
    assert grades(session) == [5]


def test_a_retry_after_closing_still_hears_thanks(client: FlaskClient, session: Session) -> None:
    address, posted = make_survey(session), {"overall": "5", "nonce": a_nonce()}
    client.post(address, data=posted)
    with time_machine.travel(NOON + timedelta(days=7), tick=False):
        late = client.post(address, data=posted)
    assert (late.status_code, "谢谢您" in late.text) == (200, True)


@pytest.mark.parametrize("overall", ["", "0", "6", "很好"])
def test_a_bad_grade_gets_its_sentence_and_keeps_every_answer(
    client: FlaskClient, session: Session, overall: str
) -> None:
    nonce = a_nonce()
    refused = client.post(
        make_survey(session),
        data={"overall": overall, "content": "3", "age": "18_59", "suggestion": "<多放椅子>", "nonce": nonce},
    )
    assert refused.status_code == 422
    assert "请先在五个选项中点选一个" in refused.text
    assert re.search(r'name="content" value="3" checked', refused.text)
    assert re.search(r'name="age" value="18_59" checked', refused.text)
    assert "&lt;多放椅子&gt;</textarea>" in refused.text
    assert "<details open>" in refused.text
    assert nonce_on(refused.text) == nonce
    assert grades(session) == []


@pytest.mark.parametrize("nonce", [None, "", "12"])
def test_a_bad_nonce_gets_a_sentence_and_a_page_that_works(
    client: FlaskClient, session: Session, nonce: str | None
) -> None:
    address = make_survey(session)
    posted = {"overall": "4"} if nonce is None else {"overall": "4", "nonce": nonce}
    refused = client.post(address, data=posted)
    assert (refused.status_code, "再点一次提交" in refused.text) == (422, True)
    assert re.search(r'name="overall" value="4" checked', refused.text)
    assert client.post(address, data={"overall": "4", "nonce": nonce_on(refused.text)}).status_code == 200
    assert grades(session) == [4]


def test_too_long_a_text_keeps_the_rest(client: FlaskClient, session: Session) -> None:
    refused = client.post(
        make_survey(session), data={"overall": "4", "nonce": a_nonce(), "suggestion": "长" * 501}
    )
    assert (refused.status_code, "最多写 500 个字" in refused.text) == (422, True)


def test_numbers_that_tell_who_wrote_are_stored_masked(client: FlaskClient, session: Session) -> None:
    suggestion = "加我 138-1234-5678，证件 310101199003071234"
    client.post(make_survey(session), data={"overall": "4", "nonce": a_nonce(), "suggestion": suggestion})
    stored = session.scalars(select(Response.answers)).one()["suggestion"]
    assert stored == "加我 ［号码已隐去］，证件 ［号码已隐去］"


@pytest.mark.parametrize("posted", [None, {"overall": "5"}, {"overall": "5", "nonce": "x"}, {}])
def test_an_unknown_address_is_a_friendly_404(
    client: FlaskClient, session: Session, posted: dict[str, str] | None
) -> None:
    answer = client.get("/s/none") if posted is None else client.post("/s/none", data=posted)
    assert (answer.status_code, "没有找到这份问卷" in answer.text) == (404, True)


def test_an_answer_far_too_large_is_refused(client: FlaskClient, session: Session) -> None:
    posted = {"overall": "5", "nonce": a_nonce(), "suggestion": "x" * 70_000}
    refused = client.post(make_survey(session), data=posted)
    assert (refused.status_code, "缩短到 500 字以内" in refused.text) == (413, True)


def test_no_forgery_token_is_asked(app: Flask, session: Session) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post(make_survey(session), data={"overall": "5", "nonce": a_nonce()})
    assert answer.status_code == 200


def at_once(app: Flask, address: str, posts: list[dict[str, str]]) -> Counter[int]:
    """Post all from phones and threads of their own; statuses counted."""
    with ThreadPoolExecutor(len(posts)) as threads:
        sent = [threads.submit(app.test_client().post, address, data=posted) for posted in posts]
        return Counter(one.result().status_code for one in sent)


def test_one_page_sent_eight_times_at_once_is_one_answer(app: Flask, session: Session) -> None:
    address, posted = make_survey(session), {"overall": "3", "nonce": a_nonce()}
    assert at_once(app, address, [posted] * 8) == {200: 8}
    assert grades(session) == [3]


def test_eight_phones_at_once_are_eight_answers(app: Flask, session: Session) -> None:
    address = make_survey(session)
    assert at_once(app, address, [{"overall": "4", "nonce": a_nonce()} for _ in range(8)]) == {200: 8}
    assert grades(session) == [4] * 8


@pytest.fixture(params=["away", "silent"])
def lost_redis(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a Redis that is not there, or takes calls and never answers."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        if request.param == "silent":
            door.listen()
        yield f"redis://127.0.0.1:{door.getsockname()[1]}/0"


def test_without_redis_people_still_answer_and_sign_in(
    settings: Settings, session: Session, lost_redis: str
) -> None:
    app = create_app(replace(settings, redis_url=lost_redis, survey_limit=3000))
    client, address, started = app.test_client(), make_survey(session), perf_counter()
    assert client.get(address).status_code == 200
    assert client.post(address, data={"overall": "5", "nonce": a_nonce()}).status_code == 200
    assert client.get("/login").status_code == 200
    assert perf_counter() - started < 5
    assert grades(session) == [5]
    dispose(app)


def test_one_address_at_one_activity_is_slowed_past_the_limit(
    limited_app: Callable[[int], Flask], session: Session
) -> None:
    app = limited_app(2)
    first, second = make_survey(session), make_survey(session)

    def send(address: str, remote: str = "10.0.0.1") -> int:
        return (
            app.test_client()
            .post(address, data={"overall": "5", "nonce": a_nonce()}, environ_base={"REMOTE_ADDR": remote})
            .status_code
        )

    assert [send(first) for _ in range(3)] == [200, 200, 429]
    assert send(first, remote="10.0.0.2") == 200
    assert send(second) == 200
    assert len(grades(session)) == 4


def test_who_is_slowed_hears_when_to_try_again(limited_app: Callable[[int], Flask], session: Session) -> None:
    client = limited_app(1).test_client()
    address = make_survey(session)
    client.post(address, data={"overall": "5", "nonce": a_nonce()})
    slowed = client.post(address, data={"overall": "5", "nonce": a_nonce()})
    assert (slowed.status_code, slowed.headers["Retry-After"]) == (429, "60")
    assert "还没有存下" in slowed.text


def test_a_busy_database_gives_a_notice_to_retry(
    client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, posted = make_survey(session), {"overall": "5", "nonce": a_nonce()}
    with monkeypatch.context() as patched:
        patched.setattr(operations, "submit_responses", _locked)
        busy = client.post(address, data=posted)
    assert (busy.status_code, busy.headers["Retry-After"], "还没有存下" in busy.text) == (503, "5", True)
    assert client.post(address, data=posted).status_code == 200
    assert grades(session) == [5]


def _locked(*_: object, **__: object) -> None:
    raise OperationalError("INSERT", {}, Exception("database is locked"))


def test_a_failure_has_a_notice_page(
    client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a defect of ours")

    monkeypatch.setattr(operations, "submit_responses", fail)
    failed = client.post(make_survey(session), data={"overall": "5", "nonce": a_nonce()})
    assert (failed.status_code, "还没有存下" in failed.text) == (500, True)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/s/a/b", 404), ("PUT", "/s/a", 405)])
def test_an_unknown_survey_has_a_notice_page(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, "二维码" in answer.text) == (status, True)


def test_an_answer_is_judged_by_the_activity_as_it_is_now(app: Flask, session: Session) -> None:
    address = make_survey(session)
    activity = session.scalars(select(Activity)).one()

    def send() -> int:
        return app.test_client().post(address, data={"overall": "5", "nonce": a_nonce()}).status_code

    changes = [
        ({}, 200),
        ({"status": Status.WITHDRAWN}, 409),
        ({"status": Status.LOGGED}, 200),
        ({"held_on": DAY - timedelta(days=30)}, 409),
        ({"held_on": DAY}, 200),
        ({"start_time": time(19)}, 409),
        ({"start_time": time(12, 30)}, 200),
    ]
    for change, status in changes:
        for name, value in change.items():
            setattr(activity, name, value)
        session.commit()
        assert send() == status, change
    session.add(SurveyAccess(activity_id=activity.id, code_rule=CodeRule.REQUIRED))
    session.commit()
    assert send() == 422
    assert grades(session) == [5, 5, 5, 5]


def test_an_address_with_a_nul_is_unknown(client: FlaskClient, session: Session) -> None:
    assert client.get("/s/a%00b").status_code == 404
    posted = {"overall": "5", "nonce": a_nonce()}
    assert client.post("/s/a%00b", data=posted).status_code == 404


@pytest.mark.parametrize(("overall", "is_asked"), [(5, False), (4, False), (3, False), (2, True), (1, True)])
def test_thanks_fit_the_answer(client: FlaskClient, session: Session, overall: int, is_asked: bool) -> None:
    nonce = a_nonce()
    thanks = client.post(make_survey(session), data={"overall": str(overall), "nonce": nonce}).text
    assert (nonce in thanks) is is_asked  # the hidden field, and nowhere to be read
    assert ("<svg" in thanks) is (overall >= 4)
    assert ("哪里不好？" in thanks) is is_asked
    assert ("谢谢您直说" in thanks) is is_asked


def test_what_was_bad_is_stored_with_the_answer_once_and_masked(
    client: FlaskClient, session: Session
) -> None:
    address = make_survey(session)
    thanks = client.post(address, data={"overall": "1", "age": "60_up", "nonce": a_nonce()}).text
    sent = {"why": "麦克风听不清，电话13812345678", "nonce": nonce_on(thanks)}
    for _ in range(2):
        answer = client.post(address, data=sent)
        assert (answer.status_code, "谢谢您直说" in answer.text, "哪里不好" in answer.text) == (
            200,
            True,
            False,
        )
    client.post(address, data=sent | {"why": "别的话"})
    response = session.scalars(select(Response)).one()
    assert response.answers["age"] == "60_up"
    assert response.answers["suggestion"].startswith("麦克风听不清，电话")
    assert "13812345678" not in response.answers["suggestion"]


def test_what_was_bad_needs_an_answer_of_the_last_half_hour_and_few_words(
    client: FlaskClient, session: Session
) -> None:
    address = make_survey(session)
    assert client.post(address, data={"why": "冷", "nonce": a_nonce()}).status_code == 409
    thanks = client.post(address, data={"overall": "2", "nonce": a_nonce()}).text
    sent = {"why": "冷" * 501, "nonce": nonce_on(thanks)}
    refused = client.post(address, data=sent)
    assert (refused.status_code, "最多写 500 个字" in refused.text, "冷冷" in refused.text) == (
        422,
        True,
        True,
    )
    assert client.post(address, data=sent | {"why": " "}).status_code == 200
    with time_machine.travel(NOON + operations.REASON_WITHIN + timedelta(seconds=1), tick=False):
        late = client.post(address, data=sent | {"why": "冷"})
    assert (late.status_code, "来得太晚" in late.text) == (409, True)
    assert session.scalars(select(Response)).one().answers == {}


def test_a_suggestion_given_before_is_not_asked_for_again(client: FlaskClient, session: Session) -> None:
    sent = {"overall": "1", "suggestion": "太挤", "nonce": a_nonce()}
    assert "哪里不好？" not in client.post(make_survey(session), data=sent).text
