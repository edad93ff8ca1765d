"""Costs: what was paid, for each activity and for each head, from expenses to the printed figure."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.figure_text import aggregation_text, contribution_text
from activitylog.projects.models import Project
from activitylog.reports.charts import month_columns
from activitylog.rollup.changes.text import signed_text
from activitylog.rollup.drilldown import contributions_to, month_sums, summed
from activitylog.rollup.forecast import forecast_sentences
from activitylog.rollup.live_figure import live_actuals
from activitylog.rollup.queries import indicator_actual
from activitylog.rollup.run import roll_up
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator

NOW = datetime(2025, 1, 2, tzinfo=UTC)
JUNE, YEAR_END = Period(2024, 6), Period(2024, 12)


@pytest.fixture
def spent(session: Session, project: Project) -> tuple[Session, Project]:
    return session, project


@pytest.fixture
def project(session: Session) -> Project:
    """Two activities with 100 heads and 50 online; paid 3,000 for lecturers, 1,500.01 for rooms."""
    project = make_project(session)
    for heads, online in ((60, 50), (40, 0)):
        make_activity(
            session, project, audience_onsite=heads, audience_online=online, held_on=date(2024, 6, 3)
        )
    make_expense(session, project, expense_kind="劳务费", paid_fen=3_000_00, paid_on=date(2024, 6, 20))
    make_expense(session, project, expense_kind="场地费", paid_fen=1_500_01, paid_on=date(2024, 7, 1))
    return project


def figure(
    session: Session, project: Project, measure: str, unit: str, target: str = "10", **rule: Any
) -> IndicatorActual:
    indicator = make_indicator(session, project, measure, unit=unit, target=target, operator="≤", **rule)
    roll_up(session, YEAR_END, now=NOW)
    return indicator_actual(session, indicator.id, YEAR_END)


NO_RULE: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("measure", "target", "rule", "printed"),
    [
        ("total_cost", "10 元", NO_RULE, "4,500.01 元"),
        ("total_cost", "1 万元", NO_RULE, "0.45 万元"),
        ("total_cost", "10 元", {"expense_kinds": ("场地费",)}, "1,500.01 元"),
        ("cost_per_activity", "10 元/场", NO_RULE, "2,250.01 元/场（实付 4,500.01 元 ÷ 活动 2 场）"),
        ("cost_per_head", "45 元", NO_RULE, "45.01 元（实付 4,500.01 元 ÷ 受众 100 人）"),
        (
            "cost_per_head",
            "30 元/人",
            {"includes_online": True},
            "30.01 元/人（实付 4,500.01 元 ÷ 受众 150 人）",
        ),
        (
            "cost_per_head",
            "30 元/人",
            {"expense_kinds": ("劳务费",)},
            "30.00 元/人（实付 3,000.00 元 ÷ 受众 100 人）",
        ),
    ],
)
def test_costs_are_what_was_paid_by_all_kinds_or_those_of_the_rule(
    spent: tuple[Session, Project], measure: str, target: str, rule: dict[str, Any], printed: str
) -> None:
    number, unit = target.split()
    assert figure(*spent, measure, unit, number, **rule).figure_text == printed


def test_activities_count_when_held_and_money_when_paid(session: Session, project: Project) -> None:
    make_indicator(session, project, "cost_per_activity", unit="元/场", target="1500", operator="≤")
    june, july = (live_actuals(session, Period(2024, month))[0] for month in (6, 7))
    assert (june.plain_value, june.is_reached) == ("1500.00", True)
    assert (july.plain_value, july.is_reached) == ("2250.01", False)


def test_nothing_to_divide_by_is_no_figure_and_not_reached(session: Session) -> None:
    project = make_project(session)
    make_expense(session, project)
    row = figure(session, project, "cost_per_head", "元/人")
    assert (row.plain_value, row.is_reached, row.status) == (None, None, None)


def test_list_sum_and_figure_say_the_same_money(session: Session, project: Project) -> None:
    row = figure(session, project, "cost_per_activity", "元/场", "2000")
    assert row.measure is not None
    sums = month_sums(session, row.indicator_id, YEAR_END)
    total = summed(row.measure.aggregation.kind, sums)
    text = aggregation_text(row.measure, total.amount, total.base, row.unit, edges=row.edges)
    assert text == "实付 4,500.01 元 ÷ 活动 2 场 = 2,250.01 元/场"
    lines = contributions_to(session, row.indicator_id, YEAR_END)
    assert {contribution_text(row.measure, line, row.unit) for line in lines} == {
        "活动 1 场",
        "实付 3,000.00 元",
        "实付 1,500.01 元",
    }
    assert contribution_text(row.measure, sums[0], row.unit) == "实付 3,000.00 元，活动 2 场"
    assert signed_text(row.measure, 100, -1, row.unit) == "实付 +1.00 元、活动 −1 场"
    assert forecast_sentences(row) == []
    assert row.short_figure_text == "2,250.01 元/场"


def test_columns_of_costs_are_in_yuan(session: Session, project: Project) -> None:
    for measure, unit, july in (
        ("total_cost", "元", ("1,500.01", "4,500.01")),
        ("cost_per_activity", "元/场", ("", "2,250.01")),
    ):
        row = figure(session, project, measure, unit, "2000")
        sums = month_sums(session, row.indicator_id, YEAR_END)
        columns = month_columns(row, sums, last_rolled_up=YEAR_END, is_open=False, address=str)
        assert (columns.months[6].own_figure, columns.months[6].sum_figure) == july
