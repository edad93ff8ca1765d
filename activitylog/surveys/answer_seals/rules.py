"""The digest of an activity's answers, and which answers are excluded after a row of decisions."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from activitylog.surveys.rules import ExclusionStep

KIND = "answers"  # of the trail's entries
DIGESTS = "digests"
YOUNGEST = timedelta(hours=1)  # answers on their way to the database take seconds to be there
MOST_ANSWERS, MOST_ACTIVITIES = 200_000, 500  # of one entry
_DIGITS = 32


@dataclass(slots=True)
class AnswerDigests:
    """Digests of answers in the order of their numbers.

    Words are left out, since they may be deleted when their time has come, and so is what people decide about
    an answer later; `counted` names the questions with choices as version/key.
    """

    counted: Collection[str]
    first: int = 0
    through: int = 0
    answers: int = 0
    _hashes: dict[int, Any] = field(default_factory=dict)
    _counts: dict[int, int] = field(default_factory=dict)

    def add(self, row: Any) -> None:
        chosen = sorted(
            (name, value)
            for name, value in (row.answers or {}).items()
            if f"{row.questionnaire}/{name}" in self.counted
        )
        moment = row.submitted_at.astimezone(UTC).isoformat(timespec="milliseconds")
        text = repr((row.id, row.nonce, row.overall, row.questionnaire, moment, chosen))
        activity = row.activity_id
        self._hashes.setdefault(activity, hashlib.sha256()).update(text.encode())
        self._counts[activity] = self._counts.get(activity, 0) + 1
        self.first, self.through = self.first or row.id, row.id
        self.answers += 1

    @property
    def is_full(self) -> bool:
        return self.answers >= MOST_ANSWERS or len(self._counts) >= MOST_ACTIVITIES

    def by_activity(self) -> dict[str, str]:
        """`count:digest` by the activity's number in the database."""
        return {
            str(activity): f"{self._counts[activity]}:{hashed.hexdigest()[:_DIGITS]}"
            for activity, hashed in self._hashes.items()
        }


def differing_activities(sealed: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[int, str, str]]:
    """Activities whose answers are not as sealed: number, how many were sealed and how many there are."""
    for activity in sorted(sealed.keys() | now.keys(), key=int):
        before, after = sealed.get(activity, "0:"), now.get(activity, "0:")
        if before != after:
            yield int(activity), before.partition(":")[0], after.partition(":")[0]


def excluded_after(decisions: Iterable[tuple[ExclusionStep, str]]) -> set[int]:
    """The numbers of the answers excluded after these decisions, each with the numbers it was about."""
    excluded: set[int] = set()
    for step, numbers in decisions:
        if step is ExclusionStep.EXCLUDED:
            excluded |= set(numbers_of(numbers))
        elif step is ExclusionStep.INCLUDED:
            excluded -= set(numbers_of(numbers))
    return excluded


def numbers_of(text: str) -> Iterator[int]:
    """The numbers in a text such as 7、12–15."""
    for run in filter(None, text.split("、")):
        first, _, last = run.partition("–")
        yield from range(int(first), int(last or first) + 1)


def is_young(submitted_at: datetime, now: datetime) -> bool:
    return submitted_at > now - YOUNGEST
