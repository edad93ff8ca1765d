"""The register of months: rolled up and closed by officers, read by all."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.indicators.closings.models import Closing
from activitylog.rollup.models import Actual
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.run import roll_up
from activitylog.web.paging import PAGE_SIZE
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.pages.project.test_routes import text_of
from tests.rollup.cast import JULY, JUNE, NOW, VILLAGE, Cast, july_cast
from tests.signed_in import signed_in

cast = july_cast


def closed(session: Session) -> list[Period]:
    session.rollback()
    return list(session.scalars(select(Closing.period).order_by(Closing.period)))


def test_the_register_says_how_every_month_stands(cast: Cast) -> None:
    page = text_of(cast.auditor, "/periods?year=2024")
    assert "2024年6月 已汇总 2024-07-10 12:00" in page
    assert "2024年7月 进行中" in page
    assert "2024年8月 未到" in page
    assert "2031年8月 未到" in text_of(cast.auditor, "/periods?year=2031")
    assert "没有12年" in text_of(cast.auditor, "/periods?year=12", 422)


def test_an_officer_rolls_up_a_month(cast: Cast, session: Session) -> None:
    make_activity(session, cast.project, kinds=(VILLAGE,), held_on=date(2024, 7, 2), now=NOW)
    session.commit()
    answer = cast.officer.post("/periods/2024-07/roll-up", follow_redirects=True)
    assert "已汇总2024年1月至7月。" in answer.text
    session.rollback()
    assert session.get_one(Actual, (cast.held.id, JULY)).amount == 10


def test_the_register_names_who_rolled_up_and_what_waits(cast: Cast, session: Session) -> None:
    officer = make_user(session, role=Role.OFFICER, name="赵专员")
    session.commit()
    client = signed_in(cast.officer.application, officer)
    assert client.post("/periods/2024-07/roll-up").status_code == 302
    page = client.get("/periods/2024-06/close").text
    assert client.post("/periods/2024-06/close", data=shown(page)).status_code == 302
    session.rollback()
    make_activity(session, cast.project, kinds=(VILLAGE,), held_on=date(2024, 6, 20), now=NOW)
    session.commit()
    page = text_of(cast.auditor, "/periods?year=2024")
    assert re.search(r"2024年5月 已结账 \S+ \S+ 赵专员 \S+ \S+ 赵专员 第 1 版 3 条", page)
    assert re.search(r"2024年7月 已汇总 \S+ \S+ 赵专员 0 条 1 条", page)
    month = text_of(cast.auditor, "/periods/2024-06")
    assert "改过 1 条本月底以前的记录，等待入账。" in month
    assert "版次 第 1 版" in month
    assert "赵专员 汇总 账目 2024年1月至7月" in text_of(cast.auditor, "/audit?kind=booking")


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/periods/2024-08/roll-up", 409, "2024年8月还没有到，不能汇总。"),
        ("/periods/2023-08/roll-up", 409, "2023年还没有申报表"),
        ("/periods/2024-07/close", 409, "2024年7月还没有过完，过完以后才能结账。"),
        ("/periods/2023-12/close", 409, "2023年12月还没有汇总，请先汇总再结账。"),
        ("/periods/june/close", 422, "月份“june”无法识别"),
    ],
)
def test_a_month_whose_time_has_not_come_is_refused(
    cast: Cast, session: Session, address: str, status: int, sentence: str
) -> None:
    answer = cast.officer.post(address)
    assert answer.status_code == status
    assert sentence in answer.text
    assert closed(session) == []


def shown(page: str) -> dict[str, str]:
    """The form's token of the list on a page."""
    found = re.search(r'name="shown" value="([^"]*)"', page)
    assert found
    return {"shown": found[1]}


def test_closing_says_what_it_will_do_and_does_it_once(cast: Cast, session: Session) -> None:
    assert 'href="/periods/2024-06/close"' in cast.officer.get("/periods/2024-06").text
    page = cast.officer.get("/periods/2024-06/close").text
    assert "再把2024年1月—6月（6 个月）的入账记录、完成值和目标固定下来" in page
    answer = cast.officer.post("/periods/2024-06/close", data=shown(page), follow_redirects=True)
    assert "2024年1月至6月已结账。" in answer.text
    assert closed(session)[-1] == JUNE
    assert "结账时没办的" in answer.text
    assert cast.officer.get("/periods/2024-06/close").status_code == 409
    again = cast.officer.post("/periods/2024-06/close")
    assert (again.status_code, "已经结账，不必再结" in again.text) == (409, True)
    booked = cast.officer.post("/periods/2024-06/roll-up")
    assert (booked.status_code, "已经结账，不能再汇总" in booked.text) == (409, True)


def test_a_list_that_no_longer_holds_is_shown_again_and_nothing_is_closed(
    cast: Cast, session: Session
) -> None:
    token = shown(cast.officer.get("/periods/2024-06/close").text)
    make_activity(session, cast.project, held_on=date(2024, 6, 20), status=Status.LOGGED, now=NOW)
    session.commit()
    answer = cast.officer.post("/periods/2024-06/close", data=token)
    assert answer.status_code == 409
    assert "要结账的月份又有了变动，还没有结账" in answer.text
    assert re.search(r"1 场活动没有审核</a>\s*<span[^>]*>新", answer.text)
    assert closed(session) == []
    assert cast.officer.post("/periods/2024-06/close", data=shown(answer.text)).status_code == 302
    assert closed(session)[-1] == JUNE


def test_each_pending_matter_links_to_exactly_its_list(cast: Cast, session: Session) -> None:
    make_activity(
        session, cast.project, held_on=date(2024, 6, 20), status=Status.LOGGED, title="没审的讲座", now=NOW
    )
    make_expense(
        session,
        cast.project,
        by=make_user(session, cast.project),
        paid_on=date(2024, 6, 21),
        summary="没审的车费",
    )
    session.commit()
    page = cast.officer.get("/periods/2024-06/close").text
    links = {
        text: address.replace("&amp;", "&")
        for address, text in re.findall(r'<a href="([^"]*)">(\d+ [^<]*)</a>', page)
    }
    assert links.keys() >= {"1 场活动没有审核", "1 条其他记录等待第二人", "3 条计数规则没有确认"}
    activities = text_of(cast.officer, links["1 场活动没有审核"])
    assert "没审的讲座" in activities
    assert "社区科普讲座" not in activities
    records = text_of(cast.officer, links["1 条其他记录等待第二人"])
    assert "没审的车费" in records
    assert "只列出： 科普资源配送，2024年6月" in records
    assert "没审的车费" not in text_of(
        cast.officer, f"/review/records?project={cast.project.id}&period=2024-05"
    )
    rules = cast.officer.get(links["3 条计数规则没有确认"]).text
    assert rules.count("待确认</span>") == 3
    assert "已确认</span>" not in rules
    unjudged = next(text for text in links if "没有评定" in text)
    assert f"待评定的指标 {unjudged.split()[0]} 个" in text_of(
        cast.officer, links[unjudged].partition("#")[0]
    )


def test_a_month_without_pending_matters_says_so(app: Flask, session: Session) -> None:
    project = make_project(session, name="科普资源配送")
    make_indicator(session, project, target="1")
    make_activity(session, project, held_on=date(2024, 1, 5), now=NOW)
    roll_up(session, JUNE, now=NOW)
    officer = make_user(session, role=Role.OFFICER)
    session.commit()
    assert "没有未办的事" in signed_in(app, officer).get("/periods/2024-06/close").text


def test_months_are_rolled_up_and_closed_by_officers_alone(cast: Cast, session: Session) -> None:
    for client in (cast.organizer, cast.stranger, cast.manager, cast.auditor):
        for step in ("roll-up", "close"):
            assert client.post(f"/periods/2024-06/{step}").status_code == 403
        assert client.get("/periods/2024-06/close").status_code == 403
        page = text_of(client, "/periods/2024-06")
        assert "由绩效专员结账。" in page
        assert "重新汇总：把到" not in page
    assert closed(session) == []


def test_changes_since_the_roll_up_are_listed_on_request(cast: Cast, session: Session) -> None:
    address = "/periods/2024-06?changes=1"
    assert "没有变动：汇总以后改过的记录重新计算过，各指标与入账的数一致。" in text_of(cast.officer, address)
    make_activity(session, cast.project, kinds=(VILLAGE,), held_on=date(2024, 6, 20), now=NOW)
    session.commit()
    page = text_of(cast.officer, address)
    assert "个指标与入账的数不同。重新汇总后入账。" in page
    assert "下乡服务完成次数 科普资源配送 9 次 10 次" in page
    assert "下乡服务完成" not in text_of(cast.stranger, address)


def revision_of_june(cast: Cast, session: Session) -> str:
    close_period(session, JUNE, by=None, now=NOW)
    reopen_period(session, JUNE, reason="漏记", until=NOW + timedelta(days=3), by=None, now=NOW)
    session.commit()
    return "/periods/2024-06/revisions/1"


def test_an_ended_revision_lists_what_differs_now(cast: Cast, session: Session) -> None:
    address = revision_of_june(cast, session)
    assert "没有：这一版的数与现在都一样。" in text_of(cast.auditor, address)
    make_activity(session, cast.project, kinds=(VILLAGE,), held_on=date(2024, 6, 20), now=NOW)
    roll_up(session, JUNE, now=NOW)
    session.commit()
    page = text_of(cast.auditor, address)
    assert "下乡服务完成次数 科普资源配送 9 次 9 条 10 次 逐条看" in page
    assert "cost_saving" not in page
    assert "下乡服务完成" not in text_of(cast.stranger, address)


def test_an_ended_revision_keeps_every_figure_of_a_project(cast: Cast, session: Session) -> None:
    address = revision_of_june(cast, session)
    assert f'href="?project={cast.project.id}"' in cast.organizer.get(address).text
    page = text_of(cast.organizer, f"{address}?project={cast.project.id}")
    figures = cast.organizer.get(f"{address}?project={cast.project.id}").text.count("revision=1")
    assert (figures, "下乡服务完成次数 科普资源配送 9 次 9 条 9 次" in page) == (10, True)
    assert cast.stranger.get(f"{address}?project={cast.project.id}").status_code == 404


def test_what_differs_from_an_ended_revision_is_paged(cast: Cast, session: Session) -> None:
    for number in range(40):
        make_indicator(session, cast.project, name=f"第{number}个", kinds=(VILLAGE,))
    roll_up(session, JUNE, now=NOW)
    address = revision_of_june(cast, session)
    make_activity(session, cast.project, kinds=(VILLAGE,), held_on=date(2024, 6, 20), now=NOW)
    roll_up(session, JUNE, now=NOW)
    session.commit()
    pages = [cast.auditor.get(f"{address}?page={number}").text for number in (1, 2)]
    assert pages[0].count("逐条看</a>") == PAGE_SIZE
    listed = {number for page in pages for number in re.findall(r"第(\d+)个", page)}
    assert len(listed) == 40


def test_a_month_leads_to_the_projects_at_its_end(cast: Cast) -> None:
    assert f"/projects/{cast.project.id}?period=2024-06" in cast.organizer.get("/periods/2024-06").text
    assert f"/projects/{cast.project.id}" not in cast.stranger.get("/periods/2024-06").text
