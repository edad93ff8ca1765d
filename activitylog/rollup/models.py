"""Rules (data), postings and actuals (books), closings, manual entries, and how jobs went."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.activities.models import ActivityKind
from activitylog.core.database import Base
from activitylog.core.period import Period
from activitylog.files.models import StoredFile
from activitylog.indicators.judgements.rules import Grade
from activitylog.projects.models import Indicator

BigKey = BigInteger().with_variant(Integer, "sqlite")

rule_activity_kind = Table(
    "rule_activity_kind",
    Base.metadata,
    Column("indicator_id", ForeignKey("rule.indicator_id", ondelete="CASCADE"), primary_key=True),
    Column("kind_id", ForeignKey("activity_kind.id"), primary_key=True),
)


class RuleVenueKind(Base):
    """A venue kind that a rule is limited to."""

    __tablename__ = "rule_venue_kind"

    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("rule.indicator_id", ondelete="CASCADE"), primary_key=True
    )
    venue_kind: Mapped[str] = mapped_column(String(40), primary_key=True)


class Rule(Base):
    """How one indicator is counted: its measure and the records that count for it."""

    __tablename__ = "rule"

    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("indicator.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    measure: Mapped[str | None] = mapped_column(String(40))
    milestone_kind: Mapped[str | None] = mapped_column(String(40))
    includes_online: Mapped[bool] = mapped_column(default=False)
    includes_reposts: Mapped[bool] = mapped_column(default=False)
    tolerance: Mapped[Decimal] = mapped_column(default=Decimal(0))
    # filters exist: spares the books a look-up for the many rules that have none
    limits_kinds: Mapped[bool] = mapped_column(default=False)
    limits_venues: Mapped[bool] = mapped_column(default=False)
    # standing
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))

    indicator: Mapped[Indicator] = relationship()
    kinds: Mapped[list[ActivityKind]] = relationship(secondary=rule_activity_kind, order_by=ActivityKind.id)
    venue_kinds: Mapped[list[RuleVenueKind]] = relationship(
        order_by=RuleVenueKind.venue_kind, cascade="all, delete-orphan"
    )


class ManualEntry(Base):
    """A figure typed in for what no record can show."""

    __tablename__ = "manual_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    entered_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")


class Posting(Base):
    """One booked contribution of one record to one indicator in one month.

    A trigger takes it away with its indicator: a foreign key would look the indicator up for every row.
    """

    __tablename__ = "posting"
    __table_args__ = (
        UniqueConstraint(  # begins with the record: what a change has touched is found by it
            "source", "source_id", "indicator_id", "key", "occurred_on", "period", name="uq_posting"
        ),
        Index("ix_posting_indicator", "indicator_id", "period"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    indicator_id: Mapped[int]
    period: Mapped[Period]
    source: Mapped[str] = mapped_column(String(20))
    source_id: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(600), default="")
    occurred_on: Mapped[date]
    amount: Mapped[int] = mapped_column(BigInteger)
    base: Mapped[int] = mapped_column(BigInteger)


class KeySum(Base):
    """What the postings of one key in one month come to: folds over distinct keys read it."""

    __tablename__ = "key_sum"

    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("indicator.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(600), primary_key=True)
    period: Mapped[Period] = mapped_column(primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)


class Bookmark(Base):
    """How far a year's books have read: the last month, and the last audit entry and answer seen."""

    __tablename__ = "bookmark"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first: Mapped[Period]
    through: Mapped[Period]
    entry_id: Mapped[int] = mapped_column(BigInteger)
    response_id: Mapped[int] = mapped_column(BigInteger)


class Actual(Base):
    """The fold, by the measure of that day, of an indicator's postings of the year up to a month.

    `postings` and `adjustments` count what the month itself booked; `checksum` tells its postings again.
    """

    __tablename__ = "actual"

    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("indicator.id", ondelete="CASCADE"), primary_key=True
    )
    period: Mapped[Period] = mapped_column(primary_key=True, index=True)
    measure: Mapped[str | None] = mapped_column(String(40))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    base: Mapped[int | None] = mapped_column(BigInteger)
    records: Mapped[int]
    postings: Mapped[int]
    adjustments: Mapped[int]
    checksum: Mapped[int] = mapped_column(BigInteger)
    posted_at: Mapped[datetime]


class Closing(Base):
    """A month that takes no more postings; triggers refuse them. `seal` digests what it held when closed."""

    __tablename__ = "closing"

    period: Mapped[Period] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(default=1)
    closed_at: Mapped[datetime]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    seal: Mapped[str] = mapped_column(String(64), default="")


class Reopening(Base):
    """One opening of a closed month: the revision it ended, why, and until when."""

    __tablename__ = "reopening"

    period: Mapped[Period] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reopened_at: Mapped[datetime]
    reopened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime]
    closed_at: Mapped[datetime]
    seal: Mapped[str] = mapped_column(String(64))


class PastPosting(Base):
    """A posting of an ended revision, kept as it was."""

    __tablename__ = "past_posting"
    __table_args__ = (Index("ix_past_posting_of", "indicator_id", "period", "revision"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    indicator_id: Mapped[int]
    period: Mapped[Period]
    revision: Mapped[int]
    source: Mapped[str] = mapped_column(String(20))
    source_id: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(600))
    occurred_on: Mapped[date]
    amount: Mapped[int] = mapped_column(BigInteger)
    base: Mapped[int] = mapped_column(BigInteger)


class PastActual(Base):
    """An actual of an ended revision, kept as it was."""

    __tablename__ = "past_actual"

    indicator_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    period: Mapped[Period] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    measure: Mapped[str | None] = mapped_column(String(40))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    base: Mapped[int | None] = mapped_column(BigInteger)
    records: Mapped[int]
    adjustments: Mapped[int]
    posted_at: Mapped[datetime]


class Finding(Base):
    """Something the last self-audit found wrong."""

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[Period]
    indicator_id: Mapped[int | None] = mapped_column(ForeignKey("indicator.id", ondelete="CASCADE"))
    message: Mapped[str] = mapped_column(Text)
    found_at: Mapped[datetime]


class JobRun(Base):
    """How a job went for one month; written in the job's own transaction, it is also the claim to run it."""

    __tablename__ = "job_run"

    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    period: Mapped[Period] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    is_done: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str] = mapped_column(Text, default="")


class Judgement(Base):
    """A person's grade for a qualitative indicator at a month's end; newer rows replace it, none is lost."""

    __tablename__ = "judgement"
    __table_args__ = (
        CheckConstraint("ratio BETWEEN 0 AND 100", name="ratio"),
        Index("ix_judgement_of", "indicator_id", "period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id", ondelete="CASCADE"))
    period: Mapped[Period]
    grade: Mapped[Grade]
    ratio: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    judged_at: Mapped[datetime]
    # the second person
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    confirmed_at: Mapped[datetime | None]

    files: Mapped[list["JudgementFile"]] = relationship(
        order_by="JudgementFile.position", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def material(self) -> set[tuple[str, str]]:
        """The files it rests on, by name and content."""
        return {(each.name, each.file.sha256) for each in self.files}


class JudgementFile(Base):
    """A file a judgement rests on."""

    __tablename__ = "judgement_file"

    judgement_id: Mapped[int] = mapped_column(
        ForeignKey("judgement.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    name: Mapped[str] = mapped_column(String(120))

    file: Mapped[StoredFile] = relationship()


class MonthlyPlan(Base):
    """What an indicator should have reached by the end of a month, cumulative, in its unit."""

    __tablename__ = "monthly_plan"
    __table_args__ = (CheckConstraint("month BETWEEN 1 AND 12", name="month"),)

    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("indicator.id", ondelete="CASCADE"), primary_key=True
    )
    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cumulative: Mapped[Decimal]


class ClosedPlan(Base):
    """What a plan said at the end of a closed month: `reached` by then, out of the year's `whole`.

    A closed month without one had an even share.
    """

    __tablename__ = "closed_plan"

    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("indicator.id", ondelete="CASCADE"), primary_key=True
    )
    period: Mapped[Period] = mapped_column(primary_key=True)
    reached: Mapped[Decimal]
    whole: Mapped[Decimal]


class TargetAdjustment(Base):
    """A target changed in mid-year by a document; the declared one stays with the indicator."""

    __tablename__ = "target_adjustment"

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id", ondelete="CASCADE"), index=True)
    target: Mapped[Decimal]
    reference: Mapped[str] = mapped_column(String(120))
    adjusted_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
