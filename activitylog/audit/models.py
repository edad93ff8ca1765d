"""The table of the audit trail's entries; triggers refuse to change or delete them."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.core.database import Base, BigKey

ARCHIVED, CHECKED = "trail.archived", "trail.checked"


class AuditEntry(Base):
    """One write: who did what to which record when and from where; `id` counts without a gap.

    There are no foreign keys: an entry outlives the record it is about.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_who", "who", "id"),
        Index("ix_audit_entry_type", "object_type", "id"),
        Index("ix_audit_entry_object", "object_type", "object_id", "id"),
        Index("ix_audit_entry_project", "project_id", "id"),
        Index("ix_audit_entry_activity", "activity_id", "id"),
        Index("ix_audit_entry_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    # who
    user_id: Mapped[int | None]
    who: Mapped[str] = mapped_column(String(80))
    origin: Mapped[str] = mapped_column(String(200))
    # what
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(30))
    object_id: Mapped[int | None] = mapped_column(BigInteger)
    object_name: Mapped[str] = mapped_column(String(300))
    project_id: Mapped[int | None]
    activity_id: Mapped[int | None]
    is_sample: Mapped[bool]
    # JSON objects, as they were hashed
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    # sha256 over the hash before and all of the above
    hash: Mapped[str] = mapped_column(String(64))
    # HMAC of the hash with a key outside the database; empty in entries older than the first sealed one
    seal: Mapped[str] = mapped_column(String(64), default="", server_default="")

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Field → (before, after), None where it was or is not there."""
        before, after = json.loads(self.before), json.loads(self.after)
        return {name: (before.get(name), after.get(name)) for name in before | after}
