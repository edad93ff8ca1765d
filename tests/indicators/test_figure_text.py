"""The text beside a figure: the plan to date, and a target just missed."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.status import IndicatorStatus
from activitylog.reports.charts import bullet_of
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
        (12, 12, "≥", ""),
    ],
)
def test_a_green_status_hides_no_target_missed_at_the_years_end(
    session: Session, month: int, held: int, operator: str, words: str
) -> None:
    row = row_of(session, month=month, held=held, operator=operator)
    assert row.shortfall_text == words
    assert not words or row.status is IndicatorStatus.GREEN


def test_a_plan_never_reads_as_met_beside_a_status_that_lags(session: Session) -> None:
    row = row_of(session, target="4", month=4, held=1)
    assert row.status is IndicatorStatus.YELLOW
    assert row.value == Decimal(1)
    assert row.plan_text == "按计划应有 2 次"
