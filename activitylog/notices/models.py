"""Tables of notices, their deliveries, what each person chose, and the monthly letters."""

from datetime import datetime, time

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.accounts.models import User
from activitylog.core.database import Base
from activitylog.core.period import Period
from activitylog.notices.rules import Channel, DeliveryState, Kind

LONGEST_KEY = 120
LONGEST_ADDRESS = 254  # of mail
LONGEST_TITLE = 300


class Notice(Base):
    """One occurrence told to one person, or to the office's groups where there is no user.

    `key` names person, kind and occurrence, so that it is told once whoever looks, and however often.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_unread", "user_id", "read_at"),
        Index("ix_notice_newest", "user_id", "id"),
        Index("ix_notice_read_at", "read_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    kind: Mapped[Kind]
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    text: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    user: Mapped[User | None] = relationship()


class NoticeDelivery(Base):
    """A notice on one channel: waiting until `due_at`, being sent, sent, or failed for good.

    `target` tells a group's robots apart. `outcome` is what the receiver answered last.
    """

    __tablename__ = "notice_delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel", "target"),
        Index("ix_notice_delivery_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    channel: Mapped[Channel]
    target: Mapped[str] = mapped_column(String(16))
    state: Mapped[DeliveryState]
    due_at: Mapped[datetime]
    attempts: Mapped[int]
    tried_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(Text)

    notice: Mapped[Notice] = relationship()


class NoticeSettings(Base):
    """Where a person's notices go, and when nothing is sent; a time of None is the office's."""

    __tablename__ = "notice_settings"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    mail_address: Mapped[str] = mapped_column(String(LONGEST_ADDRESS), default="")
    mail_confirmed_at: Mapped[datetime | None]
    webhook: Mapped[str] = mapped_column(Text, default="")
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]


class NoticeOptOut(Base):
    """A kind of notice that a person does not want on a channel."""

    __tablename__ = "notice_opt_out"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[Kind] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(primary_key=True)


class CollectedTrail(Base):
    """Up to which entry the audit trail has been searched for notices; one row."""

    __tablename__ = "collected_trail"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(BigInteger)


class MonthlyLetter(Base):
    """The letter of a month to one person, as it was sent; `content` is JSON."""

    __tablename__ = "monthly_letter"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    period: Mapped[Period] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
