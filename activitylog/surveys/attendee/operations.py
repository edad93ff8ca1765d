"""Stores answers in bulk and exactly once: unique keys decide which are new, so copies may come at once."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection, TextClause, delete, select, text, update

from activitylog.core.dialects import json_rows
from activitylog.surveys.attendee.queries import Surveys
from activitylog.surveys.forms import Reason
from activitylog.surveys.models import ANSWERS_AND_DEVICES
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.rules import OVERALL, Audience
from activitylog.surveys.rules import (
    DISSATISFIED_UNTIL,
    AnswerFlag,
    CodeRule,
    Outcome,
    SubmittedAnswer,
    Window,
    why_closed,
)

PostedAnswer = tuple[str, Callable[[], SubmittedAnswer]]  # a survey's token, and what makes the answer
Stored = tuple[SurveyedActivity, Outcome]  # with the activity that it was checked by
Answers = Sequence[SubmittedAnswer]
REASON_WITHIN = timedelta(minutes=30)  # of the answer it belongs to

_TYPES = {"nonce": "text", "overall": "integer", "answers": "json", "questionnaire": "text"}
_TYPES |= {"submitted_at": "timestamptz", "marks": "integer", "device_hash": "text"}


@cache
def _statements(audience: Audience, dialect: str) -> Sequence[TextClause]:
    """For devices, then for answers of new devices or of none; one for both on PostgreSQL.

    Devices and nonces are sorted, so that two batches never deadlock.
    """
    answers, devices = (table.__tablename__ for table in ANSWERS_AND_DEVICES[audience])
    columns = ", ".join(list(_TYPES)[: -2 if audience is Audience.HOSTS else -1])
    unchanged = """EXISTS (SELECT 1 FROM activity WHERE id = :activity AND version = :version)
        AND CAST(:code_rule AS text) IN
        ('', coalesce((SELECT code_rule FROM survey_entrance WHERE activity_id = :activity), 'off'))"""
    new_devices = f"""INSERT INTO {devices} (activity_id, device_hash)
        SELECT :activity, device_hash FROM posted WHERE device_hash IS NOT NULL ORDER BY device_hash
        ON CONFLICT DO NOTHING RETURNING NULL AS nonce, device_hash"""
    new_answers = f"""INSERT INTO {answers} (activity_id, {columns}) SELECT :activity, {columns} FROM posted
        WHERE device_hash IS NULL OR device_hash IN (SELECT device_hash FROM new) ORDER BY nonce
        ON CONFLICT (activity_id, nonce) DO NOTHING RETURNING nonce, NULL AS device_hash"""
    posted = f"WITH posted AS ({json_rows('rows', _TYPES, dialect)} WHERE {unchanged})"
    if dialect == "postgresql":
        both = f"{posted}, new AS ({new_devices}), stored AS ({new_answers}) TABLE stored UNION ALL TABLE new"
        return (text(both),)
    new = "new AS (SELECT value AS device_hash FROM json_each(:devices))"
    return text(f"{posted} {new_devices}"), text(f"{posted}, {new} {new_answers}")


def write_answers(
    connection: Connection, posted: Sequence[PostedAnswer], *, surveys: Surveys, window: Window
) -> list[Stored]:
    """Store answers by the activities as cached; those refused, once more by the activity as read."""
    stored: dict[int, Stored] = {}
    for token in sorted({token for token, _ in posted}):
        todo = {place: make() for place, (of_token, make) in enumerate(posted) if of_token == token}
        for find in (surveys.cached, partial(surveys.read, connection)):
            activity = find(token) if todo else None
            if activity is not None:
                outcomes = submit_responses(connection, activity, list(todo.values()), window)
                stored |= zip(todo, ((activity, outcome) for outcome in outcomes), strict=True)
                todo = {place: one for place, one in todo.items() if not stored[place][1].is_stored}
    return [stored[place] for place in range(len(posted))]


def submit_responses(
    connection: Connection, activity: SurveyedActivity, submitted: Answers, window: Window
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


def add_reason(
    connection: Connection,
    activity: SurveyedActivity,
    reason: Reason,
    key_of: Callable[[str], str],
    now: datetime,
) -> bool:
    """Add what was bad to the answer of the page; False where there is no such answer, or it is too late.

    `key_of` gives the key of the text question of a questionnaire version, "" for none. What the person
    wrote there before stays, and the same reason sent again changes nothing.
    """
    table: Any = ANSWERS_AND_DEVICES[activity.audience][0]
    row = connection.execute(
        select(table.id, table.overall, table.answers, table.questionnaire, table.submitted_at).where(
            table.activity_id == activity.id, table.nonce == reason.nonce
        )
    ).one_or_none()
    key = key_of(row.questionnaire) if row else ""
    if row is None or not key or row.overall > DISSATISFIED_UNTIL or now - row.submitted_at > REASON_WITHIN:
        return False
    if key not in row.answers:
        answers = {**row.answers, key: reason.text}
        connection.execute(update(table).where(table.id == row.id).values(answers=answers))
    return True


def _distinct_runs(submitted: Answers) -> Iterator[list[SubmittedAnswer]]:
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


def _insert(connection: Connection, activity: SurveyedActivity, accepted: Answers) -> set[str]:
    """Insert answers and their devices; the stored nonces: new ones, of new devices or of none."""
    audience, dialect = activity.audience, connection.dialect.name
    zone = "" if dialect == "sqlite" else "+00"  # SQLite stores a text without it
    values: dict[str, Any] = {
        "activity": activity.id,
        "version": activity.version,
        "code_rule": activity.code_rule.value if audience is Audience.ATTENDEES else "",
        "rows": json.dumps([_row(one, activity.code_rule, zone) for one in accepted]),
    }
    nonces, devices = set[str](), set[str]()
    for statement in _statements(audience, dialect):
        found = connection.execute(statement, {**values, "devices": json.dumps(list(devices))}).all()
        nonces |= {nonce for nonce, _ in found} - {None}
        devices |= {device_hash for _, device_hash in found} - {None}
    repeating = devices - {one.device_hash for one in accepted if one.nonce in nonces}
    if repeating:  # a retry from a device that lost its cookie: forget its second hash
        table = ANSWERS_AND_DEVICES[audience][1]
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


def _stored_keys(connection: Connection, activity: SurveyedActivity, submitted: Answers) -> set[str]:
    """Those of the answers' nonces and device hashes that are stored already."""
    answers, devices = ANSWERS_AND_DEVICES[activity.audience]
    nonces, hashes = [one.nonce for one in submitted], [one.device_hash for one in submitted]
    by_nonce = answers.activity_id == activity.id, answers.nonce.in_(nonces)
    by_device = devices.activity_id == activity.id, devices.device_hash.in_(hashes)
    found = select(answers.nonce).where(*by_nonce).union_all(select(devices.device_hash).where(*by_device))
    return set(connection.scalars(found))
