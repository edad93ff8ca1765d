"""A visit to a provider of sign-ins, the person it names, and the role that the person's groups give."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import Protocol

from activitylog.accounts.rules import MAX_NAME_LENGTH, ROLE_WORDS, Role
from activitylog.errors import Refused

VISIT_LASTS = timedelta(minutes=10)
SECONDS_TO_CONNECT, SECONDS_TO_ANSWER = 3, 5  # that a provider may take
TIMEOUT = SECONDS_TO_CONNECT, SECONDS_TO_ANSWER
LONGEST_SUBJECT = 255
LONGEST_CODE = 2048


class Purpose(StrEnum):
    """What somebody goes to a provider for."""

    SIGN_IN = "sign_in"
    LINK = "link"  # their identity there to the account they are signed in with
    INVITATION = "invitation"  # the same, to the account of a link to choose a password
    PROVE = "prove"  # that they are still the same person


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody on the way to a provider and back, as their cookie keeps it; `began_at` in seconds."""

    provider: str
    purpose: Purpose
    began_at: int
    user_id: int = 0  # who links or proves
    token: str = ""  # of the invitation
    following: str = ""  # the address to go on to
    kept: str = ""  # the key of a form that waits
    in_app: bool = False  # in the browser of 企业微信 or 微信
    state: str = field(default_factory=_secret)
    nonce: str = field(default_factory=_secret)
    verifier: str = field(default_factory=_secret)


@dataclass(frozen=True, slots=True)
class ProvidedPerson:
    """A person as a provider names them; `proven_at` is when they proved there who they are."""

    subject: str
    name: str
    role: Role | None
    proven_at: datetime | None = None
    administers_accounts: bool = False


class Provider(Protocol):
    """A provider of sign-ins. Both methods ask it over the network: Busy while it is away, else Refused."""

    key: str
    label: str

    def address(self, visit: Visit, *, back: str, now: datetime) -> str:
        """Where to send the browser; it comes back to `back`."""

    def person(self, answer: Mapping[str, str], visit: Visit, *, back: str, now: datetime) -> ProvidedPerson:
        """Who came back with the answer."""

    def end_address(self, *, back: str, now: datetime) -> str | None:
        """Where the person may sign out there, too; None where it has no such address."""


def check_answer(visit: Visit | None, provider: str, state: str, *, now: datetime) -> Visit:
    """The visit that is answered; refused for an answer to another, or one that comes too late."""
    is_answered = (
        visit is not None
        and visit.provider == provider
        and compare_digest(visit.state.encode(), state.encode())
    )
    if visit is None or not is_answered:
        raise Refused("这次登录不是从本页开始的，或已经用过。请再点一次登录按钮。")
    if now.timestamp() - visit.began_at > VISIT_LASTS.total_seconds():
        raise Refused("去登录的时间太久，已经失效。请再点一次登录按钮。")
    return visit


def role_of(groups: Collection[str], roles: Sequence[tuple[str, str]]) -> Role | None:
    """The role of the first entry whose group the person is in; None without any."""
    word = _word_of(groups, roles)
    return ROLE_WORDS[word][0] if word else None


def is_administrator(groups: Collection[str], roles: Sequence[tuple[str, str]]) -> bool:
    """Whether that entry lets the person administer accounts."""
    word = _word_of(groups, roles)
    return bool(word) and ROLE_WORDS[word][1]


def _word_of(groups: Collection[str], roles: Sequence[tuple[str, str]]) -> str:
    return next((word for group, word in roles if group in groups), "")


def possible_names(name: str, label: str) -> list[str]:
    """The names an account may get, the best first: nobody takes the name of somebody else."""
    marks = ["", f"（{label}）", *(f"（{label}{number}）" for number in range(2, 100))]
    return [name[: MAX_NAME_LENGTH - len(mark)] + mark for mark in marks]
