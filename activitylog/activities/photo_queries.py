"""Photos read: those of an activity, how many stand, and which prove another activity, too."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select, union
from sqlalchemy.orm import Session, aliased, joinedload

from activitylog.activities.likeness import is_alike
from activitylog.activities.models import Activity
from activitylog.activities.photo_models import Photo, PhotoBand
from activitylog.activities.rules import Status
from activitylog.errors import Missing

MOST_SUSPECTED = 2000  # pairs looked at: beyond that a picture is too plain to be told from others


@dataclass(frozen=True, slots=True)
class PhotoAlarm:
    """A standing photo that another activity shows as well: the same file or picture, or one nearly alike."""

    photo: Photo
    other: Photo
    is_same: bool


def photos_of(session: Session, activity_id: int) -> Sequence[Photo]:
    """All photos of an activity in their order, the withdrawn among them."""
    wanted = select(Photo).where(Photo.activity_id == activity_id).order_by(Photo.position)
    return session.scalars(wanted.options(joinedload(Photo.created_by), joinedload(Photo.withdrawn_by))).all()


def photo_of(session: Session, activity: Activity, photo_id: int) -> Photo:
    """One photo of the activity, withdrawn or not."""
    photo = session.get(Photo, photo_id)
    if photo is None or photo.activity_id != activity.id:
        raise Missing(f"活动“{activity.title}”没有这张照片，请回到活动页面查看。")
    return photo


def photo_numbers() -> Select[int, int]:
    """Rows of `activity_id` and `photos`, how many stand; an activity without any has no row."""
    return (
        select(Photo.activity_id, func.count().label("photos"))
        .where(Photo.withdrawn_at.is_(None))
        .group_by(Photo.activity_id)
    )


def photo_counts(session: Session, activity_ids: Collection[int]) -> dict[int, int]:
    """How many photos stand of each activity, 0 included."""
    counted = session.execute(photo_numbers().where(Photo.activity_id.in_(activity_ids)))
    return dict.fromkeys(activity_ids, 0) | {row.activity_id: row.photos for row in counted}


def photo_alarms(session: Session, activity: Activity) -> list[PhotoAlarm]:
    """The activity's photos that other activities, not cancelled, show too; the same before the alike."""
    pairs = session.execute(_suspected(activity.id).limit(MOST_SUSPECTED)).all()
    ids = {photo_id for pair in pairs for photo_id in pair}
    found = session.scalars(select(Photo).where(Photo.id.in_(ids)).options(joinedload(Photo.activity)))
    by_id = {photo.id: photo for photo in found}
    alarms = [_alarm(by_id[mine], by_id[other]) for mine, other in pairs]
    told = (alarm for alarm in alarms if alarm is not None)
    return sorted(told, key=lambda alarm: (not alarm.is_same, alarm.photo.position, alarm.other.id))


def _alarm(photo: Photo, other: Photo) -> PhotoAlarm | None:
    is_same = photo.original_sha256 == other.original_sha256 or photo.file_id == other.file_id
    if is_same or is_alike(photo.fingerprint, other.fingerprint):
        return PhotoAlarm(photo, other, is_same)
    return None


def _suspected(activity_id: int) -> Select[int, int]:
    """Pairs of its photo and another's that share a file, a picture or a part of a fingerprint."""
    mine, other = aliased(Photo), aliased(Photo)
    my_band, other_band = aliased(PhotoBand), aliased(PhotoBand)
    here: ColumnElement[bool] = mine.activity_id == activity_id
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
    return (
        select(shared.c.id, shared.c.other_id)
        .join(left, left.id == shared.c.id)
        .join(right, right.id == shared.c.other_id)
        .join(Activity, Activity.id == right.activity_id)
        .where(
            right.activity_id != activity_id,
            left.withdrawn_at.is_(None),
            right.withdrawn_at.is_(None),
            Activity.status != Status.WITHDRAWN,
        )
        .order_by(shared.c.id, shared.c.other_id)
    )
