"""Erases an account: the name and everything that belongs to the person go, what they recorded stays."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from activitylog.accounts.models import FailedSignIn, Membership, User
from activitylog.accounts.operations import set_projects
from activitylog.accounts.passwords import NO_PASSWORD
from activitylog.accounts.personal_data.queries import account_columns, goes_with_account
from activitylog.accounts.rules import ERASED_NAME
from activitylog.accounts.sign_ins.rules import name_digest
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.audit.registry import secret_digest
from activitylog.errors import Refused


def erase_user(session: Session, user: User, *, now: datetime) -> str:
    """Erase a disabled account; returns the name that stands for it from now on.

    The entry of it does not repeat the name. Earlier entries are sealed with it; pages show the new one.
    """
    if user.is_enabled:
        raise Refused(f"“{user.name}”还能登录，不能注销；请先停用账号。")
    if user.erased_at is not None:
        raise Refused(f"“{user.name}”已经注销过了。")
    pseudonym = f"{ERASED_NAME}{user.id}"
    set_projects(session, user, ())
    session.execute(delete(FailedSignIn).where(FailedSignIn.name_digest == name_digest(user.name)))
    for column in account_columns():
        if goes_with_account(column) and column.table is not Membership.__table__:
            session.execute(delete(column.table).where(column == user.id))
    secrets = {name: secret_digest(getattr(user, name)) for name in ("password_hash", "calendar_hash")}
    values: dict[str, Any] = {
        "name": pseudonym,
        "password_hash": NO_PASSWORD,
        "calendar_hash": None,
        "erased_at": now,
    }
    session.connection().execute(update(User.__table__).where(User.id == user.id).values(values))  # type: ignore[arg-type]
    session.expire(user)
    change = Change(
        "user",
        user.id,
        pseudonym,
        "erased",
        # a change, not a beginning: what it leaves out, as the role, is as it was
        before={"name": "", **secrets},
        after={"name": pseudonym, **dict.fromkeys(secrets, "")},
        is_sample=user.is_sample,
    )
    record_changes(session, change)
    session.flush()
    return pseudonym
