"""What a kind of record that can count is: its label, days, trail, titles and page, in one `Source`."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias
from urllib.parse import quote

from sqlalchemy import ColumnElement, SQLColumnExpression, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from activitylog.activities.models import Activity
from activitylog.audit.models import AuditEntry
from activitylog.core.dialects import Rows
from activitylog.core.period import Period


@dataclass(frozen=True, slots=True)
class Record:
    """A record as a list shows it: on its `activity`'s page, else on `page` of its project."""

    title: str
    source: str = ""
    page: str = ""
    project_id: int | None = None
    activity: str = ""
    activity_title: str = ""
    link: str = ""
    note: str = ""

    @property
    def address(self) -> str:
        """The page that shows it; "" where there is none."""
        if self.activity:
            return f"/activities/{quote(self.activity)}"
        return f"/projects/{self.project_id}/{self.page}" if self.page and self.project_id else ""


Lookup: TypeAlias = Callable[[Session, Collection[int]], dict[int, Record]]


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late records of a source are worded: `text` takes the due day and what `look_up` found."""

    look_up: Callable[[Session, Collection[int], Period], dict[int, Any]]
    text: Callable[[date, Any], str]
    verdict: str


@dataclass(frozen=True, slots=True)
class TrailKind:
    """Audit entries of one object type that concern a source's records.

    The record is the entry's own object, or with `is_by_activity` the activity it belongs to.
    """

    object_type: str
    model: Any
    is_by_activity: bool = False

    @property
    def column(self) -> InstrumentedAttribute[Any]:
        """The audit entry's column that holds the record's number."""
        return AuditEntry.activity_id if self.is_by_activity else AuditEntry.object_id


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """What activities receive that the audit trail does not record.

    `activities` selects those that may have received some since a moment; `count` takes a condition on
    activities and a moment, and says how many each of them has received since.
    """

    activities: Callable[[datetime], Rows]
    count: Callable[[Session, ColumnElement[bool], datetime], dict[int, int]]


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of record that can count.

    `rank` is its place in lists of all kinds; `key` is what its facts publish and postings hold beside the id
    of a row of `model`; `unit` is said of several, 3 场活动. `dates` are the columns it may count by, the
    decisive one first; `trail` the audit entries about it, its own first; `page` shows it under its project's
    address if it hangs on no activity. Facts that count something `unrecorded` take the ids of the activities
    to count it of, or none for all. What `tells_of_december` and is dated in the next January counts on the
    last day of its project's year.
    """

    rank: int
    key: str
    label: str
    unit: str
    model: Any
    dates: tuple[InstrumentedAttribute[Any], ...]
    trail: tuple[TrailKind, ...]
    titles: Lookup
    page: str = ""
    lateness: Lateness | None = None
    unrecorded: Unrecorded | None = None
    tells_of_december: bool = False

    @property
    def object_type(self) -> str:
        """The audit trail's word for a row of its model."""
        return self.trail[0].object_type

    @property
    def is_activity(self) -> bool:
        """Whether its id is an activity's."""
        return self.model is Activity

    @property
    def hangs_on_activity(self) -> bool:
        """Whether its rows belong to an activity and count by the activity's kinds and state."""
        return hasattr(self.model, "activity_id")

    @property
    def is_made_of_others(self) -> bool:
        """Whether records that belong to an activity decide what it counts."""
        return any(kind.is_by_activity for kind in self.trail)

    def depends_on(self, model: Any) -> bool:
        """Whether a change to a record of the model may change what it counts for."""
        return any(kind.model is model for kind in self.trail)


def fact_columns(source: Source, occurred_on: SQLColumnExpression[Any]) -> tuple[Any, ...]:
    """The columns every fact begins with: project, activity if it hangs on one, source, record and day.

    The activity a record hangs on is `attached_to` too: by its words the record counts once it is approved.
    """
    model = source.model
    activity: tuple[Any, ...] = ()
    if source.is_activity:
        activity = (model.id.label("activity_id"),)
    elif source.hangs_on_activity:
        activity = (model.activity_id, model.activity_id.label("attached_to"))
    key = literal(source.key).label("source")
    return model.project_id, *activity, key, model.id.label("source_id"), occurred_on.label("occurred_on")


def activity_titles(session: Session, ids: Collection[int]) -> dict[int, Record]:
    """The activities with these ids."""
    rows = session.execute(
        select(Activity.id, Activity.number, Activity.title, Activity.project_id).where(Activity.id.in_(ids))
    )
    return {row.id: Record(row.title, project_id=row.project_id, activity=row.number) for row in rows}


def titles_of(
    model: Any, title: Callable[[Any], str], note: Callable[[Any], str] = lambda _row: ""
) -> Lookup:
    """The lookup of a project's records by id, with the activity each may hang on."""

    def look_up(session: Session, ids: Collection[int]) -> dict[int, Record]:
        rows = session.execute(_with_activity(model).where(model.id.in_(ids)))
        return {
            row.id: Record(
                title(row),
                project_id=row.project_id,
                activity=getattr(row, "activity_number", None) or "",
                activity_title=getattr(row, "activity_title", None) or "",
                link=getattr(row, "link", ""),
                note=note(row),
            )
            for row in rows
        }

    return look_up


def _with_activity(model: Any) -> Rows:
    records = select(*model.__table__.c)
    if not hasattr(model, "activity_id"):
        return records
    activity = (Activity.number.label("activity_number"), Activity.title.label("activity_title"))
    return records.add_columns(*activity).outerjoin(Activity, Activity.id == model.activity_id)
