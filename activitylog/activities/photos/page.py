"""The photos of an activity for its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity, Photo
from activitylog.activities.photos.operations import MOST_PHOTOS
from activitylog.activities.photos.queries import PhotoAlarm, photo_alarms, photos_of
from activitylog.activities.rules import MIN_PHOTOS, Status
from activitylog.core.period import business_day


@dataclass(frozen=True, slots=True)
class ActivityPhotos:
    """The current and the withdrawn photos; `alarms` by photo id, for reviewers only."""

    current: Sequence[Photo]
    withdrawn: Sequence[Photo]
    alarms: Mapping[int, Sequence[PhotoAlarm]]
    is_open: bool
    held_on: date | None

    @property
    def most_photos(self) -> int:
        return MOST_PHOTOS

    @property
    def least_photos(self) -> int:
        return MIN_PHOTOS

    @property
    def remaining(self) -> int:
        return MOST_PHOTOS - len(self.current) if self.is_open else 0

    def is_of_another_day(self, photo: Photo) -> bool:
        """Whether it was taken on another day than the activity was held."""
        if photo.taken_at is None or self.held_on is None:
            return False
        return business_day(photo.taken_at) != self.held_on


def activity_photos(session: Session, activity: Activity, by: User) -> ActivityPhotos:
    photos = photos_of(session, activity.id)
    current = [photo for photo in photos if photo.withdrawn_at is None]
    alarms: dict[int, list[PhotoAlarm]] = {}
    if current and by.may(Permission.REVIEW):
        for alarm in photo_alarms(session, activity, by):
            alarms.setdefault(alarm.photo.id, []).append(alarm)
    return ActivityPhotos(
        current=current,
        withdrawn=[photo for photo in photos if photo.withdrawn_at is not None],
        alarms=alarms,
        is_open=activity.status is not Status.WITHDRAWN,
        held_on=activity.held_on,
    )
