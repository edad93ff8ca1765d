"""The pages of projects and indicators: every figure with its records, for users who may see it."""

import re
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.indicators.models import ManualEntry
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.run import roll_up
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.rollup.cast import JULY, JUNE, NOW, VILLAGE, Cast, july_cast
from tests.statements import statements

cast = july_cast


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    """What a reader sees: no tags, single spaces."""
    response = client.get(address)
    assert response.status_code == status, address
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


def test_the_projects_are_listed_with_their_money_and_lights(cast: Cast) -> None:
    page = text_of(cast.officer, "/projects")
    assert "2024年6月" in page
    assert "基层科普服务 汇总 1 个子项目" in page
    assert "已支付 9,600.00 元 ，执行率 3.2%" in page
    assert "正常 1" in page
    assert "待评定 2" in page
    assert "3 条规则待确认" in page


def test_more_projects_take_no_more_statements(cast: Cast, session: Session) -> None:
    with statements() as few:
        text_of(cast.officer, "/projects")
    for number in range(3):
        make_project(session, name=f"项目{number}")
    session.commit()
    with statements() as more:
        assert "项目2" in text_of(cast.officer, "/projects")
    assert len(more) == len(few)


def test_money_paid_later_does_not_show_in_an_earlier_month(cast: Cast, session: Session) -> None:
    make_expense(session, cast.project, paid_fen=1_000_00, paid_on=date(2024, 7, 1), now=NOW)
    session.commit()
    for address in ("/projects", f"/projects/{cast.project.id}"):
        june = text_of(cast.officer, f"{address}?period=2024-06")
        assert "截至2024年6月底已支付 9,600.00 元 ，执行率 3.2%" in june
        july = text_of(cast.officer, f"{address}?period=2024-07")
        assert "截至2024年7月底已支付 10,600.00 元 ，执行率 3.5%" in july


def test_an_organizer_sees_the_projects_they_belong_to(cast: Cast) -> None:
    assert "科普资源配送" in text_of(cast.organizer, "/projects")
    assert "基层科普服务" not in text_of(cast.organizer, "/projects")
    assert "科普资源配送" not in text_of(cast.stranger, "/projects")
    for address in (f"/projects/{cast.project.id}", cast.page):
        assert cast.organizer.get(address).status_code == 200
        assert "项目里" in text_of(cast.stranger, address, 404)
    assert cast.organizer.get(f"/projects/{cast.umbrella.id}").status_code == 404


def test_an_empty_office_is_told_what_to_do(cast: Cast) -> None:
    assert "2031年还没有申报表 请导入绩效目标申报表" in text_of(cast.officer, "/projects?year=2031")
    assert "您还没有加入2031年的项目" in text_of(cast.organizer, "/projects?year=2031")
    assert "年份“二零二四”无法识别" in text_of(cast.officer, "/projects?year=二零二四", 422)


def test_a_project_shows_a_row_for_every_indicator(cast: Cast) -> None:
    page = text_of(cast.organizer, f"/projects/{cast.project.id}")
    assert "下乡服务完成次数 9.00 分 9 / ≥20 次 正常 应有 10" in page
    assert "受众人数 9.00 分 540 / ≥5,000 人 落后 应有 2,500" in page
    assert "服务及时性 9.00 分 — / 及时 待评定 依据：活动按时率 100.00%（n=9）" in page
    assert "能力提升情况 9.00 分 — / 有效提升 待评定 由人评定" in page
    assert "数字截至2024年6月底，2024-07-10 12:00 汇总" in page


def test_a_month_not_rolled_up_shows_what_the_records_give_and_says_so(cast: Cast, session: Session) -> None:
    make_activity(session, cast.project, kinds=(VILLAGE,), held_on=date(2024, 7, 2), now=NOW)
    session.commit()
    project = text_of(cast.organizer, f"/projects/{cast.project.id}?period=2024-07")
    assert "2024年7月还没有汇总，下面按当前记录计算，尚未入账。" in project
    assert "下乡服务完成次数 9.00 分 10 / ≥20 次" in project
    indicator = text_of(cast.organizer, f"{cast.page}?period=2024-07")
    assert "截至2024年7月，下乡服务完成 10 次，目标 ≥20 次，按计划应有 12 次。" in indicator
    assert "此前已入账 9 条，合计 9 次" in indicator


def test_a_month_to_come_has_no_figure(cast: Cast) -> None:
    page = text_of(cast.officer, f"{cast.page}?period=2024-11")
    assert "2024年11月还没有到，还没有数字。" in page
    assert "完成 9 次" not in page


def test_an_indicator_is_one_sentence_and_the_records_behind_it(cast: Cast) -> None:
    page = text_of(cast.auditor, cast.page)
    assert "截至2024年6月，下乡服务完成 9 次，目标 ≥20 次，按计划应有 10 次。" in page
    assert "活动场次 ：已审核的活动，按举办日期。 只计类型为“下乡服务”的活动。" in page
    assert "已入账 9 条，合计 9 次" in page
    assert page.index("2024年6月，3 条，+3 次") < page.index("2024年5月，3 条，+3 次")
    assert page.count("+1 次") == 9


def test_an_earlier_month_shows_its_own_records_only(cast: Cast) -> None:
    page = text_of(cast.organizer, f"{cast.page}?period=2024-05")
    assert "截至2024年5月，下乡服务完成 6 次" in page
    assert "已入账 6 条，合计 6 次" in page


def test_a_judged_indicator_shows_its_evidence_and_waits(cast: Cast) -> None:
    page = text_of(cast.officer, f"/indicators/{cast.punctual.id}")
    assert "作为依据的活动按时率为 100.00%（n=9）；目标“及时”，待评定。" in page
    assert "按时 9 ÷ 应计 9 项 = 100.00%" in page


def test_changes_after_booking_are_announced(cast: Cast, session: Session) -> None:
    assert "记录变动" not in text_of(cast.organizer, cast.page)
    make_activity(session, cast.project, kinds=(VILLAGE,), held_on=date(2024, 6, 20), now=NOW)
    session.commit()
    page = text_of(cast.organizer, cast.page)
    assert "汇总后有 1 条记录变动，按当前记录计算是 10 次（未入账）。再次汇总后入账。" in page
    close_period(session, JUNE, by=None, now=NOW)
    make_activity(session, cast.project, kinds=(VILLAGE,), held_on=date(2024, 6, 21), now=NOW)
    session.commit()
    assert "本月已结账，变动记入下一个未结账的月份。" in text_of(cast.organizer, cast.page)


def test_an_adjustment_for_a_closed_month_is_marked(cast: Cast, session: Session) -> None:
    close_period(session, JUNE, by=None, now=NOW)
    make_activity(session, cast.project, kinds=(VILLAGE,), held_on=date(2024, 6, 20), now=NOW)
    roll_up(session, JULY, now=NOW)
    session.commit()
    page = text_of(cast.organizer, cast.page)
    assert "2024年7月，1 条，+1 次 （其中 1 条是对以前月份的调整）" in page
    assert "6月20日 周四 调整" in page


def test_a_repeated_article_counts_once(cast: Cast, session: Session) -> None:
    pushes = make_indicator(session, cast.project, "push_batches", name="推送次数", target="5")
    roll_up(session, JUNE, now=NOW)
    session.commit()
    page = text_of(cast.organizer, f"/indicators/{pushes.id}")
    assert "已入账 2 条，合计 1 次" in page
    assert "2024-06-12 当日 0（已计过）" in page
    assert "2024-06-12 当日 +1 次" in page


def test_districts_stand_on_the_map(cast: Cast) -> None:
    address = re.search(r'href="(/indicators/\d+)', cast.officer.get(f"/projects/{cast.umbrella.id}").text)
    assert address
    page = text_of(cast.officer, address[1])
    assert "普陀 9" in page
    assert "还没有到的区：黄浦、徐汇" in page


def test_a_figure_typed_in_shows_its_reason(cast: Cast, session: Session) -> None:
    typed = make_indicator(session, cast.project, "manual", name="志愿者人数", unit="人")
    session.add(
        ManualEntry(
            indicator_id=typed.id,
            amount=12,
            entered_on=date(2024, 6, 1),
            reason="志愿者名册",
            evidence="名册扫描件",
            created_at=NOW,
            approved_at=NOW,
        )
    )
    roll_up(session, JUNE, now=NOW)
    session.commit()
    assert "志愿者名册 6月1日 周六 依据：名册扫描件 +12 人" in text_of(
        cast.organizer, f"/indicators/{typed.id}"
    )


def test_a_long_list_has_pages_of_a_hundred(cast: Cast, session: Session) -> None:
    for number in range(100):
        make_activity(
            session, cast.project, kinds=(VILLAGE,), title=f"第{number}场", held_on=date(2024, 6, 8), now=NOW
        )
    roll_up(session, JUNE, now=NOW)
    session.commit()
    first, second = (text_of(cast.organizer, f"{cast.page}?page={page}") for page in (1, 2))
    assert "已入账 109 条，合计 109 次" in first
    assert "共 109 条，第 1 / 2 页" in first
    assert (first.count("+1 次"), second.count("+1 次")) == (100, 9)


@pytest.mark.parametrize(
    ("period", "sentence"),
    [
        ("2024-13", "没有“2024-13”这个月份"),
        ("六月", "月份“六月”无法识别"),
        ("2023-12", "这是2024年的指标，没有2023年12月的数；请选2024年的月份。"),
    ],
)
def test_a_month_that_cannot_be_shown_is_named(cast: Cast, period: str, sentence: str) -> None:
    for address in (f"/projects/{cast.project.id}", cast.page):
        assert sentence in text_of(cast.officer, f"{address}?period={period}", 422)


def test_the_project_page_asks_no_more_for_more_indicators(cast: Cast, session: Session) -> None:
    address = f"/projects/{cast.project.id}"
    with statements() as few:
        cast.officer.get(address)
    for _ in range(20):
        make_indicator(session, cast.project)
    roll_up(session, JUNE, now=NOW)
    session.commit()
    with statements() as many:
        cast.officer.get(address)
    assert len(many) == len(few) <= 17


@pytest.mark.parametrize("who", ["officer", "organizer", "auditor"])
def test_every_link_of_these_pages_leads_somewhere(cast: Cast, session: Session, who: str) -> None:
    client: FlaskClient = getattr(cast, who)
    waiting, seen = ["/", "/projects", "/periods"], set[str]()
    while waiting:
        address = waiting.pop()
        seen.add(address)
        response = client.get(address)
        assert response.status_code == 200, address
        is_page = response.mimetype == "text/html"
        if is_page and re.match(r"/(projects|indicators|periods)?(/\d|$|\?)", address):
            waiting += [each for each in _links(address, response.text) if each not in seen | set(waiting)]
    assert f"/activities/{session.scalars(select(Activity.number)).first()}" in seen
    assert len(seen) > 40


def _links(address: str, page: str) -> set[str]:
    found = {each.replace("&amp;", "&").partition("#")[0] for each in re.findall(r'href="([^"]+)"', page)}
    whole = {address.partition("?")[0] + each if each.startswith("?") else each for each in found}
    # the months of every indicator are the same page: four of them are enough
    months = re.compile(r"period=2024-(01|02|03|04|05|08|09|10|12)")
    return {
        each
        for each in whole
        if each.startswith("/") and not each.startswith(("/assets", "/static")) and not months.search(each)
    }


def workbook(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    headings, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in rows]


def test_a_projects_figures_are_exported_as_numbers(cast: Cast) -> None:
    rows = workbook(cast.auditor, f"/projects/{cast.project.id}?period=2024-06&format=xlsx")
    held = next(row for row in rows if row["三级指标"] == cast.held.name)
    assert (held["符号"], held["目标"], held["单位"], held["完成值"]) == ("≥", 20, "次", 9)
    assert (held["按计划应有"], held["是否达到"], held["进度"], held["记录"]) == (10, "否", "正常", 9)
    assert len(rows) == 10
    assert cast.stranger.get(f"/projects/{cast.project.id}?format=xlsx").status_code == 404


def test_an_indicators_records_are_exported_as_numbers_that_sum(cast: Cast) -> None:
    rows = workbook(cast.auditor, f"/indicators/{cast.people.id}?period=2024-06&format=xlsx")
    assert sum(row["计入"] for row in rows) == 540
    assert {row["单位"] for row in rows} == {"人"}
    assert sorted(str(row["发生日期"])[:10] for row in rows)[0] == "2024-04-03"
    assert cast.stranger.get(f"/indicators/{cast.people.id}?format=xlsx").status_code == 404


def test_an_umbrella_shows_its_children_and_a_child_its_umbrella(cast: Cast, session: Session) -> None:
    make_indicator(session, cast.umbrella, name=cast.held.name)
    session.commit()
    page = cast.officer.get(f"/projects/{cast.umbrella.id}").text
    assert "子项目 1 个" in page
    assert f'href="/projects/{cast.project.id}?period=2024-06"' in page
    assert f'href="{cast.page}?period=2024-06"' in page
    assert "汇总到：基层科普服务" in cast.officer.get(f"/projects/{cast.project.id}").text
    assert "汇总项目的同名指标： 基层科普服务" in text_of(cast.officer, cast.page)
    assert "基层科普服务" not in text_of(cast.organizer, cast.page)
    assert "汇总到" not in text_of(cast.organizer, f"/projects/{cast.project.id}")


def test_links_of_a_project_stand_in_three_groups(cast: Cast) -> None:
    page = text_of(cast.officer, f"/projects/{cast.project.id}")
    assert re.search(r"记录 活动 推送与报道 里程碑 支出 问卷结果 设定 计数规则.*? 资料 指标表（Excel）", page)


def test_who_may_judge_finds_a_button_on_the_row_and_on_the_indicator(cast: Cast) -> None:
    button = f'class="button button-plain" href="/indicators/{cast.punctual.id}/judgement?period=2024-06"'
    assert button in cast.manager.get(f"/projects/{cast.project.id}").text
    assert button not in cast.organizer.get(f"/projects/{cast.project.id}").text
    main = button.replace("plain", "main")
    assert main in cast.manager.get(f"/indicators/{cast.punctual.id}").text
    assert main not in cast.organizer.get(f"/indicators/{cast.punctual.id}").text
