"""What the pages of people show."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from activitylog.accounts.models import SignIn
from activitylog.accounts.password_links.operations import VALID_FOR
from activitylog.accounts.rules import PERMISSION_LABELS, ROLE_LABELS, Role, may
from activitylog.accounts.second_factors.models import SecondFactor
from activitylog.pages.people.forms import PersonForm
from activitylog.pages.people.queries import PersonLine


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Everybody who may or might sign in."""

    role_labels: ClassVar[Mapping[Role, str]] = ROLE_LABELS

    people: Sequence[PersonLine]
    second_factor_roles: Collection[Role]

    def second_factor_text(self, person: PersonLine) -> str:
        """Whether the person has a second factor, or lacks one that the role needs; else empty."""
        if person.has_second_factor:
            return "两步验证"
        return "须开两步验证" if person.user.role in self.second_factor_roles else ""


@dataclass(frozen=True, slots=True)
class NewPersonPage:
    """The form to invite somebody, and what each role may do."""

    form: PersonForm

    @property
    def roles(self) -> Sequence[tuple[str, str]]:
        """Label of a role, and what it may do."""
        return [
            (label, "；".join(words for each, words in PERMISSION_LABELS.items() if may(role, each)))
            for role, label in ROLE_LABELS.items()
        ]


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
