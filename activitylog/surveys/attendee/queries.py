"""Cached queries of attendees' requests: activities for two seconds, questionnaire versions for good."""

import time
from functools import lru_cache
from threading import Lock

from sqlalchemy import Connection, Engine

from activitylog.errors import Missing
from activitylog.surveys import queries
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.built_in import BUILT_IN_FOR
from activitylog.surveys.questionnaires.queries import questionnaires_of
from activitylog.surveys.questionnaires.rules import Questionnaire

FRESH_SECONDS = 2  # of a cached activity; answers are checked again when written
LARGEST_CACHE = 1024


class Surveys:
    """Reads and caches the surveys of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = Lock()  # else a whole hall reads when the cache expires, each on a new connection
        self._activities: dict[str, tuple[float, SurveyedActivity]] = {}
        self._published = lru_cache(LARGEST_CACHE)(self._read_published)

    def activity(self, token: str) -> SurveyedActivity:
        """The activity behind a token, cached or read; raises Missing."""
        known = self.cached(token)
        if known is None:
            with self._reading, self._engine.connect() as connection:
                known = self.cached(token) or self.read(connection, token)
        return known

    def cached(self, token: str) -> SurveyedActivity | None:
        """The cached activity, unless it has expired."""
        expires, activity = self._activities.get(token, (0.0, None))
        return activity if time.monotonic() < expires else None

    def read(self, connection: Connection, token: str) -> SurveyedActivity:
        """The activity as in the database now, which is cached; raises Missing."""
        activity = queries.activity_by_token(connection, token)
        if activity is None:
            raise Missing("没有找到这份问卷，请重新扫一次现场的二维码。")
        if len(self._activities) >= LARGEST_CACHE:
            self._activities.clear()
        self._activities[token] = (time.monotonic() + FRESH_SECONDS, activity)
        return activity

    def questionnaire(self, activity: SurveyedActivity, version: str) -> Questionnaire | None:
        """A questionnaire version; None when it does not belong to this survey."""
        try:
            found = self._published(version)
        except KeyError:
            return None
        is_offered = found.is_offered(activity.audience, activity.project_id, activity.parent_id)
        return found if is_offered else None

    def questionnaire_now(self, activity: SurveyedActivity) -> Questionnaire:
        return self.questionnaire(activity, activity.questionnaire) or BUILT_IN_FOR[activity.audience]

    def _read_published(self, version: str) -> Questionnaire:
        """Raises KeyError for an unknown version, so that the cache forgets it: it may come to be."""
        with self._engine.connect() as connection:
            return questionnaires_of(connection, [version])[version]

    def has_answered(self, activity: SurveyedActivity, device_hash: str) -> bool:
        with self._engine.connect() as connection:
            return queries.has_answered(connection, activity.id, device_hash, activity.audience)
