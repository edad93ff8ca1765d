"""Reads the list of activities from today backwards, page by page at the place of a row, and all of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_, union_all
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
    parts = [_counts(matching, today)]
    if after is not None:
        parts.append(_ids("rows", matching, _row(matching) > _values(after), is_descending=False))
    else:
        until = _row(matching) < _values(before) if before else matching.c.happens_on <= today
        parts.append(_ids("rows", matching, until, is_descending=True))
        parts += (
            [] if before else [_ids("upcoming", matching, matching.c.happens_on > today, is_descending=False)]
        )
    found = session.execute(union_all(*parts)).all()
    total, after_today = next((row.number, row.after_today) for row in found if row.part == "counts")
    ids = {part: [row.number for row in found if row.part == part] for part in ("rows", "upcoming")}
    loaded = _loaded(session, ids["rows"], is_descending=after is None)
    rows, has_more = loaded[:PAGE_SIZE], len(loaded) > PAGE_SIZE
    return ActivityStretch(
        rows=rows if after is None else rows[::-1],
        upcoming=_loaded(session, ids["upcoming"], is_descending=False)[:PAGE_SIZE],
        total=total,
        after_today=after_today,
        has_newer=before is not None if after is None else has_more,
        has_older=has_more if after is None else True,
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


def _counts(matching: Any, today: date) -> Select[str, int, int]:
    after_today = func.count().filter(matching.c.happens_on > today)
    return select(
        literal("counts").label("part"), func.count().label("number"), after_today.label("after_today")
    ).select_from(matching)


def _row(matching: Any) -> Any:
    return tuple_(matching.c.happens_on, matching.c.id)


def _values(place: Place) -> Any:
    return tuple_(place.on, place.id)


def _ids(part: str, matching: Any, condition: ColumnElement[bool], *, is_descending: bool) -> Select[Any]:
    """The ids beside a place, one more than a page holds."""
    order = matching.c.happens_on, matching.c.id
    rows = select(matching.c.id).where(condition).limit(PAGE_SIZE + 1)
    rows = rows.order_by(*(each.desc() for each in order)) if is_descending else rows.order_by(*order)
    return select(literal(part), rows.subquery().c.id, literal(0))


def _loaded(session: Session, ids: Sequence[int], *, is_descending: bool) -> list[Activity]:
    """The activities with what a row shows, in the order of the list."""
    found = session.scalars(activities_loaded().where(Activity.id.in_(ids))) if ids else ()
    return sorted(found, key=lambda each: (each.happens_on, each.id), reverse=is_descending)
