"""Reads discrepancies: those still open, those closed lately, and when one of a sort was closed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.audit.discrepancies.models import Discrepancy
from activitylog.audit.discrepancies.rules import Sort

MOST_SHOWN = 200


def open_discrepancies(session: Session, *, limit: int = MOST_SHOWN) -> Sequence[Discrepancy]:
    """Those nobody has closed, oldest first."""
    rows = select(Discrepancy).where(Discrepancy.closed_at.is_(None)).order_by(Discrepancy.id)
    return session.scalars(rows.limit(limit)).all()


def count_open(session: Session) -> int:
    return session.scalar(select(func.count()).where(Discrepancy.closed_at.is_(None))) or 0


def closed_discrepancies(session: Session, *, limit: int) -> Sequence[Discrepancy]:
    """Those closed last, newest first."""
    rows = select(Discrepancy).where(Discrepancy.closed_at.is_not(None))
    return session.scalars(rows.order_by(Discrepancy.closed_at.desc(), Discrepancy.id).limit(limit)).all()


def last_closed_at(session: Session, sort: Sort) -> datetime | None:
    """When a person last accepted a difference of the sort."""
    return session.scalar(select(func.max(Discrepancy.closed_at)).where(Discrepancy.sort == sort))
