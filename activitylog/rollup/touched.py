"""What a booking must look at again: the records changed, answered or fallen due since the last one.

Every write to a fact or a rule is an entry of the audit trail, numbered without a gap in the order of the
commits; only survey answers are not, and they are numbered themselves. So the bookmark of the last booking
says what is new, and a booking's work grows with that and not with the year.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.orm import Session

from activitylog.activities.facts import SOURCE as ACTIVITY
from activitylog.activities.models import Activity
from activitylog.audit.models import AuditEntry
from activitylog.core.dialects import (
    TOUCHED,
    PooledRows,
    Rows,
    analyze,
    insert_for,
    json_text,
    start_empty,
    touched_ids,
)
from activitylog.core.period import Period
from activitylog.expenses.facts import SOURCE as EXPENSE
from activitylog.expenses.models import Expense
from activitylog.indicators.facts import MANUAL
from activitylog.milestones.facts import SOURCE as MILESTONE
from activitylog.projects.models import Indicator, Project
from activitylog.publicity.facts import ACTIVITY_RELEASE, MEDIA_REPORT, PUSH
from activitylog.publicity.models import MediaReport, Push
from activitylog.rollup.contributions import contributions
from activitylog.rollup.models import Actual, Bookmark, Finding
from activitylog.rollup.postings import measures_used
from activitylog.rollup.scope import of_year
from activitylog.surveys.facts import SOURCE as SURVEY
from activitylog.surveys.models import Response

# The trail's word for a record → its source in the books; what hangs on an activity is told by the activity.
_SOURCES = {
    "push": PUSH,
    "report": MEDIA_REPORT,
    "milestone": MILESTONE,
    "expense": EXPENSE,
    "manual": MANUAL,
}
_OF_ACTIVITY = {
    PUSH: (Push.id, Push.activity_id),
    MEDIA_REPORT: (MediaReport.id, MediaReport.activity_id),
    EXPENSE: (Expense.id, Expense.activity_id),
}
_REBUILDING = ("project", "indicator", "sample", "reopening")
# On PostgreSQL an answer may take its number before, and be committed after, one with a higher number: so
# many numbers back, those sent within this time before the last booking may not have been seen by it.
_OVERLAP = 1_000
_ON_THEIR_WAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """The last audit entry and the last answer there were."""

    entry_id: int
    response_id: int


def seen_now(session: Session) -> Seen:
    return Seen(
        session.scalar(select(func.max(AuditEntry.id))) or 0,
        session.scalar(select(func.max(Response.id))) or 0,
    )


def needs_rebuilding(session: Session, mark: Bookmark) -> bool:
    """Whether to book anew: more than records and rules has changed, or the last audit found something."""
    in_year = Finding.period.between(mark.through.first_of_year, Period(mark.year, 12))
    has_finding = session.scalar(select(Finding.id).where(in_year).limit(1)) is not None
    return has_finding or bool(rebuilding_kinds(session, mark))


def rebuilding_kinds(session: Session, mark: Bookmark) -> set[str]:
    """What changed since the bookmark that is no record of its own: promises, projects, reopened months.

    `trail` stands for entries that have been archived before they were booked.
    """
    first = session.scalar(select(func.min(AuditEntry.id)))
    if first is not None and first > mark.entry_id + 1:
        return {"trail"}
    others = select(Project.id).where(Project.year != mark.year)
    of_this_year = or_(AuditEntry.project_id.is_(None), AuditEntry.project_id.not_in(others))
    kinds = select(AuditEntry.object_type).where(
        AuditEntry.id > mark.entry_id, AuditEntry.object_type.in_(_REBUILDING), of_this_year
    )
    return set(session.scalars(kinds.distinct()))


def rules_changed(session: Session, mark: Bookmark, seen: Seen) -> list[int]:
    """The year's indicators whose rule is another than when they were booked."""
    of_year = select(Project.id).where(Project.year == mark.year)
    rows = select(AuditEntry.object_id).where(
        _new(mark, seen),
        AuditEntry.object_type == "rule",
        AuditEntry.object_id.in_(select(Indicator.id).where(Indicator.project_id.in_(of_year))),
    )
    return [int(each) for each in session.scalars(rows.distinct()) if each is not None]


def note_touched(session: Session, mark: Bookmark, seen: Seen, last: Period) -> None:
    """Fill TOUCHED with all records that changed since the bookmark, and those of months new to the books."""
    start_empty(session, TOUCHED)
    _add(session, _activities(session, mark, seen))
    for source in (SURVEY, ACTIVITY_RELEASE):
        _add(session, select(literal(source), TOUCHED.c.source_id).where(TOUCHED.c.source == ACTIVITY))
    for source, (record_id, activity_id) in _OF_ACTIVITY.items():
        _add(session, select(literal(source), record_id).where(activity_id.in_(touched_ids(ACTIVITY))))
    for kind, source in _SOURCES.items():
        _add(session, select(literal(source), AuditEntry.object_id).where(_new(mark, seen, kind)))
    if last > mark.through:
        _add_fallen_due(session, mark.through, last)
    analyze(session, TOUCHED)


def _activities(session: Session, mark: Bookmark, seen: Seen) -> PooledRows:
    """Activities written, answered or counted on paper, and those a record hangs on now or hung on."""
    moved_from = select(Activity.id).join(
        AuditEntry, Activity.number == json_text(AuditEntry.before, "activity")
    )
    booked_at = session.scalar(select(func.max(Actual.posted_at)).where(Actual.period == mark.through))
    may_be_late = Response.submitted_at > booked_at - _ON_THEIR_WAY if booked_at else true()
    answered = select(Response.activity_id).where(
        or_(
            Response.id > mark.response_id,
            and_(Response.id > mark.response_id - _OVERLAP, may_be_late),
        )
    )
    found = union(
        select(AuditEntry.object_id.label("id")).where(_new(mark, seen, "activity")),
        select(AuditEntry.activity_id).where(_new(mark, seen), AuditEntry.activity_id.is_not(None)),
        moved_from.where(_new(mark, seen), AuditEntry.object_type.in_(_SOURCES)),
        answered,
    ).subquery("found")
    return select(literal(ACTIVITY), cast(found.c.id, BigInteger))  # type: ignore[return-value]


def _add_fallen_due(session: Session, through: Period, last: Period) -> None:
    """Records dated in months that were not booked before, however long ago they were written."""
    for measure in measures_used(session, of_year(last.year)):
        part = contributions(measure, last.year).subquery("contribution")
        is_new = part.c.occurred_on.between(through.end, last.last_day)
        _add(session, select(part.c.source, part.c.source_id).where(is_new).distinct())


def _new(mark: Bookmark, seen: Seen, kind: str = "") -> ColumnElement[bool]:
    since = AuditEntry.id.between(mark.entry_id + 1, seen.entry_id)
    return and_(since, AuditEntry.object_type == kind) if kind else since


def _add(session: Session, rows: Rows | PooledRows) -> None:
    part = rows.subquery("part")
    source, source_id = part.c
    wanted = select(source, source_id).where(source_id.is_not(None))
    session.execute(
        insert_for(session, TOUCHED).from_select(["source", "source_id"], wanted).on_conflict_do_nothing()
    )
