"""Creates, invites, changes, enables and disables users, and manages the address of their calendar."""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import Membership, User
from activitylog.accounts.passwords import NO_PASSWORD, hashed
from activitylog.accounts.queries import user_named
from activitylog.accounts.rules import (
    ADMINISTRATOR,
    BELONGS_TO_PROJECTS,
    ERASED_NAME,
    MAX_NAME_LENGTH,
    MAY_HAVE_ALL_PROJECTS,
    Role,
)
from activitylog.accounts.sign_ins.operations import end_sign_ins
from activitylog.core.locks import lock_names
from activitylog.core.text.words import look_alike_key
from activitylog.errors import BadInput, Refused

_MARKUP = frozenset("<>")  # no name shall look like markup to a page that shows it


def create_user(
    session: Session,
    *,
    name: str,
    password: str,
    role: Role,
    now: datetime,
    administers_accounts: bool = False,
    has_all_projects: bool = False,
    project_ids: Iterable[int] = (),
    is_sample: bool = False,
) -> User:
    """Add a user with a password; refuses a taken name and a weak password."""
    name = _usable_name(session, name)
    user = User(name=name, password_hash=hashed(password, name=name), created_at=now, is_sample=is_sample)
    _give_role(user, role, administers_accounts=administers_accounts, has_all_projects=has_all_projects)
    return _add_user(session, user, project_ids)


def invite_user(
    session: Session,
    *,
    name: str,
    role: Role,
    administers_accounts: bool = False,
    has_all_projects: bool = False,
    project_ids: Iterable[int] = (),
    now: datetime,
) -> User:
    """Add a user without a password, who chooses one by a link; refuses a taken name."""
    user = User(name=_usable_name(session, name), password_hash=NO_PASSWORD, created_at=now)
    _give_role(user, role, administers_accounts=administers_accounts, has_all_projects=has_all_projects)
    return _add_user(session, user, project_ids)


def add_provided_user(
    session: Session, *, name: str, role: Role, administers_accounts: bool, now: datetime
) -> User:
    """Add a user who signs in at a provider, without a password; refuses a taken name."""
    user = User(name=_usable_name(session, name), password_hash=NO_PASSWORD, created_at=now)
    _give_role(user, role, administers_accounts=administers_accounts, has_all_projects=False)
    return _add_user(session, user, ())


def _add_user(session: Session, user: User, project_ids: Iterable[int]) -> User:
    session.add(user)
    session.flush()
    session.add_all(Membership(user_id=user.id, project_id=number) for number in dict.fromkeys(project_ids))
    session.flush()
    return user


def _usable_name(session: Session, name: str, *, besides: User | None = None) -> str:
    """A name that may be given, and that nobody takes for another's; `besides` the person's own."""
    name = name.strip()
    if not name or len(name) > MAX_NAME_LENGTH or not name.isprintable() or _MARKUP & set(name):
        raise BadInput(f"请填写姓名（最多 {MAX_NAME_LENGTH} 个字，不含换行和尖括号）。", field="name")
    if name.startswith(ERASED_NAME):
        raise BadInput(f"姓名不能以“{ERASED_NAME}”开头，那是已注销账号的写法；请换一个。", field="name")
    lock_names(session)
    others = select(User.name) if besides is None else select(User.name).where(User.id != besides.id)
    names = session.scalars(others).all()
    if name in names:
        raise Refused(f"用户“{name}”已经存在，请换一个名字。", field="name")
    alike = next((each for each in names if look_alike_key(each) == look_alike_key(name)), None)
    if alike is not None:
        raise Refused(f"“{name}”和已有的用户“{alike}”看起来一样，请换一个名字。", field="name")
    return name


def rename_user(session: Session, user: User, *, name: str) -> None:
    """Change the name a person signs in with; what they did keeps the name of then."""
    if name.strip() != user.name:
        user.name = _usable_name(session, name, besides=user)
    session.flush()


def set_role(
    session: Session, user: User, *, role: Role, administers_accounts: bool, has_all_projects: bool = False
) -> None:
    """Change what the person is; who administers accounts last goes on doing so.

    Who sees all projects by the new role, or none, belongs to none.
    """
    if user.administers_accounts and not administers_accounts:
        check_another_administrator(session, user)
    _give_role(user, role, administers_accounts=administers_accounts, has_all_projects=has_all_projects)
    if user.has_all_projects or role not in BELONGS_TO_PROJECTS:
        set_projects(session, user, ())
    session.flush()


def _give_role(user: User, role: Role, *, administers_accounts: bool, has_all_projects: bool) -> None:
    if role is Role.NONE and not administers_accounts:
        raise BadInput("不经手业务又不管理账号，就什么也做不了：请选一个角色，或勾选管理账号。", field="role")
    user.role, user.administers_accounts = role, administers_accounts
    user.has_all_projects = has_all_projects and role in MAY_HAVE_ALL_PROJECTS


def set_projects(session: Session, user: User, project_ids: Collection[int]) -> None:
    """Let the person belong to these projects and no others."""
    own = session.scalars(select(Membership).where(Membership.user_id == user.id)).all()
    for each in own:
        if each.project_id not in project_ids:
            session.delete(each)
    added = sorted(set(project_ids) - {each.project_id for each in own})
    session.add_all(Membership(user_id=user.id, project_id=number) for number in added)
    session.flush()


def disable_user(session: Session, *, name: str, now: datetime) -> User:
    """Disable an account, which ends its sign-ins; refused where nobody else administers accounts."""
    user = user_named(session, name)
    check_another_administrator(session, user)
    user.is_enabled = False
    end_sign_ins(session, user, now=now)
    return user


def enable_user(session: Session, *, name: str) -> User:
    user = user_named(session, name)
    if user.erased_at is not None:
        raise Refused(f"“{user.name}”已经注销，不能再启用；请邀请本人重新开一个账号。")
    user.is_enabled = True
    session.flush()
    return user


def check_another_administrator(session: Session, user: User) -> None:
    """Refuse to let go the one person who can administer accounts."""
    if not user.administers_accounts or not user.is_enabled:
        return
    signs_in = or_(User.password_hash != NO_PASSWORD, User.identities.any())
    others = User.id != user.id, User.administers_accounts, User.is_enabled, signs_in
    if not session.scalar(select(exists().where(*others))):
        raise Refused(
            f"“{user.name}”是最后一个{ADMINISTRATOR}，停用、删除或不再管理账号，就没有人能管理账号了。"
            "请先再设一个。"
        )


def renew_calendar(session: Session, user: User) -> str:
    """Create the secret of a new calendar address; only its digest is stored, the old one is revoked."""
    token = secrets.token_urlsafe(24)
    user.calendar_hash = _digest(token)
    session.flush()
    return token


def close_calendar(session: Session, user: User) -> None:
    user.calendar_hash = None
    session.flush()


def user_of_calendar(session: Session, token: str) -> User | None:
    """The user of a calendar address; None for an unknown one or a disabled account."""
    users = select(User).where(User.calendar_hash == _digest(token), User.is_enabled)
    user: User | None = session.scalar(users)
    return user


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
