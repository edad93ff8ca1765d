"""Answers on their way in: which activity they are for, and one commit for all that wait."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from activitylog.errors import Refused
from activitylog.settings import Settings
from activitylog.surveys import operations, queries, rules
from activitylog.surveys.access import codes
from activitylog.surveys.access.codes import CodeRule, Way
from activitylog.surveys.answers.flags import Mark, is_fast
from activitylog.surveys.attendee.batches import Batches, TooBusy
from activitylog.surveys.forms import Submission
from activitylog.surveys.languages import Bilingual
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.built_in import BUILT_IN
from activitylog.surveys.questionnaires.questions import Audience, Questionnaire

FRESH_SECONDS = 2  # how long a page may be shown as the activity was; answers are checked when written
KNOWN_SURVEYS = 1024  # remembered that long

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Posted:
    """One readable page from one phone."""

    token: str
    submission: Submission
    nonce: str
    device: str
    at: datetime
    code: str = ""
    noticed: Mark = Mark.NONE

    def filled_in(self, secret_key: str, activity: SurveyedActivity) -> rules.FilledIn:
        """The answers with what is known of how they came, but for the device at a kiosk."""
        way = codes.way_of(secret_key, activity.id, self.nonce)
        is_kiosk = way is Way.KIOSK and activity.audience is Audience.ATTENDEES
        is_coded = way is Way.CODE or codes.is_screen_code(secret_key, activity.id, self.code, self.at)
        needs_code = not (is_coded or is_kiosk)
        return rules.FilledIn(
            nonce=self.nonce,
            device_hash=None if is_kiosk else rules.device_hash(secret_key, activity.id, self.device),
            overall=self.submission.overall,
            answers=self.submission.answers,
            submitted_at=self.at,
            questionnaire=self.submission.questionnaire.version,
            marks=int(self._marks(way, lacks_code=needs_code and activity.code_rule is CodeRule.EITHER)),
            lacks_code=needs_code and activity.code_rule is CodeRule.REQUIRED,
        )

    def _marks(self, way: Way | None, *, lacks_code: bool) -> Mark:
        marks = Mark.KIOSK if way is Way.KIOSK else self.noticed
        if way is None:
            marks |= Mark.NO_PAGE
        elif is_fast(codes.served_at(self.nonce), self.at):
            marks |= Mark.FAST
        return marks | Mark.NO_CODE if lacks_code else marks


Stored = tuple[SurveyedActivity | None, rules.Outcome | Refused | None]


class Intake:
    """The database as attendees meet it; answers are written in batches, surveys remembered for a moment."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._secret_key = settings.secret_key
        self._window = rules.Window.of(settings)
        self._engine = engine
        file = engine.url.database if engine.dialect.name == "sqlite" else None
        self._batches = Batches[Posted, Stored](
            engine,
            self._store,
            turns=Path(f"{file}.turns") if file else None,
            commits_itself=self._is_one_statement,
        )
        self._known: dict[str, tuple[float, SurveyedActivity]] = {}
        self._questionnaires = dict(BUILT_IN)

    def activity(self, token: str) -> SurveyedActivity | None:
        """The activity behind a survey's address, as it is or was a moment ago; raises TooBusy."""
        known = self._as_known(token)
        if known is not None:
            return known
        with self._reading() as connection:
            return self._as_it_is(connection, token)

    def _as_known(self, token: str) -> SurveyedActivity | None:
        expires, activity = self._known.get(token, (0.0, None))
        return activity if time.monotonic() < expires else None

    def _as_it_is(self, connection: Connection, token: str) -> SurveyedActivity | None:
        activity = queries.activity_by_token(connection, token)
        if activity is not None:
            if len(self._known) >= KNOWN_SURVEYS:
                self._known.clear()
            self._known[token] = (time.monotonic() + FRESH_SECONDS, activity)
        return activity

    def questionnaire(self, activity: SurveyedActivity, version: str = "") -> Questionnaire | None:
        """What is asked now, or was in a version; None when this survey never asked it. Raises TooBusy."""
        version = version or activity.questionnaire
        found = self._questionnaires.get(version) or self._look_up(version)
        if found is None or found.audience is not activity.audience:
            return None
        return found if found.project_id in (None, activity.project_id, activity.parent_id) else None

    def _look_up(self, version: str) -> Questionnaire | None:
        """A version never changes: once read, it is known."""
        with self._reading() as connection:
            found = queries.questionnaires_of(connection, [version]).get(version)
        if found is not None:
            if len(self._questionnaires) >= KNOWN_SURVEYS:
                self._questionnaires = dict(BUILT_IN)
            self._questionnaires[version] = found
        return found

    def why_closed(self, activity: SurveyedActivity, now: datetime) -> Bilingual | None:
        return rules.why_closed(activity, now, activity.audience.window(self._window))

    def has_answered(self, activity: SurveyedActivity, device: str) -> bool:
        device_hash = rules.device_hash(self._secret_key, activity.id, device)
        with self._reading() as connection:
            return queries.has_answered(connection, activity.id, device_hash, activity.audience)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except OperationalError as error:
            _log.warning("surveys could not be read: %s", error)
            raise TooBusy from error

    def take(self, posted: Posted) -> Stored:
        """The survey's activity and what became of the answer, committed; raises TooBusy."""
        return self._batches.run(posted)

    def _is_one_statement(self, posted: Sequence[Posted]) -> bool:
        """Whether writing these changes the database in one statement, or in none."""
        return self._engine.dialect.name == "postgresql" and len({one.token for one in posted}) == 1

    def _store(self, connection: Connection, posted: Sequence[Posted]) -> list[Stored]:
        """Write what several people posted; each activity's answers together."""
        stored: dict[int, Stored] = {}
        for token in sorted({one.token for one in posted}):
            theirs = {place: one for place, one in enumerate(posted) if one.token == token}
            stored |= self._store_for(connection, token, theirs)
        return [stored[place] for place in range(len(posted))]

    def _store_for(
        self, connection: Connection, token: str, posted: Mapping[int, Posted]
    ) -> dict[int, Stored]:
        """What can be stored for the activity as it is known; anything else is judged by what it is now."""
        stored: dict[int, Stored] = {}
        known = self._as_known(token)
        if known is not None:
            outcomes = self._submit(connection, known, posted)
            stored = {
                place: (known, outcome)
                for place, outcome in outcomes.items()
                if isinstance(outcome, rules.Outcome)
            }
            posted = {place: one for place, one in posted.items() if place not in stored}
        if not posted:
            return stored
        activity = self._as_it_is(connection, token)
        if activity is None:
            return stored | dict.fromkeys(posted, (None, None))
        outcomes = self._submit(connection, activity, posted)
        if None in outcomes.values():
            raise TooBusy  # edited this very moment
        return stored | {place: (activity, outcome) for place, outcome in outcomes.items()}

    def _submit(
        self, connection: Connection, activity: SurveyedActivity, posted: Mapping[int, Posted]
    ) -> dict[int, rules.Outcome | Refused | None]:
        outcomes = operations.submit_responses(
            connection,
            activity=activity,
            filled=[one.filled_in(self._secret_key, activity) for one in posted.values()],
            audience=activity.audience,
            window=self._window,
            code_rule=activity.code_rule,
        )
        return dict(zip(posted, outcomes, strict=True))

    def close(self) -> None:
        """Let go of the database; the next question opens it again."""
        self._engine.dispose()
