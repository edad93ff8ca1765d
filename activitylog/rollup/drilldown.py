"""Reads the records behind a figure, and the figures behind an activity: both by the postings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, SQLColumnExpression, and_, case, func, literal, select
from sqlalchemy.orm import Session, selectinload

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.sources import Record
from activitylog.core.dialects import Rows, month_of
from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.aggregation import AggregationKind, Figure
from activitylog.indicators.measures import BY_KEY, MEASURES, measures_counting
from activitylog.indicators.models import Rule
from activitylog.indicators.sources import SOURCES, records_of
from activitylog.projects.models import Indicator, Project
from activitylog.projects.queries import visible_to
from activitylog.publicity.models import MediaReport, Push
from activitylog.rollup.contributions import project_scopes
from activitylog.rollup.models import Posting

_BATCH = 2000
_ORDER = (Posting.period, Posting.occurred_on, Posting.source, Posting.source_id, Posting.key, Posting.id)


@dataclass(frozen=True, slots=True)
class PostingRow:
    """One posting with the record it came from.

    `counted` is what it adds to the figure: where distinct keys are counted 1 for the record that brought
    the key, 0 for one that repeats it and -1 for the one whose withdrawal took it away; otherwise the amount.
    """

    source: str
    source_id: int
    key: str
    occurred_on: date
    period: Period
    amount: int
    base: int
    counted: int
    record: Record

    @property
    def is_adjustment(self) -> bool:
        """Whether it is dated before the month it is posted in."""
        return self.occurred_on < self.period.first_day

    @property
    def is_repeat(self) -> bool:
        return self.amount > 0 and self.counted == 0


@dataclass(frozen=True, slots=True)
class PostingSum:
    """Some of a month's postings, summed."""

    counted: int = 0
    base: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class MonthSum:
    """The postings of one month, summed: its own days', and adjustments for earlier months."""

    period: Period
    own: PostingSum
    adjusted: PostingSum

    @property
    def counted(self) -> int:
        return self.own.counted + self.adjusted.counted

    @property
    def base(self) -> int:
        return self.own.base + self.adjusted.base

    @property
    def rows(self) -> int:
        return self.own.rows + self.adjusted.rows


def contributions_to(
    session: Session, indicator_id: int, period: Period, *, limit: int | None = None, offset: int = 0
) -> list[PostingRow]:
    """The postings the actual of that month is the aggregation of, the latest month first."""
    listed = _up_to(period, select(Posting.id, Posting.key), indicator_id)
    listed = listed.order_by(*(column.desc() for column in _ORDER)).limit(limit).offset(offset)
    page = listed.cte("listed")
    kind = _kind_of(session, indicator_id)
    is_read = Posting.id.in_(select(page.c.id))
    if kind is AggregationKind.DISTINCT:  # whether a posting brings its key depends on those before it
        is_read = Posting.key.in_(select(page.c.key))
    postings = _postings(kind, indicator_id, period).where(is_read).subquery("posting_row")
    rows = session.execute(
        select(postings)
        .where(postings.c.id.in_(select(page.c.id)))
        .order_by(*(postings.c[column.key].desc() for column in _ORDER))
    ).all()
    return _posting_rows(session, rows)


def all_contributions_to(session: Session, row: IndicatorActual, period: Period) -> Iterator[PostingRow]:
    """All of them, in posted order, a batch in memory at a time."""
    kind = row.measure.aggregation.kind if row.measure else AggregationKind.TOTAL
    postings = _postings(kind, row.indicator_id, period).order_by(*_ORDER)
    streamed = session.execute(postings, execution_options={"yield_per": _BATCH})
    for rows in streamed.partitions(_BATCH):
        yield from _posting_rows(session, rows)


def _posting_rows(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[PostingRow]:
    records = records_of(session, {(row.source, row.source_id) for row in rows})
    return [
        PostingRow(
            source=row.source,
            source_id=row.source_id,
            key=row.key,
            occurred_on=row.occurred_on,
            period=row.period,
            amount=row.amount,
            base=row.base,
            counted=int(row.counted),
            record=records[row.source, row.source_id],
        )
        for row in rows
    ]


def month_sums(session: Session, indicator_id: int, period: Period) -> list[MonthSum]:
    """The same postings summed by their month, in order; months with none are left out."""
    postings = _postings(_kind_of(session, indicator_id), indicator_id, period).subquery("posting_row")
    rows = session.execute(
        select(
            postings.c.period,
            postings.c.is_adjustment,
            func.sum(postings.c.counted).label("counted"),
            func.sum(postings.c.base).label("base"),
            func.count().label("rows"),
        ).group_by(postings.c.period, postings.c.is_adjustment)
    ).all()
    parts = {
        (row.period, bool(row.is_adjustment)): PostingSum(int(row.counted), int(row.base), row.rows)
        for row in rows
    }
    months = sorted({month for month, _ in parts})
    return [
        MonthSum(month, parts.get((month, False), PostingSum()), parts.get((month, True), PostingSum()))
        for month in months
    ]


def key_sums(session: Session, indicator_id: int, period: Period) -> dict[str, int]:
    """How many records each counted key has, up to the month."""
    rows = session.execute(
        select(Posting.key, func.sum(Posting.amount).label("amount"))
        .where(Posting.indicator_id == indicator_id, Posting.period.between(period.first_of_year, period))
        .group_by(Posting.key)
        .having(func.sum(Posting.amount) > 0)
    )
    return {row.key: int(row.amount) for row in sorted(rows, key=lambda row: row.key)}


def summed(kind: AggregationKind, months: Sequence[MonthSum]) -> Figure:
    """The aggregation of all postings of these months, from their sums."""
    base = sum(month.base for month in months) if kind.is_quotient else None
    return Figure(sum(month.counted for month in months), base)


def _kind_of(session: Session, indicator_id: int) -> AggregationKind:
    measure = BY_KEY.get(session.scalar(select(Rule.measure).where(Rule.indicator_id == indicator_id)) or "")
    return measure.aggregation.kind if measure else AggregationKind.TOTAL


def _up_to(period: Period, rows: Rows, indicator_id: int) -> Rows:
    return rows.where(
        Posting.indicator_id == indicator_id, Posting.period.between(period.first_of_year, period)
    )


def _postings(kind: AggregationKind, indicator_id: int, period: Period) -> Rows:
    rows = select(
        *_ORDER,
        Posting.amount,
        Posting.base,
        case((month_of(Posting.occurred_on) < Posting.period, 1), else_=0).label("is_adjustment"),
        _counted(kind).label("counted"),
    )
    return _up_to(period, rows, indicator_id)


def _counted(kind: AggregationKind) -> SQLColumnExpression[Any]:
    if kind is not AggregationKind.DISTINCT:
        return Posting.amount
    running_sum = func.sum(Posting.amount).over(partition_by=Posting.key, order_by=_ORDER, rows=(None, 0))
    return _as_one(running_sum) - _as_one(running_sum - Posting.amount)


def _as_one(running_sum: ColumnElement[Any]) -> ColumnElement[int]:
    return case((running_sum > 0, literal(1)), else_=literal(0))


_SOURCES = tuple(source.key for source in SOURCES if source.is_activity)


@dataclass(frozen=True, slots=True)
class CountedFor:
    """One indicator an activity counts for: the first month it was posted in, or is `due` to be."""

    indicator: Indicator
    project: str
    period: Period | None
    due: Period | None = None


@dataclass(frozen=True, slots=True)
class ArticlesCountFor:
    """The indicators that count an activity's pushes, and those that count its media reports."""

    pushes: Sequence[Indicator]
    reports: Sequence[Indicator]


def indicators_counting(session: Session, activity: Activity, *, by: User) -> list[CountedFor]:
    """The indicators the person may open, of the project and its umbrella, whose rules the activity meets."""
    met = _rules_met(session, activity, measures_counting(Activity), by)
    first_posted = _first_posted(session, activity, [indicator.id for indicator, _, _ in met])
    return [CountedFor(indicator, project, first_posted.get(indicator.id)) for indicator, project, _ in met]


def indicators_of_quality(session: Session, activity: Activity, *, by: User) -> list[str]:
    """The names of those that an open item of the activity's quality check lowers, each once."""
    measures = [measure.key for measure in MEASURES if measure.falls_with_quality]
    met = _rules_met(session, activity, measures, by)
    return list(dict.fromkeys(indicator.name for indicator, _, _ in met))


def indicators_counting_articles(session: Session, activity: Activity, *, by: User) -> ArticlesCountFor:
    """Those of them that count what is published about the activity."""
    of_pushes, of_reports = measures_counting(Push), measures_counting(MediaReport)
    met = _rules_met(session, activity, (*of_pushes, *of_reports), by)
    return ArticlesCountFor(
        pushes=[indicator for indicator, _, rule in met if rule.measure in of_pushes],
        reports=[indicator for indicator, _, rule in met if rule.measure in of_reports],
    )


def _rules_met(
    session: Session, activity: Activity, measures: Sequence[str], by: User
) -> list[tuple[Indicator, str, Rule]]:
    scopes = project_scopes()
    rows = session.execute(
        select(Indicator, Project.name, Rule)
        .join(Project, Project.id == Indicator.project_id)
        .join(Rule, Rule.indicator_id == Indicator.id)
        .join(scopes, scopes.c.ancestor_id == Project.id)
        .where(
            scopes.c.project_id == activity.project_id,
            Rule.measure.in_(measures),
            visible_to(by, Project.id),
        )
        .options(
            *(selectinload(words) for words in (Rule.kinds, Rule.venue_kinds, Rule.forms, Rule.districts))
        )
        .order_by(Project.parent_id.is_(None), Indicator.position)
    )
    return [(indicator, project, rule) for indicator, project, rule in rows if _meets(activity, rule)]


def _meets(activity: Activity, rule: Rule) -> bool:
    is_of_kind = not rule.limits_kinds or any(kind in activity.kinds for kind in rule.kinds)
    venues = {row.venue_kind for row in rule.venue_kinds}
    words = {activity.form, *(kind.name for kind in activity.kinds)}
    is_of_form = not rule.limits_forms or any(row.form in words for row in rule.forms)
    places = {place.district for place in activity.districts}
    if not is_of_form or (
        rule.limits_districts and places.isdisjoint(row.district for row in rule.districts)
    ):
        return False
    return is_of_kind and (not rule.limits_venues or activity.venue_kind in venues)


def _first_posted(session: Session, activity: Activity, indicators: Sequence[int]) -> dict[int, Period]:
    rows = session.execute(
        select(Posting.indicator_id, func.min(Posting.period))
        .where(
            Posting.indicator_id.in_(indicators),
            and_(Posting.source.in_(_SOURCES), Posting.source_id == activity.id),
        )
        .group_by(Posting.indicator_id)
    )
    return {indicator_id: Period.parse(str(period)) for indicator_id, period in rows}
