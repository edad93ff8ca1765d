"""Adds survey answers to a sample activity, random by its number with the shares in data/answers.toml."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.core.period import start_of_day
from activitylog.sample.ledger import DATA
from activitylog.surveys.attendee.operations import submit_responses
from activitylog.surveys.questionnaires.built_in import BUILT_IN_FOR
from activitylog.surveys.questionnaires.rules import Audience, read_answers
from activitylog.surveys.rules import DEFAULT_WINDOW, HOSTS_WINDOW, AnswerFlag, SubmittedAnswer, device_hash

SHARES: dict[str, Any] = tomllib.loads((DATA / "answers.toml").read_text(encoding="utf-8"))
USUAL_HOUR, NEXT_MORNING = 14, timedelta(hours=33)  # of the start, and after the day of the activity begins


def add_answers(session: Session, activity: Activity, count: int, *, before: datetime) -> None:
    """Add the answers of `count` attendees, in the evening and on the next day, as far as before a moment."""
    rng = _rng_of(activity, "attendees")
    filled = [
        _filled_page(activity, Audience.ATTENDEES, rng, _answer_time(rng, activity)) for _ in range(count)
    ]
    _submit(session, activity, Audience.ATTENDEES, [one for one in filled if one.submitted_at < before])


def add_host_answer(session: Session, activity: Activity, *, before: datetime) -> None:
    """Add the host's answer, two days later, to the share of activities in answers.toml."""
    rng = _rng_of(activity, "host")
    at = start_of_day(activity.happens_on) + timedelta(days=2, hours=rng.uniform(9, 17))
    if rng.random() < SHARES["hosts"]["share"] and at < before:
        _submit(session, activity, Audience.HOSTS, [_filled_page(activity, Audience.HOSTS, rng, at)])


def add_suspicious_answers(session: Session, activity: Activity, count: int) -> None:
    """Add suspicious answers: a burst of best grades late at night."""
    rng = _rng_of(activity, "odd")
    at = start_of_day(activity.happens_on) + timedelta(hours=23, minutes=40)
    filled = [
        _filled_page(activity, Audience.ATTENDEES, rng, at + timedelta(seconds=7 * place))
        for place in range(count)
    ]
    odd = [replace(one, overall=5, answers={}, flags=AnswerFlag.FAST | AnswerFlag.NO_PAGE) for one in filled]
    _submit(session, activity, Audience.ATTENDEES, odd)


def _submit(session: Session, activity: Activity, audience: Audience, filled: list[SubmittedAnswer]) -> None:
    filled.sort(key=lambda one: one.submitted_at)
    window = HOSTS_WINDOW if audience is Audience.HOSTS else DEFAULT_WINDOW
    submit_responses(session.connection(), activity=activity, filled=filled, audience=audience, window=window)


def _filled_page(activity: Activity, audience: Audience, rng: Random, at: datetime) -> SubmittedAnswer:
    """One filled-in page, read as a phone's would be."""
    questionnaire = BUILT_IN_FOR[audience]
    shares = SHARES["hosts" if audience is Audience.HOSTS else activity.project.name]
    overall = rng.choices((5, 4, 3, 2, 1), shares["grades"])[0]
    sent = {"overall": str(overall)} | dict(_details(rng, overall, shares))
    reading = read_answers({key: [text] for key, text in sent.items()}, questionnaire)
    nonce = _nonce(rng)
    hashed = device_hash("sample", activity.id, nonce)
    return SubmittedAnswer(nonce, hashed, reading.overall, reading.answers, at, questionnaire.version)


def _details(rng: Random, overall: int, shares: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The optional answers: grades near the overall one, choices by their shares."""
    common = SHARES["common"]
    if rng.random() < common["detailed"]:
        for key in common["graded"]:
            yield key, str(min(5, max(1, overall + rng.choice((-1, 0, 0, 0, 1)))))
        for key, by_grade in common["by_grade"].items():
            yield key, by_grade[5 - overall]
        for key, weights in shares["chosen"].items():
            yield key, rng.choices(list(weights), list(weights.values()))[0]
    if rng.random() < common["suggesting"]:
        yield "suggestion", rng.choice(shares.get("suggestions", common["suggestions"]))


def _answer_time(rng: Random, activity: Activity) -> datetime:
    """The time of an answer: mostly in the five hours from an hour after the start, else on the next day."""
    hour = activity.start_time.hour if activity.start_time else USUAL_HOUR
    is_early = rng.random() < SHARES["common"]["same_day"]
    begins = timedelta(hours=hour + 1) if is_early else NEXT_MORNING
    return start_of_day(activity.happens_on) + begins + timedelta(minutes=rng.randrange(5 * 60))


def _nonce(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def _rng_of(activity: Activity, what: str) -> Random:
    """A random generator that is always the same for the same activity."""
    return Random(f"{activity.number}/{what}")  # noqa: S311
