"""Reads the list of activities from today backwards, page by page at the place of a row, and all of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.queries import ActivityFilters, activities_loaded, filter_conditions

PAGE_SIZE = 20
BATCH = 500  # activities held at a time while a list is exported
_PLACE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place in the list, by its day and id."""

    on: date
    id: int

    @classmethod
    def of(cls, activity: Activity) -> "Place":
        return cls(activity.happens_on, activity.id)

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """The place written in an address, as 2024-06-12.7; None for anything else."""
        match = _PLACE.fullmatch(text)
        try:
            return cls(date.fromisoformat(match[1]), int(match[2])) if match else None
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.on.isoformat()}.{self.id}"


@dataclass(frozen=True, slots=True)
class ActivityStretch:
    """Neighbouring rows of the list, the latest first, and how many activities there are, and after today.

    `upcoming` are the nearest of those after today, the soonest first, where the list opens.
    """

    rows: Sequence[Activity]
    upcoming: Sequence[Activity]
    total: int
    after_today: int
    has_newer: bool
    has_older: bool


def activities_found(
    session: Session,
    user: User | None,
    filters: ActivityFilters,
    *,
    today: date,
    before: Place | None = None,
    after: Place | None = None,
) -> ActivityStretch:
    """The rows beside a place, else from today backwards with the nearest upcoming ones."""
    matching = _matching(user, filters)
    total, after_today = session.execute(_counts(matching, today)).one()
    if after is not None:
        newer = _ids(session, matching, _row(matching) > _values(after), is_descending=False)
        ids, more = newer[:PAGE_SIZE][::-1], len(newer) > PAGE_SIZE
        return ActivityStretch(_loaded(session, ids), (), total, after_today, more, has_older=True)
    until = _row(matching) < _values(before) if before else matching.c.happens_on <= today
    older = _ids(session, matching, until, is_descending=True)
    nearest = [] if before or not after_today else _nearest(session, matching, today)
    return ActivityStretch(
        rows=_loaded(session, older[:PAGE_SIZE]),
        upcoming=_loaded(session, nearest),
        total=total,
        after_today=after_today,
        has_newer=before is not None,
        has_older=len(older) > PAGE_SIZE,
    )


def all_activities_found(session: Session, user: User | None, filters: ActivityFilters) -> Iterator[Activity]:
    """The same activities to the last one, the latest first, read as they are used."""
    rows = activities_loaded().where(*filter_conditions(user, filters))
    ordered = rows.order_by(Activity.happens_on.desc(), Activity.id.desc())
    return iter(session.scalars(ordered, execution_options={"yield_per": BATCH}))


def _matching(user: User | None, filters: ActivityFilters) -> Any:
    """What meets the filters: as a table that is read once where a text is searched in every row."""
    rows = select(Activity.id, Activity.happens_on).where(*filter_conditions(user, filters))
    return rows.cte("matching") if filters.text else rows.subquery("matching")


def _counts(matching: CTE | Any, today: date) -> Select[int, int]:
    is_after = matching.c.happens_on > today
    return select(func.count(), func.count().filter(is_after)).select_from(matching)


def _row(matching: Any) -> Any:
    return tuple_(matching.c.happens_on, matching.c.id)


def _values(place: Place) -> Any:
    return tuple_(place.on, place.id)


def _ids(
    session: Session, matching: Any, condition: ColumnElement[bool], *, is_descending: bool
) -> Sequence[int]:
    """The ids beside the place, one more than a page holds."""
    order = matching.c.happens_on, matching.c.id
    rows = select(matching.c.id).where(condition)
    rows = rows.order_by(*(each.desc() for each in order)) if is_descending else rows.order_by(*order)
    return session.scalars(rows.limit(PAGE_SIZE + 1)).all()


def _nearest(session: Session, matching: Any, today: date) -> Sequence[int]:
    return _ids(session, matching, matching.c.happens_on > today, is_descending=False)[:PAGE_SIZE]


def _loaded(session: Session, ids: Sequence[int]) -> list[Activity]:
    """The activities with what a row shows, in the order of their ids."""
    if not ids:
        return []
    by_id = {each.id: each for each in session.scalars(activities_loaded().where(Activity.id.in_(ids)))}
    return [by_id[id_] for id_ in ids]
