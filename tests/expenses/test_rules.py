"""The two rates of spent money."""

import pytest

from activitylog.expenses.rules import execution_rate, saving_rate

EXECUTION = {
    "nothing paid": (0, 300_000_00, "0.00%"),
    "half-up": (8_619_500, 100_000_00, "86.20%"),
    "a published form's": (8_619_000, 100_000_00, "86.19%"),
    "exactly between": (1, 8_000, "0.01%"),
    "a little, never nothing": (1, 20_001, "0.01%"),
    "nearly all, never all": (99_999, 100_000, "99.99%"),
    "overspent": (11, 10, "110.00%"),
    "no budget": (5, 0, "—"),
}
SAVING = {
    "saved": (100_00, 95_00, "5.00%"),
    "all paid": (100_00, 100_00, "0.00%"),
    "more paid than planned": (100_00, 100_50, "-0.50%"),
    "half-up away from zero": (20_000, 20_001, "-0.01%"),
    "nothing planned": (0, 100, "—"),
}


@pytest.mark.parametrize(("paid", "budget", "printed"), EXECUTION.values(), ids=EXECUTION)
def test_execution_is_paid_of_budget(paid: int, budget: int, printed: str) -> None:
    assert execution_rate(paid, budget) == printed


@pytest.mark.parametrize(("planned", "paid", "printed"), SAVING.values(), ids=SAVING)
def test_saving_is_what_was_planned_and_not_paid(planned: int, paid: int, printed: str) -> None:
    assert saving_rate(planned, paid) == printed
