"""Photos of activities, stored on the disk."""

import io
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity, Photo
from activitylog.activities.photos.operations import add_photo
from activitylog.files.operations import store_picture
from activitylog.files.store import FileStore
from tests.factories.files import make_photo

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)


def put_photo(
    session: Session,
    activity: Activity,
    data_dir: Path,
    content: bytes | None = None,
    *,
    upload: str = "",
    taken_at: datetime | None = None,
    by: User | None = None,
    seed: int = 0,
) -> Photo:
    """A photo, new or stored before."""
    sent = content or make_photo(64, 48, seed=seed)
    picture = store_picture(FileStore(data_dir / "files"), io.BytesIO(sent), "IMG_0001.jpg")
    photo, _ = add_photo(
        session, activity, picture, upload=upload or str(uuid4()), taken_at=taken_at, by=by, now=NOW
    )
    return photo
