"""Plans and adjusted targets in the browser."""

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.targets.queries import adjustments_of, plan_of_year
from activitylog.rollup.run import roll_up
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.rollup.cast import NOW, Cast, july_cast

ADJUSTMENT = {
    "target": "24",
    "adjusted_on": "2024-07-01",
    "reference": "沪科普〔2024〕12号",
    "reason": "场馆装修",
}


cast = july_cast


def seen_on(page: str) -> str:
    found = re.search(r'name="seen"[^>]*value="(\w+)"', page)
    assert found
    return found[1]


def figures_on(page: str) -> list[str]:
    return re.findall(r'name="month_\d+"[^>]*value="([^"]*)"', page)


def save(cast: Cast, figures: list[str], **changes: Any) -> Any:
    seen = seen_on(cast.manager.get(f"{cast.page}/plan").text)
    months = {f"month_{month}": figure for month, figure in enumerate(figures, start=1)}
    return cast.manager.post(f"{cast.page}/plan", data={"seen": seen} | months | changes)


def stored(cast: Cast, session: Session) -> list[Any]:
    session.rollback()
    session.expire_all()
    return plan_of_year(session, cast.held.id)


def test_a_plan_is_filled_by_a_button_and_saved(cast: Cast, session: Session) -> None:
    page = cast.manager.get(f"{cast.page}/plan?fill=event&month=9").text
    assert figures_on(page) == ["0"] * 8 + ["20"] * 4
    assert "年初目标" in page
    assert "还没有保存" in page
    assert stored(cast, session) == []
    assert figures_on(cast.manager.get(f"{cast.page}/plan?fill=linear").text)[5] == "10"
    assert save(cast, ["0"] * 8 + ["20"] * 4).location == cast.page
    assert stored(cast, session)[8] == 20
    shown = cast.auditor.get(f"{cast.page}?period=2024-06").text
    assert "9月 20" in shown
    assert "超前" in shown
    assert "编月度计划" not in shown


def test_a_plan_is_cleared(cast: Cast, session: Session) -> None:
    save(cast, ["20"] * 12)
    assert cast.manager.post(f"{cast.page}/plan/clear").status_code == 302
    assert stored(cast, session) == []


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        (["0"] * 11 + ["19"], "12月的累计数应等于全年目标 20 次"),
        (["5", "4"] + ["20"] * 10, "2月的累计数 4 比 1月的 5 少"),
        (["1E9"] + ["20"] * 11, "1月应为不小于 0 的数"),
        ([""] + ["20"] * 11, "请填写1月的累计数"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_beside_its_month(
    cast: Cast, session: Session, figures: list[str], sentence: str
) -> None:
    answer = save(cast, figures)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert stored(cast, session) == []


def test_two_who_plan_at_once_do_not_overwrite_each_other(cast: Cast, session: Session) -> None:
    answer = save(cast, ["20"] * 12, seen="before")
    assert answer.status_code == 422
    assert "别人改过这条记录，现在是：没有计划" in answer.text
    assert stored(cast, session) == []


def test_an_adjustment_shows_beside_the_declared_target(cast: Cast, session: Session) -> None:
    assert cast.manager.post(f"{cast.page}/target", data=ADJUSTMENT).location == cast.page
    session.rollback()
    assert [each.reference for each in adjustments_of(session, cast.held.id)] == ["沪科普〔2024〕12号"]
    page = cast.auditor.get(f"{cast.page}?period=2024-07").text
    assert "目标 ≥24 次" in page
    assert '年初目标：<span class="strong">≥20 次' in page
    assert "沪科普〔2024〕12号：场馆装修" in page
    assert "目标 ≥20 次" in cast.auditor.get(f"{cast.page}?period=2024-06").text


def test_a_plan_made_before_the_adjustment_is_shown_to_scale(cast: Cast) -> None:
    save(cast, ["0"] * 8 + ["20"] * 4)
    cast.manager.post(f"{cast.page}/target", data=ADJUSTMENT)
    assert "9月 24" in cast.auditor.get(f"{cast.page}?period=2024-07").text
    assert "9月 20" in cast.auditor.get(f"{cast.page}?period=2024-06").text
    assert "原来的计划编到 20 次" in cast.manager.get(f"{cast.page}/plan").text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"target": ""}, "请填写调整后的指标值"),
        ({"target": "很多"}, "调整后的指标值应为不小于 0 的数"),
        ({"target": "20"}, "没有变化"),
        ({"adjusted_on": "2024-08-01"}, "调整日期不能晚于今天"),
        ({"adjusted_on": ""}, "请填写调整日期"),
        ({"reference": ""}, "请填写调整文号"),
        ({"reason": ""}, "请填写调整理由"),
    ],
)
def test_an_adjustment_that_cannot_be_is_refused(
    cast: Cast, session: Session, changes: dict[str, str], sentence: str
) -> None:
    answer = cast.manager.post(f"{cast.page}/target", data=ADJUSTMENT | changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    session.rollback()
    assert adjustments_of(session, cast.held.id) == []


def test_what_a_person_judges_has_neither(cast: Cast) -> None:
    for page in ("plan", "target"):
        assert cast.manager.get(f"/indicators/{cast.punctual.id}/{page}").status_code == 409
    assert "调整目标" not in cast.manager.get(f"/indicators/{cast.punctual.id}").text


def test_plans_and_targets_are_changed_by_those_who_may(cast: Cast) -> None:
    for client in (cast.organizer, cast.auditor, cast.stranger):
        for page in ("plan", "target"):
            assert client.get(f"{cast.page}/{page}").status_code == 403
            assert client.post(f"{cast.page}/{page}", data=ADJUSTMENT).status_code == 403
        assert client.post(f"{cast.page}/plan/clear").status_code == 403
    for page in ("plan", "target"):
        assert cast.manager.get(f"/indicators/999999/{page}").status_code == 404
    assert cast.manager.post("/indicators/999999/plan/clear").status_code == 404
    page = cast.manager.get(cast.page).text
    assert f"{cast.page}/plan" in page
    assert f"{cast.page}/target" in page


def test_slow_money_is_said_on_the_project_page(cast: Cast) -> None:
    page = cast.manager.get(f"/projects/{cast.project.id}?period=2024-06").text
    assert "低于应达到的 40%" in page


def test_a_plan_may_follow_last_years_course(cast: Cast, session: Session) -> None:
    assert "按去年的节奏" not in cast.manager.get(f"{cast.page}/plan").text
    before = make_project(session, year=cast.project.year - 1, name=cast.project.name)
    namesake = make_indicator(session, before, name=cast.held.name)
    for month in (3, 3, 6, 12):
        make_activity(session, before, held_on=date(before.year, month, 5), now=NOW)
    roll_up(session, Period(before.year, 12), now=NOW)
    session.commit()
    assert namesake.name == cast.held.name
    assert "按去年的节奏" in cast.manager.get(f"{cast.page}/plan").text
    page = cast.manager.get(f"{cast.page}/plan?fill=last").text
    assert figures_on(page) == ["0", "0", "10", "10", "10", *["15"] * 6, "20"]
    assert "已替您填好，还没有保存" in page
    assert "各月底应达到，数字见下表" in page
