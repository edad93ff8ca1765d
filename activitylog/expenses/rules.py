"""The execution rate and the saving rate of expenses."""

from decimal import ROUND_HALF_UP, Decimal

NO_RATE = "—"


def execution_rate(paid_fen: int, budget_fen: int) -> str:
    """执行率: paid of the budget."""
    return _rate(paid_fen, budget_fen)


def saving_rate(planned_fen: int, paid_fen: int) -> str:
    """成本节约率: the share of the planned amount that was not paid; negative when more was paid."""
    return _rate(planned_fen - paid_fen, planned_fen)


def _rate(part: int, base: int) -> str:
    """Per cent with two decimals, half-up; a dash when there is no base."""
    if base == 0:
        return NO_RATE
    return f"{(Decimal(100 * part) / base).quantize(Decimal('0.01'), ROUND_HALF_UP)}%"
