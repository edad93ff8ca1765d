"""The table of measures, in display order; every trait of a measure is in its one entry."""

from typing import Any

from activitylog.indicators.measures import activities, records
from activitylog.indicators.measures.measure import Measure
from activitylog.surveys.years.rules import SatisfactionMethod

__all__ = ["BY_KEY", "MEASURES", "TYPED_IN", "Measure", "measure_by", "measures_by", "measures_counting"]

MEASURES: tuple[Measure, ...] = (
    *activities.MEASURES,
    *records.MEASURES,
)
BY_KEY = {measure.key: measure for measure in MEASURES}
if len(BY_KEY) != len(MEASURES):
    raise ValueError("two measures share a key")
TYPED_IN = next(measure for measure in MEASURES if measure.is_typed_in)


def measures_by(method: SatisfactionMethod) -> tuple[Measure, ...]:
    """The measures of a year with the method."""
    return tuple(measure for measure in MEASURES if measure.method in {None, method})


def measure_by(method: SatisfactionMethod, key: str | None) -> str | None:
    """The key, of satisfaction that of the measure which counts in a year with the method."""
    if key not in BY_KEY or BY_KEY[key].method is None:
        return key
    return next(measure.key for measure in MEASURES if measure.method is method)


def measures_counting(model: Any) -> tuple[str, ...]:
    """The keys of the measures whose contributions may change with a record of the model."""
    return tuple(
        measure.key for measure in MEASURES if any(source.depends_on(model) for source in measure.sources)
    )
