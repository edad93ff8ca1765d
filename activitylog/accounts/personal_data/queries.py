"""What is stored about an account, and what stands for the name of an erased one in the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import FailedSignIn, User
from activitylog.accounts.sign_ins.rules import name_digest
from activitylog.audit.models import AuditEntry
from activitylog.audit.registry import json_value
from activitylog.core.database import referring_columns

_SECRETS = ("hash", "token", "secret", "password", "code", "key")  # in the name of a column never given out
OF_PERSON = frozenset({"user", "membership"})  # kinds of entries whose values hold names of accounts


def account_data(session: Session, user: User) -> dict[str, Any]:
    """Everything stored about the account as JSON values; no secret, and of its records the numbers.

    A table whose rows go with the account (sign-ins, memberships, identities) is given row by row.
    """
    own, records = dict[str, Any](), dict[str, int]()
    for column in account_columns():
        table = column.table
        if goes_with_account(column):
            rows = session.execute(select(*_shown(table)).where(column == user.id)).mappings()
            own[table.name] = [_plain(row) for row in rows]
        elif count := session.scalar(select(func.count()).select_from(table).where(column == user.id)):
            records[f"{table.name}.{column.name}"] = count
    failures = select(FailedSignIn.at, FailedSignIn.address).where(
        FailedSignIn.name_digest == name_digest(user.name)
    )
    return {
        "account": _plain({each.name: getattr(user, each.name) for each in _shown(_users())}),
        "stored_with_the_account": own,
        "failed_sign_ins": [_plain(row) for row in session.execute(failures).mappings()],
        "records_that_name_the_account": records,
        "audit_trail": [_plain(row) for row in session.execute(_entries(user)).mappings()],
    }


def _users() -> Table:
    return User.__table__  # type: ignore[return-value]


def account_columns() -> list[Column[Any]]:
    """The columns of all tables that refer to accounts, in a fixed order."""
    return sorted(referring_columns(_users()), key=lambda column: (column.table.name, column.name))


def goes_with_account(column: Column[Any]) -> bool:
    """Whether rows that refer to an account by the column belong to it and end with it."""
    return any(key.ondelete == "CASCADE" for key in column.foreign_keys)


def _shown(table: Any) -> list[Column[Any]]:
    return [column for column in table.columns if not any(word in column.name for word in _SECRETS)]


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): json_value(value) for name, value in row.items()}


def _entries(user: User) -> Any:
    kind = AuditEntry.object_type
    named = (AuditEntry.action, kind, AuditEntry.object_name)
    is_about = (kind == "user") & (AuditEntry.object_id == user.id)
    entries = select(AuditEntry.id, AuditEntry.at, AuditEntry.who, AuditEntry.origin, *named)
    return entries.where((AuditEntry.user_id == user.id) | is_about).order_by(AuditEntry.id)


@dataclass(frozen=True, slots=True)
class ErasedNames:
    """The names erased accounts had, which stay in the sealed entries, and what is shown instead."""

    pseudonyms: Mapping[int, str] = field(default_factory=dict)
    erased_at: Mapping[int, datetime] = field(default_factory=dict)
    former: Mapping[str, int] = field(default_factory=dict)

    def shown(self, name: str, user_id: int | None) -> str:
        """The name of who acted."""
        return self.pseudonyms.get(user_id or 0, name)

    def shown_value(self, value: Any, at: datetime) -> Any:
        """A value of an entry; a name stands for the account that had it at the time."""
        user_id = self.former.get(value) if isinstance(value, str) else None
        if user_id is None or at > self.erased_at[user_id]:
            return value
        return self.pseudonyms[user_id]


def erased_names(session: Session) -> ErasedNames:
    erased = select(User.id, User.name, User.erased_at).where(User.erased_at.is_not(None))
    rows = session.execute(erased).all()
    if not rows:
        return ErasedNames()
    pseudonyms = {row.id: row.name for row in rows}
    named = (
        select(AuditEntry.object_id, AuditEntry.object_name)
        .where(AuditEntry.object_type == "user", AuditEntry.object_id.in_(pseudonyms))
        .distinct()
    )
    former = {
        name: user_id
        for user_id, name in session.execute(named)
        if user_id is not None and name != pseudonyms[user_id]
    }
    return ErasedNames(pseudonyms, {row.id: row.erased_at for row in rows}, former)
