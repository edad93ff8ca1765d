"""Changes the settings of an office."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.office.models import OfficeSetting
from activitylog.office.rules import EDITABLE


def change_settings(session: Session, values: Mapping[str, object], *, by: User, now: datetime) -> None:
    """Store the values that differ from what is stored, each with who set it and when."""
    stored = {row.name: row for row in session.scalars(select(OfficeSetting))}
    for name, value in values.items():
        text, row = str(value), stored.get(name)
        if row is None:
            session.add(OfficeSetting(name=name, value=text, changed_at=now, changed_by_id=by.id))
        elif row.value != text:
            row.value, row.changed_at, row.changed_by_id = text, now, by.id
    session.flush()


def reset_settings(session: Session, names: frozenset[str]) -> None:
    """Back to the defaults."""
    for row in session.scalars(select(OfficeSetting).where(OfficeSetting.name.in_(names & EDITABLE.keys()))):
        session.delete(row)
    session.flush()
