"""The sentences about a year's end and about money."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.targets.operations import fill_by_event, set_plan
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.forecast import forecast_sentences, goal_progress, money_warnings
from activitylog.rollup.live_figure import live_actuals
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator

NOW = datetime(2024, 7, 10, 4, tzinfo=UTC)
TODAY = date(2024, 7, 10)
JUNE = Period(2024, 6)


@pytest.fixture
def project(session: Session) -> Project:
    return make_project(session, budget_fen=1000_00)


def row_of(
    session: Session, project: Project, target: str, *, held: int, period: Period = JUNE, operator: str = "≥"
) -> IndicatorActual:
    make_indicator(session, project, target=target, operator=operator)
    for _ in range(held):
        make_activity(session, project, held_on=date(2024, 5, 3), now=NOW)
    return live_actuals(session, period)[0]


@pytest.mark.parametrize(
    ("target", "held", "sentences"),
    [
        ("20", 4, ["按目前进度，到年底约 8 次；要达到全年目标，余下 6 个月平均每月还要 2.7 次。"]),
        (
            "5",
            5,
            ["按目前进度，到年底约 10 次，全年目标已达到。", "到年底会超出目标 30% 以上，届时要说明原因。"],
        ),
        ("2", 4, ["已超出目标 100%；超出 30% 以上，自评时要说明原因。"]),
    ],
)
def test_a_count_says_where_it_is_heading(
    session: Session, project: Project, target: str, held: int, sentences: list[str]
) -> None:
    assert forecast_sentences(row_of(session, project, target, held=held)) == sentences


@pytest.mark.parametrize(
    ("held", "said"),
    [(4, "要达到全年目标，余下 6 个月平均每月还要 0.4 次"), (5, "每月还要 0.2 次"), (6, "全年目标已达到")],
)
def test_more_than_is_not_reached_by_as_many(
    session: Session, project: Project, held: int, said: str
) -> None:
    row = row_of(session, project, "5", held=held, operator=">")
    assert said in forecast_sentences(row)[0]


def test_a_plan_makes_the_year_end_a_range(session: Session, project: Project) -> None:
    indicator: Indicator = make_indicator(session, project, target="20")
    set_plan(session, indicator, fill_by_event(Decimal(20), 9))
    make_activity(session, project, held_on=date(2024, 5, 3), now=NOW)
    assert "到年底约 2～21 次；" in forecast_sentences(live_actuals(session, JUNE)[0])[0]


def test_limits_and_a_year_that_ended_say_nothing(session: Session, project: Project) -> None:
    assert forecast_sentences(row_of(session, project, "20", held=4, operator="≤")) == []
    assert (
        forecast_sentences(row_of(session, make_project(session), "20", held=4, period=Period(2024, 12)))
        == []
    )


def warnings(session: Session, project: Project, period: Period = JUNE) -> list[str]:
    return money_warnings(session, project, live_actuals(session, period), period, TODAY)


def test_money_spent_too_slowly_is_said(session: Session, project: Project) -> None:
    make_expense(session, project, paid_fen=399_99, paid_on=date(2024, 6, 30))
    make_expense(session, project, paid_fen=500_00, paid_on=date(2024, 7, 1))
    assert warnings(session, project) == ["截至2024年6月，执行率 40.00%，低于应达到的 40%。"]
    make_expense(session, project, paid_fen=1, paid_on=date(2024, 6, 30))
    assert warnings(session, project) == []


def test_a_month_is_held_to_its_mark_when_it_has_ended(session: Session, project: Project) -> None:
    make_expense(session, project, paid_fen=399_00, paid_on=date(2024, 6, 1))
    in_june = date(2024, 6, 30)
    assert money_warnings(session, project, [], JUNE, in_june) == []
    assert money_warnings(session, project, [], JUNE, TODAY) != []
    assert money_warnings(session, project, [], Period(2024, 8), TODAY) == []


def test_goal_and_money_too_far_apart_are_said(session: Session, project: Project) -> None:
    row = row_of(session, project, "20", held=10)
    assert goal_progress([row]) == 50
    make_expense(session, project, paid_fen=400_00, paid_on=date(2024, 6, 1))
    assert warnings(session, project) == []
    make_activity(session, project, held_on=date(2024, 5, 3), now=NOW)
    assert warnings(session, project) == [
        "截至2024年6月，数量指标平均完成 55.00%，快于执行率 40.00%，相差超过 10 个百分点。"
    ]
    make_expense(session, project, paid_fen=300_00, paid_on=date(2024, 6, 1))
    assert "慢于执行率 70.00%" in warnings(session, project)[0]


def test_without_budget_or_counts_there_is_nothing_to_compare(session: Session) -> None:
    project = make_project(session, budget_fen=0)
    assert warnings(session, project) == []
    assert goal_progress([]) is None
