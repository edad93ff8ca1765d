"""What the pages of people show."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from activitylog.accounts.models import SignIn
from activitylog.accounts.password_links.operations import VALID_FOR
from activitylog.accounts.rules import (
    ADMINISTRATION,
    ADMINISTRATOR,
    PERMISSION_LABELS,
    PERMISSIONS,
    ROLE_LABELS,
    Permission,
)
from activitylog.accounts.second_factors.models import SecondFactor
from activitylog.pages.people.forms import PersonForm
from activitylog.pages.people.queries import PersonLine


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Everybody who may or might sign in."""

    people: Sequence[PersonLine]
    second_factor_roles: Collection[str]

    def second_factor_text(self, person: PersonLine) -> str:
        """Whether the person has a second factor, or lacks one that the role needs; else empty."""
        if person.has_second_factor:
            return "两步验证"
        return "" if person.user.duties.isdisjoint(self.second_factor_roles) else "须开两步验证"


@dataclass(frozen=True, slots=True)
class NewPersonPage:
    """The form to invite somebody, and what each role may do."""

    form: PersonForm

    @property
    def roles(self) -> Sequence[tuple[str, str]]:
        """Label of a role, and what it may do; last, what administering accounts adds to any."""
        roles = [(label, _words(PERMISSIONS[role])) for role, label in ROLE_LABELS.items()]
        return [*roles, (f"管理账号（{ADMINISTRATOR}）", _words(ADMINISTRATION))]


def _words(permissions: frozenset[Permission]) -> str:
    return "；".join(words for each, words in PERMISSION_LABELS.items() if each in permissions)


@dataclass(frozen=True, slots=True)
class Link:
    """A new one-time link: its address and QR code, shown once."""

    address: str
    picture: str
    days: ClassVar[int] = VALID_FOR.days


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person: the form, where they are signed in, and a link that was just made."""

    person: PersonLine
    form: PersonForm
    sign_ins: Sequence[SignIn]
    second_factor: SecondFactor | None
    link: Link | None
    is_self: bool
