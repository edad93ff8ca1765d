"""Tables of activities, their kinds, districts and venues."""

import secrets
from datetime import date, datetime, time

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.accounts.models import User
from activitylog.activities.rules import AUDIENCE_GROUPS, QualityItem, Status
from activitylog.core.database import Base
from activitylog.core.period import moment_of
from activitylog.files.models import StoredFile
from activitylog.projects.models import Project


def make_survey_token() -> str:
    """The unguessable part of a survey's address, printed in its QR code."""
    return secrets.token_urlsafe(9)


activity_kind_link = Table(
    "activity_kind_link",
    Base.metadata,
    Column("activity_id", ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True),
    Column("kind_id", ForeignKey("activity_kind.id"), primary_key=True, index=True),
)


class ActivityKind(Base):
    """A kind of activity, such as 下乡服务; rules filter by it."""

    __tablename__ = "activity_kind"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)


class Venue(Base):
    """A place, identified by name and district; one merged into another counts as that."""

    __tablename__ = "venue"
    __table_args__ = (UniqueConstraint("name", "district"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    district: Mapped[str] = mapped_column(String(6), default="")
    kind: Mapped[str] = mapped_column(String(40), default="")
    capacity: Mapped[int | None]  # people on site
    # merging
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("venue.id", ondelete="SET NULL"), index=True
    )
    merged_at: Mapped[datetime | None]
    merged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))

    merged_into: Mapped["Venue | None"] = relationship(remote_side="Venue.id")
    merged_by: Mapped[User | None] = relationship()


class ActivityDistrict(Base):
    """A district of an activity: the venue's first, then those the audience came from."""

    __tablename__ = "activity_district"

    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True)
    district: Mapped[str] = mapped_column(String(6), primary_key=True)
    position: Mapped[int]


class ActivityCheck(Base):
    """An item of the quality check that is met; `by` is None for items computed by the system."""

    __tablename__ = "activity_check"

    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True)
    item: Mapped[QualityItem] = mapped_column(primary_key=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    at: Mapped[datetime]

    by: Mapped[User | None] = relationship()


class Activity(Base):
    """One science-outreach activity, planned or held; `venue_kind` is the venue's kind on the day.

    `is_exempt` when its project skips review; `quality_from_items` when `quality_met` follows from the
    recorded items and is no judgement of the whole. `written_by_id` is who wrote last what it may count by,
    `writers` are all who did since a person approved it (`core/records.py: writers_with`).
    """

    __tablename__ = "activity"
    __table_args__ = (
        CheckConstraint("audience_onsite >= 0 AND audience_online >= 0", name="audience"),
        CheckConstraint("planned_on IS NOT NULL OR held_on IS NOT NULL", name="dated"),
        CheckConstraint("status NOT IN ('logged', 'approved') OR held_on IS NOT NULL", name="held"),
        Index(
            "ix_activity_project_status_held",
            "project_id",
            "status",
            "held_on",
            "audience_onsite",
            "audience_online",
        ),
        Index("ix_activity_project_happens", "project_id", "happens_on", "id"),
        Index("ix_activity_happens", "happens_on", "id"),
        Index("ix_activity_status_happens", "status", "happens_on"),
        Index("ix_activity_host_token", "host_token", unique=True),
        Index("ix_activity_created_by", "created_by_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    survey_token: Mapped[str] = mapped_column(String(16), unique=True, default=make_survey_token)
    host_token: Mapped[str | None] = mapped_column(String(16), default=make_survey_token)
    # what
    title: Mapped[str] = mapped_column(String(200))
    form: Mapped[str] = mapped_column(String(40), default="")
    # where
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"), index=True)
    venue_kind: Mapped[str] = mapped_column(String(40), default="")
    # when
    planned_on: Mapped[date | None]
    held_on: Mapped[date | None]
    happens_on: Mapped[date] = mapped_column(Computed("coalesce(held_on, planned_on)", persisted=True))
    start_time: Mapped[time | None]  # in Shanghai, whole minutes
    # audience
    audience_onsite: Mapped[int] = mapped_column(default=0)
    audience_online: Mapped[int] = mapped_column(default=0)
    audience_young: Mapped[int] = mapped_column(default=0, server_default="0")
    audience_elderly: Mapped[int] = mapped_column(default=0, server_default="0")
    audience_office: Mapped[int] = mapped_column(default=0, server_default="0")
    audience_others: Mapped[int] = mapped_column(default=0, server_default="0")
    counting_method: Mapped[str] = mapped_column(String(10), default="", server_default="")
    speaker: Mapped[str] = mapped_column(String(120), default="", server_default="")
    # status
    status: Mapped[Status]
    is_exempt: Mapped[bool] = mapped_column(default=False, server_default=false())
    quality_met: Mapped[bool | None]
    quality_from_items: Mapped[bool] = mapped_column(default=False, server_default=false())
    summary: Mapped[str] = mapped_column(Text, default="", server_default="")
    note: Mapped[str] = mapped_column(Text, default="")
    status_reason: Mapped[str] = mapped_column(Text, default="")
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    reviewed_at: Mapped[datetime | None]
    # bookkeeping
    nonce: Mapped[str | None] = mapped_column(String(36), unique=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    writers: Mapped[str] = mapped_column(Text, default="", server_default="")
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    is_sample: Mapped[bool] = mapped_column(default=False)

    project: Mapped[Project] = relationship()
    venue: Mapped[Venue | None] = relationship()
    kinds: Mapped[list[ActivityKind]] = relationship(secondary=activity_kind_link, order_by=ActivityKind.id)
    districts: Mapped[list[ActivityDistrict]] = relationship(
        order_by=ActivityDistrict.position, cascade="all, delete-orphan"
    )
    checks: Mapped[list[ActivityCheck]] = relationship(
        order_by=ActivityCheck.at, cascade="all, delete-orphan"
    )
    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id])
    reviewed_by: Mapped[User | None] = relationship(foreign_keys=[reviewed_by_id])

    __mapper_args__ = {"version_id_col": version}

    @property
    def people_by_group(self) -> dict[str, int]:
        """The heads of each audience group that has any, by its label."""
        heads = {label: int(getattr(self, name)) for label, name in AUDIENCE_GROUPS.items()}
        return {label: people for label, people in heads.items() if people}

    @property
    def is_approved_by_writer(self) -> bool:
        """Whether who approved it had written it, as the only one who may."""
        return self.status is Status.APPROVED and f",{self.reviewed_by_id}," in self.writers

    @property
    def starts_at(self) -> datetime | None:
        return None if self.start_time is None else moment_of(self.happens_on, self.start_time)


class ActivityCounter(Base):
    """The last number allocated in a year."""

    __tablename__ = "activity_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Photo(Base):
    """One photo of an activity; `original_sha256` is of the file as uploaded."""

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
    # use
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
    """A quarter of a photo's fingerprint; similar photos share at least one quarter."""

    __tablename__ = "photo_band"

    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True)
    band: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, index=True)
