"""Photos of an activity, and what makes two of them look alike."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.core.database import Base
from activitylog.files.models import StoredFile


class Photo(Base):
    """One photo as proof of an activity; `original_sha256` is of the file as it was sent."""

    __tablename__ = "photo"
    __table_args__ = (UniqueConstraint("activity_id", "upload"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"))
    upload: Mapped[str] = mapped_column(String(36))
    position: Mapped[int]
    # the picture
    name: Mapped[str] = mapped_column(String(120))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), index=True)
    thumbnail_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    width: Mapped[int]
    height: Mapped[int]
    original_sha256: Mapped[str] = mapped_column(String(64), index=True)
    fingerprint: Mapped[str | None] = mapped_column(String(16))
    taken_at: Mapped[datetime | None]
    # marks
    is_public: Mapped[bool] = mapped_column(default=False)
    shows_minors: Mapped[bool] = mapped_column(default=False)
    # bookkeeping
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")

    activity: Mapped[Activity] = relationship()
    file: Mapped[StoredFile] = relationship(foreign_keys=[file_id])
    thumbnail: Mapped[StoredFile] = relationship(foreign_keys=[thumbnail_id])
    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id])
    withdrawn_by: Mapped[User | None] = relationship(foreign_keys=[withdrawn_by_id])
    bands: Mapped[list["PhotoBand"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)


class PhotoBand(Base):
    """A quarter of a photo's fingerprint: of two photos nearly alike one quarter is the same."""

    __tablename__ = "photo_band"

    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True)
    band: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, index=True)
