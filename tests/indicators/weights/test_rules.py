"""The hundred points split over any table, exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.errors import BadInput
from activitylog.indicators.weights.rules import (
    EXECUTION,
    WHOLE,
    check_weights,
    default_weights,
    split_equally,
)

COST, OUTPUT, BENEFIT, SATISFACTION = "成本指标", "产出指标", "效益指标", "满意度指标"


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@given(st.lists(st.sampled_from([COST, OUTPUT, BENEFIT, SATISFACTION, "其他指标"]), min_size=1, max_size=400))
def test_any_table_makes_exactly_one_hundred_with_execution(level1: list[str]) -> None:
    weights = default_weights(level1)
    assert len(weights) == len(level1)
    assert sum(weights, EXECUTION) == Decimal("100.00")
    assert all(weight >= 0 and weight == weight.quantize(Decimal("0.01")) for weight in weights)


@given(st.integers(1, 3000), st.decimals(0, 100, places=2))
def test_an_equal_split_loses_nothing(count: int, total: Decimal) -> None:
    parts = split_equally(total, count)
    assert sum(parts) == total
    assert min(parts) >= 0
    assert len({*parts[:-1]}) <= 1


def test_a_table_without_cost_gives_fifty_thirty_and_ten() -> None:
    table = [OUTPUT] * 3 + [BENEFIT] * 2 + [SATISFACTION]
    assert default_weights(table) == decimals("16.67", "16.67", "16.66", "15.00", "15.00", "10.00")


def test_a_table_with_cost_gives_twenty_forty_twenty_and_ten() -> None:
    table = [COST] + [OUTPUT] * 5 + [BENEFIT] * 2 + [SATISFACTION]
    assert default_weights(table) == decimals("20.00", *["8.00"] * 5, "10.00", "10.00", "10.00")


def test_the_share_of_a_level_without_rows_goes_to_the_others_in_proportion() -> None:
    assert default_weights([OUTPUT, BENEFIT]) == decimals("56.25", "33.75")
    assert default_weights([SATISFACTION]) == decimals("90.00")
    assert default_weights([COST, OUTPUT, SATISFACTION]) == decimals("25.71", "51.42", "12.87")


def test_weights_follow_the_order_of_the_rows() -> None:
    assert default_weights([SATISFACTION, OUTPUT, BENEFIT]) == decimals("10.00", "50.00", "30.00")


def test_a_level_the_form_does_not_know_counts_with_output() -> None:
    assert default_weights([OUTPUT, "其他指标", BENEFIT, SATISFACTION]) == decimals("25", "25", "30", "10")


def test_nothing_declared_has_nothing_to_split() -> None:
    assert default_weights([]) == []


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        (("10", "89.99"), "合计 99.99 分，应正好是 100.00 分，还差 0.01 分"),
        (("10", "95.5"), "合计 105.50 分，应正好是 100.00 分，多出 5.50 分"),
        (("-1", "101"), "“预算执行率”的分值不能小于 0"),
        (("10.005", "89.995"), "“预算执行率”的分值最多写两位小数"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights: tuple[str, str], sentence: str) -> None:
    execution, rest = decimals(*weights)
    with pytest.raises(BadInput, match=sentence):
        check_weights({"execution": ("预算执行率", execution), "weight_1": ("受众人数", rest)})


def test_exactly_one_hundred_is_taken() -> None:
    check_weights({"execution": ("预算执行率", Decimal(20)), "weight_1": ("受众人数", WHOLE - 20)})
