"""The text beside a figure: the plan to date, and a target just missed."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.status import IndicatorStatus
from activitylog.reports.charts import bullet_of
from activitylog.rollup.deviations.queries import month_end_figure
from activitylog.rollup.deviations.rules import DeviationKind, deviation_kinds
from activitylog.rollup.live_figure import live_actuals
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator

NOW = datetime(2025, 1, 2, 4, tzinfo=UTC)


def row_of(
    session: Session,
    *,
    month: int,
    target: str = "20",
    unit: str = "次",
    operator: str = "≥",
    held: int = 0,
) -> IndicatorActual:
    project = make_project(session)
    make_indicator(session, project, target=target, unit=unit, operator=operator)
    for _ in range(held):
        make_activity(session, project, held_on=date(2024, 1, 3), now=NOW)
    return live_actuals(session, Period(2024, month))[0]


@pytest.mark.parametrize(
    ("target", "unit", "month", "words"),
    [
        ("1", "场", 1, "按计划应有 1 场"),
        ("2", "个", 11, "按计划应有 2 个"),
        ("5", "篇", 4, "按计划应有 2 篇"),
        ("20", "次", 7, "按计划应有 12 次"),
        ("5000", "人", 6, "按计划应有 2,500 人"),
        ("1.2", "万人", 1, "按计划应有 0.1 万人"),
    ],
)
def test_what_is_counted_one_by_one_is_planned_in_whole_numbers(
    session: Session, target: str, unit: str, month: int, words: str
) -> None:
    assert row_of(session, target=target, unit=unit, month=month).plan_text == words


def test_the_bar_marks_the_plan_where_it_is(session: Session) -> None:
    bar = bullet_of(row_of(session, target="1", month=6))
    assert bar is not None
    assert (bar.plan, bar.plan_label) == (0.5, "应有 1")


@pytest.mark.parametrize(
    ("month", "held", "operator", "words"),
    [
        (12, 16, "≥", "未达标"),
        (12, 19, "=", "未达标"),
        (12, 20, "≥", ""),
        (12, 21, "=", ""),
        (11, 16, "≥", ""),
        (12, 12, "≥", "未达标"),
        (12, 11, "≥", ""),
    ],
)
def test_no_target_missed_at_the_years_end_is_green(
    session: Session, month: int, held: int, operator: str, words: str
) -> None:
    row = row_of(session, month=month, held=held, operator=operator)
    assert row.shortfall_text == words
    is_missed = month == 12 and not row.is_reached
    assert not is_missed or row.status in {IndicatorStatus.RED, IndicatorStatus.YELLOW, IndicatorStatus.BLUE}


def rate_row(session: Session, promised: str, amount: int, base: int) -> IndicatorActual:
    project = make_project(session)
    make_indicator(session, project, "satisfaction", target=promised[1:], unit="%", operator=promised[0])
    return replace(live_actuals(session, Period(2024, 12))[0], amount=amount, base=base)


@pytest.mark.parametrize(
    ("part", "promised", "printed", "is_reached"),
    [
        ((22_499, 25_000), "≥90", "89.99", False),  # 89.996
        ((22_500, 25_000), "≥90", "90.00", True),
        ((20_000, 20_001), "=100", "99.99", False),
        ((20_001, 20_001), "=100", "100.00", True),
        ((22_501, 25_000), "≤90", "90.01", False),  # 90.004
        ((22_501, 25_000), ">90", "90.01", True),
        ((22_499, 25_000), "<90", "89.99", True),
        ((22_499, 25_000), "≥89.996", "90.00", True),  # a target finer than what is printed
        ((17_999, 20_000), "≥80", "90.00", True),  # 89.995, far from its target
    ],
)
def test_a_percentage_is_decided_exactly_and_never_printed_across_its_target(
    session: Session, part: tuple[int, int], promised: str, printed: str, *, is_reached: bool
) -> None:
    row = rate_row(session, promised, *part)
    assert (row.plain_value, row.is_reached) == (printed, is_reached)
    assert row.figure_text == f"{printed}%（n={part[1]:,}）"
    assert (row.status in {IndicatorStatus.GREEN, IndicatorStatus.BLUE}) is is_reached
    assert (DeviationKind.MISSED in deviation_kinds(month_end_figure(row))) is not is_reached


def test_a_plan_never_reads_as_met_beside_a_status_that_lags(session: Session) -> None:
    row = row_of(session, target="4", month=4, held=1)
    assert row.status is IndicatorStatus.YELLOW
    assert row.value == Decimal(1)
    assert row.plan_text == "按计划应有 2 次"
