"""Turns second factors on and off, makes recovery codes, and accepts codes, each once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.second_factors.models import RecoveryCode, SecondFactor
from activitylog.accounts.second_factors.queries import recovery_codes_left
from activitylog.accounts.second_factors.rules import (
    new_recovery_codes,
    open_secret,
    read_code,
    recovery_code_hash,
    seal_secret,
    step_of_code,
)
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.errors import BadInput, Refused

NEVER = -1  # a step before every other
UNREADABLE = "系统换过密钥，您的两步验证读不出来了。请系统管理员先关闭它，登录后再重新开启。"


@dataclass(frozen=True, slots=True)
class AcceptedCode:
    """A code that was right; `recovery_codes_left` after a recovery code, else None."""

    recovery_codes_left: int | None = None


def turn_on(session: Session, user: User, *, secret: str, code: str, key: str, now: datetime) -> list[str]:
    """Ask for codes from now on, once one has shown that the app works; returns recovery codes."""
    lock_user(session, user)
    if session.get(SecondFactor, user.id) is not None:
        raise Refused("两步验证已经开启；要换手机，请先关闭再重新开启。")
    step = step_of_code(secret, read_code(code), now=now, last=NEVER)
    if step is None:
        raise BadInput("验证码不对。请填身份验证器里现在显示的 6 位数字，并核对手机的时间。", field="code")
    sealed = seal_secret(secret, user_id=user.id, key=key)
    session.add(SecondFactor(user_id=user.id, sealed_secret=sealed, last_step=step, since=now))
    _record(session, user, "second_factor_on")
    return _make_recovery_codes(session, user, key=key)


def lock_user(session: Session, user: User) -> None:
    """Let attempts of one person sent side by side wait for each other."""
    session.execute(select(User.id).where(User.id == user.id).with_for_update())


def _make_recovery_codes(session: Session, user: User, *, key: str) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = new_recovery_codes()
    session.add_all(
        RecoveryCode(user_id=user.id, code_hash=recovery_code_hash(code, user_id=user.id, key=key))
        for code in codes
    )
    session.flush()
    return codes


def renew_recovery_codes(session: Session, user: User, *, key: str) -> list[str]:
    """Ten new recovery codes; those before end."""
    lock_user(session, user)
    if session.get(SecondFactor, user.id) is None:
        raise Refused("还没有开启两步验证，请先开启。")
    _record(session, user, "recovery_codes_renewed")
    return _make_recovery_codes(session, user, key=key)


def turn_off(session: Session, user: User) -> None:
    """Ask for no code any more; recovery codes end with it."""
    lock_user(session, user)
    found = session.get(SecondFactor, user.id)
    if found is None:
        raise Refused(f"“{user.name}”没有开启两步验证，不用关闭。")
    session.delete(found)
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    _record(session, user, "second_factor_off")
    session.flush()


def accept_code(session: Session, user: User, code: str, *, key: str, now: datetime) -> AcceptedCode | None:
    """Use up a code of the app or a recovery code; None for a wrong or used one.

    Other attempts of the person wait meanwhile, so that two processes never accept one code.
    """
    lock_user(session, user)
    factor = session.get(SecondFactor, user.id, populate_existing=True)
    digits = read_code(code)
    if factor is None or not digits:
        return None
    secret = open_secret(factor.sealed_secret, user_id=user.id, key=key)
    if secret is None:
        raise Refused(UNREADABLE)
    step = step_of_code(secret, digits, now=now, last=factor.last_step)
    if step is not None:
        factor.last_step = step
        session.flush()
        return AcceptedCode()
    return _use_recovery_code(session, user, digits, key=key, now=now)


def _use_recovery_code(
    session: Session, user: User, digits: str, *, key: str, now: datetime
) -> AcceptedCode | None:
    stored = recovery_code_hash(digits, user_id=user.id, key=key)
    unused = RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None)
    code = session.scalar(select(RecoveryCode).where(RecoveryCode.code_hash == stored, *unused))
    if code is None:
        return None
    code.used_at = now
    _record(session, user, "recovery_code_used")
    session.flush()
    return AcceptedCode(recovery_codes_left(session, user))


def _record(session: Session, user: User, verb: str) -> None:
    record_changes(session, Change("user", user.id, user.name, verb, is_sample=user.is_sample))
