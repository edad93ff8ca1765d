"""What a booking is about: its months, and all records of some indicators or only the touched ones."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    MetaData,
    String,
    Table,
    and_,
    select,
    true,
    tuple_,
)

from activitylog.core.dialects import TOUCHED, Rows
from activitylog.core.period import Period
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.models import KeySum, Posting

POSTING = cast(Table, Posting.__table__)

# The touched records' postings of the year, copied since finding them among all is most of a booking's work;
# those that are new have no id.
TOUCHED_POSTING = Table(
    "touched_posting",
    MetaData(),
    *(Column(column.name, column.type) for column in POSTING.columns),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)

# Those of the touched records, one row an indicator, that are not booked as they would be now.
CHANGED_RECORD = Table(
    "changed_record",
    MetaData(),
    *(
        Column(name, POSTING.c[name].type, primary_key=True)
        for name in ("source", "source_id", "indicator_id")
    ),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)

# What the touched records' postings added to or took from each key in each month; lives as long as TOUCHED.
KEY_CHANGE = Table(
    "key_change",
    MetaData(),
    Column("indicator_id", Integer),
    Column("key", String(600)),
    Column("period", String(7)),
    Column("amount", BigInteger),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


@dataclass(frozen=True, slots=True)
class Booking:
    """The open months of a year that are booked, in order, and when; `through` was the last booked before."""

    months: tuple[Period, ...]
    now: datetime
    through: Period | None = None

    @property
    def last(self) -> Period:
        return self.months[-1]

    @property
    def begins_year(self) -> bool:
        """Whether no closed month holds anything that facts must be compared with."""
        return self.months[0].month == 1

    def holds(self, period: Any) -> ColumnElement[bool]:
        return cast(ColumnElement[bool], period.between(self.months[0], self.last))


@dataclass(frozen=True, slots=True)
class Scope:
    """`indicators` selects their ids; `as_booked` is of the touched records' postings before the booking."""

    indicators: Rows
    only_touched: bool = False
    as_booked: bool = False

    @property
    def posting(self) -> Table:
        """Where the postings are worked out."""
        return TOUCHED_POSTING if self.only_touched else POSTING

    def postings(self) -> ColumnElement[bool]:
        """The condition on the rows there."""
        if not self.only_touched:
            return POSTING.c.indicator_id.in_(self.indicators)
        return TOUCHED_POSTING.c.id.is_not(None) if self.as_booked else true()

    def touched_postings(self) -> ColumnElement[bool]:
        """The condition on all postings for those of the touched records."""
        touched = select(TOUCHED.c.source, TOUCHED.c.source_id)
        # Adding nothing keeps SQLite from reading all postings of the indicators to find the touched ones.
        of_indicators = (POSTING.c.indicator_id + 0).in_(self.indicators)
        return and_(of_indicators, tuple_(POSTING.c.source, POSTING.c.source_id).in_(touched))

    def key_sums(self) -> ColumnElement[bool]:
        """The condition on sums of keys."""
        of_indicators = KeySum.indicator_id.in_(self.indicators)
        if not self.only_touched:
            return of_indicators
        changed = select(KEY_CHANGE.c.indicator_id, KEY_CHANGE.c.key)
        return and_(of_indicators, tuple_(KeySum.indicator_id, KeySum.key).in_(changed))


def of_year(year: int, *, among: Collection[int] = (), without: Collection[int] = ()) -> Rows:
    """The ids of a year's indicators, of the named ones among them, or without those."""
    ids = select(Indicator.id).join(Project, Project.id == Indicator.project_id).where(Project.year == year)
    if among:
        ids = ids.where(Indicator.id.in_(among))
    return ids.where(Indicator.id.not_in(without)) if without else ids
