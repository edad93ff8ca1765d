"""The actuals a booking writes: each month's figures to date, from the postings or moved on from before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select
from sqlalchemy.orm import Session

from activitylog.core.dialects import Rows
from activitylog.core.period import Period
from activitylog.indicators.measures import BY_KEY, Measure
from activitylog.indicators.models import Rule
from activitylog.projects.models import Indicator
from activitylog.rollup.models import Actual
from activitylog.rollup.movements import Movement, running_figures
from activitylog.rollup.scope import Booking


def measured(session: Session, indicators: Rows) -> list[tuple[int, Measure | None]]:
    rows = session.execute(
        select(Indicator.id, Rule.measure)
        .outerjoin(Rule, Rule.indicator_id == Indicator.id)
        .where(Indicator.id.in_(indicators))
        .order_by(Indicator.id)
    )
    return [(indicator_id, BY_KEY.get(key or "")) for indicator_id, key in rows]


_FIGURES = ("amount", "base", "records", "postings", "adjustments", "checksum")


def standing_actuals(
    session: Session, booking: Booking, indicators: Rows
) -> dict[int, dict[Period, Row[*tuple[Any, ...]]]]:
    """The actuals as booked before: of the open months, and of the last month booked."""
    standing: dict[int, dict[Period, Row[*tuple[Any, ...]]]] = defaultdict(dict)
    columns = [getattr(Actual, name) for name in ("indicator_id", "period", *_FIGURES)]
    rows = select(*columns).where(
        Actual.indicator_id.in_(indicators),
        or_(booking.holds(Actual.period), Actual.period == booking.through),
    )
    for row in session.execute(rows):
        standing[row.indicator_id][row.period] = row
    return standing


def moved_on(
    booking: Booking,
    standing: Mapping[Period, Row[*tuple[Any, ...]]],
    changes: Mapping[Period, Movement],
    measure: Measure | None,
) -> dict[Period, Movement]:
    """The figures at each month's end; a month new to the books begins where the last one ended."""
    change = running_figures(changes, list(changes))
    figures = {}
    for month in booking.months:
        before = _as_figures(standing.get(month) or standing.get(booking.through or month), measure)
        if month not in standing:
            before.postings = before.adjustments = before.checksum = 0
        figures[month] = change[month].after(before)
        figures[month].postings += before.postings
        figures[month].adjustments += before.adjustments
        figures[month].checksum += before.checksum
    return figures


def _as_figures(actual: Row[*tuple[Any, ...]] | None, measure: Measure | None) -> Movement:
    if actual is None:
        return Movement()
    amount, base, records, postings, adjustments, checksum = (getattr(actual, name) for name in _FIGURES)
    counts_keys = measure is not None and measure.aggregation.counts_keys
    return Movement(
        amount=0 if counts_keys else amount or 0,
        base=base or 0,
        keys=amount or 0 if counts_keys else 0,
        records=records,
        postings=postings,
        adjustments=adjustments,
        checksum=checksum,
    )


def book_actuals(
    session: Session,
    booking: Booking,
    indicators: Sequence[tuple[int, Measure | None]],
    figures: Mapping[int, Mapping[Period, Movement]],
) -> None:
    """One row per indicator and month: the aggregation of its postings up to the month."""
    ids = [indicator_id for indicator_id, _ in indicators]
    session.execute(delete(Actual).where(booking.holds(Actual.period), Actual.indicator_id.in_(ids)))
    rows = [
        {"indicator_id": indicator_id, "period": month, "posted_at": booking.now}
        | actual_values(measure, figures.get(indicator_id, {}).get(month, Movement()))
        for indicator_id, measure in indicators
        for month in booking.months
    ]
    if rows:
        session.execute(insert(Actual), rows)


def actual_values(measure: Measure | None, figures: Movement) -> dict[str, Any]:
    """What an actual holds of the figures, by the measure it is counted with."""
    amount = figures.keys if measure and measure.aggregation.counts_keys else figures.amount
    return {
        "measure": measure.key if measure else None,
        "amount": amount if measure else None,
        "base": figures.base if measure and measure.aggregation.base else None,
        "records": figures.records,
        "postings": figures.postings,
        "adjustments": figures.adjustments,
        "checksum": figures.checksum,
    }
