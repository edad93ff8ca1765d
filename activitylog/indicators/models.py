"""Tables of rules, by which indicators are counted, and of manual entries."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    FromClause,
    String,
    Table,
    Text,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.activities.models import ActivityKind
from activitylog.core.database import Base
from activitylog.core.records import DatedRecord
from activitylog.projects.models import Indicator, Project

rule_activity_kind = Table(
    "rule_activity_kind",
    Base.metadata,
    Column("indicator_id", ForeignKey("rule.indicator_id", ondelete="CASCADE"), primary_key=True),
    Column("kind_id", ForeignKey("activity_kind.id"), primary_key=True),
)


class RuleFilter:
    """A table of the words that rules are limited to."""

    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("rule.indicator_id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )


class RuleVenueKind(RuleFilter, Base):
    """A venue kind that a rule is limited to."""

    __tablename__ = "rule_venue_kind"

    venue_kind: Mapped[str] = mapped_column(String(40), primary_key=True)


class RuleExpenseKind(RuleFilter, Base):
    """A kind of expense that a rule is limited to."""

    __tablename__ = "rule_expense_kind"

    expense_kind: Mapped[str] = mapped_column(String(40), primary_key=True)


class RuleActivityForm(RuleFilter, Base):
    """A form of activity that a rule is limited to."""

    __tablename__ = "rule_form"

    form: Mapped[str] = mapped_column(String(40), primary_key=True)


class RuleDistrict(RuleFilter, Base):
    """A district that a rule is limited to, by its code."""

    __tablename__ = "rule_district"

    district: Mapped[str] = mapped_column(String(6), primary_key=True)


class Rule(Base):
    """How one indicator is counted: its measure and the records that count for it."""

    __tablename__ = "rule"

    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("indicator.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    measure: Mapped[str | None] = mapped_column(String(40))
    milestone_kind: Mapped[str | None] = mapped_column(String(40))
    audience_group: Mapped[str | None] = mapped_column(String(20))
    includes_online: Mapped[bool] = mapped_column(default=False)
    includes_reposts: Mapped[bool] = mapped_column(default=False)
    tolerance: Mapped[Decimal] = mapped_column(default=Decimal(0))
    # whether filters exist: saves the roll-up a look-up for the many rules that have none
    limits_kinds: Mapped[bool] = mapped_column(default=False)
    limits_venues: Mapped[bool] = mapped_column(default=False)
    limits_forms: Mapped[bool] = mapped_column(default=False, server_default=false())
    limits_districts: Mapped[bool] = mapped_column(default=False, server_default=false())
    limits_expenses: Mapped[bool] = mapped_column(default=False, server_default=false())
    # confirmation
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))

    indicator: Mapped[Indicator] = relationship()
    kinds: Mapped[list[ActivityKind]] = relationship(secondary=rule_activity_kind, order_by=ActivityKind.id)
    venue_kinds: Mapped[list[RuleVenueKind]] = relationship(
        order_by=RuleVenueKind.venue_kind, cascade="all, delete-orphan"
    )
    forms: Mapped[list[RuleActivityForm]] = relationship(
        order_by=RuleActivityForm.form, cascade="all, delete-orphan"
    )
    districts: Mapped[list[RuleDistrict]] = relationship(
        order_by=RuleDistrict.district, cascade="all, delete-orphan"
    )
    expense_kinds: Mapped[list[RuleExpenseKind]] = relationship(
        order_by=RuleExpenseKind.expense_kind, cascade="all, delete-orphan"
    )


@dataclass(frozen=True, slots=True)
class RuleTables:
    """Where rules are read from: the stored ones, or one that is only tried out."""

    rule: FromClause = Rule.__table__
    kinds: FromClause = rule_activity_kind
    venue_kinds: FromClause = RuleVenueKind.__table__
    forms: FromClause = RuleActivityForm.__table__
    districts: FromClause = RuleDistrict.__table__
    expense_kinds: FromClause = RuleExpenseKind.__table__


STORED_RULES = RuleTables()


class ManualEntry(DatedRecord, Base):
    """A figure typed in, with reason and evidence, for what no record can show."""

    __tablename__ = "manual_entry"
    thing = "人工填报"
    counter = "条"
    written_fields = ("indicator_id", "amount", "entered_on", "reason", "evidence")

    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    entered_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)

    indicator: Mapped[Indicator] = relationship()
    project: Mapped[Project] = relationship(secondary=Indicator.__table__, viewonly=True)
