"""The review queue: one activity at a time, then the next."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status, edit_activity
from activitylog.activities.rules import READY_REASONS, TICKED_ITEMS, QualityItem, Status
from activitylog.core.period import Period, utc_now
from activitylog.indicators.closings.models import Closing
from activitylog.pages.activity import queries as activity_queries
from activitylog.rollup.live_figure import live_actuals
from activitylog.settings import Settings
from activitylog.surveys.models import Response
from activitylog.surveys.rules import AnswerFlag
from tests.factories.accounts import make_user
from tests.factories.activities import NOW, make_activity, make_details
from tests.factories.photos import put_photo
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.pages.cast import Cast, pages_cast
from tests.signed_in import signed_in

cast = pages_cast


def waiting(session: Session, cast: Cast, day: int = 10, **details: object) -> Activity:
    activity = make_activity(
        session, cast.project, status=Status.LOGGED, held_on=date(2024, 6, day), by=cast.owner, **details
    )
    session.commit()
    return activity


def judge(client: FlaskClient, activity: Activity, **sent: object) -> tuple[int, str]:
    form = {"version": str(activity.version), "seen": "0"} | sent
    answer = client.post(f"/review/{activity.number}", data=form, follow_redirects=False)
    return answer.status_code, answer.text


def standing(session: Session, activity: Activity) -> Activity:
    session.rollback()
    session.refresh(activity)
    return activity


def opened(client: FlaskClient, address: str = "/review") -> str:
    return client.get(address, follow_redirects=True).text


def test_the_oldest_comes_first_and_deciding_brings_the_next(cast: Cast, session: Session) -> None:
    late, early = waiting(session, cast, 12, title="晚办的"), waiting(session, cast, 8, title="早办的")
    page = opened(cast.manager)
    assert "<h1>早办的</h1>" in page
    assert "共 2 场等待审核" in page
    answer = cast.manager.post(
        f"/review/{early.number}",
        data={"version": "1", "step": "approve", "quality": list(TICKED_ITEMS)},
        follow_redirects=True,
    )
    assert "“早办的”已通过" in answer.text
    assert "<h1>晚办的</h1>" in answer.text
    stored = standing(session, early)
    assert (stored.status, {check.item for check in stored.checks}) == (Status.APPROVED, set(TICKED_ITEMS))
    judge(cast.manager, late, step="approve")
    assert "没有等待审核的活动" in opened(cast.manager)


def test_what_an_approval_leaves_open_and_lowers_is_said_beside_the_button(
    cast: Cast, session: Session
) -> None:
    make_indicator(session, cast.project, "quality_rate", name="科普活动质量达标率", unit="%", operator="=")
    make_indicator(session, cast.project, "quality_rate", name="展览质量达标率", unit="%", kinds=("展览",))
    activity = waiting(session, cast, kinds=("讲座",), summary="讲了天文", checks=TICKED_ITEMS[1:])
    for address in (f"/review/{activity.number}", f"/activities/{activity.number}"):
        page = re.sub(r"<[^>]+>", "", opened(cast.manager, address))
        open_items = "、".join([TICKED_ITEMS[0], QualityItem.PHOTOS])
        assert f"还缺 2 项：{open_items}。这样通过会记为质量未达标，拉低“科普活动质量达标率”。" in page
        assert "展览质量达标率”。" not in page


def test_the_last_one_is_followed_by_the_first_that_was_put_off(cast: Cast, session: Session) -> None:
    first, last = waiting(session, cast, 8, title="先办的"), waiting(session, cast, 9, title="后办的")
    assert "<h1>后办的</h1>" in opened(cast.manager, f"/review?after={first.number}")
    assert "<h1>先办的</h1>" in opened(cast.manager, f"/review?after={last.number}")


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"ready": READY_REASONS[0]}, READY_REASONS[0]),
        ({"ready": READY_REASONS[0], "reason": "签到表 52 人"}, f"{READY_REASONS[0]}；签到表 52 人"),
        ({"step": "return", "reason": "照片里没有人"}, "照片里没有人"),
    ],
)
def test_a_return_is_one_tap_with_its_reason(
    cast: Cast, session: Session, sent: dict[str, str], reason: str
) -> None:
    activity = waiting(session, cast)
    assert judge(cast.manager, activity, **sent)[0] == 302
    stored = standing(session, activity)
    assert (stored.status, stored.status_reason) == (Status.RETURNED, reason)


def test_a_return_without_a_reason_is_refused_and_the_ticks_stay(cast: Cast, session: Session) -> None:
    activity = waiting(session, cast)
    code, page = judge(cast.manager, activity, step="return", quality=[TICKED_ITEMS[0]])
    assert (code, "请写明退回的原因" in page) == (422, True)
    assert f'value="{TICKED_ITEMS[0]}" checked' in page
    assert judge(cast.manager, activity, ready="不在列表里的")[0] == 422
    assert judge(cast.manager, activity, step="celebrate")[0] == 422
    assert standing(session, activity).status is Status.LOGGED


def test_only_reviewers_review_and_only_in_their_projects(app: Flask, cast: Cast, session: Session) -> None:
    activity = waiting(session, cast, title="配送的")
    for client in (cast.organizer, cast.stranger, cast.auditor):
        assert client.get("/review").status_code == 403
        assert judge(client, activity, step="approve")[0] == 403
    session.rollback()  # each refusal is an entry of the trail
    umbrella = make_project(session, name="基层科普服务")
    cast.project.parent_id = umbrella.id
    of_umbrella = make_user(session, umbrella, role=Role.MANAGER)
    of_another = make_user(session, make_project(session, name="别的项目"), role=Role.MANAGER)
    session.commit()
    assert "<h1>配送的</h1>" in opened(signed_in(app, of_umbrella))
    assert "没有等待审核的活动" in opened(signed_in(app, of_another))
    assert '<b class="nav-count">1<' in opened(signed_in(app, of_umbrella), "/me")
    assert "nav-count" not in opened(signed_in(app, of_another), "/me")
    assert "nav-count" not in opened(cast.organizer, "/me")


def test_the_second_reviewer_is_told_and_gets_the_next(cast: Cast, session: Session) -> None:
    activity, other = waiting(session, cast, 8, title="抢先的"), waiting(session, cast, 9, title="下一场的")
    faster = make_user(session, role=Role.MANAGER, name="张主任")
    change_status(session, activity, Status.RETURNED, by=faster, now=NOW, reason="人数有误")
    session.commit()
    for method in ("get", "post"):
        answer = getattr(cast.manager, method)(
            f"/review/{activity.number}", data={"step": "approve", "version": "1"}, follow_redirects=True
        )
        assert "“抢先的”刚由张主任办理，已退回" in answer.text
        assert f"<h1>{other.title}</h1>" in answer.text
    assert standing(session, activity).status_reason == "人数有误"


def test_a_change_made_meanwhile_is_shown_and_ticks_stay(cast: Cast, session: Session) -> None:
    activity = waiting(session, cast)
    seen = re.search('name="seen" type="hidden" value="([1-9][0-9]*)"', opened(cast.manager))
    assert seen
    theirs = make_details(cast.project, audience_onsite=600, checks=(QualityItem.SAFETY,))
    edit_activity(session, activity, theirs, version=1, by=None, now=NOW)
    session.commit()
    answer = cast.manager.post(
        f"/review/{activity.number}",
        data={"step": "approve", "version": "1", "seen": seen[1], "quality": [QualityItem.PLAN]},
    )
    assert answer.status_code == 409
    meanwhile = answer.text.partition("您查看以后的改动")[2].partition('class="beside"')[0]
    assert all(word in meanwhile for word in ("60 人", "600 人", QualityItem.SAFETY))
    assert f'value="{QualityItem.PLAN}" checked' in answer.text
    assert f'value="{QualityItem.SAFETY}" checked' not in answer.text
    assert 'name="version" type="hidden" value="2"' in answer.text
    assert standing(session, activity).status is Status.LOGGED


def test_changes_since_the_return_are_listed_by_field(cast: Cast, session: Session) -> None:
    activity = waiting(session, cast)
    change_status(session, activity, Status.RETURNED, by=None, now=NOW, reason="请核对人数")
    session.commit()
    for heads in (50, 52):
        mended = make_details(cast.project, audience_onsite=heads, held_on=date(2024, 6, 10))
        edit_activity(session, activity, mended, version=activity.version, by=cast.owner, now=NOW)
        session.commit()
    change_status(session, activity, Status.LOGGED, by=cast.owner, now=NOW)
    session.commit()
    told = opened(cast.manager).partition("退回以后改了什么")[2].partition("</section>")[0]
    assert all(word in told for word in ("请核对人数", "现场人数", "60 人", "52 人"))
    assert "50 人" not in told
    assert "状态" not in told


def test_a_photo_that_proves_another_activity_too_raises_an_alarm(
    cast: Cast, session: Session, tmp_path: Path
) -> None:
    activity, other = waiting(session, cast, 8), waiting(session, cast, 9, title="也用了这张")
    put_photo(session, activity, tmp_path, seed=1)
    session.commit()
    assert "照片也证明了别的活动" not in opened(cast.manager, f"/review/{activity.number}")
    put_photo(session, other, tmp_path, seed=1)
    session.commit()
    page = opened(cast.manager, f"/review/{activity.number}")
    assert other.title in page.partition("照片也证明了别的活动")[2].partition("</ul>")[0]


def test_the_page_warns_of_a_second_activity_there_and_of_more_answers_than_heads_and_a_closed_month(
    cast: Cast, session: Session
) -> None:
    activity = waiting(session, cast, audience_onsite=1)
    assert "会不会重复登记" not in opened(cast.manager)
    twin = waiting(session, cast, title="也许是同一场")
    waiting(session, cast, 11, title="第二天的")
    session.add(Closing(period=Period(2024, 6), revision=1, closed_at=datetime.now(UTC), digest=""))
    session.commit()
    page = opened(cast.manager, f"/review/{activity.number}")
    alarm = page.partition("会不会重复登记")[2].partition("</ul>")[0]
    assert twin.title in alarm
    assert "第二天的" not in alarm
    assert "6月已结账" in page


def test_the_page_says_how_many_answers_nobody_has_checked(cast: Cast, session: Session) -> None:
    activity = waiting(session, cast)
    address, doubt = f"/review/{activity.number}", "份有疑点，还没有核对"
    for number, flags in enumerate((AnswerFlag.NONE, AnswerFlag.FAST, AnswerFlag.FAST | AnswerFlag.ACCEPTED)):
        session.add(stored_response(activity, nonce=f"n{number}", flags=flags))
    session.commit()
    assert f"其中 1 {doubt}" in opened(cast.manager, address)
    for response in session.scalars(select(Response)):
        response.flags = AnswerFlag.NONE
    session.commit()
    assert doubt not in opened(cast.manager, address)


def stored_response(activity: Activity, *, nonce: str, flags: AnswerFlag) -> Response:
    return Response(
        activity_id=activity.id,
        nonce=nonce,
        overall=5,
        questionnaire="default-1",
        answers={},
        flags=flags,
        submitted_at=NOW,
    )


def mark_of(activity: Activity) -> str:
    return f"{activity.version}-{activity.number}"


def test_several_are_approved_at_once_and_each_refused_stays_with_its_reason(
    cast: Cast, session: Session
) -> None:
    first, second, stale = (waiting(session, cast, day, title=f"{day}日的") for day in (8, 9, 10))
    marks = [mark_of(first), mark_of(second), f"9-{stale.number}", "1-没有的"]
    page = cast.manager.get("/review/several").text
    assert "还缺 6 项" in page
    assert page.count('name="activity"') == 3
    answer = cast.manager.post("/review/several", data={"activity": marks, "step": "approve"})
    assert answer.status_code == 409
    assert "10日的：活动“10日的”刚被别人改过" in answer.text
    assert "没有编号为“没有的”的活动" in answer.text
    assert "已通过 2 场" in answer.text
    assert [standing(session, each).status for each in (first, second, stale)] == [
        Status.APPROVED,
        Status.APPROVED,
        Status.LOGGED,
    ]
    assert first.quality_met is False


def test_several_are_returned_with_one_reason(cast: Cast, session: Session) -> None:
    activities = [waiting(session, cast, day) for day in (8, 9)]
    marks = [mark_of(each) for each in activities]
    refused = cast.manager.post("/review/several", data={"activity": marks, "step": "return"})
    assert refused.status_code == 422
    assert "请写明退回的原因" in refused.text
    assert refused.text.count("checked") == 2
    nothing = cast.manager.post("/review/several", data={"step": "approve"})
    assert (nothing.status_code, "请先勾选活动" in nothing.text) == (422, True)
    sent = {"activity": marks, "ready": READY_REASONS[1]}
    assert cast.manager.post("/review/several", data=sent).status_code == 302
    assert {standing(session, each).status_reason for each in activities} == {READY_REASONS[1]}
    assert cast.organizer.post("/review/several", data=sent).status_code == 403
    assert cast.manager.post("/review/several", data={"activity": marks, "step": "?"}).status_code == 422


def test_own_activities_stay_for_another_reviewer(app: Flask, cast: Cast, session: Session) -> None:
    manager = make_user(session, role=Role.MANAGER)
    own = make_activity(session, cast.project, status=Status.LOGGED, by=manager)
    session.commit()
    client = signed_in(app, manager)
    page = client.get("/review/several").text
    assert "要由另一人审核通过" in page
    assert 'name="activity"' not in page
    answer = client.post("/review/several", data={"activity": [mark_of(own)], "step": "approve"})
    assert (answer.status_code, "要由另一人审核通过" in answer.text) == (409, True)
    assert standing(session, own).status is Status.LOGGED


@pytest.mark.parametrize("step", ["approve", "return"])
def test_a_decision_is_undone_within_a_minute_and_the_trail_says_so(
    cast: Cast, session: Session, step: str
) -> None:
    activity = waiting(session, cast)
    sent = {"step": step, "reason": "人数不符", "quality": [TICKED_ITEMS[0].value]}
    assert judge(cast.manager, activity, **sent)[0] == 302
    page = cast.manager.get(f"/activities/{activity.number}").text
    assert page.count("（60 秒内）") == 2  # beside the message, and on the page
    assert "（60 秒内）" not in cast.auditor.get(f"/activities/{activity.number}").text
    undo = cast.manager.post("/review/undo", data={"numbers": activity.number})
    assert undo.location == f"/review/{activity.number}"
    stored = standing(session, activity)
    assert (stored.status, stored.status_reason, stored.quality_met) == (Status.LOGGED, "", None)
    assert (stored.reviewed_by_id, list(stored.checks)) == (None, [])
    assert "撤销审核决定" in cast.manager.get(f"/activities/{activity.number}").text
    assert judge(cast.manager, stored, step="approve")[0] == 302


def review_of(activity: Activity) -> tuple[object, ...]:
    """What an approval gives; its moment is the trail's, a little later."""
    return (
        *(activity.status, activity.is_exempt, activity.status_reason, activity.quality_met),
        *(activity.quality_from_items, activity.reviewed_by_id, activity.reviewed_at is not None),
        {check.item for check in activity.checks},
    )


def live_sums(session: Session) -> list[tuple[int | None, int | None]]:
    return [(row.amount, row.base) for row in live_actuals(session, Period(2024, 6))]


@pytest.mark.parametrize("is_exempt", [False, True])
def test_a_return_of_what_was_approved_is_undone_to_the_approval(
    cast: Cast, session: Session, *, is_exempt: bool
) -> None:
    make_indicator(session, cast.project, "activities_held")
    make_indicator(session, cast.project, "quality_rate", name="质量达标率", unit="%")
    cast.project.skips_review = is_exempt
    activity = waiting(session, cast)
    if not is_exempt:
        judge(cast.manager, activity, step="approve", quality=[TICKED_ITEMS[0].value])
    before = review_of(standing(session, activity))
    assert before[:2] == (Status.APPROVED, is_exempt)
    counted = live_sums(session)
    page = f"/activities/{activity.number}"
    sent = {"step": "return", "version": activity.version, "reason": "人数不符"}
    assert cast.manager.post(f"{page}/status", data=sent).status_code == 302
    assert standing(session, activity).status is Status.RETURNED
    assert live_sums(session) != counted
    assert "撤销退回（60 秒内）" in cast.manager.get(page).text
    assert "撤销退回" not in cast.auditor.get(page).text
    assert cast.manager.post("/review/undo", data={"numbers": activity.number}).location == page
    assert review_of(standing(session, activity)) == before
    assert live_sums(session) == counted
    shown = cast.manager.get(page).text
    assert "回到原来的状态" in shown
    assert "撤销审核决定" in shown
    assert "（60 秒内）" not in shown


def test_several_approved_at_once_are_undone_at_once(cast: Cast, session: Session) -> None:
    activities = [waiting(session, cast, day) for day in (8, 9)]
    sent = {"activity": [mark_of(each) for each in activities], "step": "approve"}
    assert cast.manager.post("/review/several", data=sent).status_code == 302
    numbers = " ".join(each.number for each in activities)
    assert f'value="{numbers}"' in cast.manager.get("/review/several").text
    assert cast.manager.post("/review/undo", data={"numbers": numbers}).location == "/review/several"
    assert {standing(session, each).status for each in activities} == {Status.LOGGED}


def test_only_who_decided_undoes_it_and_only_what_nothing_was_built_on(
    app: Flask, cast: Cast, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(client: FlaskClient) -> bool:
        client.post("/review/undo", data={"numbers": activity.number})
        return "现在不能撤销" in client.get("/review/several").text

    activity = waiting(session, cast)
    other = signed_in(app, make_user(session, role=Role.MANAGER))
    session.commit()
    judge(cast.manager, activity, step="approve")
    assert refusal(other)
    assert cast.organizer.post("/review/undo", data={"numbers": activity.number}).status_code == 403
    with monkeypatch.context() as patch:
        patch.setattr(activity_queries, "UNDO_WITHIN", timedelta(0))
        assert refusal(cast.manager)
    session.rollback()
    session.add(Closing(period=Period(2024, 5), closed_at=utc_now()))
    session.commit()
    assert refusal(cast.manager)
    session.rollback()
    session.execute(delete(Closing))
    put_photo(session, session.merge(activity), settings.data_dir)
    session.commit()
    assert refusal(cast.manager)
    assert standing(session, activity).status is Status.APPROVED
