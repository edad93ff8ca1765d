"""Status of an indicator at a month's end: target reached or not, plan to date, projection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from operator import ge, gt, le, lt

from activitylog.core.rounding import Exact

MONTHS = 12
OVERSHOOT = Decimal("0.3")  # of the target, beyond which an explanation is required
MONEY_FLOORS = ((10, 80), (8, 60), (6, 40), (4, 25))  # month, per cent of the budget spent by its end
WIDEST_GAP = Decimal(10)  # points between what is reached and what is spent
HUNDRED = Decimal(100)
CATCHING_UP_FROM, ON_PLAN_FROM, AHEAD_FROM = 6, 8, 12  # tenths of what is due
_INSIDE_OR_RED = ("质量", "时效", "成本")


class IndicatorStatus(StrEnum):
    """Whether an indicator is behind, slow, on plan or ahead at a month's end; the values are colours."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"


_WORST_FIRST = tuple(IndicatorStatus)
INDICATOR_STATUS_LABELS = {
    IndicatorStatus.RED: "落后",
    IndicatorStatus.YELLOW: "偏慢",
    IndicatorStatus.GREEN: "正常",
    IndicatorStatus.BLUE: "超前",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """A monthly plan at a month's end: the figure due by then, and December's."""

    reached: Decimal
    whole: Decimal


_REACHES: Mapping[str, Callable[[Exact, Decimal], bool]] = {"≥": ge, ">": gt, "≤": le, "<": lt}


def is_reached(operator: str, value: Exact, target: Decimal, tolerance: Decimal = Decimal(0)) -> bool:
    """Whether an exact value reaches its target; `tolerance` (in the unit) widens "=" alone."""
    if operator == "=":
        return abs(Fraction(value) - Fraction(target)) <= Fraction(tolerance)
    return _REACHES[operator](value, target)


def edges_of(target: Decimal, tolerance: Decimal) -> tuple[Decimal, ...]:
    """The figures at which reached and missed meet."""
    return (target, target - tolerance, target + tolerance)


def plan_to_date(
    target: Decimal, month: int, *, is_percentage: bool, planned: Planned | None = None
) -> Decimal:
    """The figure due by the end of a month, in the unit: as planned, else an even share of the target.

    A percentage is due in full from the first month. A plan made for another target than the one in force
    is scaled to it.
    """
    part, whole = _due(target, month, is_percentage=is_percentage, planned=planned)
    return part / whole


def _due(
    target: Decimal, month: int, *, is_percentage: bool, planned: Planned | None
) -> tuple[Decimal, Decimal]:
    """The same as numerator and denominator, so that bounds are compared exactly."""
    if is_percentage:
        return target, Decimal(1)
    if planned is None or planned.whole <= 0:
        return target * month, Decimal(MONTHS)
    return target * planned.reached, planned.whole


def indicator_status(
    *,
    operator: str,
    level2: str,
    value: Exact | None,
    target: Decimal | None,
    month: int,
    is_percentage: bool,
    tolerance: Decimal = Decimal(0),
    planned: Planned | None = None,
) -> IndicatorStatus | None:
    """The status of a quantitative indicator; None without a value or a numeric target.

    At the year's end a missed target is never green, however little is missing.
    """
    if value is None or target is None:
        return None
    is_inside = is_reached(operator, value, target, tolerance)
    is_all_or_nothing = operator in {"≤", "<"} or any(word in level2 for word in _INSIDE_OR_RED)
    if is_all_or_nothing or target <= 0:  # of which no share can be computed
        return IndicatorStatus.GREEN if is_inside else IndicatorStatus.RED
    due, whole = _due(target, month, is_percentage=is_percentage, planned=planned)
    if due <= 0:  # nothing is due yet
        return IndicatorStatus.BLUE if value > 0 else IndicatorStatus.GREEN
    status = _by_share(value, due, whole)
    if month < MONTHS or is_inside:
        return status
    return (
        IndicatorStatus.BLUE
        if value > target
        else min(status, IndicatorStatus.YELLOW, key=_WORST_FIRST.index)
    )


def _by_share(value: Exact, due: Decimal, whole: Decimal) -> IndicatorStatus:
    """By what is reached of due/whole, in whole numbers: exact, and far faster than fractions."""
    reached, parts = value.as_integer_ratio()
    due_parts, parts_due = due.as_integer_ratio()
    whole_parts, parts_whole = whole.as_integer_ratio()
    tenths = 10 * reached * whole_parts * parts_due // (parts * parts_whole * due_parts)
    if tenths < CATCHING_UP_FROM:
        return IndicatorStatus.RED
    if tenths < ON_PLAN_FROM:
        return IndicatorStatus.YELLOW
    return IndicatorStatus.GREEN if tenths < AHEAD_FROM else IndicatorStatus.BLUE


@dataclass(frozen=True, slots=True)
class Projection:
    """The range a count is projected to reach by the year's end."""

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
    """Project a count to the year's end: at its monthly rate so far, and at its ratio to the plan so far.

    Where nothing is due by the plan yet, the whole target is added. `most` is the largest figure possible.
    """
    run_rate = value * MONTHS / month
    plan = plan_to_date(target, month, is_percentage=False, planned=planned)
    shaped = value * target / plan if plan > 0 else value + max(target, Decimal(0))
    ends = [end if most is None else max(value, min(end, most)) for end in (run_rate, shaped)]
    return Projection(min(ends), max(ends))


def needed_per_month(value: Decimal, target: Decimal, month: int) -> Decimal | None:
    """The figure needed in each remaining month; None when the target is reached or no month is left."""
    if value >= target or month >= MONTHS:
        return None
    return (target - value) / (MONTHS - month)


def overshoots(operator: str, value: Exact, target: Decimal) -> bool:
    """Whether a value exceeds its target by so much that an explanation is required."""
    return operator in {"≥", ">", "="} and target > 0 and Fraction(value) > Fraction(target * (1 + OVERSHOOT))


def money_floor(month: int) -> Decimal | None:
    """The per cent of the budget that should be spent by the end of a month; None before the first bound."""
    return next((Decimal(floor) for first_month, floor in MONEY_FLOORS if month >= first_month), None)


def is_underspent(execution: Decimal, month: int) -> bool:
    """Whether too little is spent by the end of a month; `execution` in per cent of the budget."""
    floor = money_floor(month)
    return floor is not None and execution < floor


def is_apart(progress: Decimal, execution: Decimal) -> bool:
    """Whether target progress and budget execution, both in per cent, differ by more than WIDEST_GAP."""
    return abs(progress - execution) > WIDEST_GAP
