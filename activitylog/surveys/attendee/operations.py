"""Stores answers exactly once: in bulk, by one JSON array in one statement (two on SQLite).

Unique keys decide which rows are new, so copies may be sent concurrently. The statement's condition checks
that the activity is unchanged since the answers were validated, which saves reading it again.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, create_engine, delete, select, text

from activitylog.surveys.attendee.queries import Surveys
from activitylog.surveys.models import AnsweredDevice, HostDevice, HostResponse, Response
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.rules import OVERALL, Audience
from activitylog.surveys.rules import AnswerFlag, CodeRule, Outcome, SubmittedAnswer, Window, why_closed

TABLES: dict[Audience, tuple[type[Response | HostResponse], type[AnsweredDevice | HostDevice]]] = {
    Audience.ATTENDEES: (Response, AnsweredDevice),
    Audience.HOSTS: (HostResponse, HostDevice),
}
_TYPES = {"nonce": "text", "overall": "integer", "answers": "json", "questionnaire": "text"}
_TYPES |= {"submitted_at": "timestamptz", "marks": "integer", "device_hash": "text"}


@cache
def _statements(audience: Audience, dialect: str) -> Sequence[TextClause]:
    """For devices, then for answers of new devices or of none; one for both on PostgreSQL.

    Devices and nonces are sorted, so that two batches never deadlock.
    """
    answers, devices = (table.__tablename__ for table in TABLES[audience])
    columns = ", ".join(list(_TYPES)[: -2 if audience is Audience.HOSTS else -1])
    unchanged = """EXISTS (SELECT 1 FROM activity WHERE id = :activity AND version = :version)
        AND CAST(:code_rule AS text) IN
        ('', coalesce((SELECT code_rule FROM survey_entrance WHERE activity_id = :activity), 'off'))"""
    new_devices = f"""INSERT INTO {devices} (activity_id, device_hash)
        SELECT :activity, device_hash FROM posted WHERE device_hash IS NOT NULL ORDER BY device_hash
        ON CONFLICT DO NOTHING RETURNING device_hash"""
    new_answers = f"""INSERT INTO {answers} (activity_id, {columns}) SELECT :activity, {columns} FROM posted
        WHERE device_hash IS NULL OR device_hash IN (SELECT device_hash FROM new) ORDER BY nonce
        ON CONFLICT (activity_id, nonce) DO NOTHING RETURNING nonce"""
    if dialect == "postgresql":
        typed = ", ".join(f"{name} {type_}" for name, type_ in _TYPES.items())
        rows = f"SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS row({typed}) WHERE {unchanged}"
        both = f"""WITH posted AS ({rows}), new AS ({new_devices}), stored AS ({new_answers})
            SELECT nonce, NULL AS device_hash FROM stored UNION ALL SELECT NULL, device_hash FROM new"""
        return (text(both),)
    named = ", ".join(f"value ->> '{name}' AS {name}" for name in _TYPES)
    posted = f"posted AS (SELECT {named} FROM json_each(:rows) WHERE {unchanged})"
    new = "new AS (SELECT value AS device_hash FROM json_each(:devices))"
    return text(f"WITH {posted} {new_devices}"), text(f"WITH {new}, {posted} {new_answers}")


def writing_engine(engine: Engine) -> Engine:
    """The engine for an `AnswerWriter`: autocommit on PostgreSQL, which saves two round trips."""
    if engine.dialect.name == "postgresql":
        return create_engine(engine.url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
    return engine.execution_options(writing=True)


PostedAnswer = tuple[str, Callable[[], SubmittedAnswer]]  # a survey's token, and what makes the answer
Stored = tuple[SurveyedActivity, Outcome]  # with the activity that it was checked by


@dataclass(frozen=True, slots=True)
class AnswerWriter:
    """Writes posted answers by the activities as cached; those refused, once more by the activity as read."""

    surveys: Surveys
    window: Window

    def __call__(self, connection: Connection, posted: Sequence[PostedAnswer]) -> list[Stored]:
        stored: dict[int, Stored] = {}
        for token in sorted({token for token, _ in posted}):
            todo = {place: make() for place, (of_token, make) in enumerate(posted) if of_token == token}
            for find in (self.surveys.cached, partial(self.surveys.read, connection)):
                activity = find(token) if todo else None
                if activity is not None:
                    outcomes = submit_responses(connection, activity, list(todo.values()), self.window)
                    stored |= zip(todo, ((activity, outcome) for outcome in outcomes), strict=True)
                    todo = {place: one for place, one in todo.items() if not stored[place][1].is_stored}
        return [stored[place] for place in range(len(posted))]


def submit_responses(
    connection: Connection, activity: SurveyedActivity, submitted: Sequence[SubmittedAnswer], window: Window
) -> list[Outcome]:
    """Store answers with the outcomes of storing them one by one; `window` is the attendees'."""
    outcomes: list[Outcome] = []
    for run in _distinct_runs(submitted):
        refusals = [_refusal(activity, one, window) for one in run]
        accepted = [one for one, refusal in zip(run, refusals, strict=True) if refusal is None]
        new = _insert(connection, activity, accepted) if accepted else set()
        others = [one for one in run if one.nonce not in new]
        known = _stored_keys(connection, activity, others) if others else set()
        for one, refusal in zip(run, refusals, strict=True):
            outcome = refusal or Outcome.CHANGED
            if one.nonce in new:
                outcome = Outcome.STORED
            elif one.nonce in known:
                outcome = Outcome.REPEATED
            elif refusal is None and one.device_hash in known:
                outcome = Outcome.ALREADY_ANSWERED
            outcomes.append(outcome)
    return outcomes


def _distinct_runs(submitted: Sequence[SubmittedAnswer]) -> Iterator[list[SubmittedAnswer]]:
    """The answers in runs without a repeated nonce or device: a repeated one depends on the first."""
    run, keys = list[SubmittedAnswer](), set[str | None]()
    for one in submitted:
        if one.nonce in keys or one.device_hash in keys:
            yield run
            run, keys = [], set()
        run.append(one)
        keys |= {one.nonce, one.device_hash} - {None}
    yield run


def _refusal(activity: SurveyedActivity, one: SubmittedAnswer, window: Window) -> Outcome | None:
    """Why this answer is refused regardless of other answers."""
    if why_closed(activity, one.submitted_at, activity.audience.window(window)) is not None:
        return Outcome.CLOSED
    if activity.code_rule is CodeRule.REQUIRED and not one.has_code:
        return Outcome.CODE_MISSING
    return None


def _insert(
    connection: Connection, activity: SurveyedActivity, accepted: Sequence[SubmittedAnswer]
) -> set[str]:
    """Insert answers and their devices; the stored nonces: new ones, of new devices or of none."""
    audience, dialect = activity.audience, connection.dialect.name
    zone = "" if dialect == "sqlite" else "+00"  # SQLite stores a text without it
    values: dict[str, Any] = {
        "activity": activity.id,
        "version": activity.version,
        "code_rule": activity.code_rule.value if audience is Audience.ATTENDEES else "",
        "rows": json.dumps([_row(one, activity.code_rule, zone) for one in accepted]),
    }
    first, *second = _statements(audience, dialect)
    found = connection.execute(first, values).all()
    devices = {row[-1] for row in found} - {None}
    if second:
        values["devices"] = json.dumps(list(devices))
        found = connection.execute(second[0], values).all()
    nonces = {row[0] for row in found} - {None}
    repeating = devices - {one.device_hash for one in accepted if one.nonce in nonces}
    if repeating:  # a retry from a device that lost its cookie: forget its second hash
        table = TABLES[audience][1]
        of_activity = table.activity_id == activity.id
        connection.execute(delete(table).where(of_activity, table.device_hash.in_(sorted(repeating))))
    return nonces


def _row(one: SubmittedAnswer, code_rule: CodeRule, zone: str) -> dict[str, Any]:
    lacks_code = code_rule is CodeRule.EITHER and not one.has_code
    return {
        "nonce": one.nonce,
        "overall": one.overall,
        "answers": {key: answer for key, answer in one.answers.items() if key != OVERALL},
        "questionnaire": one.questionnaire,
        "submitted_at": f"{one.submitted_at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}{zone}",
        "marks": one.flags | AnswerFlag.NO_CODE if lacks_code else one.flags,
        "device_hash": one.device_hash,
    }


def _stored_keys(
    connection: Connection, activity: SurveyedActivity, submitted: Sequence[SubmittedAnswer]
) -> set[str]:
    """Those of the answers' nonces and device hashes that are stored already."""
    answers, devices = TABLES[activity.audience]
    nonces = select(answers.nonce).where(
        answers.activity_id == activity.id, answers.nonce.in_([one.nonce for one in submitted])
    )
    hashes = select(devices.device_hash).where(
        devices.activity_id == activity.id, devices.device_hash.in_([one.device_hash for one in submitted])
    )
    return set(connection.scalars(nonces.union_all(hashes)))
