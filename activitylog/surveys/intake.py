"""Answers on their way in: which activity they are for, and one commit for all that wait."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from activitylog.errors import Refused
from activitylog.settings import Settings
from activitylog.surveys import operations, queries, rules
from activitylog.surveys.batches import Batches
from activitylog.surveys.forms import Submission
from activitylog.surveys.queries import SurveyedActivity

FRESH_SECONDS = 2  # how long a page may be shown as the activity was; answers are checked when written
KNOWN_SURVEYS = 1024  # remembered that long


@dataclass(frozen=True, slots=True)
class Posted:
    """One readable page from one phone."""

    token: str
    submission: Submission
    device: str
    at: datetime

    def filled_in(self, secret_key: str, activity_id: int) -> rules.FilledIn:
        return rules.FilledIn(
            nonce=self.submission.nonce,
            device_hash=rules.device_hash(secret_key, activity_id, self.device),
            overall=self.submission.overall,
            answers=self.submission.answers,
            submitted_at=self.at,
        )


Stored = tuple[SurveyedActivity | None, rules.Outcome | Refused | None]


class Intake:
    """The database as attendees meet it; answers are written in batches, surveys remembered for a moment."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._secret_key = settings.secret_key
        self._engine = engine
        file = engine.url.database if engine.dialect.name == "sqlite" else None
        self._batches = Batches[Posted, Stored](
            engine, self._store, turns=Path(f"{file}.turns") if file else None
        )
        self._known: dict[str, tuple[float, SurveyedActivity]] = {}

    def activity(self, token: str) -> SurveyedActivity | None:
        """The activity behind a survey's address, as it is or was a moment ago."""
        now = time.monotonic()
        expires, activity = self._known.get(token, (0.0, None))
        if now < expires:
            return activity
        with self._engine.connect() as connection:
            activity = queries.activity_by_token(connection, token)
        if activity is not None:
            if len(self._known) >= KNOWN_SURVEYS:
                self._known.clear()
            self._known[token] = (now + FRESH_SECONDS, activity)
        return activity

    def has_answered(self, activity: SurveyedActivity, device: str) -> bool:
        device_hash = rules.device_hash(self._secret_key, activity.id, device)
        with self._engine.connect() as connection:
            return queries.has_answered(connection, activity.id, device_hash)

    def take(self, posted: Posted) -> Stored:
        """The survey's activity and what became of the answer, committed; raises TooBusy."""
        return self._batches.run(posted)

    def _store(self, connection: Connection, posted: Sequence[Posted]) -> list[Stored]:
        """Write what several people posted; each activity's answers together."""
        stored: dict[int, Stored] = {}
        for token in sorted({one.token for one in posted}):
            activity = queries.activity_by_token(connection, token)
            places = [place for place, one in enumerate(posted) if one.token == token]
            if activity is None:
                stored |= dict.fromkeys(places, (None, None))
                continue
            filled = [posted[place].filled_in(self._secret_key, activity.id) for place in places]
            outcomes = operations.submit_responses(connection, activity=activity, filled=filled)
            stored |= {place: (activity, outcome) for place, outcome in zip(places, outcomes, strict=True)}
        return [stored[place] for place in range(len(posted))]

    def close(self) -> None:
        """Let go of the database; the next question opens it again."""
        self._engine.dispose()
