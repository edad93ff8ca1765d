"""Makes one-time links by which people choose their password, and takes the password chosen."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from activitylog.accounts.models import PasswordLink, SignIn, User
from activitylog.accounts.sign_ins.operations import allow_attempts, end_sign_ins
from activitylog.accounts.sign_ins.queries import key_digest
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.errors import Missing, Refused

VALID_FOR = timedelta(days=7)
GONE = "这个链接已经用过、过期或被新的代替。请向系统管理员再要一个。"


def make_password_link(session: Session, user: User, *, by: User | None, now: datetime) -> str:
    """The secret of a new link, of which only a digest is stored; earlier links of the person end."""
    if not user.is_enabled:
        raise Refused(f"“{user.name}”已停用，请先启用，再发链接。")
    token = secrets.token_urlsafe(24)
    unused = PasswordLink.user_id == user.id, PasswordLink.ended_at.is_(None)
    session.execute(update(PasswordLink).where(*unused).values(ended_at=now))
    session.add(
        PasswordLink(
            user_id=user.id,
            token_hash=key_digest(token),
            expires_at=now + VALID_FOR,
            created_by_id=None if by is None else by.id,
            created_at=now,
        )
    )
    record_changes(session, Change("user", user.id, user.name, "link_made", is_sample=user.is_sample))
    session.flush()
    return token


def link_of(session: Session, token: str, *, now: datetime, lock: bool = False) -> PasswordLink:
    """The unused link with the secret; Missing for any other, without saying which it is."""
    found = select(PasswordLink).where(
        PasswordLink.token_hash == key_digest(token),
        PasswordLink.ended_at.is_(None),
        PasswordLink.expires_at > now,
    )
    link = session.scalar(found.with_for_update() if lock else found)
    if link is None or not link.user.is_enabled:
        raise Missing(GONE)
    return link


def use_link(session: Session, token: str, *, password_hash: str, now: datetime) -> User:
    """Take the password chosen by the link, which ends; so do the person's sign-ins and waits."""
    link = link_of(session, token, now=now, lock=True)
    link.ended_at = now
    set_password(session, link.user, password_hash=password_hash, now=now)
    return link.user


def set_password(
    session: Session, user: User, *, password_hash: str, now: datetime, besides: SignIn | None = None
) -> None:
    """Change the password; every sign-in of the person ends `besides` one, and failures are forgotten."""
    user.password_hash = password_hash
    end_sign_ins(session, user, now=now, besides=besides)
    allow_attempts(session, user)
