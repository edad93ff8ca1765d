"""Tables of budget projects and their third-level indicators."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.core.database import Base


class Project(Base):
    """One declared budget project of one year; an umbrella has children and sums them up.

    `must_items` are the items of the quality check its activities have to meet, joined by 、; empty for all.
    """

    __tablename__ = "project"
    __table_args__ = (UniqueConstraint("year", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    position: Mapped[int]
    # form head
    nature: Mapped[str] = mapped_column(String(60), default="")
    category: Mapped[str] = mapped_column(String(60), default="")
    department: Mapped[str] = mapped_column(String(120), default="")
    implementing_unit: Mapped[str] = mapped_column(String(120), default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    # money, fen
    budget_fen: Mapped[int] = mapped_column(BigInteger)
    fiscal_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    carried_over_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    other_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    # goal
    goal: Mapped[str] = mapped_column(Text, default="")
    goal_wording: Mapped[str] = mapped_column(Text, default="")
    # review
    skips_review: Mapped[bool] = mapped_column(default=False, server_default=false())
    must_items: Mapped[str] = mapped_column(String(200), default="", server_default="")
    # bookkeeping
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    parent: Mapped["Project | None"] = relationship(remote_side="Project.id", back_populates="children")
    children: Mapped[list["Project"]] = relationship(back_populates="parent", order_by="Project.position")
    indicators: Mapped[list["Indicator"]] = relationship(
        back_populates="project", order_by="Indicator.position", cascade="all, delete-orphan"
    )


class Indicator(Base):
    """One third-level indicator: `target` with operator and unit, or a `target_word` with neither."""

    __tablename__ = "indicator"
    __table_args__ = (
        UniqueConstraint("project_id", "name"),
        CheckConstraint("operator IN ('≥', '>', '=', '≤', '<', '')", name="operator"),
        CheckConstraint("(operator = '') = (target IS NULL)", name="target"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    position: Mapped[int]
    level1: Mapped[str] = mapped_column(String(40))
    level2: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    # target
    operator: Mapped[str] = mapped_column(String(1))
    target: Mapped[Decimal | None]
    target_word: Mapped[str] = mapped_column(String(60), default="")
    unit: Mapped[str] = mapped_column(String(20), default="")
    wording: Mapped[str] = mapped_column(String(120), default="")

    project: Mapped[Project] = relationship(back_populates="indicators")

    @property
    def is_qualitative(self) -> bool:
        return self.target is None
