"""Computes the live totals of a month's indicators that may differ from the posted ones.

The posted totals are corrected by the records that may have changed: candidates of the trail, and records
that later months hold adjustments of. An indicator whose rule changed is computed from all its records, and
so are all indicators where the trail cannot say which records changed.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Row,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.sources import Source
from activitylog.core.dialects import Rows
from activitylog.core.period import Period
from activitylog.indicators.measures import BY_KEY, Measure
from activitylog.indicators.sources import SOURCES
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.changes.candidates import candidates_since, once_read
from activitylog.rollup.changes.trail_entries import indicators_of_changed_rules
from activitylog.rollup.contributions import IDENTITY, contributions, measures_used
from activitylog.rollup.live_figure import LiveTotals, live_totals
from activitylog.rollup.models import Actual, Posting

_SIDES = ("now_amount", "now_base", "then_amount", "then_base")
LiveTotalsById: TypeAlias = dict[int, LiveTotals | None]  # None for an indicator that counts nothing now


def differing_totals(session: Session, period: Period, only: ColumnElement[bool]) -> LiveTotalsById:
    """Those of indicators for which `only` holds; the live totals of all others are the posted ones."""
    year = period.year
    months = Actual.period.between(period.first_of_year, Period(year, 12))
    rolled_up_at = session.scalar(select(func.max(Actual.posted_at)).where(months))
    if rolled_up_at is None:
        return {}
    of_year = Activity.project_id.in_(select(Project.id).where(Project.year == year))
    last_day = period.last_day
    candidates = candidates_since(session, rolled_up_at, year=year, last_day=last_day, among=of_year)
    if candidates is None:
        return _computed_anew(session, period, only)
    is_rule_changed = Indicator.id.in_(indicators_of_changed_rules(candidates.entries))
    records = _with_adjusted(session, candidates.ids, period)
    anew = _computed_anew(session, period, and_(only, is_rule_changed))
    return _corrected(session, period, only, records) | anew


def _computed_anew(session: Session, period: Period, only: ColumnElement[bool]) -> LiveTotalsById:
    ids = session.scalars(select(Indicator.id).where(only)).all()
    return dict.fromkeys(ids) | live_totals(session, period, only=only) if ids else {}


def _with_adjusted(session: Session, ids: Mapping[str, Rows], period: Period) -> Mapping[str, Rows]:
    """The candidates, and the records of which later months hold adjustments of this one or those before."""
    is_later = Actual.period.between(period.next, Period(period.year, 12))
    has_adjustments = select(Actual.indicator_id).where(Actual.adjustments > 0, is_later)
    if session.scalar(has_adjustments.limit(1)) is None:
        return ids
    adjusted = (
        select(Posting.source, Posting.source_id)
        .join(Actual, and_(Actual.indicator_id == Posting.indicator_id, Actual.period == Posting.period))
        .where(Actual.adjustments > 0, is_later, Posting.occurred_on <= period.last_day)
        .cte("adjusted")
    )
    return {
        key: once_read(f"compared_{key}", rows, select(adjusted.c.source_id).where(adjusted.c.source == key))
        for key, rows in ids.items()
    }


def _corrected(
    session: Session, period: Period, only: ColumnElement[bool], records: Mapping[str, Rows]
) -> LiveTotalsById:
    """The posted totals and what the records add to them since."""
    sources = _sources_with_records(session, records)
    measures = measures_used(session, period.year)
    used = [each for each in measures if any(source in sources for source in each.sources)]
    if not used:
        return {}
    identity = _by_identity(period, used, sources, records)
    moved = session.execute(_moved_totals(identity)).all()
    posted = _posted_actuals(session, period, only, [row.indicator_id for row in moved])
    measure_of = {indicator_id: BY_KEY[row.measure] for indicator_id, row in posted.items() if row.measure}
    keyed = [each for each, measure in measure_of.items() if measure.aggregation.counts_keys]
    keys = _moved_keys(session, identity, period, keyed)
    return {
        row.indicator_id: _totals(
            measure_of[row.indicator_id], posted[row.indicator_id], row, keys.get(row.indicator_id, 0)
        )
        for row in moved
        if row.indicator_id in measure_of
    }


def _totals(measure: Measure, posted: Actual, moved: Row[Any], moved_keys: int) -> LiveTotals:
    amount = moved_keys if measure.aggregation.counts_keys else int(moved.amount)
    base = None if measure.aggregation.base is None else (posted.base or 0) + int(moved.base)
    return LiveTotals((posted.amount or 0) + amount, base, posted.records + int(moved.records))


def _sources_with_records(session: Session, records: Mapping[str, Rows]) -> list[Source]:
    row = session.execute(select(*(exists(records[source.key]) for source in SOURCES))).one()
    return [source for source, has_records in zip(SOURCES, row, strict=True) if has_records]


def _posted_actuals(
    session: Session, period: Period, only: ColumnElement[bool], indicator_ids: Sequence[int]
) -> dict[int, Actual]:
    rows = session.scalars(
        select(Actual)
        .join(Indicator, Indicator.id == Actual.indicator_id)
        .where(Actual.period == period, Indicator.id.in_(indicator_ids), only)
    )
    return {row.indicator_id: row for row in rows}


def _by_identity(
    period: Period, measures: Sequence[Measure], sources: Sequence[Source], records: Mapping[str, Rows]
) -> CTE:
    """One row per indicator, record, key and day: what it contributes now, and what is posted of it."""
    now = union_all(*(contributions(each, period.year, records=records) for each in measures)).subquery("now")
    then = union_all(*(_posted(each.key, period, records[each.key]) for each in sources)).subquery("then")
    nothing = literal(0, Integer)
    amounts_now = [now.c.amount, now.c.base, nothing, nothing]
    amounts_then = [nothing, nothing, then.c.amount, then.c.base]
    side = union_all(
        _side(now, amounts_now).where(now.c.occurred_on <= period.last_day), _side(then, amounts_then)
    ).subquery("side")
    identity = [side.c[name] for name in IDENTITY]
    sums = [func.sum(side.c[name]).label(name) for name in _SIDES]
    # the numbers first: comparing them sorts the rows faster than comparing texts
    by_number = sorted(identity, key=lambda column: column.key not in {"source_id", "indicator_id"})
    return select(*identity, *sums).group_by(*by_number).cte("identity")


def _side(rows: Subquery, amounts: Sequence[ColumnElement[int]]) -> Rows:
    labelled = (column.label(name) for column, name in zip(amounts, _SIDES, strict=True))
    return select(*(rows.c[name] for name in IDENTITY), *labelled)


def _posted(source: str, period: Period, ids: Rows) -> Rows:
    return select(*(getattr(Posting, name) for name in IDENTITY), Posting.amount, Posting.base).where(
        Posting.source == source,
        Posting.source_id.in_(ids),
        Posting.period.between(period.first_of_year, period),
    )


def _moved_totals(identity: CTE) -> Rows:
    """Per indicator with a difference: what the records add to its amount, base and number of records."""
    amount, base = identity.c.now_amount - identity.c.then_amount, identity.c.now_base - identity.c.then_base
    counts_now = or_(identity.c.now_amount != 0, identity.c.now_base != 0)
    counted_then = or_(identity.c.then_amount != 0, identity.c.then_base != 0)
    of_record = (identity.c.source_id, identity.c.indicator_id, identity.c.source)
    record = (
        select(
            identity.c.indicator_id,
            func.sum(amount).label("amount"),
            func.sum(base).label("base"),
            (_any(counts_now) - _any(counted_then)).label("records"),
            _any(or_(amount != 0, base != 0)).label("is_changed"),
        )
        .group_by(*of_record)
        .subquery("record")
    )
    sums = [func.sum(record.c[name]).label(name) for name in ("amount", "base", "records")]
    return (
        select(record.c.indicator_id, *sums)
        .group_by(record.c.indicator_id)
        .having(func.max(record.c.is_changed) == 1)
    )


def _any(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.max(case((condition, 1), else_=0))


def _moved_keys(
    session: Session, identity: CTE, period: Period, indicator_ids: Sequence[int]
) -> dict[int, int]:
    """Per indicator, how many keys more it counts now; other records may hold a key as well."""
    if not indicator_ids:
        return {}
    moved = (
        select(
            identity.c.indicator_id,
            identity.c.key,
            func.sum(identity.c.now_amount - identity.c.then_amount).label("moved"),
        )
        .where(identity.c.indicator_id.in_(indicator_ids))
        .group_by(identity.c.indicator_id, identity.c.key)
        .having(func.sum(identity.c.now_amount - identity.c.then_amount) != 0)
        .cte("moved_key")
    )
    posted = select(Posting.indicator_id, Posting.key, Posting.amount, literal(0, Integer)).where(
        Posting.indicator_id.in_(indicator_ids),
        Posting.period.between(period.first_of_year, period),
        Posting.key.in_(select(moved.c.key)),
    )
    none = literal(0, Integer).label("then")
    parts = union_all(select(moved.c.indicator_id, moved.c.key, none, moved.c.moved), posted).subquery("part")
    then, more = func.sum(parts.c.then), func.sum(parts.c.moved)
    key = (
        select(parts.c.indicator_id, (_is_counted(then + more) - _is_counted(then)).label("added"))
        .group_by(parts.c.indicator_id, parts.c.key)
        .subquery("key")
    )
    rows = session.execute(select(key.c.indicator_id, func.sum(key.c.added)).group_by(key.c.indicator_id))
    return {indicator_id: int(count) for indicator_id, count in rows}


def _is_counted(amount: ColumnElement[int]) -> ColumnElement[int]:
    return case((amount > 0, 1), else_=0)
