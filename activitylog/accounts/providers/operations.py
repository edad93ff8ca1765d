"""Signs people in by their identity at a provider, links and unlinks identities, and keeps waiting forms."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import Identity, User, WaitingForm
from activitylog.accounts.operations import add_provided_user, set_role
from activitylog.accounts.password_links.operations import link_of
from activitylog.accounts.providers.queries import identity_at, waiting_form
from activitylog.accounts.providers.rules import ProvidedPerson, Provider, possible_names
from activitylog.accounts.sign_ins.operations import (
    NO_SUCH_USER,
    Device,
    SignedIn,
    begin_sign_in,
    record_sign_in,
)
from activitylog.accounts.sign_ins.queries import key_digest
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.core.actor import Actor, act_as, actor_of
from activitylog.core.text.words import read_name
from activitylog.errors import Busy, Refused

FORM_WAITS = timedelta(hours=1)
MOST_WAITING = 500  # forms at once: each is up to 64 KB, and anybody may send one


class NameTaken(Exception):
    """Somebody took the name since it was found free; to be tried once more."""


def sign_in_at(
    session: Session, provider: Provider, person: ProvidedPerson, *, device: Device, now: datetime
) -> SignedIn:
    """Sign in the user whose identity it is; somebody new gets an account when a group gives a role."""
    act_as(session, Actor(provider.label, device.address))
    identity = identity_at(session, provider.key, person.subject, lock=True)
    if identity is None:
        identity = _new_identity(session, provider, _new_user(session, provider, person, now), person, now)
        identity.gives_role = True
        session.flush()
    user = identity.user
    if not user.is_enabled:
        raise Refused(f"“{user.name}”已停用，不能登录。如需启用，请联系系统管理员。")
    if identity.gives_role:
        _follow_groups(session, provider, user, person)
    return _signed_in(session, user, person, device, now)


def _new_user(session: Session, provider: Provider, person: ProvidedPerson, now: datetime) -> User:
    if person.role is None:
        raise Refused(_no_role(provider, person))
    wished = possible_names(_name(person), provider.label)
    taken = set(session.scalars(select(User.name).where(User.name.in_(wished))))
    name = next((each for each in wished if each not in taken), None)
    if name is None:
        raise Refused(f"已有太多人叫“{_name(person)}”，请系统管理员先给其中一人改名。")
    try:
        return add_provided_user(
            session,
            name=name,
            role=person.role,
            administers_accounts=person.administers_accounts,
            now=now,
        )
    except Refused as refusal:
        raise NameTaken(name) from refusal


def _name(person: ProvidedPerson) -> str:
    """The name as it is stored; the subject for who has none."""
    name = read_name(person.name)
    return name if name and name.isprintable() else read_name(person.subject)


def _no_role(provider: Provider, person: ProvidedPerson) -> str:
    return (
        f"“{_name(person)}”已通过{provider.label}登录，但所在的组还没有对应本系统的角色，所以不能进入。"
        "请联系系统管理员：把您加进对应的组，或给您发一个邀请链接。"
    )


def _follow_groups(session: Session, provider: Provider, user: User, person: ProvidedPerson) -> None:
    """Give the role that the groups give now; the last administrator keeps theirs."""
    if person.role is None:
        raise Refused(_no_role(provider, person))
    if (person.role, person.administers_accounts) != (user.role, user.administers_accounts):
        try:
            set_role(
                session,
                user,
                role=person.role,
                administers_accounts=person.administers_accounts,
                has_all_projects=user.has_all_projects,
            )
        except Refused:
            return  # nobody else could administer accounts


def _signed_in(
    session: Session, user: User, person: ProvidedPerson, device: Device, now: datetime
) -> SignedIn:
    """Signed in; proven when the provider says so, as it lets through who was signed in there."""
    proven_at = None if person.proven_at is None else min(person.proven_at, now)
    cookie = begin_sign_in(session, user, device, now=now, proven_at=proven_at)
    actor = replace(actor_of(session), name=user.name, user_id=user.id)
    record_sign_in(session, user, cookie, actor)
    return SignedIn(user, cookie, None)


def record_refusal(session: Session, provider: Provider, person: ProvidedPerson, *, address: str) -> None:
    """An entry of the trail that a person whom the provider named was not let in."""
    act_as(session, Actor(provider.label, address))
    identity = identity_at(session, provider.key, person.subject)
    change = Change("user", None, NO_SUCH_USER, "sign_in_failed")
    if identity is not None:
        user = identity.user
        change = Change("user", user.id, user.name, "sign_in_failed", is_sample=user.is_sample)
    record_changes(session, change)
    session.flush()


def _new_identity(
    session: Session, provider: Provider, user: User, person: ProvidedPerson, now: datetime
) -> Identity:
    identity = Identity(
        user=user,
        provider=provider.key,
        subject=person.subject,
        name=_name(person)[: Identity.name.type.length],
        gives_role=False,
        created_at=now,
    )
    session.add(identity)
    session.flush()
    return identity


def link_identity(
    session: Session, provider: Provider, user: User, person: ProvidedPerson, *, now: datetime
) -> None:
    """Let the user sign in at the provider from now on; refused for an identity of somebody else."""
    identity = identity_at(session, provider.key, person.subject, lock=True)
    if identity is None:
        _new_identity(session, provider, user, person, now)
    elif identity.user_id != user.id:
        raise Refused(
            f"{provider.label}里的“{_name(person)}”已经是另一个用户的登录方式，没有关联。"
            "请先用那个用户登录，在“我的”里取消关联；或请系统管理员处理。"
        )


def accept_invitation(
    session: Session, provider: Provider, token: str, person: ProvidedPerson, *, device: Device, now: datetime
) -> SignedIn:
    """Link the identity to the account of an invitation, which ends, and sign in."""
    link = link_of(session, token, now=now, lock=True)
    act_as(session, replace(actor_of(session), name=link.user.name, user_id=link.user_id))
    link_identity(session, provider, link.user, person, now=now)
    link.ended_at = now
    return _signed_in(session, link.user, person, device, now)


def unlink_identity(session: Session, identity: Identity, *, label: str) -> None:
    """Let the person no longer sign in by it; refused for the last way in."""
    user = identity.user
    if not user.has_password and len(user.identities) == 1:
        raise Refused(
            f"{label}是您唯一的登录方式，取消以后就进不来了。请先请系统管理员发一个设密码的链接，设好密码再取消。"
        )
    session.delete(identity)
    session.flush()


def keep_form(session: Session, form: str, *, now: datetime) -> str:
    """Keep a form of an ended session while its sender is away; returns the key to it."""
    session.execute(delete(WaitingForm).where(WaitingForm.expires_at <= now))
    if (session.scalar(select(func.count()).select_from(WaitingForm)) or 0) >= MOST_WAITING:
        raise Busy("现在去别处登录的人太多，刚才填写的内容可能留不住。请用姓名和密码登录，或过几分钟再试。")
    key = secrets.token_urlsafe(24)
    session.add(WaitingForm(key_hash=key_digest(key), form=form, expires_at=now + FORM_WAITS))
    session.flush()
    return key


def take_form(session: Session, key: str, *, now: datetime) -> str:
    """The form kept under the key, which is forgotten; empty when there is none."""
    found = waiting_form(session, key, now=now) if key else None
    if found is None:
        return ""
    session.delete(found)
    session.flush()
    return found.form
