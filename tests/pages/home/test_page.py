"""The home pages of organizers and of the office."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from activitylog.accounts.models import Membership
from activitylog.accounts.rules import Role
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.pages.home.page import next_roll_up
from activitylog.rollup.run import roll_up
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.ledger import activity_row, import_file, save_ledger
from tests.factories.projects import make_project
from tests.factories.publicity import make_push
from tests.factories.rollup import make_indicator
from tests.pages.cast import Cast, make_cast
from tests.signed_in import signed_in
from tests.statements import statements

NOON = datetime(2024, 6, 12, 4, tzinfo=UTC)
TODAY = date(2024, 6, 12)
MAY = Period(2024, 5)


@pytest.fixture
def cast(app: Flask, session: Session) -> Iterator[Cast]:
    with time_machine.travel(NOON, tick=True):
        yield make_cast(app, session)


def text_of(client: FlaskClient) -> str:
    response = client.get("/")
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


def test_a_visitor_is_redirected_to_sign_in(app: Flask) -> None:
    assert app.test_client().get("/").location == "/login?next=/"


def test_a_day_without_activities_links_to_the_form(cast: Cast) -> None:
    page = text_of(cast.organizer)
    assert "6月12日 周三" in page
    assert "今天没有安排的活动" in page


def test_an_organizer_of_no_project_is_told_whom_to_ask(app: Flask, cast: Cast, session: Session) -> None:
    nobody = make_user(session)
    session.commit()
    assert "您还没有加入2024年的项目 请项目负责人" in text_of(signed_in(app, nobody))


@pytest.mark.parametrize(
    ("status", "dates", "button"),
    [
        (Status.PLANNED, {"planned_on": TODAY}, 'new?plan={}">记活动'),
        (Status.LOGGED, {"held_on": TODAY}, '{}/qr">出示二维码'),
        (Status.APPROVED, {"held_on": TODAY}, '{}/qr">出示二维码'),
        (Status.LOGGED, {"held_on": date(2024, 6, 9)}, '{}/articles">补推送链接'),
    ],
)
def test_todays_activity_has_its_next_step_as_the_one_big_button(
    cast: Cast, session: Session, status: Status, dates: dict[str, date], button: str
) -> None:
    activity = make_activity(session, cast.project, status=status, now=NOON, **dates)
    session.commit()
    page = cast.organizer.get("/").text
    address = f"/activities/{button.format(activity.number)}"
    assert f'class="button button-call" href="{address}' in page
    assert page.count("button-call") == 1
    assert activity.title not in cast.stranger.get("/").text


def test_the_day_follows_the_clock(cast: Cast, session: Session) -> None:
    for title, at in (("下午的", time(14)), ("上午的", time(9, 30))):
        plan = {"planned_on": TODAY, "start_time": at, "title": title}
        make_activity(session, cast.project, status=Status.PLANNED, now=NOON, **plan)
    session.commit()
    assert re.search(r"上午的 09:30 · .*下午的 14:00 · ", text_of(cast.organizer))


def test_published_or_old_activities_need_no_push(cast: Cast, session: Session) -> None:
    make_push(session, activity=make_activity(session, cast.project, held_on=date(2024, 6, 10), now=NOON))
    make_activity(session, cast.project, held_on=date(2024, 6, 8), now=NOON)
    session.commit()
    assert "补推送链接" not in text_of(cast.organizer)


def test_unlogged_plans_and_returned_activities_are_listed(cast: Cast, session: Session) -> None:
    for day in range(1, 8):
        make_activity(
            session,
            cast.project,
            title=f"第{day}场",
            status=Status.PLANNED,
            planned_on=date(2024, 6, day),
            now=NOON,
        )
    make_activity(session, cast.project, title="缺照片的一场", status=Status.RETURNED, now=NOON)
    session.commit()
    page = text_of(cast.organizer)
    assert "办完还没记 7 场" in page
    assert "第1场 6月1日 周六" in page
    assert "第6场" not in page
    assert "看全部待补的" in page
    assert "退回待修改 1 场" in page
    assert "测试用的原因" in page


def test_what_was_returned_last_comes_first_and_old_years_are_folded(cast: Cast, session: Session) -> None:
    last_year = make_project(session, name="去年的项目", year=2023)
    session.add(Membership(user_id=cast.owner.id, project_id=last_year.id))
    for title, day, hour in (("早退回的", 9, 1), ("晚退回的", 3, 2)):
        at = NOON.replace(hour=hour)
        held_on = date(2024, 6, day)
        make_activity(session, cast.project, title=title, held_on=held_on, status=Status.RETURNED, now=at)
    make_activity(
        session, last_year, title="去年的一场", held_on=date(2023, 6, 1), status=Status.RETURNED, now=NOON
    )
    session.commit()
    page = cast.organizer.get("/").text
    assert "退回待修改 <span" in page
    assert page.index("晚退回的") < page.index("早退回的") < page.index("往年退回的 1 场")
    assert page.index("往年退回的 1 场") < page.index("去年的一场")


def test_the_office_is_reminded_of_plans_whose_day_is_over(cast: Cast, session: Session) -> None:
    for day in (11, 12, 13):
        plan = {"planned_on": date(2024, 6, day), "title": f"计划{day}日办"}
        make_activity(session, cast.project, status=Status.PLANNED, now=NOON, **plan)
    session.commit()
    page = text_of(cast.manager)
    assert "过了日子还没记 1 场" in page
    assert "计划11日办" in page
    assert "计划12日办" not in page


def test_a_plan_from_the_ledger_is_to_be_logged_on_its_day(
    cast: Cast, session: Session, tmp_path: Path
) -> None:
    planned = {
        "活动名称": "台账里的计划",
        "计划日期": "2024-06-12",
        "举办日期": None,
        "质量达标": None,
        "状态": "计划",
    }
    rows = [activity_row(项目="科普资源配送", **planned)]
    import_file(session, save_ledger(tmp_path / "台账.xlsx", 活动=rows))
    session.commit()
    page = text_of(cast.organizer)
    assert page.index("台账里的计划") < page.index("记活动", page.index("台账里的计划"))


def test_slow_indicators_are_listed_worst_first(cast: Cast, session: Session) -> None:
    make_indicator(session, cast.project, "people_reached", name="受众人数", target="5000", unit="人")
    make_indicator(session, cast.project, name="服务场次", target="6")
    make_indicator(
        session, cast.project, "quality_rate", name="质量达标率", operator="=", target="100", unit="%"
    )
    for quality_met in (True, False):
        make_activity(session, cast.project, held_on=date(2024, 5, 6), quality_met=quality_met, now=NOON)
    roll_up(session, MAY, now=NOON)
    session.commit()
    page = text_of(cast.manager)
    assert "截至2024年5月，2 个指标落后或偏慢" in page
    first = page.index("受众人数 120/5,000 人 ，按计划应有 2,083 人")
    assert first < page.index("质量达标率 50.00%/100% ，n=2")
    assert "服务场次" not in page[: page.index("与上月相比，灯色变化")]


def test_the_office_page_lists_reviews_rules_and_months(cast: Cast, session: Session) -> None:
    make_indicator(session, cast.project, is_confirmed=False)
    for number in range(6):
        make_activity(session, cast.project, title=f"待审{number}", status=Status.LOGGED, now=NOON)
    roll_up(session, Period(2024, 4), now=NOON)
    session.commit()
    page = text_of(cast.manager)
    assert "等待审核 6 场" in page
    assert "待审4" in page
    assert "待审5" not in page
    assert "去审核" in page
    assert "科普资源配送 1 条" in page
    assert "待汇总 2024年5月" in page
    assert "最近汇总 2024年4月 已汇总" in page
    assert "下次汇总 2024-07-01 02:00" in page
    assert "去审核" not in text_of(cast.auditor)


def test_an_office_without_a_roll_up_says_so(cast: Cast) -> None:
    page = text_of(cast.manager)
    assert "还没有汇总过" in page
    assert "没有等待审核的活动。" in page


def test_an_office_without_a_declaration_is_told_what_to_do(app: Flask, session: Session) -> None:
    officer = make_user(session, role=Role.OFFICER)
    session.commit()
    page = text_of(signed_in(app, officer))
    assert "还没有申报表 请导入绩效目标申报表" in page


@pytest.mark.parametrize("address", ["/activities", "/activities/new", "/projects", "/periods"])
def test_before_a_declaration_every_page_names_the_first_step(
    app: Flask, session: Session, address: str
) -> None:
    officer = make_user(session, role=Role.OFFICER)
    session.commit()
    main = signed_in(app, officer).get(address).text.partition("<main")[2]
    assert "还没有申报表" in main
    assert "导入申报表" in main
    assert "未汇总</span>" not in main
    assert "/activities/new" not in main.partition("</main")[0]


def test_more_activities_need_no_more_statements(cast: Cast, session: Session) -> None:
    for client in (cast.organizer, cast.manager):
        make_activity(session, cast.project, status=Status.LOGGED, held_on=TODAY, now=NOON)
        session.commit()
        with statements() as few:
            client.get("/")
        for _ in range(8):
            make_activity(session, cast.project, status=Status.LOGGED, held_on=TODAY, now=NOON)
        session.commit()
        with statements() as many:
            client.get("/")
        assert len(many) == len(few) <= 16


@pytest.mark.parametrize(
    ("now", "next_run"),
    [
        (datetime(2024, 6, 12, 4, tzinfo=UTC), datetime(2024, 6, 30, 18, tzinfo=UTC)),
        (datetime(2024, 6, 30, 17, 59, tzinfo=UTC), datetime(2024, 6, 30, 18, tzinfo=UTC)),
        (datetime(2024, 6, 30, 18, tzinfo=UTC), datetime(2024, 7, 31, 18, tzinfo=UTC)),
        (datetime(2024, 12, 31, 20, tzinfo=UTC), datetime(2025, 1, 31, 18, tzinfo=UTC)),
    ],
)
def test_the_next_roll_up_is_the_first_at_two_in_shanghai(now: datetime, next_run: datetime) -> None:
    assert next_roll_up(now) == next_run
