"""Queries of the audit trail."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.audit.models import AuditEntry


def entries(session: Session, kind: str = "") -> list[AuditEntry]:
    """All entries in order, or those of one kind of record."""
    entries_of_kind = select(AuditEntry).order_by(AuditEntry.id)
    if kind:
        entries_of_kind = entries_of_kind.where(AuditEntry.object_type == kind)
    return list(session.scalars(entries_of_kind))


def actions(session: Session, kind: str = "") -> list[str]:
    return [entry.action for entry in entries(session, kind)]


def last(session: Session, kind: str = "") -> AuditEntry:
    return entries(session, kind)[-1]
