"""Who booked and who closed the months: bookings are told in the audit trail, closings are there anyway."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.audit.models import AuditEntry
from activitylog.audit.registry import json_value
from activitylog.core.actor import JOB
from activitylog.core.period import Period
from activitylog.indicators.closings.models import Closing
from activitylog.rollup.models import JobRun

BOOKING, CLOSING = "booking", "closing"


def number_of(month: Period) -> int:
    """A month as the trail numbers it: 202406."""
    return month.year * 100 + month.month


def months_label(months: Sequence[Period]) -> str:
    """2024年6月, or 2024年1月至6月."""
    return months[0].label if len(months) == 1 else f"{months[0].label}至{months[-1].month}月"


def tell_booking(session: Session, months: Sequence[Period], *, now: datetime) -> None:
    """Let the trail say who booked these months; `now` is the moment their figures carry."""
    span = {"from_month": months[0], "to_month": months[-1], "posted_at": now}
    record_changes(
        session, Change(BOOKING, number_of(months[-1]), months_label(months), "booked", after=span)
    )


@dataclass(frozen=True, slots=True)
class Acts:
    """Of one year: who booked at a moment, and who closed which revision of a month."""

    booked_by: dict[str, str]
    closed_by: dict[tuple[Period, int], str]
    runs: Sequence[tuple[datetime, datetime]]

    def booker(self, posted_at: datetime | None) -> str:
        """The person, command or job that booked at the moment; "" where nobody told."""
        if posted_at is None:
            return ""
        told = self.booked_by.get(json_value(posted_at))
        is_job = any(begun <= posted_at <= ended for begun, ended in self.runs)
        return told or (JOB if is_job else "")


def acts_of_year(session: Session, year: int) -> Acts:
    first, last = Period(year, 1), Period(year, 12)
    entries = session.execute(
        select(AuditEntry.object_type, AuditEntry.who, AuditEntry.after)
        .where(
            AuditEntry.object_type.in_((BOOKING, CLOSING)),
            AuditEntry.object_id.between(number_of(first), number_of(last)),
            AuditEntry.action.in_(("booking.booked", "closing.closed")),
        )
        .order_by(AuditEntry.id)
    ).all()
    told = [(kind, who, json.loads(after)) for kind, who, after in entries]
    return Acts(
        booked_by={after["posted_at"]: who for kind, who, after in told if kind == BOOKING},
        closed_by={
            (Period.parse(after["period"]), after["revision"]): who
            for kind, who, after in told
            if kind == CLOSING
        }
        | _standing_closers(session, first, last),
        runs=_runs(session, first, last),
    )


def _standing_closers(session: Session, first: Period, last: Period) -> dict[tuple[Period, int], str]:
    """The people who closed what is closed now, also where the trail has been archived."""
    rows = session.execute(
        select(Closing.period, Closing.revision, User.name)
        .join(User, User.id == Closing.closed_by_id)
        .where(Closing.period.between(first, last))
    )
    return {(period, revision): name for period, revision, name in rows}


def _runs(session: Session, first: Period, last: Period) -> list[tuple[datetime, datetime]]:
    rows = session.execute(
        select(JobRun.started_at, JobRun.ended_at).where(
            JobRun.is_done, JobRun.ended_at.is_not(None), JobRun.period.between(first, last)
        )
    )
    return [(row.started_at, row.ended_at) for row in rows]
