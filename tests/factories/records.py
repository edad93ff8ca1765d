"""Dated records of all kinds."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.review.queries import record_kinds

NOW = datetime(2024, 6, 13, 2, 0, tzinfo=UTC)


def approve_waiting(session: Session, *, now: datetime = NOW) -> None:
    """Approve every record that waits, as somebody who has left the office; committed."""
    for spec in record_kinds():
        for record in session.scalars(select(spec.model).where(spec.model.is_waiting)):
            record.approved_at = now
    session.commit()
