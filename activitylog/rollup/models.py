"""Tables of contributions, postings and actuals, also of ended revisions; findings; runs of jobs."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.core.database import Base, BigKey, PeriodColumn
from activitylog.core.period import Period

# Version of what the measures count; 2: January's releases and articles, batches by month; 3: records that
# hang on an activity count by its words once it is approved.
COUNTING = 3


class Posting(Base):
    """One counted contribution of one record to one indicator, in the month it was rolled up into.

    A trigger deletes it with its indicator: a foreign key would look the indicator up for every row.
    """

    __tablename__ = "posting"
    __table_args__ = (
        UniqueConstraint(  # in the order in which a roll-up compares it with the contributions
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


class Actual(Base):
    """The aggregation, by the measure of that day, of an indicator's postings of the year up to a month.

    `postings` and `adjustments` count the rows of the month itself; `checksum` is the sum of their hashes.
    `filters` are the sentences of the rule by which it was counted, one a line (None in old rows); `counting`
    is the version of what the measures count.
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
    filters: Mapped[str | None] = mapped_column(Text)
    counting: Mapped[int] = mapped_column(default=COUNTING, server_default="1")


class MonthRecords(Base):
    """How many records (not postings) a month counts."""

    __tablename__ = "month_records"

    period: Mapped[Period] = mapped_column(primary_key=True)
    records: Mapped[int]


class PastPosting(Base):
    """A posting of an ended revision; never changed."""

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
    """An actual of an ended revision; never changed."""

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
    """What the last self-audit found: an error, or records that count for no indicator."""

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[Period]
    indicator_id: Mapped[int | None] = mapped_column(ForeignKey("indicator.id", ondelete="CASCADE"))
    message: Mapped[str] = mapped_column(Text)
    found_at: Mapped[datetime]
    is_error: Mapped[bool] = mapped_column(default=True, server_default=true())


ROLL_UP, NIGHTLY = "roll_up", "night"  # the jobs


class JobRun(Base):
    """The outcome of a job for one month; written in the job's transaction, it is also the claim to it."""

    __tablename__ = "job_run"

    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    period: Mapped[Period] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    is_done: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str] = mapped_column(Text, default="")


def contribution_table(name: str) -> Table:
    """A temporary table of contributions, each with the month it goes to."""
    return Table(
        name,
        MetaData(),
        Column("source", String(20), nullable=False),
        Column("source_id", BigInteger, nullable=False),
        Column("indicator_id", Integer, nullable=False),
        Column("key", String(600), nullable=False),
        Column("occurred_on", Date, nullable=False),
        Column("period", PeriodColumn, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("base", BigInteger, nullable=False),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


CONTRIBUTION = contribution_table("contribution")
