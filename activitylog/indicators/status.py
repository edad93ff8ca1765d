"""How an actual stands against its target, and how fast it gets there."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

MONTHS = 12
OVERSHOOT = Decimal("0.3")  # of the target, beyond which a reason is asked for
MONEY_FLOORS = ((10, 80), (8, 60), (6, 40), (4, 25))  # month, per cent of the budget spent by its end
WIDEST_GAP = Decimal(10)  # points between what is reached and what is spent
HUNDRED = Decimal(100)
CATCHING_UP_FROM, ON_PLAN_FROM, AHEAD_FROM = Decimal("0.6"), Decimal("0.8"), Decimal("1.2")
_INSIDE_OR_RED = ("质量", "时效", "成本")


class IndicatorStatus(StrEnum):
    """The colour of an indicator at a month's end."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"


INDICATOR_STATUS_LABELS = {
    IndicatorStatus.RED: "落后",
    IndicatorStatus.YELLOW: "偏慢",
    IndicatorStatus.GREEN: "正常",
    IndicatorStatus.BLUE: "超前",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """A monthly plan at a month's end: what should be there, out of what it comes to in December."""

    reached: Decimal
    whole: Decimal


def is_reached(operator: str, value: Decimal, target: Decimal, tolerance: Decimal = Decimal(0)) -> bool:
    """Whether the promise holds; `tolerance` (in the unit) widens "=" alone."""
    if operator == "=":
        return abs(value - target) <= tolerance
    return {"≥": value >= target, ">": value > target, "≤": value <= target, "<": value < target}[operator]


def plan_to_date(
    target: Decimal, month: int, *, is_percentage: bool, planned: Planned | None = None
) -> Decimal:
    """What should have been reached by the end of a month: as planned, else an even share.

    A percentage is owed whole from the first month. A plan made for another target than the one in force
    keeps its shape.
    """
    part, whole = _due(target, month, is_percentage=is_percentage, planned=planned)
    return part / whole


def _due(
    target: Decimal, month: int, *, is_percentage: bool, planned: Planned | None
) -> tuple[Decimal, Decimal]:
    """The same as a fraction: a third of a target has no end of decimals, and a bound wants it exact."""
    if is_percentage:
        return target, Decimal(1)
    if planned is None or planned.whole <= 0:
        return target * month, Decimal(MONTHS)
    return target * planned.reached, planned.whole


def indicator_status(
    *,
    operator: str,
    level2: str,
    value: Decimal | None,
    target: Decimal | None,
    month: int,
    is_percentage: bool,
    tolerance: Decimal = Decimal(0),
    planned: Planned | None = None,
) -> IndicatorStatus | None:
    """The light of a quantitative indicator; None when there is nothing to show yet or a person judges."""
    if value is None or target is None:
        return None
    is_inside = is_reached(operator, value, target, tolerance)
    if operator in {"≤", "<"} or any(word in level2 for word in _INSIDE_OR_RED):
        return IndicatorStatus.GREEN if is_inside else IndicatorStatus.RED
    if target <= 0:  # no share of it can be told
        return IndicatorStatus.GREEN if is_inside else IndicatorStatus.RED
    due, whole = _due(target, month, is_percentage=is_percentage, planned=planned)
    if due <= 0:  # nothing is due yet
        return IndicatorStatus.BLUE if value > 0 else IndicatorStatus.GREEN
    return _by_share(value * whole, due)


def _by_share(reached: Decimal, due: Decimal) -> IndicatorStatus:
    if reached < CATCHING_UP_FROM * due:
        return IndicatorStatus.RED
    if reached < ON_PLAN_FROM * due:
        return IndicatorStatus.YELLOW
    return IndicatorStatus.GREEN if reached < AHEAD_FROM * due else IndicatorStatus.BLUE


@dataclass(frozen=True, slots=True)
class Projection:
    """Between what a count comes to by the year's end."""

    low: Decimal
    high: Decimal


def projection(
    value: Decimal,
    target: Decimal,
    month: int,
    *,
    planned: Planned | None = None,
    most: Decimal | None = None,
) -> Projection:
    """The year's end of a count: as fast as until now, and as much beside the plan as now.

    Where the plan owes nothing yet, all of it is still to come. `most` is what there is at all.
    """
    run_rate = value * MONTHS / month
    plan = plan_to_date(target, month, is_percentage=False, planned=planned)
    shaped = value * target / plan if plan > 0 else value + max(target, Decimal(0))
    ends = [end if most is None else max(value, min(end, most)) for end in (run_rate, shaped)]
    return Projection(min(ends), max(ends))


def needed_per_month(value: Decimal, target: Decimal, month: int) -> Decimal | None:
    """What each month left has to bring; None when it is reached or no month is left."""
    if value >= target or month >= MONTHS:
        return None
    return (target - value) / (MONTHS - month)


def overshoots(operator: str, value: Decimal, target: Decimal) -> bool:
    """Whether so much more was done than promised that a reason is asked for."""
    return operator in {"≥", ">", "="} and target > 0 and value > target * (1 + OVERSHOOT)


def money_floor(month: int) -> Decimal | None:
    """The per cent of the budget that should be spent by the end of a month; None before the first mark."""
    return next((Decimal(floor) for first_month, floor in MONEY_FLOORS if month >= first_month), None)


def is_underspent(execution: Decimal, month: int) -> bool:
    """Whether too little is spent by the end of a month; `execution` in per cent of the budget."""
    floor = money_floor(month)
    return floor is not None and execution < floor


def is_apart(progress: Decimal, execution: Decimal) -> bool:
    """Whether goal and money, both in per cent, run too far from each other."""
    return abs(progress - execution) > WIDEST_GAP
