"""Reads the settings in force: the environment's, else those that a page has set."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.office.models import OfficeSetting
from activitylog.office.rules import kinds_in, with_stored
from activitylog.settings import Settings

FRESH_SECONDS = 2.0  # within which another process hears of a change
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """Who set a setting last, and when."""

    by: str
    at: datetime


def settings_in_force(session: Session | Connection, settings: Settings) -> Settings:
    """The settings with what the office has set by page."""
    rows = session.execute(select(OfficeSetting.name, OfficeSetting.value))
    return with_stored(settings, dict(iter(rows)))


def listed_kinds(session: Session) -> tuple[str, ...]:
    """The kinds of activity the office offers, in its order; none where it has listed none."""
    of_kinds = OfficeSetting.name == "activity_kinds"
    return kinds_in(session.scalar(select(OfficeSetting.value).where(of_kinds)) or "")


def last_changes(session: Session) -> Mapping[str, Change]:
    """Who changed each setting last, by its name."""
    rows = session.execute(
        select(OfficeSetting.name, OfficeSetting.changed_at, User.name.label("by")).outerjoin(
            User, User.id == OfficeSetting.changed_by_id
        )
    )
    return {row.name: Change(row.by or "", row.changed_at) for row in rows}


class CurrentSettings:
    """The settings in force in this process, read again after two seconds, or at once when it changed them.

    Where the database does not answer, those read last stand. `own` are the environment's and the defaults;
    `changed` is called with settings that differ from those before.
    """

    def __init__(self, settings: Settings, engine: Engine, changed: Callable[[Settings], None]) -> None:
        self.own, self._engine, self._changed = settings, engine, changed
        self._reading = Lock()
        self._current, self._until = settings, 0.0

    def now(self) -> Settings:
        if time.monotonic() >= self._until and self._reading.acquire(blocking=self._until == 0.0):
            try:
                self._read()
            finally:
                self._reading.release()
        return self._current

    def forget(self) -> None:
        """Read them anew at the next question."""
        self._until = 0.0

    def _read(self) -> None:
        try:
            with self._engine.connect() as connection:
                found = settings_in_force(connection, self.own)
        except SQLAlchemyError as error:
            _log.info("the office's settings cannot be read, the last ones stand: %s", type(error).__name__)
            found = self._current
        self._until = time.monotonic() + FRESH_SECONDS
        if found != self._current:
            self._current = found
            self._changed(found)
