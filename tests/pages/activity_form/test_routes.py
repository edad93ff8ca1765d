"""The activity form's JSON responses, and that repeated requests store one activity."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.database import db
from activitylog.indicators.rules.operations import set_rule
from activitylog.indicators.rules.rules import RuleDetails
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.rollup import make_indicator
from tests.pages.cast import Cast, pages_cast, typed
from tests.signed_in import signed_in

NOON = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOON, tick=True):
        yield


cast = pages_cast


def sent(client: FlaskClient, form: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = client.post("/activities/new", data=form, headers=JSON)
    assert answer.is_json
    return answer.status_code, answer.get_json()


def stored(session: Session) -> list[Activity]:
    session.rollback()
    return list(session.scalars(select(Activity).order_by(Activity.id)))


def test_a_script_is_told_where_its_entry_went(cast: Cast, session: Session) -> None:
    status, told = sent(cast.organizer, typed(cast.project, owner=str(cast.owner.id)))
    (activity,) = stored(session)
    assert status == 201
    assert told["result"] == "saved"
    assert (told["number"], told["address"]) == (activity.number, f"/activities/{activity.number}")
    assert activity.number in told["sentence"]


def test_a_retry_gets_the_first_result_and_hears_when_it_says_something_else(
    cast: Cast, session: Session
) -> None:
    form = typed(cast.project)
    first = sent(cast.organizer, form)[1]
    status, again = sent(cast.organizer, form)
    assert (status, again["number"], again["same"]) == (200, first["number"], True)
    status, changed = sent(cast.organizer, form | {"audience_onsite": "61"})
    assert (status, changed["number"], changed["same"]) == (200, first["number"], False)
    assert "没有改动它" in changed["sentence"]
    (activity,) = stored(session)
    assert activity.audience_onsite == 60


def test_a_refusal_names_each_input_and_can_be_mended_under_the_same_nonce(
    cast: Cast, session: Session
) -> None:
    form = typed(cast.project, **{"pushes-0-link": "没有链接", "pushes-0-published_on": "2024-06-11"})
    status, told = sent(cast.organizer, form | {"title": "", "audience_onsite": "六十"})
    assert (status, told["result"]) == (422, "refused")
    assert told["errors"]["title"] == told["sentence"] == "请填写活动名称。"
    assert set(told["errors"]) == {"title", "audience_onsite", "pushes-0-link"}
    late = sent(cast.organizer, form | {"pushes-0-link": "https://a.cn/1", "held_on": "2023-06-10"})[1]
    assert "改选 2023 年的项目" in late["errors"]["held_on"]
    assert stored(session) == []
    assert sent(cast.organizer, typed(cast.project))[0] == 201


def test_heads_far_from_the_past_are_asked_about_once_and_shown_to_the_reviewer(
    cast: Cast, session: Session
) -> None:
    for heads in (55, 60, 70, 65, 50):
        make_activity(session, cast.project, held_on=date(2024, 6, 3), audience_onsite=heads, now=NOON)
    session.commit()
    form = typed(cast.project, audience_onsite="6000")
    status, told = sent(cast.organizer, form)
    assert (status, set(told["errors"])) == (422, {"heads_confirmed"})
    assert "现场人数填的是 6,000 人，而" in told["sentence"]
    assert "近两年 5 场一般是 60 人，最多 70 人" in told["sentence"]
    page = cast.organizer.post("/activities/new", data=form)
    assert "人数没有写错" in page.text
    status, told = sent(cast.organizer, form | {"heads_confirmed": "y"})
    assert status == 201
    review = cast.manager.get(f"/review/{told['number']}").text
    assert "现场人数填的是 6,000 人" in review
    assert "王小青 06-12 确认过。" in review
    edited = typed(cast.project, audience_onsite="6", version="1")
    edit = f"/activities/{told['number']}/edit"
    assert cast.organizer.post(edit, data=edited).status_code == 422
    assert cast.organizer.post(edit, data=edited | {"audience_onsite": "62"}).status_code == 302


def test_a_plan_has_no_heads_to_be_asked_about(cast: Cast, session: Session) -> None:
    for heads in (55, 60, 70, 65, 50):
        make_activity(session, cast.project, held_on=date(2024, 6, 3), audience_onsite=heads, now=NOON)
    session.commit()
    form = typed(cast.project, then="plan", held_on="2024-06-20", audience_onsite="")
    assert sent(cast.organizer, form)[0] == 201


def test_without_a_session_a_script_is_asked_to_sign_in(app: Flask, cast: Cast, session: Session) -> None:
    for answer in (
        app.test_client().post("/activities/new", data=typed(cast.project), headers=JSON),
        app.test_client().get("/phone/token", headers=JSON),
    ):
        assert (answer.status_code, answer.get_json()["result"]) == (401, "sign_in")
    assert app.test_client().get("/phone/token").status_code == 302
    assert stored(session) == []


def test_an_old_token_is_told_from_a_refusal(app: Flask, cast: Cast) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    status, told = sent(cast.organizer, typed(cast.project))
    assert (status, told["result"]) == (400, "stale_token")
    fresh = cast.organizer.get("/phone/token", headers=JSON).get_json()
    assert fresh["user"] == str(cast.owner.id)
    assert sent(cast.organizer, typed(cast.project, csrf_token=fresh["csrf_token"]))[0] == 201


def test_what_one_person_filled_in_is_never_saved_as_anothers(
    app: Flask, cast: Cast, session: Session
) -> None:
    colleague = make_user(session, cast.project)
    session.commit()
    form = typed(cast.project, owner=str(cast.owner.id))
    other = signed_in(app, colleague)
    status, told = sent(other, form)
    assert (status, told["result"]) == (409, "other_user")
    page = other.post("/activities/new", data=form)
    assert (page.status_code, "用填写人的账号登录" in page.text) == (409, True)
    assert stored(session) == []
    assert sent(cast.organizer, form)[0] == 201
    status, told = sent(other, form | {"owner": str(colleague.id)})
    assert (status, told["result"]) == (409, "refused")
    assert "重新打开" in told["sentence"]
    assert len(stored(session)) == 1


def test_one_more_like_the_last_needs_only_heads(cast: Cast, session: Session) -> None:
    make_activity(
        session,
        cast.project,
        by=cast.owner,
        title="曹杨社区书院讲座（6月10日）",
        start_time=time(9, 30),
        audience_online=30,
        note="下雨",
        districts=("310107", "310101"),
    )
    session.commit()
    page = cast.organizer.get("/activities/new?like=last").text
    for words in (
        'value="曹杨社区书院讲座（6月12日）"',
        'value="曹杨社区书院"',
        '<option selected value="310107">',
    ):
        assert words in page
    assert 'name="audience_onsite" type="text" value=""' in page
    assert "下雨" not in page
    assert "09:30" not in page


def test_planned_and_logged_by_a_script_stand_as_from_the_page(cast: Cast, session: Session) -> None:
    status, told = sent(
        cast.organizer, typed(cast.project, then="plan", held_on="2024-09-15", audience_onsite="")
    )
    assert (status, "计划已保存" in told["sentence"]) == (201, True)
    (activity,) = stored(session)
    assert (activity.status, activity.planned_on) == (Status.PLANNED, date(2024, 9, 15))


def test_a_failure_of_ours_is_no_refusal(app: Flask, cast: Cast, session: Session) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail() -> None:
        raise RuntimeError("the disk is full")

    with app.app_context():
        db.session().close()
    app.before_request_funcs[None].append(fail)
    status, told = sent(cast.organizer, typed(cast.project))
    assert status == 500
    assert "稍后再试" in told["sentence"]


def test_a_plan_is_logged_once_from_its_own_form(cast: Cast, session: Session) -> None:
    plan = make_activity(
        session,
        cast.project,
        status=Status.PLANNED,
        planned_on=date(2024, 6, 12),
        start_time=time(9, 30),
        title="田间课堂",
    )
    session.commit()
    page = cast.organizer.get(f"/activities/new?plan={plan.number}").text
    assert 'value="田间课堂"' in page
    assert 'name="start_time" type="time" value="09:30"' in page
    assert f'name="plan" type="hidden" value="{plan.number}"' in page
    assert cast.stranger.get(f"/activities/new?plan={plan.number}").status_code == 404
    form = typed(cast.project, plan=plan.number, version="1", title="田间课堂", planned_on="2024-06-12")
    link = {"pushes-0-link": "https://a.cn/1", "pushes-0-published_on": "2024-06-12"}
    assert sent(cast.stranger, form)[0] == 404
    status, told = sent(cast.organizer, form | link)
    assert (status, told["number"]) == (201, plan.number)
    assert sent(cast.organizer, form | link)[1]["number"] == plan.number
    (activity,) = stored(session)
    assert (activity.status, activity.audience_onsite) == (Status.LOGGED, 60)
    status, told = sent(cast.manager, form | {"audience_onsite": "61"})
    assert (status, told["result"], "已经登记过了" in told["sentence"]) == (409, "refused", True)


def test_a_plan_somebody_changed_meanwhile_is_not_written_over(cast: Cast, session: Session) -> None:
    plan = make_activity(session, cast.project, status=Status.PLANNED, planned_on=date(2024, 6, 12))
    session.commit()
    status, told = sent(cast.organizer, typed(cast.project, plan=plan.number, version="7"))
    assert (status, told["result"], "刚被别人改过" in told["sentence"]) == (409, "refused", True)
    (activity,) = stored(session)
    assert activity.status is Status.PLANNED


@pytest.fixture
def counted(cast: Cast, session: Session) -> None:
    """Rules that count two kinds and one kind of venue."""
    make_indicator(session, cast.project, kinds=("资源配送",))
    make_indicator(session, cast.project, kinds=("下乡服务",))
    limits = RuleDetails("activities_held", venue_kinds=("书院社区",))
    set_rule(session, make_indicator(session, cast.project), limits, by=None, now=NOON)
    session.commit()


def kinds_of(session: Session) -> list[list[str]]:
    session.expire_all()
    return [sorted(kind.name for kind in activity.kinds) for activity in stored(session)]


@pytest.mark.usefixtures("counted")
def test_an_activity_of_a_project_that_counts_by_kinds_needs_one(cast: Cast, session: Session) -> None:
    without = make_activity(session, cast.project, status=Status.LOGGED, kinds=(), by=cast.owner, now=NOON)
    session.commit()
    form = typed(cast.project, venue_kind="村居")
    status, told = sent(cast.organizer, form)
    assert (status, set(told["errors"])) == (422, {"kinds"})
    assert told["sentence"] == "请选择活动类型：这个项目的指标按类型数（下乡服务、资源配送）。"
    assert sent(cast.organizer, form | {"then": "plan", "planned_on": "2024-06-20"})[0] == 201
    page = cast.organizer.get("/activities/new").text
    assert 'value="资源配送" checked' not in page
    edit = form | {"then": "save", "version": "1", "title": "改了名称"}
    assert cast.organizer.post(f"/activities/{without.number}/edit", data=edit).status_code == 302


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(("answer", "kinds"), [("take", [["资源配送"]]), ("keep", [["资源配送服务"]])])
def test_a_word_nobody_counts_is_asked_about_and_taken_or_kept(
    cast: Cast, session: Session, answer: str, kinds: list[list[str]]
) -> None:
    form = typed(cast.project, venue_kind="村居", new_kind="资源配送服务")
    status, told = sent(cast.organizer, form)
    assert (status, told["errors"]) == (
        422,
        {"kinds_answer": "没有指标数“资源配送服务”，是不是“资源配送”？"},
    )
    page = cast.organizer.post("/activities/new", data=form).text
    assert "不是，就用我填的" in page
    assert sent(cast.organizer, form | {"kinds_answer": answer})[0] == 201
    assert kinds_of(session) == kinds
    again = sent(cast.organizer, form | {"kinds_answer": answer})[1]
    assert (again["result"], again["same"]) == ("saved", True)
    other = {"nonce": "0a9c2f54-6f0e-4ad0-8a4e-3f1de0f1c002", "title": "又一场"}
    assert sent(cast.organizer, form | other)[0] == (201 if answer == "keep" else 422)


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(
    "typed_kinds",
    [
        "资源配送、下乡服务",
        "资源配送;下乡服务",
        "资源配送/下乡服务",
        "资源配送 下乡服务",
        "资源配送·下乡服务",
    ],
)
def test_several_kinds_typed_at_once_are_as_many_kinds(
    cast: Cast, session: Session, typed_kinds: str
) -> None:
    assert sent(cast.organizer, typed(cast.project, venue_kind="村居", new_kind=typed_kinds))[0] == 201
    assert kinds_of(session) == [["下乡服务", "资源配送"]]


@pytest.mark.usefixtures("counted")
def test_a_venue_kind_is_asked_about_only_where_it_resembles_a_counted_one(
    cast: Cast, session: Session
) -> None:
    ordinary = typed(cast.project, kinds=["资源配送"], venue_kind="学校")
    assert sent(cast.organizer, ordinary)[0] == 201
    assert "书院社区" in cast.organizer.get("/activities/new").text
