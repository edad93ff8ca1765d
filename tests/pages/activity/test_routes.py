"""The pages of activities: per address one request accepted, one refused, one by a stranger.

A rollback ends the test's own view of the database, so that it sees what the browser has done.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.activities.details import details_of
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status, edit_activity
from activitylog.activities.rules import MIN_PHOTOS, TICKED_ITEMS, QualityItem, Status
from activitylog.publicity.models import MediaReport, Push
from tests.factories.accounts import make_user
from tests.factories.activities import NOW, make_activity, make_details
from tests.factories.expenses import make_expense
from tests.factories.photos import put_photo
from tests.factories.projects import make_project
from tests.factories.publicity import make_push
from tests.factories.rollup import make_indicator
from tests.pages.cast import Cast, pages_cast, typed
from tests.signed_in import signed_in

NOON = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)
LINK = "https://mp.weixin.qq.com/s/abc"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOON, tick=True):
        yield


cast = pages_cast


def only_activity(session: Session) -> Activity:
    session.rollback()
    return session.scalars(select(Activity)).one()


def count_of(session: Session, model: type[Activity | Push | MediaReport]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_list_shows_what_the_person_may_see(cast: Cast, session: Session) -> None:
    make_activity(session, cast.project, title="走进村居的天文课", number="2024-0007")
    session.commit()
    for reader in (cast.organizer, cast.manager, cast.auditor):
        page = reader.get("/activities?year=2024")
        assert page.status_code == 200
        assert "走进村居的天文课" in page.text
        assert "/activities/2024-0007" in page.text
    assert "走进村居的天文课" not in cast.stranger.get("/activities?year=2024").text


def test_an_empty_list_offers_the_step_to_fill_it(cast: Cast) -> None:
    assert 'href="/activities/new"' in cast.organizer.get("/activities").text
    assert "这一年还没有活动" in cast.auditor.get("/activities").text
    assert "没有符合这些条件的活动" in cast.organizer.get("/activities?q=没有").text


def test_the_list_shows_the_latest_year_with_projects_until_told_another(
    app: Flask, cast: Cast, session: Session
) -> None:
    make_activity(session, cast.project, title="五月的", held_on=date(2024, 5, 1))
    session.commit()
    with time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC), tick=True):
        organizer = signed_in(app, cast.owner)
        assert "五月的" in organizer.get("/activities").text
        assert "五月的" not in organizer.get("/activities?year=2024&month=6").text
        assert "五月的" in organizer.get("/activities?year=all&q=五月").text


@pytest.mark.parametrize(
    "query",
    ["year=abc&month=13&status=x&project=999999&kind=?&district=1&page=0", "year=20²4", "page=-3&q=%01%25"],
)
def test_a_nonsense_address_narrows_nothing(cast: Cast, session: Session, query: str) -> None:
    assert cast.organizer.get(f"/activities?{query}").status_code == 200


def test_a_filter_can_be_taken_off_and_stays_in_the_pages(cast: Cast, session: Session) -> None:
    for n in range(25):
        make_activity(session, cast.project, title=f"第{n}场", kinds=("下乡服务",))
    session.commit()
    page = cast.organizer.get("/activities?year=2024&kind=下乡服务&q=第").text
    assert 'href="?year=2024&amp;q=%E7%AC%AC"' in page
    assert "kind=%E4%B8%8B%E4%B9%A1%E6%9C%8D%E5%8A%A1&amp;q=%E7%AC%AC&amp;before=2024-" in page
    assert "共 25 场" in page


def test_an_organizer_logs_an_activity_with_its_articles(cast: Cast, session: Session) -> None:
    assert "提交审核" in cast.organizer.get("/activities/new").text
    rows = {
        "pushes-0-link": f"看这篇 {LINK}",
        "pushes-0-published_on": "2024-06-11",
        "pushes-1-link": "",
        "pushes-1-published_on": "2024-06-12",
        "reports-0-outlet": "解放日报",
        "reports-0-title": "科普进社区",
        "reports-0-published_on": "2024-06-12",
        "reports-0-is_repost": "y",
    }
    form = typed(cast.project, kinds=[], new_kind="下乡服务", more_districts=["310101"], **rows)
    answer = cast.organizer.post("/activities/new", data=form)
    activity = only_activity(session)
    assert (answer.status_code, answer.location) == (302, f"/activities/{activity.number}")
    assert (activity.status, activity.created_by_id) == (Status.LOGGED, cast.owner.id)
    assert details_of(activity) == make_details(
        activity.project, kinds=("下乡服务",), districts=("310107", "310101")
    )
    push, report = session.scalars(select(Push)).one(), session.scalars(select(MediaReport)).one()
    assert (push.link, push.activity_id, push.project_id) == (LINK, activity.id, cast.project.id)
    assert (report.outlet, report.is_repost, report.activity_id) == ("解放日报", True, activity.id)


def test_a_form_sent_twice_stores_one_activity(cast: Cast, session: Session) -> None:
    form = typed(cast.project, **{"pushes-0-link": LINK, "pushes-0-published_on": "2024-06-11"})
    first = cast.organizer.post("/activities/new", data=form)
    again = cast.organizer.post("/activities/new", data=form)
    assert first.location == again.location
    assert (count_of(session, Activity), count_of(session, Push)) == (1, 1)
    assert "没有重复登记" in cast.organizer.get(again.location).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "请填写活动名称。"),
        ({"project_id": ""}, "请选择项目。"),
        ({"held_on": ""}, "请填写举办日期"),
        ({"held_on": "2024-06-13"}, "举办日期还没有到"),
        ({"held_on": "2023-06-10"}, "改选 2023 年的项目"),
        ({"held_on": "6月10日"}, "不是有效日期"),
        ({"start_time": "25:00"}, "开始时间“25:00”不是有效时间"),
        ({"start_time": "00:00"}, "零点开始的，请写 00:01"),
        ({"district": ""}, "请选择所在区"),
        ({"district": "110101"}, "请从列表中选择所在区。"),
        ({"audience_onsite": ""}, "请填写现场人数"),
        ({"audience_onsite": "六十"}, "现场人数应为不小于 0 的整数"),
        ({"kinds": ["没有的类型"]}, "活动类型请从列出的里面选"),
        ({"form": "没有的形式"}, "科普形式请从列出的里面选"),
        ({"note": "长" * 2001}, "备注最多 2000 个字"),
        ({"then": "plan", "held_on": ""}, "请填写计划日期"),
        ({"pushes-0-link": "没有链接"}, "没有认出链接"),
        ({"pushes-0-title": "回顾"}, "请填写发布日期"),
        ({"pushes-0-link": LINK, "pushes-0-published_on": "2024-06-13"}, "发布日期不能晚于今天"),
        (
            {f"pushes-{n}-link": LINK for n in (0, 1)}
            | {f"pushes-{n}-published_on": "2024-06-11" for n in (0, 1)},
            "已经登记过这篇推送",
        ),
        ({f"reports-{n}-title": "某报道" for n in range(21)}, "媒体报道一次最多登记 20 条，现在有 21 条"),
    ],
)
def test_a_bad_entry_is_refused_beside_its_field_and_nothing_typed_is_lost(
    cast: Cast, session: Session, changes: dict[str, str], sentence: str
) -> None:
    form = typed(cast.project, note="雨天改到室内") | changes
    answer = cast.organizer.post("/activities/new", data=form)
    assert answer.status_code in (409, 422)
    assert sentence in answer.text
    assert "field-error" in answer.text
    if "note" not in changes:
        assert "雨天改到室内" in answer.text
    assert (count_of(session, Activity), count_of(session, Push), count_of(session, MediaReport)) == (0, 0, 0)


def test_all_the_rows_of_a_refused_form_come_back(cast: Cast) -> None:
    rows = {f"pushes-{n}-title": f"第{n}篇" for n in range(25)}
    answer = cast.organizer.post("/activities/new", data=typed(cast.project) | rows).text
    assert all(f'value="第{n}篇"' in answer for n in range(25))


@pytest.mark.parametrize(
    ("held_on", "planned_on", "expected"),
    [
        ("2024-09-15", "", date(2024, 9, 15)),
        ("2024-06-12", "2024-09-15", date(2024, 9, 15)),
        ("", "2024-09-15", date(2024, 9, 15)),
    ],
)
def test_a_plan_may_be_dated_in_either_field(
    cast: Cast, session: Session, held_on: str, planned_on: str, expected: date
) -> None:
    dates = {"held_on": held_on, "planned_on": planned_on}
    form = typed(cast.project, then="plan", audience_onsite="", district="", **dates)
    assert cast.organizer.post("/activities/new", data=form).status_code == 302
    activity = only_activity(session)
    assert (activity.status, activity.planned_on, activity.held_on) == (Status.PLANNED, expected, None)


def test_logging_in_a_foreign_project_is_refused(cast: Cast, session: Session) -> None:
    answer = cast.stranger.post("/activities/new", data=typed(cast.project))
    assert answer.status_code == 422
    assert "请从列表中选择您所在的项目" in answer.text
    assert cast.auditor.get("/activities/new").status_code == 403
    assert cast.auditor.post("/activities/new", data=typed(cast.project)).status_code == 403
    assert count_of(session, Activity) == 0


def test_who_belongs_to_no_project_is_told_what_to_do(app: Flask, session: Session) -> None:
    newcomer = make_user(session)
    session.commit()
    page = signed_in(app, newcomer).get("/activities/new").text
    assert "您还没有加入2024年的项目" in page
    assert "<form" not in page.partition("<main")[2]


def test_a_new_form_starts_with_today_and_my_last_project(cast: Cast, session: Session) -> None:
    other = make_project(session)
    make_activity(session, cast.project, by=cast.owner, kinds=("下乡服务",), venue_name="天文馆")
    session.commit()
    page = cast.organizer.get("/activities/new").text
    assert 'value="2024-06-12"' in page
    assert f'<option selected value="{cast.project.id}">' in page
    assert '<option value="天文馆" data-district="310107" data-kind="社区书院">普陀</option>' in page
    assert other.name not in page


def test_the_page_shows_everything_about_an_activity(cast: Cast, session: Session) -> None:
    activity = make_activity(session, cast.project, by=cast.owner, audience_online=1200, title="科学咖啡馆")
    make_push(session, activity=activity, link=LINK)
    make_expense(session, activity=activity, summary="场地租赁费")
    session.commit()
    address = f"/activities/{activity.number}"
    words = (
        "科学咖啡馆",
        "已审核",
        "线上 1,200 人",
        "普陀",
        "曹杨社区书院",
        LINK,
        "场地租赁费",
        f"{address}/qr",
    )
    for reader in (cast.organizer, cast.manager, cast.auditor):
        page = reader.get(address)
        assert page.status_code == 200
        assert all(word in page.text for word in (*words, f"{address}/qr"))
    assert cast.stranger.get(address).status_code == 404
    assert cast.organizer.get("/activities/2024-9999").status_code == 404


def test_an_auditor_gets_no_forms_or_edit_links(cast: Cast, session: Session) -> None:
    for status in Status:
        number = make_activity(session, cast.project, status=status).number
        session.commit()
        page = cast.auditor.get(f"/activities/{number}").text
        assert "<form" not in page.partition("<main")[2]
        assert f"/activities/{number}/edit" not in page


def test_an_edit_is_stored(cast: Cast, session: Session) -> None:
    activity = make_activity(session, cast.project, status=Status.LOGGED)
    session.commit()
    address = f"/activities/{activity.number}/edit"
    assert "曹杨社区书院" in cast.organizer.get(address).text
    form = typed(cast.project, then="save", version="1", title="改过的名称", audience_onsite="1,203")
    assert cast.organizer.post(address, data=form).location == f"/activities/{activity.number}"
    stored = only_activity(session)
    assert (stored.title, stored.audience_onsite, stored.status) == ("改过的名称", 1203, Status.LOGGED)


def test_a_plan_is_logged_through_its_form(cast: Cast, session: Session) -> None:
    activity = make_activity(session, cast.project, status=Status.PLANNED, planned_on=date(2024, 6, 8))
    session.commit()
    address = f"/activities/{activity.number}"
    assert "记活动" in cast.organizer.get(address).text
    assert 'name="held_on" type="date" value="2024-06-08"' in cast.organizer.get(f"{address}/edit").text
    form = typed(cast.project, version="1", held_on="2024-06-09", planned_on="2024-06-08")
    assert cast.organizer.post(f"{address}/edit", data=form).status_code == 302
    stored = only_activity(session)
    assert (stored.status, stored.held_on, stored.planned_on) == (
        Status.LOGGED,
        date(2024, 6, 9),
        date(2024, 6, 8),
    )


def test_a_returned_activity_is_edited_and_submitted_again(cast: Cast, session: Session) -> None:
    activity = make_activity(session, cast.project, status=Status.RETURNED)
    session.commit()
    form = typed(cast.project, version=str(activity.version))
    cast.organizer.post(f"/activities/{activity.number}/edit", data=form | {"then": "save"})
    saved = only_activity(session)
    assert saved.status is Status.RETURNED
    form["version"] = str(saved.version)
    cast.organizer.post(f"/activities/{saved.number}/edit", data=form)
    assert only_activity(session).status is Status.LOGGED


def test_an_organizer_is_told_that_an_approved_activity_needs_review_again(
    cast: Cast, session: Session
) -> None:
    activity = make_activity(session, cast.project)
    session.commit()
    address = f"/activities/{activity.number}/edit"
    assert "需要重新审核" in cast.organizer.get(address).text
    form = typed(cast.project, then="save", version=str(activity.version), audience_onsite="600")
    assert "需要重新审核" in cast.organizer.post(address, data=form, follow_redirects=True).text
    assert only_activity(session).status is Status.LOGGED


def test_a_stale_save_shows_both_versions_and_loses_nothing(cast: Cast, session: Session) -> None:
    activity = make_activity(session, cast.project, status=Status.LOGGED)
    theirs = make_details(cast.project, title="别人的名称", audience_onsite=75)
    edit_activity(session, activity, theirs, version=1, by=None, now=NOW)
    session.commit()
    address = f"/activities/{activity.number}/edit"
    mine = typed(cast.project, then="save", version="1", title="我的名称", note="我写了很久的备注")
    answer = cast.organizer.post(address, data=mine)
    assert answer.status_code == 409
    for word in ("别人的名称", "我的名称", "75 人", "60 人", "我写了很久的备注", 'value="2"'):
        assert word in answer.text
    assert only_activity(session).title == "别人的名称"
    chosen = {"version": "2", "keep-title": "mine", "keep-audience_onsite": "theirs"}
    assert cast.organizer.post(address, data=mine | chosen).status_code == 302
    stored = only_activity(session)
    assert (stored.title, stored.audience_onsite, stored.note) == ("我的名称", 75, "我写了很久的备注")


def test_an_edit_sent_again_is_confirmed_as_stored(cast: Cast, session: Session) -> None:
    activity = make_activity(session, cast.project, status=Status.PLANNED)
    session.commit()
    address = f"/activities/{activity.number}/edit"
    form = typed(cast.project, version="1", audience_onsite="86")
    for _ in range(2):
        told = cast.organizer.post(address, data=form, headers={"Accept": "application/json"}).json
        assert told["result"] == "saved"
        assert told["address"] == f"/activities/{activity.number}"
    assert only_activity(session).status is Status.LOGGED
    other = typed(cast.project, version="1", audience_onsite="87")
    refused = cast.organizer.post(address, data=other, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json["result"]) == (409, "refused")


def test_of_two_saves_the_fields_one_person_left_alone_are_the_others(cast: Cast, session: Session) -> None:
    activity = make_activity(session, cast.project, status=Status.LOGGED, audience_onsite=60)
    session.commit()
    address = f"/activities/{activity.number}/edit"
    opened = re.search('name="base"[^>]* value="([^"]*)"', cast.organizer.get(address).text)
    assert opened
    theirs = make_details(cast.project, audience_onsite=75)
    edit_activity(session, activity, theirs, version=1, by=None, now=NOW)
    session.commit()
    mine = typed(cast.project, then="save", version="1", base=opened[1], title="我的名称")
    page = cast.organizer.post(address, data=mine).text
    assert re.search('value="theirs" id="keep-audience_onsite-theirs" checked', page)
    assert re.search('value="mine" id="keep-title-mine" checked', page)


def test_a_start_time_is_stored_shown_and_changed(cast: Cast, session: Session) -> None:
    cast.organizer.post("/activities/new", data=typed(cast.project, start_time="9:30"))
    activity = only_activity(session)
    assert activity.start_time == time(9, 30)
    address = f"/activities/{activity.number}"
    assert "2024年6月10日 周一 09:30" in cast.organizer.get(address).text
    listed = cast.organizer.get("/activities?year=2024").text
    assert listed.index("6月10日 周一") < listed.index("09:30")
    assert 'type="time" value="09:30"' in cast.organizer.get(f"{address}/edit").text
    form = typed(cast.project, then="save", version="1")
    cast.organizer.post(f"{address}/edit", data=form | {"start_time": "14:00"})
    assert only_activity(session).start_time == time(14)
    assert re.search("开始时间.*<del>09:30</del> → <ins>14:00</ins>", cast.manager.get(address).text, re.S)
    conflict = cast.organizer.post(f"{address}/edit", data=form | {"start_time": "15:00"}).text
    assert "14:00" in conflict
    assert "15:00" in conflict


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"title": ""}, 422), ({"held_on": "2023-06-10"}, 422), ({"version": "²"}, 409), ({"version": ""}, 409)],
)
def test_a_bad_edit_changes_nothing(
    cast: Cast, session: Session, changes: dict[str, str], status: int
) -> None:
    activity = make_activity(session, cast.project, status=Status.LOGGED, title="原来的")
    session.commit()
    form = typed(cast.project, then="save", version="1", note="没有丢") | changes
    answer = cast.organizer.post(f"/activities/{activity.number}/edit", data=form)
    assert answer.status_code == status
    assert "没有丢" in answer.text
    assert only_activity(session).title == "原来的"


def test_strangers_and_auditors_do_not_edit_and_nobody_edits_what_is_cancelled(
    cast: Cast, session: Session
) -> None:
    activity = make_activity(session, cast.project, title="原来的")
    cancelled = make_activity(session, cast.project, status=Status.WITHDRAWN)
    session.commit()
    form = typed(cast.project, then="save", version=str(activity.version))
    for client, status in ((cast.stranger, 404), (cast.auditor, 403)):
        address = f"/activities/{activity.number}/edit"
        assert client.get(address).status_code == status
        assert client.post(address, data=form).status_code == status
    answer = cast.manager.get(f"/activities/{cancelled.number}/edit")
    assert answer.status_code == 409
    assert "请先恢复" in answer.text
    session.rollback()
    assert session.get_one(Activity, activity.id).title == "原来的"


def decide(client: FlaskClient, activity: Activity, step: str, **values: object) -> tuple[int, str]:
    form = {"step": step, "version": str(activity.version)} | values
    answer = client.post(f"/activities/{activity.number}/status", data=form)
    return answer.status_code, answer.text


def test_a_manager_approves_with_the_quality_check(cast: Cast, session: Session, tmp_path: Path) -> None:
    activity = make_activity(session, cast.project, status=Status.LOGGED, summary="反响很好。")
    for seed in range(MIN_PHOTOS):
        put_photo(session, activity, tmp_path, seed=seed)
    session.commit()
    page = cast.manager.get(f"/activities/{activity.number}").text
    assert all(item in page for item in QualityItem)
    assert decide(cast.manager, activity, "approve", quality=list(TICKED_ITEMS))[0] == 302
    stored = only_activity(session)
    assert (stored.status, stored.quality_met) == (Status.APPROVED, True)


def test_one_item_missing_is_not_the_quality_promised(cast: Cast, session: Session) -> None:
    activity = make_activity(session, cast.project, status=Status.LOGGED)
    session.commit()
    assert decide(cast.manager, activity, "approve", quality=list(TICKED_ITEMS[1:]))[0] == 302
    assert only_activity(session).quality_met is False


def test_a_return_needs_its_reason(cast: Cast, session: Session) -> None:
    activity = make_activity(session, cast.project, status=Status.LOGGED)
    session.commit()
    status, page = decide(cast.manager, activity, "return")
    assert (status, "请写明退回的原因" in page) == (422, True)
    assert decide(cast.manager, activity, "return", reason="缺签到表")[0] == 302
    assert "缺签到表" in cast.organizer.get(f"/activities/{activity.number}").text


@pytest.mark.parametrize("before", [Status.LOGGED, Status.PLANNED])
def test_an_organizer_cancels_and_restores(cast: Cast, session: Session, before: Status) -> None:
    activity = make_activity(session, cast.project, status=before)
    session.commit()
    assert decide(cast.organizer, activity, "withdraw", reason="重复登记")[0] == 302
    withdrawn = only_activity(session)
    assert (withdrawn.status, withdrawn.status_reason) == (Status.WITHDRAWN, "重复登记")
    assert decide(cast.organizer, withdrawn, "restore")[0] == 302
    assert only_activity(session).status is before


def test_approving_an_older_version_is_refused(cast: Cast, session: Session) -> None:
    activity = make_activity(session, cast.project, status=Status.LOGGED)
    edited = make_details(cast.project, audience_onsite=600)
    edit_activity(session, activity, edited, version=1, by=None, now=NOW)
    session.commit()
    answer = cast.manager.post(
        f"/activities/{activity.number}/status", data={"step": "approve", "version": "1"}
    )
    assert answer.status_code == 409
    assert "刚被别人改过" in answer.text
    assert "600" in answer.text
    assert only_activity(session).status is Status.LOGGED


def test_steps_that_are_not_theirs_or_not_possible_are_refused(cast: Cast, session: Session) -> None:
    activity = make_activity(session, cast.project, status=Status.LOGGED)
    session.commit()
    assert decide(cast.organizer, activity, "approve")[0] == 403
    assert decide(cast.stranger, activity, "withdraw", reason="无")[0] == 404
    assert decide(cast.auditor, activity, "approve")[0] == 403
    assert decide(cast.manager, activity, "restore")[0] == 409
    assert decide(cast.manager, activity, "celebrate")[0] == 422
    assert "请从列出的几项中勾选" in decide(cast.manager, activity, "approve", quality=["别的"])[1]
    assert only_activity(session).status is Status.LOGGED


def test_the_page_names_the_month_an_activity_will_count_in_and_what_will_not_count_it(
    cast: Cast, session: Session
) -> None:
    make_indicator(session, cast.project, name="活动场次")
    make_indicator(session, cast.project, "activities_on_time", name="服务及时性")
    year = cast.project.year
    activity = make_activity(session, cast.project, status=Status.LOGGED, held_on=date(year, 6, 10))
    session.commit()
    address = f"/activities/{activity.number}"
    assert f"审核通过后，指标要的日期和数都齐的，计入{year}年6月。" in cast.manager.get(address).text
    change_status(session, activity, Status.APPROVED, by=None, now=NOW, quality_met=True)
    session.commit()
    page = cast.manager.get(address).text
    assert f"{year}年6月，下次汇总入账" in page
    assert "不计入：服务及时性。" in page
    assert "尚未入账" not in page
