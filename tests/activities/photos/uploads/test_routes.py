import os
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from activitylog.accounts.models import Membership
from activitylog.activities.models import Activity
from activitylog.activities.photos.queries import photos_of
from activitylog.activities.rules import Status
from activitylog.files import operations as file_operations
from activitylog.files.models import StoredFile
from activitylog.files.rules import MEGABYTE
from activitylog.files.store import FileStore, PartialUpload, WrongOffset
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.files import make_photo
from tests.factories.photos import put_photo
from tests.signed_in import signed_in

CONTENT = make_photo(400, 300)


@pytest.fixture
def activity(session: Session) -> Activity:
    return make_activity(session, status=Status.LOGGED)


@pytest.fixture
def client(app: Flask, session: Session, activity: Activity) -> FlaskClient:
    user = make_user(session, activity.project)
    session.commit()
    return signed_in(app, user)


class Upload:
    """A phone's end of the protocol, one step at a time."""

    def __init__(self, client: FlaskClient, activity: Activity, uuid: str = "") -> None:
        self.client = client
        self.address = f"/activities/{activity.number}/uploads/{uuid or uuid4()}"

    def state(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get(self.address).get_json()
        return answer

    def patch(self, offset: int, piece: bytes) -> TestResponse:
        return self.client.patch(self.address, data=piece, headers={"Upload-Offset": str(offset)})

    def finish(self, size: int = len(CONTENT), **fields: str) -> TestResponse:
        return self.client.post(self.address, data={"size": size, "name": "现场.jpg", **fields})


def stored_files(data_dir: Path) -> set[str]:
    return {path.name for path in (data_dir / "files").rglob("*") if path.is_file()}


def user_id(session: Session) -> int:
    return session.scalars(select(Membership.user_id)).one()


def test_a_photo_arrives_in_pieces_whatever_is_lost_or_repeated(
    client: FlaskClient, session: Session, activity: Activity
) -> None:
    upload = Upload(client, activity)
    first, second = CONTENT[:1000], CONTENT[1000:]
    assert upload.state()["received"] == 0
    assert upload.patch(0, first).get_json()["received"] == 1000
    lost = upload.patch(0, first)
    assert (lost.status_code, lost.get_json()["received"]) == (409, 1000)
    early = upload.finish()
    assert (early.status_code, early.get_json()["received"]) == (409, 1000)
    assert client.head(upload.address).status_code == 200
    upload.patch(1000, second)
    made = upload.finish(taken_at="2024:06:10 09:30:00+08:00")
    assert made.status_code == 201
    photo = made.get_json()["photo"]
    again = upload.finish()
    assert (again.status_code, again.get_json()["photo"]) == (200, photo)
    assert upload.state()["photo"] == photo
    assert upload.state()["left"] == 8
    session.rollback()
    stored = photos_of(session, activity.id)
    assert [(each.name, each.taken_at) for each in stored] == [
        ("现场.jpg", datetime(2024, 6, 10, 1, 30, tzinfo=UTC))
    ]
    with client.get(photo["small"]) as small:
        assert small.status_code == 200


def test_what_is_no_photo_is_refused_at_the_end_and_forgotten(
    client: FlaskClient, activity: Activity, tmp_path: Path
) -> None:
    upload = Upload(client, activity)
    upload.patch(0, CONTENT[:5000])
    refused = upload.finish(5000)
    assert refused.status_code == 422
    assert "“现场.jpg”不完整或已损坏" in refused.get_json()["error"]
    assert list((tmp_path / "files").rglob("part-*")) == []


def test_a_photo_that_comes_in_a_crowd_may_end_a_moment_later(
    client: FlaskClient, activity: Activity, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Upload(client, activity)
    upload.patch(0, CONTENT)
    monkeypatch.setattr(file_operations, "_decoding_slots", BoundedSemaphore(1))
    with file_operations._decoding_slots:
        refused = upload.finish()
    assert (refused.status_code, refused.get_json()["received"]) == (503, None)
    assert "请过几秒再传" in refused.get_json()["error"]
    assert upload.finish().status_code == 201


def test_a_longer_content_under_the_same_name_starts_again(client: FlaskClient, activity: Activity) -> None:
    upload = Upload(client, activity)
    upload.patch(0, CONTENT + b"more")
    assert upload.finish().get_json()["received"] == 0
    upload.patch(0, CONTENT)
    assert upload.finish().status_code == 201


def test_a_full_activity_says_so_and_is_final(
    client: FlaskClient, session: Session, activity: Activity, tmp_path: Path
) -> None:
    for seed in range(9):
        put_photo(session, activity, tmp_path, seed=seed)
    session.commit()
    before = stored_files(tmp_path)
    for refused in (Upload(client, activity).patch(0, CONTENT), Upload(client, activity).finish()):
        assert (refused.status_code, refused.get_json()["received"]) == (409, None)
        assert "最多 9 张" in refused.get_json()["error"]
    assert stored_files(tmp_path) == before


def test_a_photo_that_fills_the_activity_meanwhile_leaves_no_trace(
    client: FlaskClient, session: Session, activity: Activity, tmp_path: Path
) -> None:
    upload = Upload(client, activity)
    upload.patch(0, CONTENT)
    for seed in range(9):
        put_photo(session, activity, tmp_path, seed=seed)
    session.commit()
    before = stored_files(tmp_path)
    assert upload.finish().status_code == 409
    assert stored_files(tmp_path) == {name for name in before if not name.startswith("part-")}


def test_who_has_sent_enough_today_is_told_how_much_and_nothing_stays(
    client: FlaskClient, session: Session, activity: Activity, tmp_path: Path
) -> None:
    session.add(
        StoredFile(
            sha256="0" * 64,
            size=500 * MEGABYTE,
            content_type="image/jpeg",
            stored_at=datetime.now(UTC),
            stored_by_id=user_id(session),
        )
    )
    session.commit()
    refused = Upload(client, activity).patch(0, CONTENT)
    assert refused.status_code == 409
    assert "今天已上传 500.0 MB，上限 500.0 MB" in refused.get_json()["error"]
    assert not [name for name in stored_files(tmp_path) if name != "turn"]


@pytest.mark.parametrize("uuid", ["1", "..", "0C2F4A52-9A0E-4D0C-8F62-0B9D3F1F7A10", "x" * 36])
def test_an_upload_needs_a_plain_uuid(client: FlaskClient, activity: Activity, uuid: str) -> None:
    assert Upload(client, activity, uuid).patch(0, b"x").status_code in {404, 422}


def test_pieces_and_photos_have_their_largest_size(client: FlaskClient, activity: Activity) -> None:
    upload = Upload(client, activity)
    began = time.monotonic()
    assert upload.patch(0, bytes(2 * 1024**2)).status_code == 413
    megabyte = bytes(1024**2)
    for number in range(20):
        assert upload.patch(number * 1024**2, megabyte).status_code == 200
    refused = upload.patch(20 * 1024**2, b"x")
    assert (refused.status_code, "20 MB" in refused.get_json()["error"]) == (413, True)
    assert time.monotonic() - began < 5


def test_strangers_and_auditors_send_nothing(client: FlaskClient, session: Session) -> None:
    hidden = make_activity(session, title="别人的活动")
    session.commit()
    answer = Upload(client, hidden).patch(0, b"x")
    assert (answer.status_code, answer.is_json) == (404, True)


def test_abandoned_upload_is_removed(client: FlaskClient, activity: Activity, tmp_path: Path) -> None:
    upload = Upload(client, activity)
    upload.patch(0, CONTENT[:1000])
    (part,) = (tmp_path / "files").rglob("part-*")
    yesterday = datetime.now(UTC) - timedelta(hours=25)
    os.utime(part, (yesterday.timestamp(), yesterday.timestamp()))
    FileStore(tmp_path / "files").remove_abandoned(datetime.now(UTC))
    assert upload.state()["received"] == 0


@given(steps=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=30))
@settings(max_examples=50, deadline=None)
def test_whatever_pieces_come_in_whatever_order_the_content_is_right(
    steps: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = bytes(range(60))
    partial = PartialUpload.named(FileStore(tmp_path_factory.mktemp("a")), 1, "one", largest=100)
    for offset, length in steps:
        with suppress(WrongOffset):
            partial.append(offset, whole[offset : offset + length])
    assert partial.received <= 60
    while (received := partial.received) < 60:
        partial.append(received, whole[received : received + 7])
    with partial.open_complete(60) as content:
        assert content.read() == whole
