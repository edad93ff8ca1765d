"""Statuses, figure by figure, and when a target is reached."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.indicators.status import (
    INDICATOR_STATUS_LABELS,
    IndicatorStatus,
    Planned,
    Projection,
    indicator_status,
    is_apart,
    is_reached,
    is_underspent,
    money_floor,
    needed_per_month,
    overshoots,
    plan_to_date,
    projection,
)

decimals = st.decimals(0, 10**6, places=2, allow_nan=False)


def status_of(
    operator: str,
    target: str,
    value: str,
    *,
    month: int = 12,
    level2: str = "数量指标",
    is_percentage: bool = False,
    tolerance: str = "0",
    planned: Planned | None = None,
) -> IndicatorStatus | None:
    return indicator_status(
        operator=operator,
        level2=level2,
        value=Decimal(value),
        target=Decimal(target),
        month=month,
        is_percentage=is_percentage,
        tolerance=Decimal(tolerance),
        planned=planned,
    )


@pytest.mark.parametrize(
    ("value", "colour"),
    [
        ("0", IndicatorStatus.RED),
        ("29", IndicatorStatus.RED),
        ("29.99", IndicatorStatus.RED),
        ("30", IndicatorStatus.YELLOW),  # 60 % of the plan
        ("39.99", IndicatorStatus.YELLOW),
        ("40", IndicatorStatus.GREEN),  # 80 %
        ("50", IndicatorStatus.GREEN),
        ("59.99", IndicatorStatus.GREEN),
        ("60", IndicatorStatus.BLUE),  # 120 %
        ("1000", IndicatorStatus.BLUE),
    ],
)
@pytest.mark.parametrize("operator", ["≥", ">", "="])
def test_a_count_is_measured_by_its_plan_to_date(operator: str, value: str, colour: IndicatorStatus) -> None:
    assert status_of(operator, "100", value, month=6) is colour


@pytest.mark.parametrize(
    ("month", "colour"),
    [
        (1, IndicatorStatus.BLUE),
        (4, IndicatorStatus.GREEN),
        (6, IndicatorStatus.YELLOW),
        (9, IndicatorStatus.RED),
    ],
)
def test_the_same_count_falls_behind_as_months_pass(month: int, colour: IndicatorStatus) -> None:
    assert status_of("≥", "12", "4", month=month) is colour


@pytest.mark.parametrize(
    ("target", "month", "value", "colour"),
    [
        ("5", 4, "1", IndicatorStatus.YELLOW),
        ("10", 2, "1", IndicatorStatus.YELLOW),
        ("25", 4, "10", IndicatorStatus.BLUE),
    ],
)
def test_a_count_exactly_at_a_bound_is_within_it(
    target: str, month: int, value: str, colour: IndicatorStatus
) -> None:
    """Also where a month's share has no end of decimals: 5 × 4/12, and six tenths of it are 1."""
    assert status_of("≥", target, value, month=month) is colour


def test_a_count_exactly_at_a_bound_of_a_scaled_plan_is_within_it() -> None:
    assert status_of("≥", "25", "10", planned=planned("2", "3")) is IndicatorStatus.YELLOW


def test_a_month_is_an_even_share_and_a_percentage_is_owed_from_the_first() -> None:
    assert plan_to_date(Decimal(60), 7, is_percentage=False) == Decimal(35)
    assert plan_to_date(Decimal(90), 1, is_percentage=True) == Decimal(90)


@pytest.mark.parametrize(
    ("value", "colour"),
    [
        ("53.99", IndicatorStatus.RED),
        ("54", IndicatorStatus.YELLOW),
        ("71.99", IndicatorStatus.YELLOW),
        ("72", IndicatorStatus.GREEN),
        ("100", IndicatorStatus.GREEN),
    ],
)
def test_satisfaction_is_measured_by_its_whole_target_in_any_month(
    value: str, colour: IndicatorStatus
) -> None:
    shown = status_of("≥", "90", value, month=2, level2="服务对象满意度指标", is_percentage=True)
    assert shown is colour


@pytest.mark.parametrize("level2", ["质量指标", "时效指标", "经济成本指标", "社会成本指标"])
@pytest.mark.parametrize(
    ("operator", "value", "colour"),
    [
        ("=", "100", IndicatorStatus.GREEN),
        ("=", "99.99", IndicatorStatus.RED),
        ("≥", "100", IndicatorStatus.GREEN),
        ("≥", "101", IndicatorStatus.GREEN),
        ("≥", "99.99", IndicatorStatus.RED),
        (">", "100", IndicatorStatus.RED),
    ],
)
def test_quality_timeliness_and_cost_are_inside_or_red(
    level2: str, operator: str, value: str, colour: IndicatorStatus
) -> None:
    assert status_of(operator, "100", value, month=3, level2=level2, is_percentage=True) is colour


@pytest.mark.parametrize(
    ("operator", "value", "colour"),
    [
        ("≤", "0", IndicatorStatus.GREEN),
        ("≤", "50", IndicatorStatus.GREEN),
        ("≤", "50.01", IndicatorStatus.RED),
        ("<", "49.99", IndicatorStatus.GREEN),
        ("<", "50", IndicatorStatus.RED),
    ],
)
@pytest.mark.parametrize("month", [1, 12])
def test_a_limit_is_inside_or_red_in_every_month(
    operator: str, value: str, colour: IndicatorStatus, month: int
) -> None:
    assert status_of(operator, "50", value, month=month) is colour


@pytest.mark.parametrize(
    ("operator", "value", "colour"),
    [
        ("≥", "0", IndicatorStatus.GREEN),
        ("≥", "7", IndicatorStatus.GREEN),
        ("=", "0", IndicatorStatus.GREEN),
        ("=", "1", IndicatorStatus.RED),
        (">", "0", IndicatorStatus.RED),
        ("≥", "-1", IndicatorStatus.RED),
    ],
)
def test_a_target_of_nothing_is_held_or_not(operator: str, value: str, colour: IndicatorStatus) -> None:
    assert status_of(operator, "0", value) is colour


def test_a_negative_target_is_held_or_not() -> None:
    assert status_of("≥", "-5", "-4") is IndicatorStatus.GREEN
    assert status_of("≥", "-5", "-6") is IndicatorStatus.RED


@pytest.mark.parametrize(
    ("value", "colour"),
    [
        ("0.50", IndicatorStatus.GREEN),
        ("-0.50", IndicatorStatus.GREEN),
        ("0.51", IndicatorStatus.RED),
        ("-0.51", IndicatorStatus.RED),
    ],
)
def test_a_tolerance_widens_an_exact_target_both_ways(value: str, colour: IndicatorStatus) -> None:
    assert status_of("=", "0", value, level2="经济成本指标", is_percentage=True, tolerance="0.50") is colour


@pytest.mark.parametrize("operator", ["≥", ">", "≤", "<"])
def test_a_tolerance_widens_nothing_else(operator: str) -> None:
    miss = Decimal(9) if operator in "≥>" else Decimal(11)
    assert not is_reached(operator, miss, Decimal(10), Decimal(5))


def test_nothing_measured_and_nothing_promised_in_figures_show_no_status() -> None:
    for value, target in ((None, Decimal(1)), (Decimal(1), None)):
        shown = indicator_status(
            operator="≥", level2="数量指标", value=value, target=target, month=6, is_percentage=False
        )
        assert shown is None


@pytest.mark.parametrize(
    ("operator", "below", "equal", "above"),
    [("≥", 0, 1, 1), (">", 0, 0, 1), ("=", 0, 1, 0), ("≤", 1, 1, 0), ("<", 1, 0, 0)],
)
def test_a_target_is_reached_as_its_sign_says(operator: str, below: int, equal: int, above: int) -> None:
    kept = [is_reached(operator, Decimal(value), Decimal(10)) for value in (9, 10, 11)]
    assert kept == [bool(below), bool(equal), bool(above)]


def test_an_unknown_sign_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        is_reached("≈", Decimal(1), Decimal(1))


@given(decimals.filter(bool), decimals, decimals, st.integers(1, 12))
def test_more_never_shows_a_worse_status(target: Decimal, one: Decimal, other: Decimal, month: int) -> None:
    order = list(IndicatorStatus)
    less, more = sorted((one, other))
    lights = [status_of("≥", str(target), str(value), month=month) for value in (less, more)]
    assert None not in lights
    assert order.index(lights[0] or IndicatorStatus.RED) <= order.index(lights[1] or IndicatorStatus.RED)


@given(decimals.filter(bool), decimals, st.sampled_from("≥>="))
def test_at_the_years_end_only_the_reached_is_green(target: Decimal, value: Decimal, operator: str) -> None:
    status = status_of(operator, str(target), str(value))
    if is_reached(operator, value, target):
        assert status in {IndicatorStatus.GREEN, IndicatorStatus.BLUE}
    else:
        assert status is not IndicatorStatus.GREEN
        assert (status is IndicatorStatus.BLUE) == (value > target)


def test_every_status_has_its_word() -> None:
    assert {
        indicator_status: INDICATOR_STATUS_LABELS[indicator_status] for indicator_status in IndicatorStatus
    } == INDICATOR_STATUS_LABELS


def planned(reached: str, whole: str = "100") -> Planned:
    return Planned(Decimal(reached), Decimal(whole))


@pytest.mark.parametrize(
    ("value", "reached", "colour"),
    [
        ("0", "0", IndicatorStatus.GREEN),  # the event is still to come
        ("1", "0", IndicatorStatus.BLUE),
        ("11.99", "20", IndicatorStatus.RED),
        ("12", "20", IndicatorStatus.YELLOW),
        ("15.99", "20", IndicatorStatus.YELLOW),
        ("16", "20", IndicatorStatus.GREEN),
        ("23.99", "20", IndicatorStatus.GREEN),
        ("24", "20", IndicatorStatus.BLUE),
        ("59", "100", IndicatorStatus.RED),
    ],
)
def test_a_plan_takes_the_place_of_the_even_share(value: str, reached: str, colour: IndicatorStatus) -> None:
    assert status_of("≥", "100", value, month=6, planned=planned(reached)) is colour


def test_a_plan_changes_nothing_for_what_has_no_share_of_a_month() -> None:
    plan = planned("0")
    assert status_of("≥", "90", "50", month=2, is_percentage=True, planned=plan) is IndicatorStatus.RED
    assert status_of("≤", "50", "51", planned=plan) is IndicatorStatus.RED
    assert status_of("=", "100", "99", level2="质量指标", planned=plan) is IndicatorStatus.RED
    assert status_of("≥", "0", "0", planned=planned("0", "0")) is IndicatorStatus.GREEN


def test_a_plan_made_for_another_target_keeps_its_shape() -> None:
    assert plan_to_date(Decimal(120), 6, is_percentage=False, planned=planned("25")) == 30
    assert plan_to_date(Decimal(120), 6, is_percentage=False, planned=planned("0", "0")) == 60


@pytest.mark.parametrize(
    ("value", "month", "plan", "low", "high"),
    [
        ("30", 6, None, "60", "60"),  # without a plan both projections agree
        ("30", 6, planned("20"), "60", "150"),  # beside the plan half as much again
        ("30", 6, planned("60"), "50", "60"),
        ("0", 6, planned("60"), "0", "0"),
        ("0", 6, planned("0"), "0", "100"),  # all of the plan is still to come
        ("3", 6, planned("0"), "6", "103"),
        ("80", 12, planned("100"), "80", "80"),
    ],
)
def test_the_year_ends_between_run_rate_and_plan(
    value: str, month: int, plan: Planned | None, low: str, high: str
) -> None:
    ends = projection(Decimal(value), Decimal(100), month, planned=plan)
    assert ends == Projection(Decimal(low), Decimal(high))


def test_no_more_districts_than_there_are() -> None:
    assert projection(Decimal(12), Decimal(14), 6, most=Decimal(16)) == Projection(Decimal(16), Decimal(16))


@given(decimals, decimals.filter(bool), st.integers(1, 12), st.integers(0, 100))
def test_a_projection_is_a_range_that_grows_with_the_figure(
    value: Decimal, target: Decimal, month: int, share: int
) -> None:
    plan = Planned(target * share / 100, target)
    less, more = (projection(each, target, month, planned=plan) for each in (value, value + 1))
    assert less.low <= less.high
    assert less.low <= more.low
    assert less.high <= more.high


@pytest.mark.parametrize(
    ("value", "month", "needed"),
    [("40", 6, "10"), ("0", 11, "100"), ("100", 6, None), ("101", 6, None), ("40", 12, None)],
)
def test_what_each_month_left_has_to_bring(value: str, month: int, needed: str | None) -> None:
    assert needed_per_month(Decimal(value), Decimal(100), month) == (Decimal(needed) if needed else None)


@given(decimals, decimals, st.integers(1, 11))
def test_what_is_needed_reaches_the_target(value: Decimal, target: Decimal, month: int) -> None:
    needed = needed_per_month(value, target, month)
    if needed is None:
        assert value >= target
    else:
        assert abs(value + needed * (12 - month) - target) < Decimal("0.000001")


@pytest.mark.parametrize(
    ("operator", "value", "target", "is_over"),
    [
        ("≥", "130", "100", False),
        ("≥", "130.01", "100", True),
        (">", "131", "100", True),
        ("=", "2", "1", True),
        ("=", "1", "1", False),
        ("≤", "200", "100", False),
        ("<", "200", "100", False),
        ("≥", "5", "0", False),
    ],
)
def test_far_more_than_promised_asks_for_a_reason(
    operator: str, value: str, target: str, is_over: bool
) -> None:
    assert overshoots(operator, Decimal(value), Decimal(target)) is is_over


@pytest.mark.parametrize(
    ("month", "floor"),
    [
        (0, None),
        (1, None),
        (3, None),
        (4, 25),
        (5, 25),
        (6, 40),
        (7, 40),
        (8, 60),
        (9, 60),
        (10, 80),
        (12, 80),
    ],
)
def test_money_should_be_spent_as_the_year_goes(month: int, floor: int | None) -> None:
    assert money_floor(month) == floor
    if floor is None:
        assert not is_underspent(Decimal(0), month)
    else:
        assert is_underspent(floor - Decimal("0.01"), month)
        assert not is_underspent(Decimal(floor), month)


@pytest.mark.parametrize(
    ("progress", "execution", "apart"),
    [("50", "50", False), ("50", "40", False), ("50", "39.99", True), ("40", "50.01", True)],
)
def test_goal_and_money_run_together(progress: str, execution: str, apart: bool) -> None:
    assert is_apart(Decimal(progress), Decimal(execution)) is apart
