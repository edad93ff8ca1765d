"""Edits venues, and merges two that are one place; activities keep the venue recorded."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities import rules
from activitylog.activities.models import Venue
from activitylog.core.text.words import read_name, read_word
from activitylog.errors import BadInput, Refused


def edit_venue(
    session: Session, venue: Venue, *, name: str, district: str, kind: str, capacity: int | None
) -> Venue:
    """Edit a venue; all its activities show the new name."""
    name, kind = read_name(name), read_word(kind)
    if not name:
        raise BadInput("请填写场所名称。", field="name")
    rules.check_length("venue_name", name)
    rules.check_length("venue_kind", kind)
    if capacity is not None and not 1 <= capacity <= rules.MAX_HEADS:
        sentence = f"最多容纳的人数应在 1 到 {rules.MAX_HEADS:,} 之间；不知道的，请留空。"
        raise BadInput(sentence, field="capacity")
    if district:
        rules.check_districts([district])
    twin = select(Venue.id).where(Venue.name == name, Venue.district == district, Venue.id != venue.id)
    if session.scalar(twin) is not None:
        raise Refused(f"已经有名为“{name}”的场所；是同一处的，请用“合并”。", field="name")
    venue.name, venue.district, venue.kind, venue.capacity = name, district, kind, capacity
    session.flush()
    return venue


def merge_venue(session: Session, venue: Venue, into: Venue, *, by: User, now: datetime) -> None:
    """Merge a venue, and those merged into it before, into another."""
    if into.id == venue.id:
        raise Refused("不能把一个场所合并到它自己，请选另一个场所。")
    for merged in (venue, into):
        if merged.merged_into is not None:
            raise Refused(f"“{merged.name}”已合并到“{merged.merged_into.name}”，请先撤销那次合并。")
    earlier = session.scalars(select(Venue).where(Venue.merged_into_id == venue.id)).all()
    for each in (venue, *earlier):
        each.merged_into = into
        each.merged_at = now
        each.merged_by_id = by.id
    session.flush()


def separate_venue(session: Session, venue: Venue) -> Venue:
    """Undo a merge; returns the venue it had been merged into."""
    into = venue.merged_into
    if into is None:
        raise Refused(f"“{venue.name}”没有合并到别的场所，不用撤销。")
    venue.merged_into = None
    venue.merged_at = None
    venue.merged_by_id = None
    session.flush()
    return into
