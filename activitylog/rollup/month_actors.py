"""Who rolled up and who closed the months of a year, by audit trail, closings and job runs."""

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

ROLL_UP, CLOSING = "booking", "closing"


def month_number(month: Period) -> int:
    """A month as the trail numbers it: 202406."""
    return month.year * 100 + month.month


def months_label(months: Sequence[Period]) -> str:
    """2024年6月, or 2024年1月至6月."""
    return months[0].label if len(months) == 1 else f"{months[0].label}至{months[-1].month}月"


def record_roll_up(session: Session, months: Sequence[Period], *, now: datetime) -> None:
    """Write into the audit trail who rolled up these months; `now` is the moment their figures carry."""
    span = {"from_month": months[0], "to_month": months[-1], "posted_at": now}
    record_changes(
        session, Change(ROLL_UP, month_number(months[-1]), months_label(months), "booked", after=span)
    )


@dataclass(frozen=True, slots=True)
class MonthActors:
    """Of one year: who rolled up at a moment, and who closed which revision of a month."""

    by_moment: dict[str, str]
    closed_by: dict[tuple[Period, int], str]
    runs: Sequence[tuple[datetime, datetime]]

    def rolled_up_by(self, posted_at: datetime | None) -> str:
        """The person, command or job that rolled up at the moment; "" where no entry says."""
        if posted_at is None:
            return ""
        is_job = any(begun <= posted_at <= ended for begun, ended in self.runs)
        return self.by_moment.get(json_value(posted_at)) or (JOB if is_job else "")


def actors_of_year(session: Session, year: int) -> MonthActors:
    first, last = Period(year, 1), Period(year, 12)
    entries = session.execute(
        select(AuditEntry.object_type, AuditEntry.who, AuditEntry.after)
        .where(
            AuditEntry.object_type.in_((ROLL_UP, CLOSING)),
            AuditEntry.object_id.between(month_number(first), month_number(last)),
            AuditEntry.action.in_(("booking.booked", "closing.closed")),
        )
        .order_by(AuditEntry.id)
    ).all()
    acts = [(kind, who, json.loads(after)) for kind, who, after in entries]
    return MonthActors(
        by_moment={after["posted_at"]: who for kind, who, after in acts if kind == ROLL_UP},
        closed_by={
            (Period.parse(after["period"]), after["revision"]): who
            for kind, who, after in acts
            if kind == CLOSING
        }
        | _current_closers(session, first, last),
        runs=_runs(session, first, last),
    )


def _current_closers(session: Session, first: Period, last: Period) -> dict[tuple[Period, int], str]:
    """Who closed the months closed now, also where the trail has been archived."""
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
