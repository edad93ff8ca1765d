"""Cached queries of attendees' requests: activities for two seconds, questionnaire versions for good."""

import time

from sqlalchemy import Connection, Engine

from activitylog.surveys import queries, rules
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.built_in import BUILT_IN, BUILT_IN_FOR
from activitylog.surveys.questionnaires.queries import questionnaires_of
from activitylog.surveys.questionnaires.questions import Questionnaire

FRESH_SECONDS = 2  # of a cached activity; answers are checked again when written
MOST_REMEMBERED = 1024


class Surveys:
    """Reads and caches the surveys of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._activities: dict[str, tuple[float, SurveyedActivity]] = {}
        self._questionnaires = dict(BUILT_IN)

    def activity(self, token: str) -> SurveyedActivity | None:
        """The activity behind a token, cached or read; None when there is none."""
        known = self.remembered(token)
        if known is not None:
            return known
        with self._engine.connect() as connection:
            return self.read(connection, token)

    def remembered(self, token: str) -> SurveyedActivity | None:
        """The cached activity, unless it has expired."""
        expires, activity = self._activities.get(token, (0.0, None))
        return activity if time.monotonic() < expires else None

    def read(self, connection: Connection, token: str) -> SurveyedActivity | None:
        """The activity as in the database now; caches it."""
        activity = queries.activity_by_token(connection, token)
        if activity is not None:
            if len(self._activities) >= MOST_REMEMBERED:
                self._activities.clear()
            self._activities[token] = (time.monotonic() + FRESH_SECONDS, activity)
        return activity

    def questionnaire_now(self, activity: SurveyedActivity) -> Questionnaire:
        return self.questionnaire(activity, activity.questionnaire) or BUILT_IN_FOR[activity.audience]

    def questionnaire(self, activity: SurveyedActivity, version: str) -> Questionnaire | None:
        """A questionnaire version; None when it does not belong to this survey."""
        found = self._questionnaires.get(version) or self._look_up(version)
        if found is None or found.audience is not activity.audience:
            return None
        return found if found.project_id in (None, activity.project_id, activity.parent_id) else None

    def _look_up(self, version: str) -> Questionnaire | None:
        with self._engine.connect() as connection:
            found = questionnaires_of(connection, [version]).get(version)
        if found is not None:
            if len(self._questionnaires) >= MOST_REMEMBERED:
                self._questionnaires = dict(BUILT_IN)
            self._questionnaires[version] = found
        return found

    def has_answered(self, activity: SurveyedActivity, device: str, secret_key: str) -> bool:
        device_hash = rules.device_hash(secret_key, activity.id, device)
        with self._engine.connect() as connection:
            return queries.has_answered(connection, activity.id, device_hash, activity.audience)
