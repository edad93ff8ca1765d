import io
import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.activities.photos.queries import photos_of
from activitylog.activities.photos.routes import LARGEST_SENDING
from activitylog.activities.rules import Status
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.files import make_photo
from tests.factories.photos import put_photo
from tests.signed_in import signed_in


@pytest.fixture
def activity(session: Session) -> Activity:
    return make_activity(session, status=Status.LOGGED)


@pytest.fixture
def client(app: Flask, session: Session, activity: Activity) -> FlaskClient:
    """An organizer of the activity's project."""
    user = make_user(session, activity.project)
    session.commit()
    return signed_in(app, user)


def send(client: FlaskClient, activity: Activity, *files: tuple[bytes, str]) -> TestResponse:
    sent = {"photos": [(io.BytesIO(content), name) for content, name in files]}
    return client.post(f"/activities/{activity.number}/photos", data=sent)


def standing(session: Session, activity: Activity) -> list[str]:
    session.rollback()
    return [photo.name for photo in photos_of(session, activity.id) if photo.withdrawn_at is None]


def test_photos_of_a_plain_form_are_added_and_shown(
    client: FlaskClient, session: Session, activity: Activity
) -> None:
    answer = send(client, activity, *((make_photo(64, 48, seed=n), f"{n}.jpg") for n in range(3)))
    assert answer.status_code == 302
    page = client.get(f"/activities/{activity.number}").text
    assert "已添加 3 张照片" in page
    assert "照片 3 张" in page
    session.rollback()
    photo = photos_of(session, activity.id)[0]
    with client.get(f"/activities/{activity.number}/photos/{photo.id}.jpg") as picture:
        assert picture.mimetype == "image/jpeg"
        assert picture.headers["X-Content-Type-Options"] == "nosniff"
        assert picture.data.startswith(b"\xff\xd8")
    with client.get(f"/activities/{activity.number}/photos/{photo.id}-small.jpg") as small:
        assert small.status_code == 200


def test_who_is_told_that_photos_are_lacking_adds_them_on_the_page_of_the_form(
    client: FlaskClient, session: Session, activity: Activity
) -> None:
    returned = make_activity(session, activity.project, status=Status.RETURNED)
    session.commit()
    address = f"/activities/{returned.number}/edit"
    page = client.get(address).text
    assert page.index("拍照或选照片") < page.index("活动名称")
    files = [(io.BytesIO(make_photo(64, 48, seed=n)), f"{n}.jpg") for n in range(3)]
    answer = client.post(f"/activities/{returned.number}/photos", data={"photos": files, "back": "edit"})
    assert answer.location == f"{address}#photos"
    page = client.get(address).text
    assert page.index("活动名称") < page.index("照片 3 张")
    nothing = client.post(f"/activities/{returned.number}/photos", data={"back": "edit"})
    assert nothing.status_code == 422
    assert f'href="{address}"' in nothing.text


def test_a_bad_file_is_named_and_the_others_are_kept(
    client: FlaskClient, session: Session, activity: Activity
) -> None:
    answer = send(
        client,
        activity,
        (make_photo(seed=1), "一.jpg"),
        (b"<svg>", "图标.svg"),
        (make_photo(seed=2), "二.jpg"),
    )
    assert answer.status_code == 422
    assert "已添加 2 张，下面的没有传上" in answer.text
    assert "“图标.svg”是网页或 SVG 图形" in answer.text
    assert standing(session, activity) == ["一.jpg", "二.jpg"]


def test_the_form_sent_twice_adds_nothing_twice(
    client: FlaskClient, session: Session, activity: Activity
) -> None:
    for _ in range(2):
        send(client, activity, (make_photo(), "一.jpg"))
    assert standing(session, activity) == ["一.jpg"]
    assert "1 张早已传过" in client.get(f"/activities/{activity.number}").text


def test_an_empty_form_and_one_too_full_say_what_to_do(client: FlaskClient, activity: Activity) -> None:
    assert "还没有选照片" in send(client, activity).text
    many = send(client, activity, *((b"x", f"{number}.jpg") for number in range(10)))
    assert (many.status_code, "一次最多传 9 张" in many.text) == (409, True)


def test_photos_refused_by_a_full_activity_leave_no_file(
    client: FlaskClient, session: Session, activity: Activity, tmp_path: Path
) -> None:
    for seed in range(8):
        put_photo(session, activity, tmp_path, seed=seed)
    session.commit()
    before = {path for path in (tmp_path / "files").rglob("*") if path.is_file()}
    photos = [(make_photo(64, 48, seed=20 + number), f"{number}.jpg") for number in range(3)]
    assert send(client, activity, *photos).status_code == 409
    after = {path for path in (tmp_path / "files").rglob("*") if path.is_file()}
    assert len(after - before) == 2  # of the one that had room, large and small
    answer = send(client, activity, *photos)
    assert (answer.status_code, "最多 9 张照片，已经满了" in answer.text) == (409, True)
    assert {path for path in (tmp_path / "files").rglob("*") if path.is_file()} == after


def test_a_body_or_a_form_without_end_is_refused_before_it_is_read(
    client: FlaskClient, activity: Activity
) -> None:
    address = f"/activities/{activity.number}/photos"
    began = time.monotonic()
    too_large = client.post(address, environ_overrides={"CONTENT_LENGTH": str(2 * LARGEST_SENDING)})
    form = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 10_000 + b"--x--"
    parts = client.post(address, data=form, content_type="multipart/form-data; boundary=x")
    for answer in (too_large, parts):
        assert answer.status_code == 413
        assert "分几次提交" in answer.text
    assert time.monotonic() - began < 2


def test_marks_and_withdrawal_are_shown(
    client: FlaskClient, session: Session, activity: Activity, tmp_path: Path
) -> None:
    photo = put_photo(session, activity, tmp_path)
    session.commit()
    address = f"/activities/{activity.number}/photos/{photo.id}"
    client.post(f"{address}/marks", data={"is_public": "1", "shows_minors": "1"})
    page = client.get(f"/activities/{activity.number}").text
    assert "可以公开" in page
    assert "公开前须取得监护人书面同意" in page
    assert client.post(f"{address}/withdraw", data={"reason": ""}).status_code == 422
    client.post(f"{address}/withdraw", data={"reason": "拍糊了"})
    assert standing(session, activity) == []
    assert "撤下：拍糊了" in client.get(f"/activities/{activity.number}").text
    client.post(f"{address}/restore")
    assert standing(session, activity) == ["IMG_0001.jpg"]


def test_only_a_reviewer_is_reported_of_the_same_picture_elsewhere(
    app: Flask, client: FlaskClient, session: Session, activity: Activity, tmp_path: Path
) -> None:
    other = make_activity(session, title="别处的活动")
    for each in (activity, other):
        put_photo(session, each, tmp_path, seed=5)
    reviewer = make_user(session, role=Role.MANAGER)
    session.commit()
    address = f"/activities/{activity.number}"
    assert "同一张照片" not in client.get(address).text
    page = signed_in(app, reviewer).get(address).text
    assert "同一张照片也在" in page
    assert "别处的活动" in page


def test_a_strangers_photo_is_not_there(
    client: FlaskClient, session: Session, activity: Activity, tmp_path: Path
) -> None:
    hidden = make_activity(session, title="别人的活动")
    photo = put_photo(session, hidden, tmp_path)
    session.commit()
    assert client.get(f"/activities/{hidden.number}/photos/{photo.id}.jpg").status_code == 404
    assert client.get(f"/activities/{activity.number}/photos/{photo.id}.jpg").status_code == 404
