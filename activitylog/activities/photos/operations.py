"""Adds photos to an activity, sets what they may be used for, withdraws and restores them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity, Photo, PhotoBand
from activitylog.activities.photos.rules import bands_of
from activitylog.activities.review.operations import refresh_items
from activitylog.activities.rules import check_editable
from activitylog.errors import Refused
from activitylog.files.operations import StoredPicture, add_stored_file

MOST_PHOTOS = 9  # of one activity, as many as a phone's album lets one send
_FIRST_CAMERAS = datetime(1995, 1, 1, tzinfo=UTC)
_FAST_CLOCK = timedelta(days=1)


def add_photo(
    session: Session,
    activity: Activity,
    picture: StoredPicture,
    *,
    upload: str,
    taken_at: datetime | None = None,
    by: User | None,
    now: datetime,
) -> tuple[Photo, bool]:
    """Add a photo; returns it and whether it is new: the same upload or picture again gives the stored one.

    `taken_at` is the time the phone read before it shrank the photo.
    """
    _lock_activity(session, activity)
    existing = photo_of_upload(session, activity.id, upload) or _same_picture(session, activity, picture)
    if existing is not None:
        return existing, False
    check_room(session, activity)
    by_id = by.id if by else None
    photo = Photo(
        activity_id=activity.id,
        upload=upload,
        position=_last_position(session, activity) + 1,
        name=picture.name,
        file=add_stored_file(session, picture.large, by_id=by_id, now=now),
        thumbnail=add_stored_file(session, picture.small, by_id=by_id, now=now),
        width=picture.width,
        height=picture.height,
        original_sha256=picture.original_sha256,
        fingerprint=picture.fingerprint,
        taken_at=_plausible_time(picture.taken_at, now) or _plausible_time(taken_at, now),
        created_by_id=by_id,
        created_at=now,
        bands=[PhotoBand(band=band) for band in bands_of(picture.fingerprint)],
    )
    session.add(photo)
    session.flush()
    refresh_items(session, activity, now)
    return photo, True


def check_room(session: Session, activity: Activity) -> None:
    """Refuse a photo for an activity that is cancelled or full; asked before the photo is taken in, too."""
    check_editable(activity.status)
    _check_number_of_photos(session, activity)


def photo_of_upload(session: Session, activity_id: int, upload: str) -> Photo | None:
    """The photo made from an upload, None when there is none yet."""
    found: Photo | None = session.scalar(
        select(Photo).where(Photo.activity_id == activity_id, Photo.upload == upload)
    )
    return found


def set_photo_flags(session: Session, photo: Photo, *, is_public: bool, shows_minors: bool) -> None:
    """Set whether it may be published, and whether a minor can be recognised in it."""
    photo.is_public, photo.shows_minors = is_public, shows_minors
    session.flush()


def withdraw_photo(session: Session, photo: Photo, *, reason: str, by: User | None, now: datetime) -> None:
    """Withdraw a photo, with person, time and reason."""
    _lock_activity(session, photo.activity)
    if photo.withdrawn_at is not None:
        raise Refused("这张照片已经撤下了。")
    photo.withdrawn_at, photo.withdrawn_by_id = now, by.id if by else None
    photo.withdrawn_reason = reason.strip()
    session.flush()
    refresh_items(session, photo.activity, now)


def restore_photo(session: Session, photo: Photo, *, now: datetime) -> None:
    """Restore a withdrawn photo."""
    _lock_activity(session, photo.activity)
    if photo.withdrawn_at is None:
        raise Refused("这张照片没有撤下，不用恢复。")
    _check_number_of_photos(session, photo.activity)
    photo.withdrawn_at, photo.withdrawn_by_id, photo.withdrawn_reason = None, None, ""
    session.flush()
    refresh_items(session, photo.activity, now)


def _lock_activity(session: Session, activity: Activity) -> None:
    """Lock the activity, so that concurrent uploads do not exceed MOST_PHOTOS."""
    session.execute(select(Activity.id).where(Activity.id == activity.id).with_for_update())


def _same_picture(session: Session, activity: Activity, picture: StoredPicture) -> Photo | None:
    found: Photo | None = session.scalar(
        select(Photo)
        .where(
            Photo.activity_id == activity.id,
            Photo.original_sha256 == picture.original_sha256,
            Photo.withdrawn_at.is_(None),
        )
        .limit(1)
    )
    return found


def _check_number_of_photos(session: Session, activity: Activity) -> None:
    current = select(func.count()).where(Photo.activity_id == activity.id, Photo.withdrawn_at.is_(None))
    if (session.scalar(current) or 0) >= MOST_PHOTOS:
        raise Refused(f"一场活动最多 {MOST_PHOTOS} 张照片，已经满了；请先撤下一张，再传这一张。")


def _last_position(session: Session, activity: Activity) -> int:
    last = select(func.max(Photo.position)).where(Photo.activity_id == activity.id)
    return session.scalar(last) or 0


def _plausible_time(taken_at: datetime | None, now: datetime) -> datetime | None:
    """The time, None when the camera's clock was evidently not set."""
    if taken_at is None or not _FIRST_CAMERAS <= taken_at <= now + _FAST_CLOCK:
        return None
    return taken_at
