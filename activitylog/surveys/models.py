"""Tables of surveys: responses, paper tallies, exclusion decisions and the devices that have answered."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.core.database import Base, BigKey, word_column
from activitylog.core.period import Period
from activitylog.core.records import DatedRecord
from activitylog.files.models import StoredFile
from activitylog.projects.models import Project
from activitylog.surveys.questionnaires.rules import Audience
from activitylog.surveys.rules import GRADE_FIELDS, CodeRule, ExclusionStep


class StoredAnswer:
    """The columns of one answer, whoever gave it; a retry has the same `nonce` and is stored once."""

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    nonce: Mapped[str] = mapped_column(String(36))
    overall: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    questionnaire: Mapped[str] = mapped_column(String(20))
    submitted_at: Mapped[datetime]


class Response(StoredAnswer, Base):
    """One attendee's answers, anonymous.

    It counts unless a person's decision excludes it; `flags` (AnswerFlag) are doubts recorded on arrival.
    """

    __tablename__ = "response"
    __table_args__ = (
        UniqueConstraint("activity_id", "nonce"),
        CheckConstraint("overall BETWEEN 1 AND 5", name="overall"),
        Index(
            "ix_response_exclusion_id",
            "exclusion_id",
            sqlite_where=text("exclusion_id IS NOT NULL"),
            postgresql_where=text("exclusion_id IS NOT NULL"),
        ),
        # finds the activities with new answers among millions; SQLite looks at each activity's few
        Index("ix_response_submitted_at", "submitted_at", postgresql_using="brin").ddl_if("postgresql"),
    )

    flags: Mapped[int] = mapped_column("marks", default=0, server_default=text("0"))
    exclusion_id: Mapped[int | None] = mapped_column(ForeignKey("answer_ruling.id"))

    exclusion: Mapped["ExclusionDecision | None"] = relationship()


class ExclusionDecision(Base):
    """A person's decision to exclude answers of an activity or to include them again, with the reason."""

    __tablename__ = "answer_ruling"

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), index=True)
    step: Mapped[ExclusionStep] = mapped_column(word_column(ExclusionStep, name="rulingstep"))
    reason: Mapped[str] = mapped_column(Text)
    answers: Mapped[int]
    numbers: Mapped[str] = mapped_column(Text)  # of the answers: 7、12–15
    # bookkeeping
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime]

    decided_by: Mapped[User | None] = relationship()


class SurveyAccess(Base):
    """The access rule of an activity's survey, where it is not the default."""

    __tablename__ = "survey_entrance"

    activity_id: Mapped[int] = mapped_column(
        ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    code_rule: Mapped[CodeRule]


class Kiosk(Base):
    """A shared device for attendees without a phone, opened by a pass with its number until revoked."""

    __tablename__ = "kiosk"

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    # bookkeeping
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    revoked_at: Mapped[datetime | None]

    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id])


class HostResponse(StoredAnswer, Base):
    """One answer of an activity's host site: evidence for judgements, never part of satisfaction."""

    __tablename__ = "host_response"
    __table_args__ = (
        UniqueConstraint("activity_id", "nonce"),
        CheckConstraint("overall BETWEEN 1 AND 5", name="overall"),
    )


class AnsweredDevice(Base):
    """A device that has answered for an activity, as a keyed hash, without a link to its answers."""

    __tablename__ = "answered_device"
    __table_args__ = {"sqlite_with_rowid": False}  # the key is the whole row: half the pages to write

    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), primary_key=True)
    device_hash: Mapped[str] = mapped_column(String(43), primary_key=True)


class HostDevice(Base):
    """A device that has answered as the host of an activity, as a keyed hash."""

    __tablename__ = "host_device"
    __table_args__ = {"sqlite_with_rowid": False}

    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), primary_key=True)
    device_hash: Mapped[str] = mapped_column(String(43), primary_key=True)


AnswersAndDevices = tuple[type[Response | HostResponse], type[AnsweredDevice | HostDevice]]
ANSWERS_AND_DEVICES: dict[Audience, AnswersAndDevices] = {
    Audience.ATTENDEES: (Response, AnsweredDevice),
    Audience.HOSTS: (HostResponse, HostDevice),
}


class SummedMonth(Base):
    """A project's month: the answers to its approved activities up to `through` are summed in `AnswerSum`.

    What changes later is noted by triggers (migration 0044) in `UnsummedActivity` and `UnsummedAnswer` until
    the next run of `results/jobs.py`; they delete the row when an answer was changed, added or deleted.
    """

    __tablename__ = "summed_month"

    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    month: Mapped[Period] = mapped_column(primary_key=True)
    through: Mapped[date]


class UnsummedActivity(Base):
    """An activity corrected after its month was summed: its answers are counted one by one."""

    __tablename__ = "unsummed_activity"

    activity_id: Mapped[int] = mapped_column(
        ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class UnsummedAnswer(Base):
    """An answer to an `UnsummedActivity` that a month's sums still contain; it is subtracted from them."""

    __tablename__ = "unsummed_answer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "month"], ["summed_month.project_id", "summed_month.month"], ondelete="CASCADE"
        ),
        Index("ix_unsummed_answer_month", "project_id", "month"),
    )

    response_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    project_id: Mapped[int]
    month: Mapped[Period]


class AnswerSum(Base):
    """How often an answer was given on screen in a project's month.

    The overall question is counted by age band; texts are counted together, with "" as the choice.
    """

    __tablename__ = "answer_sum"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "month"], ["summed_month.project_id", "summed_month.month"], ondelete="CASCADE"
        ),
        {"sqlite_with_rowid": False},
    )

    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[Period] = mapped_column(primary_key=True)
    questionnaire: Mapped[str] = mapped_column(String(20), primary_key=True)
    question: Mapped[str] = mapped_column(String(80), primary_key=True)
    choice: Mapped[str] = mapped_column(String(80), primary_key=True)
    age: Mapped[str] = mapped_column(String(80), primary_key=True)
    answers: Mapped[int]


class PaperTally(DatedRecord, Base):
    """Counts by grade from a pile of paper forms; `sheet` is the photo of the sheet they were read from."""

    __tablename__ = "paper_tally"
    __table_args__ = (
        CheckConstraint(
            "very_satisfied >= 0 AND satisfied >= 0 AND neutral >= 0"
            " AND dissatisfied >= 0 AND very_dissatisfied >= 0",
            name="counts",
        ),
    )
    thing = "纸质问卷登记"
    counter = "份"
    written_fields = ("activity_id", *GRADE_FIELDS, "recorded_on")

    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), index=True)
    very_satisfied: Mapped[int]
    satisfied: Mapped[int]
    neutral: Mapped[int]
    dissatisfied: Mapped[int]
    very_dissatisfied: Mapped[int]
    recorded_on: Mapped[date]
    sheet_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    small_sheet_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))

    sheet: Mapped[StoredFile | None] = relationship(foreign_keys=[sheet_id])
    small_sheet: Mapped[StoredFile | None] = relationship(foreign_keys=[small_sheet_id])
    activity: Mapped[Activity] = relationship()
    project: Mapped[Project] = relationship(secondary=Activity.__table__, viewonly=True)

    @property
    def total(self) -> int:
        return (
            self.very_satisfied + self.satisfied + self.neutral + self.dissatisfied + self.very_dissatisfied
        )
