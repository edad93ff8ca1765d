"""Queries of photos: those of an activity, their number, and those similar to another activity's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, bindparam, func, or_, select, union
from sqlalchemy.orm import Session, aliased, joinedload

from activitylog.accounts.models import User
from activitylog.activities.models import Activity, Photo, PhotoBand
from activitylog.activities.photos.rules import are_similar
from activitylog.activities.rules import Status
from activitylog.errors import Missing
from activitylog.projects.queries import visible_to

MOST_SUSPECTED = 2000  # pairs compared


@dataclass(frozen=True, slots=True)
class PhotoAlarm:
    """A photo that is the same as, or similar to, a photo of another activity.

    `is_visible` says whether the person who looks may see the other activity.
    """

    photo: Photo
    other: Photo
    is_same: bool
    is_visible: bool


def photos_of(session: Session, activity_id: int) -> Sequence[Photo]:
    """All photos of an activity in their order, withdrawn ones included."""
    rows = select(Photo).where(Photo.activity_id == activity_id).order_by(Photo.position)
    return session.scalars(rows.options(joinedload(Photo.created_by), joinedload(Photo.withdrawn_by))).all()


def photo_of(session: Session, activity: Activity, photo_id: int) -> Photo:
    """One photo of the activity, withdrawn or not."""
    photo = session.get(Photo, photo_id)
    if photo is None or photo.activity_id != activity.id:
        raise Missing(f"活动“{activity.title}”没有这张照片，请回到活动页面查看。")
    return photo


def photos_per_activity() -> Select[int, int]:
    """Rows of `activity_id` and `photos`, the number not withdrawn; an activity without any has no row."""
    return (
        select(Photo.activity_id, func.count().label("photos"))
        .where(Photo.withdrawn_at.is_(None))
        .group_by(Photo.activity_id)
    )


def photo_counts(session: Session, activity_ids: Collection[int]) -> dict[int, int]:
    """The number of photos not withdrawn of each activity, 0 included."""
    counted = session.execute(photos_per_activity().where(Photo.activity_id.in_(activity_ids)))
    return dict.fromkeys(activity_ids, 0) | {row.activity_id: row.photos for row in counted}


def photo_alarms(session: Session, activity: Activity, by: User) -> list[PhotoAlarm]:
    """The activity's photos that other activities, not cancelled, have too; the same before the similar."""
    pairs = session.execute(_similar_pairs(), {"here": activity.id}).all()
    found = {
        (row.id, row.other_id): row.is_same for row in pairs if row.is_same or are_similar(row[2], row[3])
    }
    by_id = _photos(session, {photo_id for pair in found for photo_id in pair}) if found else {}
    others = {by_id[other].activity_id for _, other in found}
    is_visible = Activity.id.in_(others), visible_to(by, Activity.project_id)
    visible = set(session.scalars(select(Activity.id).where(*is_visible))) if others else set()
    alarms = (
        PhotoAlarm(by_id[mine], by_id[other], is_same, by_id[other].activity_id in visible)
        for (mine, other), is_same in found.items()
    )
    return sorted(alarms, key=lambda alarm: (not alarm.is_same, alarm.photo.position, alarm.other.id))


def _photos(session: Session, ids: Collection[int]) -> dict[int, Photo]:
    found = session.scalars(select(Photo).where(Photo.id.in_(ids)).options(joinedload(Photo.activity)))
    return {photo.id: photo for photo in found}


@cache  # building it takes ten times as long as running it
def _similar_pairs() -> Select[int, int, str | None, str | None, bool]:
    """Pairs of its photo and another's that share a file, a picture or a part of a fingerprint.

    With both fingerprints, and `is_same` of those that are one file or picture.
    """
    mine, other = aliased(Photo), aliased(Photo)
    my_band, other_band = aliased(PhotoBand), aliased(PhotoBand)
    here = mine.activity_id == bindparam("here")
    shared = union(
        select(mine.id, other.id.label("other_id"))
        .join(other, other.original_sha256 == mine.original_sha256)
        .where(here),
        select(mine.id, other.id).join(other, other.file_id == mine.file_id).where(here),
        select(mine.id, other_band.photo_id)
        .join(my_band, my_band.photo_id == mine.id)
        .join(other_band, other_band.band == my_band.band)
        .where(here),
    ).subquery()
    left, right = aliased(Photo), aliased(Photo)
    is_same = or_(left.original_sha256 == right.original_sha256, left.file_id == right.file_id)
    return (
        select(shared.c.id, shared.c.other_id, left.fingerprint, right.fingerprint, is_same.label("is_same"))
        .join(left, left.id == shared.c.id)
        .join(right, right.id == shared.c.other_id)
        .join(Activity, Activity.id == right.activity_id)
        .where(
            right.activity_id != left.activity_id,
            left.withdrawn_at.is_(None),
            right.withdrawn_at.is_(None),
            Activity.status != Status.WITHDRAWN,
        )
        .order_by(shared.c.id, shared.c.other_id)
        .limit(MOST_SUSPECTED)
    )
