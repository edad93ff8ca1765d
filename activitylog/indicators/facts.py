"""Facts that join several features, and figures typed in by hand."""

from collections.abc import Collection, Mapping

from sqlalchemy import BigInteger, Integer, String, Subquery, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from activitylog.activities.facts import ACTIVITY, activity_facts, planned_activity_facts
from activitylog.activities.sources import Record, Source, TrailKind
from activitylog.core.dialects import PooledRows, Rows
from activitylog.expenses.facts import EXPENSE, expense_facts
from activitylog.indicators.models import ManualEntry
from activitylog.milestones.facts import MILESTONE, due_milestone_facts
from activitylog.projects.models import Indicator
from activitylog.publicity.facts import RELEASE, release_facts

_RECORD = ("project_id", "activity_id", "source", "source_id", "occurred_on")
_COLUMNS = (*_RECORD, "on_time", "due")


def _titles(session: Session, ids: Collection[int]) -> dict[int, Record]:
    entries = session.scalars(select(ManualEntry).where(ManualEntry.id.in_(ids)))
    return {entry.id: Record(entry.reason, note=f"依据：{entry.evidence}") for entry in entries}


MANUAL = Source(
    80,
    "manual",
    "人工填报",
    "笔填报",
    ManualEntry,
    dates=(ManualEntry.entered_on,),
    trail=(TrailKind("manual", ManualEntry),),
    titles=_titles,
)


def everything_due_facts(records: Mapping[str, Rows] | None = None) -> PooledRows:
    """Activities, releases and milestones that were due, pooled; on time 0 or 1.

    Only of `records`, if given: their ids by the key of their source.
    """
    parts = ((ACTIVITY, planned_activity_facts), (RELEASE, release_facts), (MILESTONE, due_milestone_facts))
    pooled = [(source, _pooled(facts().subquery())) for source, facts in parts]
    if records is None:
        return union_all(*(rows for _, rows in pooled))
    return union_all(
        *(rows.where(rows.selected_columns.source_id.in_(records[source.key])) for source, rows in pooled)
    )


def _pooled(part: Subquery) -> Rows:
    """The columns all three share; a milestone hangs on no activity."""
    return select(*(part.c[name] if name in part.c else null().label(name) for name in _COLUMNS))


def cost_facts(records: Mapping[str, Rows] | None = None) -> PooledRows:
    """Expenses on the day they were paid, and the activities and heads they are divided by, pooled.

    Only of `records`, if given: their ids by the key of their source.
    """
    paid, held = expense_facts().subquery(), activity_facts().subquery()
    nothing = literal(0)
    expenses = select(
        *(paid.c[name] for name in _RECORD),
        paid.c.attached_to,
        paid.c.expense_kind,
        paid.c.paid_fen,
        *(nothing.label(name) for name in ("one", "audience_onsite", "audience_online")),
    )
    activities = select(
        *(held.c[name] for name in _RECORD),
        cast(null(), Integer).label("attached_to"),
        cast(null(), String).label("expense_kind"),
        cast(nothing, BigInteger).label("paid_fen"),
        *(held.c[name] for name in ("one", "audience_onsite", "audience_online")),
    )
    if records is None:
        return union_all(expenses, activities)
    return union_all(
        expenses.where(paid.c.source_id.in_(records[EXPENSE.key])),
        activities.where(held.c.source_id.in_(records[ACTIVITY.key])),
    )


def manual_facts() -> Rows:
    """One row per figure typed in; it counts for its own indicator alone."""
    return (
        select(
            Indicator.project_id,
            ManualEntry.indicator_id,
            literal(MANUAL.key).label("source"),
            ManualEntry.id.label("source_id"),
            ManualEntry.entered_on.label("occurred_on"),
            ManualEntry.amount,
        )
        .join(Indicator, Indicator.id == ManualEntry.indicator_id)
        .where(ManualEntry.is_counted)
    )
