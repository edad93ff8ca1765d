"""Stores answers exactly once: in bulk, by one JSON array in one statement (two on SQLite).

Unique keys decide which rows are new, so copies may be sent concurrently. The statement's condition checks
that the activity is unchanged since the answers were validated, which saves reading it again.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, delete, select, text

from activitylog.surveys.attendee.queries import Surveys
from activitylog.surveys.models import AnsweredDevice, HostDevice, HostResponse, Response
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.rules import OVERALL, Audience
from activitylog.surveys.rules import AnswerFlag, CodeRule, Outcome, SubmittedAnswer, Window, why_closed

TABLES: dict[Audience, tuple[type[Response | HostResponse], type[AnsweredDevice | HostDevice]]] = {
    Audience.ATTENDEES: (Response, AnsweredDevice),
    Audience.HOSTS: (HostResponse, HostDevice),
}
_COLUMNS = "nonce, overall, answers, questionnaire, submitted_at"
_UNCHANGED = (
    "EXISTS (SELECT 1 FROM activity WHERE id = :activity AND version = :version)"
    " AND CAST(:code_rule AS text) IN"
    " ('', coalesce((SELECT code_rule FROM survey_entrance WHERE activity_id = :activity), 'off'))"
)
_ROWS_ON_SQLITE = (
    "posted AS (SELECT value ->> 'nonce' AS nonce, value ->> 'overall' AS overall,"
    " value ->> 'answers' AS answers, value ->> 'questionnaire' AS questionnaire,"
    " replace(value ->> 'submitted_at', '+00', '') AS submitted_at, value ->> 'marks' AS marks,"
    " value ->> 'device_hash' AS device_hash FROM json_each(:rows) WHERE {unchanged}) "
)
_ROWS_ON_POSTGRESQL = (
    "posted AS (SELECT * FROM json_to_recordset(CAST(:rows AS json))"
    " AS posted(nonce text, overall integer, answers json, questionnaire text,"
    " submitted_at timestamptz, marks integer, device_hash text) WHERE {unchanged}) "
)
# Devices and nonces are sorted, so that two batches never deadlock.
_INSERT_DEVICES = (
    "INSERT INTO {devices} (activity_id, device_hash)"
    " SELECT :activity, device_hash FROM posted WHERE device_hash IS NOT NULL ORDER BY device_hash"
    " ON CONFLICT DO NOTHING RETURNING device_hash"
)
_INSERT_ANSWERS = (
    "INSERT INTO {answers} (activity_id, {columns}) SELECT :activity, {columns} FROM posted"
    " WHERE device_hash IS NULL OR device_hash IN (SELECT device_hash FROM new) ORDER BY nonce"
    " ON CONFLICT (activity_id, nonce) DO NOTHING RETURNING nonce"
)


def _for_each_audience(*parts: str) -> dict[Audience, TextClause]:
    return {
        audience: text(
            "".join(parts).format(
                unchanged=_UNCHANGED,
                answers=answers.__tablename__,
                devices=devices.__tablename__,
                columns=_COLUMNS if audience is Audience.HOSTS else f"{_COLUMNS}, marks",
            )
        )
        for audience, (answers, devices) in TABLES.items()
    }


_DEVICES_ON_SQLITE = _for_each_audience("WITH ", _ROWS_ON_SQLITE, _INSERT_DEVICES)
_ANSWERS_ON_SQLITE = _for_each_audience(
    "WITH new AS (SELECT value AS device_hash FROM json_each(:devices)), ", _ROWS_ON_SQLITE, _INSERT_ANSWERS
)
_BOTH_ON_POSTGRESQL = _for_each_audience(
    *("WITH ", _ROWS_ON_POSTGRESQL, ", new AS (", _INSERT_DEVICES, "), stored AS (", _INSERT_ANSWERS, ")"),
    " SELECT nonce, NULL AS device_hash FROM stored UNION ALL SELECT NULL, device_hash FROM new",
)


def writing_engine(engine: Engine) -> Engine:
    """The engine for an `AnswerWriter`: autocommit on PostgreSQL, which saves two round trips."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine.execution_options(writing=True)


@dataclass(frozen=True, slots=True, eq=False)
class PostedAnswer:
    """An answer with its survey's token, checked by the cached activity or by one read anew.

    `submitted` makes the answer; called for a whole batch by one thread it takes 35 µs less CPU of 300.
    """

    token: str
    submitted: Callable[[], SubmittedAnswer]
    by_cached: bool = True


Stored = tuple[SurveyedActivity, Outcome]  # with the activity that it was checked by


@dataclass(frozen=True, slots=True)
class AnswerWriter:
    """Writes a batch of posted answers, activity by activity."""

    surveys: Surveys
    window: Window

    def __call__(self, connection: Connection, posted: Sequence[PostedAnswer]) -> list[Stored]:
        stored: dict[PostedAnswer, Stored] = {}
        for token in sorted({one.token for one in posted}):
            batch = [one for one in posted if one.token == token]
            cached = self.surveys.cached(token) if all(one.by_cached for one in batch) else None
            activity = cached or self.surveys.read(connection, token)
            submitted = [one.submitted() for one in batch]
            outcomes = submit_responses(connection, activity, submitted, self.window)
            stored |= {one: (activity, outcome) for one, outcome in zip(batch, outcomes, strict=True)}
        return [stored[one] for one in posted]


def submit_responses(
    connection: Connection, activity: SurveyedActivity, submitted: Sequence[SubmittedAnswer], window: Window
) -> list[Outcome]:
    """Store answers with the outcomes of storing them one by one, in bulk where keys differ.

    `window` is the attendees'.
    """
    outcomes: list[Outcome] = []
    for run in _distinct_runs(submitted):
        refusals = {one.nonce: _refusal(activity, one, window) for one in run}
        accepted = [one for one in run if refusals[one.nonce] is None]
        new = _insert(connection, activity, accepted) if accepted else set()
        others = [one for one in run if one.nonce not in new]
        known = _stored_keys(connection, activity, others) if others else set()
        outcomes += [_outcome(one, refusals[one.nonce], new, known) for one in run]
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
    if run:
        yield run


def _refusal(activity: SurveyedActivity, one: SubmittedAnswer, window: Window) -> Outcome | None:
    """Why this answer is refused regardless of other answers."""
    if why_closed(activity, one.submitted_at, activity.audience.window(window)) is not None:
        return Outcome.CLOSED
    if activity.code_rule is CodeRule.REQUIRED and not one.has_code:
        return Outcome.CODE_MISSING
    return None


def _outcome(one: SubmittedAnswer, refusal: Outcome | None, new: set[str], known: set[str]) -> Outcome:
    if one.nonce in new:
        return Outcome.STORED
    if one.nonce in known:
        return Outcome.REPEATED
    if refusal is not None:
        return refusal
    return Outcome.ALREADY_ANSWERED if one.device_hash in known else Outcome.CHANGED


def _insert(
    connection: Connection, activity: SurveyedActivity, accepted: Sequence[SubmittedAnswer]
) -> set[str]:
    """Insert answers and their devices; the stored nonces: new ones, of new devices or without a device."""
    audience = activity.audience
    values: dict[str, Any] = {
        "activity": activity.id,
        "version": activity.version,
        "code_rule": activity.code_rule.value if audience is Audience.ATTENDEES else "",
        "rows": json.dumps([_row(one, activity.code_rule) for one in accepted]),
    }
    if connection.dialect.name == "postgresql":
        found = connection.execute(_BOTH_ON_POSTGRESQL[audience], values).all()
        nonces, devices = {nonce for nonce, _ in found if nonce}, {device for _, device in found if device}
    else:
        devices = set(connection.scalars(_DEVICES_ON_SQLITE[audience], values))
        values["devices"] = json.dumps(list(devices))
        nonces = set(connection.scalars(_ANSWERS_ON_SQLITE[audience], values))
    repeating = devices - {one.device_hash for one in accepted if one.nonce in nonces}
    if repeating:  # a retry from a device that lost its cookie: forget its second hash
        table = TABLES[audience][1]
        of_activity = table.activity_id == activity.id
        connection.execute(delete(table).where(of_activity, table.device_hash.in_(sorted(repeating))))
    return nonces


def _row(one: SubmittedAnswer, code_rule: CodeRule) -> dict[str, Any]:
    lacks_code = code_rule is CodeRule.EITHER and not one.has_code
    return {
        "nonce": one.nonce,
        "overall": one.overall,
        "answers": {key: answer for key, answer in one.answers.items() if key != OVERALL},
        "questionnaire": one.questionnaire,
        "submitted_at": f"{one.submitted_at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00",
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
