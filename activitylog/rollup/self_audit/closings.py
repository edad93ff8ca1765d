"""Checks closings and reopenings against the audit trail."""

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.audit.models import AuditEntry
from activitylog.core.period import Period
from activitylog.indicators.closings.models import Closing, Reopening
from activitylog.rollup.self_audit.finding import AuditFinding

Digests = dict[tuple[str, str, int], str]  # by kind, month and revision

_LABELS = {"closing": "结账", "reopening": "反结账"}


def closing_findings(session: Session, years: Sequence[int]) -> Iterator[AuditFinding]:
    """Closings and reopenings that differ from the trail."""
    closings, reopenings = session.scalars(select(Closing)), session.scalars(select(Reopening))
    stored: Digests = {("closing", str(each.period), each.revision): each.digest for each in closings}
    stored |= {("reopening", str(each.period), each.revision): each.digest for each in reopenings}
    for (kind, month, revision), digest in _recorded_digests(session, years).items():
        if stored.get((kind, month, revision)) != digest:
            period = Period.parse(month)
            yield AuditFinding(
                period,
                f"{period.label}第 {revision} 版的{_LABELS[kind]}被改动或删去过，审计记录里没有相应的改动。",
            )


def _recorded_digests(session: Session, years: Sequence[int]) -> Digests:
    """The digests of the closings and reopenings that exist by the trail, as far as it is not archived."""
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
