from datetime import date, timedelta
from pkgutil import resolve_name

import pytest

from activitylog.core.districts import DISTRICTS
from activitylog.ledger.columns import SHEETS
from activitylog.sample.rules import Row, YearLedger, read_year

DAYS = [date(2026, 1, 1), date(2026, 1, 2), date(2028, 2, 29), date(2026, 10, 1), date(2026, 12, 31)]


def activities(ledger: YearLedger) -> list[Row]:
    """One row for each activity: of those entered twice, planned and held or corrected, the held one."""
    held = {row["活动编号"]: row for row in reversed(ledger.sheets["活动"]) if row["举办日期"]}
    return [*({row["活动编号"]: row for row in ledger.sheets["活动"]} | held).values()]


def day_of(cell: str) -> date:
    return date.fromisoformat(cell[:10])


@pytest.mark.parametrize("today", DAYS)
def test_something_is_always_planned_for_today(today: date) -> None:
    planned = activities(read_year(today.year, today))
    assert any(row["计划日期"] == str(today) for row in planned)  # at no hour: its survey is open all day


@pytest.mark.parametrize("today", DAYS[1:])
def test_something_was_always_held_yesterday_and_waits_for_review(today: date) -> None:
    ledger, yesterday = read_year(today.year, today), today - timedelta(days=1)
    held = [row["活动编号"] for row in activities(ledger) if row["举办日期"].startswith(str(yesterday))]
    assert held
    reviewed = {each.get("activity") for each in ledger.between(date.min, yesterday)[1]}
    assert reviewed.isdisjoint(held)


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027, 2028])
def test_every_date_stays_within_its_year_and_february_within_february(year: int) -> None:
    ledger = read_year(year, date(2030, 1, 1))
    written = read_year(2024 if year == 2024 else 2026, date(2030, 1, 1))
    for sheet, rows in ledger.sheets.items():
        for row, original in zip(rows, written.sheets[sheet], strict=True):
            for heading in (
                "计划日期",
                "举办日期",
                "完成日期",
                "发布日期",
                "支付日期",
                "登记日期",
                "发布时间",
            ):
                if row.get(heading):
                    assert day_of(row[heading]).year == year
            if row.get("举办日期") and day_of(original["举办日期"]).month == 2:
                assert day_of(row["举办日期"]).month == 2


def test_a_past_year_does_not_depend_on_today() -> None:
    assert read_year(2024, date(2026, 6, 11)).sheets == read_year(2024, date(2027, 1, 1)).sheets


def test_activities_follow_the_seasons() -> None:
    months = [day_of(row["计划日期"]).month for row in activities(read_year(2024, date(2026, 6, 11)))]
    quiet = [months.count(month) for month in (1, 2, 8)]
    busy = [months.count(month) for month in (5, 9)]
    assert max(quiet) * 4 < min(busy)


def test_every_district_is_visited_and_none_invented() -> None:
    visited = {row["区"].split("、")[0] for row in activities(read_year(2024, date(2026, 6, 11)))}
    assert visited == {district.name for district in DISTRICTS}


@pytest.mark.parametrize("year", [2024, 2026])
def test_nobody_answers_twice_for_a_head(year: int) -> None:
    ledger = read_year(year, date(2030, 1, 1))
    on_paper = {row["活动编号"]: row for row in ledger.sheets["纸质问卷"]}
    for row in activities(ledger):
        paper = on_paper.get(row["活动编号"], {})
        answers = int(row["扫码份数"] or 0) + sum(int(paper.get(grade, 0)) for grade in GRADES)
        assert answers <= int(row["现场人数"] or 0) + int(row["线上人数"] or 0)


GRADES = ("非常满意", "满意", "一般", "不满意", "非常不满意")


def test_every_heading_of_the_ledger_is_in_the_data() -> None:
    ledger = read_year(2024, date(2030, 1, 1))
    for sheet in SHEETS:
        headings = {column.heading for column in sheet.columns} - {"状态", "质量达标"}  # filled by a review
        assert headings <= ledger.sheets[sheet.name][0].keys()


@pytest.mark.parametrize("year", [2024, 2026])
def test_every_decision_names_an_operation_and_an_activity_of_its_year(year: int) -> None:
    ledger = read_year(year, date(2030, 1, 1))
    numbers = {row["活动编号"] for row in activities(ledger)}
    assert all(callable(resolve_name(decision["do"])) for decision in ledger.decisions)
    assert {each["activity"] for each in ledger.decisions if "activity" in each} <= numbers
