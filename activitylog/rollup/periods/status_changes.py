"""Which indicators changed their light against the month before, the worst first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.figure_text import light_words, target_words, unit_of, value_words, with_unit
from activitylog.indicators.status import Light
from activitylog.rollup.queries import actuals

_RANKS = {Light.RED: 0, Light.YELLOW: 1, None: 2, Light.GREEN: 3, Light.BLUE: 4}


@dataclass(frozen=True, slots=True)
class LightChange:
    """An indicator whose light is another than a month ago, in words."""

    row: IndicatorActual
    before: Light | None
    before_word: str
    word: str
    figure: str

    @property
    def is_worse(self) -> bool:
        return _RANKS[self.row.light] < _RANKS[self.before]


def light_changes(session: Session, period: Period, project_ids: Sequence[int]) -> list[LightChange]:
    """Of a booked month; nothing for January, which has no month before it in its year."""
    if period.month == 1:
        return []
    return changed_lights(
        actuals(session, period.previous, project_ids=project_ids),
        actuals(session, period, project_ids=project_ids),
    )


def changed_lights(before: Sequence[IndicatorActual], now: Sequence[IndicatorActual]) -> list[LightChange]:
    """Two months' rows beside each other: the worst light first, there the one that fell furthest."""
    earlier = {row.indicator_id: row for row in before}
    pairs = [(earlier[row.indicator_id], row) for row in now if row.indicator_id in earlier]
    changes = [
        LightChange(row, old.light, light_words(old), light_words(row), _figure(row))
        for old, row in pairs
        if old.light is not row.light
    ]
    return sorted(changes, key=lambda each: (_RANKS[each.row.light], -_RANKS[each.before]))


def _figure(row: IndicatorActual) -> str:
    """9/20 次; a judged indicator's grade says it all."""
    if row.judged is not None or row.figure is None:
        return ""
    return with_unit(f"{value_words(row)}/{target_words(row).lstrip('≥>=')}", unit_of(row))
