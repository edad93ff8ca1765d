"""Closings and reopenings against the audit trail: a month is not opened behind the books."""

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.audit.models import AuditEntry
from activitylog.core.period import Period
from activitylog.indicators.closings.models import Closing, Reopening

Digests = dict[tuple[str, str, int], str]  # kind, month and revision → seal

_LABELS = {"closing": "结账", "reopening": "反结账"}


def closing_findings(session: Session, years: Sequence[int]) -> Iterator[tuple[Period, str]]:
    """Closings and reopenings that are not there as the trail tells, each as the month and a sentence."""
    closings, reopenings = session.scalars(select(Closing)), session.scalars(select(Reopening))
    stored: Digests = {("closing", str(each.period), each.revision): each.digest for each in closings}
    stored |= {("reopening", str(each.period), each.revision): each.digest for each in reopenings}
    for (kind, month, revision), digest in _recorded_digests(session, years).items():
        if stored.get((kind, month, revision)) != digest:
            period = Period.parse(month)
            yield (
                period,
                f"{period.label}第 {revision} 版的{_LABELS[kind]}被改动或删去过，审计记录里没有相应的改动。",
            )


def _recorded_digests(session: Session, years: Sequence[int]) -> Digests:
    """What the trail says is there; what is archived tells no more."""
    entries = session.execute(
        select(AuditEntry.object_type, AuditEntry.before, AuditEntry.after)
        .where(AuditEntry.object_type.in_(tuple(_LABELS)))
        .order_by(AuditEntry.id)
    )
    recorded: Digests = {}
    for kind, *sides in entries:
        before, after = map(json.loads, sides)
        if before:
            recorded.pop((kind, before["period"], before["revision"]), None)
        if after and Period.parse(after["period"]).year in years:
            recorded[kind, after["period"], after["revision"]] = after["seal"]
    return recorded
