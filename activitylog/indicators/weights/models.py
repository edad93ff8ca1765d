"""Tables of weights set by hand; a project without them has the defaults of rules.py."""

from decimal import Decimal

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.core.database import Base


class IndicatorWeight(Base):
    """The points of one indicator's row, two decimals."""

    __tablename__ = "indicator_weight"

    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("indicator.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    weight: Mapped[Decimal]


class ExecutionWeight(Base):
    """The points of a project's 执行率 row, two decimals."""

    __tablename__ = "execution_weight"

    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    weight: Mapped[Decimal]
