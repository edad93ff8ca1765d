from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status
from activitylog.activities.photos.operations import (
    MOST_PHOTOS,
    restore_photo,
    set_photo_flags,
    withdraw_photo,
)
from activitylog.activities.photos.queries import photo_alarms, photo_counts, photos_of
from activitylog.activities.rules import Status
from activitylog.errors import IllegalChange, Refused
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.files import encoded, make_image, make_photo
from tests.factories.photos import NOW, put_photo
from tests.factories.trail import actions, last

UPLOAD = "0c2f4a52-9a0e-4d0c-8f62-0b9d3f1f7a10"


@pytest.fixture
def activity(session: Session) -> Activity:
    return make_activity(session)


def test_photos_keep_the_order_they_came_in_and_start_as_internal(
    session: Session, activity: Activity, tmp_path: Path
) -> None:
    for seed in range(3):
        put_photo(session, activity, tmp_path, seed=seed)
    found = photos_of(session, activity.id)
    assert [photo.position for photo in found] == [1, 2, 3]
    assert not any(photo.is_public or photo.shows_minors for photo in found)
    assert photo_counts(session, [activity.id, 999]) == {activity.id: 3, 999: 0}


def test_the_same_upload_or_the_same_picture_is_one_photo(
    session: Session, activity: Activity, tmp_path: Path
) -> None:
    first = put_photo(session, activity, tmp_path, upload=UPLOAD, seed=1)
    assert put_photo(session, activity, tmp_path, upload=UPLOAD, seed=2).id == first.id
    assert put_photo(session, activity, tmp_path, seed=1).id == first.id
    assert photo_counts(session, [activity.id]) == {activity.id: 1}


def test_the_tenth_photo_is_refused_until_one_is_withdrawn(
    session: Session, activity: Activity, tmp_path: Path
) -> None:
    user = make_user(session, role=Role.OFFICER)
    first, *_ = [put_photo(session, activity, tmp_path, seed=seed) for seed in range(MOST_PHOTOS)]
    with pytest.raises(Refused, match="最多 9 张"):
        put_photo(session, activity, tmp_path, seed=10)
    withdraw_photo(session, first, reason="拍糊了", by=user, now=NOW)
    assert (first.withdrawn_by, first.withdrawn_at, first.withdrawn_reason) == (user, NOW, "拍糊了")
    put_photo(session, activity, tmp_path, seed=10)
    with pytest.raises(Refused, match="最多 9 张"):
        restore_photo(session, first, now=NOW)
    assert photo_counts(session, [activity.id]) == {activity.id: 9}


def test_a_cancelled_activity_takes_no_photos(session: Session, activity: Activity, tmp_path: Path) -> None:
    change_status(session, activity, Status.WITHDRAWN, by=None, now=NOW, reason="下雨")
    with pytest.raises(IllegalChange, match="已取消"):
        put_photo(session, activity, tmp_path)


@pytest.mark.parametrize(
    ("camera", "phone", "kept"),
    [
        (datetime(2024, 6, 10, 1, tzinfo=UTC), datetime(2024, 6, 9, 1, tzinfo=UTC), 10),
        (None, datetime(2024, 6, 9, 1, tzinfo=UTC), 9),
        (datetime(1980, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC), None),
    ],
)
def test_the_cameras_clock_is_believed_before_the_phones_and_no_impossible_one(
    session: Session, tmp_path: Path, camera: datetime | None, phone: datetime, kept: int | None
) -> None:
    activity = make_activity(session)
    photo = put_photo(session, activity, tmp_path, make_photo(64, 48, taken=camera), taken_at=phone)
    assert (photo.taken_at.day if photo.taken_at else None) == kept


def test_a_picture_under_two_activities_alarms_both(
    session: Session, activity: Activity, tmp_path: Path
) -> None:
    other = make_activity(session, activity.project, title="另一场")
    sent = make_photo(1200, 900, seed=7)
    mine = put_photo(session, activity, tmp_path, sent)
    put_photo(session, activity, tmp_path, seed=8)
    theirs = put_photo(session, other, tmp_path, sent)
    smaller = encoded(make_image(1200, 900, seed=7).resize((640, 480)), "JPEG", quality=60)
    alike = put_photo(session, other, tmp_path, smaller)
    put_photo(session, other, tmp_path, seed=9)
    by = make_user(session, role=Role.OFFICER)
    found = [(alarm.photo.id, alarm.other.id, alarm.is_same) for alarm in photo_alarms(session, activity, by)]
    assert found == [(mine.id, theirs.id, True), (mine.id, alike.id, False)]
    assert {alarm.other.id for alarm in photo_alarms(session, other, by)} == {mine.id}


@pytest.mark.parametrize("gone", ["mine", "theirs", "activity"])
def test_withdrawn_photos_raise_no_alarm(
    session: Session, activity: Activity, tmp_path: Path, gone: str
) -> None:
    other = make_activity(session, activity.project, title="另一场")
    mine, theirs = (put_photo(session, each, tmp_path, seed=7) for each in (activity, other))
    by = make_user(session, role=Role.OFFICER)
    assert len(photo_alarms(session, activity, by)) == 1
    if gone == "activity":
        change_status(session, other, Status.WITHDRAWN, by=None, now=NOW, reason="下雨")
    else:
        photo = mine if gone == "mine" else theirs
        withdraw_photo(session, photo, reason="传错了", by=None, now=NOW)
    assert photo_alarms(session, activity, by) == []


def test_every_step_of_a_photo_is_reported(session: Session, activity: Activity, tmp_path: Path) -> None:
    photo = put_photo(session, activity, tmp_path)
    session.commit()
    set_photo_flags(session, photo, is_public=True, shows_minors=False)
    session.commit()
    assert last(session, "photo").changes == {"is_public": (False, True)}
    withdraw_photo(session, photo, reason="传错了", by=None, now=NOW)
    session.commit()
    restore_photo(session, photo, now=NOW)
    session.commit()
    assert actions(session, "photo") == ["photo.created", "photo.edited", "photo.withdrawn", "photo.restored"]
    entry = last(session, "photo")
    assert (entry.activity_id, entry.project_id) == (activity.id, activity.project_id)
