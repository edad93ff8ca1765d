"""What attendees say: mostly content, each project's public in its own measure."""

from dataclasses import dataclass
from random import Random
from uuid import UUID

from activitylog.sample import words
from activitylog.sample.programme import BIG_EVENTS, BUS, CAFE, DELIVERY
from activitylog.surveys.rules import GRADE_FIELDS

AGES = ("under_14", "14_17", "18_59", "60_up", "unsaid")
DETAILS = ("content", "speaker", "interaction", "organisation")
DETAILED_SHARE, SUGGESTING_SHARE = 0.7, 0.04


@dataclass(frozen=True, slots=True)
class Public:
    """A project's attendees: grades 5 to 1 and ages, in per mille and per cent."""

    grades: tuple[int, ...]
    ages: tuple[int, ...]


PUBLICS = {
    CAFE: Public((700, 258, 31, 8, 3), (2, 8, 76, 8, 6)),
    BIG_EVENTS: Public((610, 318, 54, 14, 4), (18, 12, 46, 16, 8)),
    DELIVERY: Public((585, 338, 56, 16, 5), (20, 8, 30, 36, 6)),
    BUS: Public((505, 381, 85, 22, 7), (24, 6, 22, 42, 6)),
}
_LEARNED = {5: "much", 4: "some", 3: "little", 2: "little", 1: "none"}
_AGAIN = {5: "yes", 4: "yes", 3: "maybe", 2: "maybe", 1: "no"}


def page_sent(chance: Random, public: Public) -> dict[str, str]:
    """One attendee's page as a phone would send it."""
    overall = _grade(chance, public)
    sent = {"overall": str(overall)}
    if chance.random() < DETAILED_SHARE:
        for key in DETAILS:
            sent[key] = str(min(5, max(1, overall + chance.choice((-1, 0, 0, 0, 1)))))
        sent["learned"], sent["again"] = _LEARNED[overall], _AGAIN[overall]
        sent["age"] = chance.choices(AGES, public.ages)[0]
    if chance.random() < SUGGESTING_SHARE:
        sent["suggestion"] = chance.choice(words.SUGGESTIONS)
    return sent


def pile(chance: Random, public: Public, forms: int) -> dict[str, int]:
    """The counts of a pile of paper forms by grade."""
    grades = [_grade(chance, public) for _ in range(forms)]
    return {field: grades.count(5 - place) for place, field in enumerate(GRADE_FIELDS)}


def nonce(chance: Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


def _grade(chance: Random, public: Public) -> int:
    return chance.choices((5, 4, 3, 2, 1), public.grades)[0]
