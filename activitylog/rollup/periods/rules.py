"""Finds slow indicators, and those whose status differs from the month before, the worst first."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.figure_text import with_unit
from activitylog.indicators.status import IndicatorStatus

_RANKS = {
    IndicatorStatus.RED: 0,
    IndicatorStatus.YELLOW: 1,
    None: 2,
    IndicatorStatus.GREEN: 3,
    IndicatorStatus.BLUE: 4,
}


@dataclass(frozen=True, slots=True)
class StatusChange:
    """An indicator whose status differs from the month before, as text."""

    row: IndicatorActual
    before: IndicatorStatus | None
    before_word: str
    word: str
    figure: str

    @property
    def is_worse(self) -> bool:
        return _RANKS[self.row.status] < _RANKS[self.before]


def changed_statuses(before: Sequence[IndicatorActual], now: Sequence[IndicatorActual]) -> list[StatusChange]:
    """The changes between two months' rows: the worst status first, then the largest fall."""
    earlier = {row.indicator_id: row for row in before}
    pairs = [(earlier[row.indicator_id], row) for row in now if row.indicator_id in earlier]
    changes = [
        StatusChange(row, old.status, old.status_text, row.status_text, _figure(row))
        for old, row in pairs
        if old.status is not row.status
    ]
    return sorted(changes, key=lambda each: (_RANKS[each.row.status], -_RANKS[each.before]))


def _figure(row: IndicatorActual) -> str:
    """9/20 次; a judged indicator's grade says it all."""
    if row.judged is not None or row.figure is None:
        return ""
    return with_unit(f"{row.value_text}/{row.bare_target_text.lstrip('≥>=')}", row.figure_unit)


_SLOW = (IndicatorStatus.RED, IndicatorStatus.YELLOW)


def slow_rows(rows: Sequence[IndicatorActual]) -> list[IndicatorActual]:
    """The indicators with a red or yellow status, the worst first."""
    slow = [row for row in rows if row.status in _SLOW]
    return sorted(slow, key=lambda row: (row.status is not IndicatorStatus.RED, _share_reached(row)))


def _share_reached(row: IndicatorActual) -> Decimal:
    """The figure divided by what the plan has due; for a ceiling (≤), the target divided by the figure."""
    if row.value is None or row.target is None:
        return Decimal(1)
    if row.operator in {"≤", "<"}:
        return row.target / row.value if row.value else Decimal(1)
    should = row.plan_due or row.target
    return row.value / should if should else row.value
