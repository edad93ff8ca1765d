"""Counts the records of each month during the roll-up, since a page would take seconds."""

from collections.abc import Collection, Mapping
from typing import cast

from sqlalchemy import Table, case, func, literal, select
from sqlalchemy.orm import Session

from activitylog.activities.facts import SOURCE as ACTIVITY
from activitylog.core.dialects import insert_for
from activitylog.core.period import Period
from activitylog.publicity.facts import ACTIVITY_RELEASE
from activitylog.rollup.models import MonthRecords, Posting
from activitylog.rollup.postings import CHANGED_MONTH
from activitylog.rollup.roll_up_range import RollUpRange
from activitylog.surveys.facts import SOURCE as SURVEY


def write_month_records(session: Session, span: RollUpRange) -> None:
    """Count the open months whose postings changed, and those never counted."""
    changed = set(session.scalars(select(CHANGED_MONTH.c.period).distinct()))
    known = set(session.scalars(select(MonthRecords.period).where(span.is_open(MonthRecords.period))))
    months = [month for month in span.months if month in changed or month not in known]
    rows = [{"period": month, "records": count} for month, count in _counted(session, months).items()]
    if rows:
        adding = insert_for(session, cast(Table, MonthRecords.__table__))
        changes = {"records": adding.excluded.records}
        session.execute(adding.on_conflict_do_update(index_elements=["period"], set_=changes), rows)


def records_by_month(session: Session, months: Collection[Period]) -> Mapping[Period, int]:
    """The counts of rolled-up months; a month the roll-up has not counted is counted now."""
    stored = session.scalars(select(MonthRecords).where(MonthRecords.period.in_(months)))
    counts = {row.period: row.records for row in stored}
    return counts | _counted(session, [month for month in months if month not in counts])


def _counted(session: Session, months: Collection[Period]) -> dict[Period, int]:
    """An activity is one record, also by its survey and its release."""
    if not months:
        return {}
    source = case((Posting.source.in_((SURVEY, ACTIVITY_RELEASE)), literal(ACTIVITY)), else_=Posting.source)
    columns = (Posting.period, source.label("source"), Posting.source_id)
    records = select(*columns).where(Posting.period.in_(months)).distinct().subquery("record")
    rows = session.execute(select(records.c.period, func.count()).group_by(records.c.period))
    return dict.fromkeys(months, 0) | {row[0]: row[1] for row in rows}
