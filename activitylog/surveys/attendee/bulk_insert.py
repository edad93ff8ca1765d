"""Bulk insert of answers and of their devices: all rows of a batch are sent as one JSON array.

PostgreSQL takes one statement, to save round trips; SQLite has no INSERT in a CTE and takes two. Unique keys
decide which rows are new, so copies may be sent concurrently. The statement's condition checks that the
activity is unchanged since the answers were validated, which saves reading it again.
"""

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, TextClause, delete, text

from activitylog.surveys.access_codes import CodeRule
from activitylog.surveys.models import AnsweredDevice, HostDevice, HostResponse, Response
from activitylog.surveys.questionnaires.questions import OVERALL, Audience
from activitylog.surveys.rules import SubmittedAnswer, Surveyed

AnswerRow = tuple[Any, ...]  # as `_row` orders it

_NAMES = {
    Audience.ATTENDEES: {"answers": "response", "devices": "answered_device", "marks": ", marks"},
    Audience.HOSTS: {"answers": "host_response", "devices": "host_device", "marks": ""},
}
TABLES: dict[
    Audience, tuple[type[Response] | type[HostResponse], type[AnsweredDevice] | type[HostDevice]]
] = {
    Audience.ATTENDEES: (Response, AnsweredDevice),
    Audience.HOSTS: (HostResponse, HostDevice),
}
_UNCHANGED = (
    "EXISTS (SELECT 1 FROM activity WHERE id = :activity AND status = :status AND happens_on = {day}"
    " AND substr(coalesce(CAST(start_time AS text), ''), 1, 5) = :start)"
    " AND CAST(:code_rule AS text) IN"
    " ('', coalesce((SELECT code_rule FROM survey_entrance WHERE activity_id = :activity), 'off'))"
)
# Sorted, so that two batches never deadlock.
_DEVICES_INTO_SQLITE = (
    "INSERT INTO {devices} (activity_id, device_hash)"
    " SELECT :activity, value ->> 6 FROM json_each(:rows) WHERE value ->> 6 IS NOT NULL AND {unchanged}"
    " ON CONFLICT DO NOTHING RETURNING device_hash"
)
_ANSWERS_INTO_SQLITE = (
    "INSERT INTO {answers} (activity_id, nonce, overall, answers, questionnaire, submitted_at{marks})"
    " SELECT :activity, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4{flag}"
    " FROM json_each(:rows) WHERE {unchanged}"
    " ON CONFLICT (activity_id, nonce) DO NOTHING RETURNING nonce"
)
_INTO_POSTGRESQL = (
    "WITH posted AS MATERIALIZED ("
    "SELECT value FROM json_array_elements(CAST(:rows AS json)) WHERE {unchanged}),"
    " first AS ("
    "INSERT INTO {devices} (activity_id, device_hash)"
    " SELECT :activity, value ->> 6 FROM posted WHERE value ->> 6 IS NOT NULL ORDER BY value ->> 6"
    " ON CONFLICT DO NOTHING RETURNING device_hash),"
    " stored AS ("
    "INSERT INTO {answers} (activity_id, nonce, overall, answers, questionnaire, submitted_at{marks})"
    " SELECT :activity, value ->> 0, (value ->> 1)::integer, (value ->> 2)::json, value ->> 3,"
    " (value ->> 4 || '+00')::timestamptz{flag}"
    " FROM posted WHERE value ->> 6 IS NULL OR value ->> 6 IN (SELECT device_hash FROM first)"
    " ORDER BY value ->> 0"
    " ON CONFLICT (activity_id, nonce) DO NOTHING RETURNING nonce)"
    " SELECT nonce, NULL AS device_hash FROM stored UNION ALL SELECT NULL, device_hash FROM first"
)


def _for_each_audience(statement: str, flag: str, day: str = ":day") -> dict[Audience, TextClause]:
    unchanged = _UNCHANGED.format(day=day)
    return {
        audience: text(statement.format(**tables, flag=flag if tables["marks"] else "", unchanged=unchanged))
        for audience, tables in _NAMES.items()
    }


_DEVICES_ON_SQLITE = _for_each_audience(_DEVICES_INTO_SQLITE, "")
_ANSWERS_ON_SQLITE = _for_each_audience(_ANSWERS_INTO_SQLITE, ", value ->> 5")
_ON_POSTGRESQL = _for_each_audience(_INTO_POSTGRESQL, ", (value ->> 5)::integer", "CAST(:day AS date)")


def insert_answers(
    connection: Connection,
    audience: Audience,
    activity: Surveyed,
    filled: Sequence[SubmittedAnswer],
    *,
    code_rule: CodeRule | None,
) -> set[str]:
    """Insert answers and return the stored nonces: new ones, of new devices or without a device.

    Nothing is stored when the activity, or its `code_rule` if given, has changed. No two of the answers may
    share a nonce or a device.
    """
    if not filled:
        return set()
    rows = sorted(_row(one) for one in filled)
    values = {
        "activity": activity.id,
        "status": activity.status.value,
        "day": activity.happens_on.isoformat(),
        "start": activity.start_time.isoformat("minutes") if activity.start_time else "",
        "code_rule": code_rule.value if code_rule else "",
    }
    insert = _into_postgresql if connection.dialect.name == "postgresql" else _into_sqlite
    nonces, devices = insert(connection, audience, values, rows)
    repeating = devices - {one.device_hash for one in filled if one.nonce in nonces}
    if repeating:  # a retry from a device that lost its cookie: forget its second hash
        _, table = TABLES[audience]
        connection.execute(
            delete(table).where(table.activity_id == activity.id, table.device_hash.in_(sorted(repeating)))
        )
    return nonces


def _into_postgresql(
    connection: Connection, audience: Audience, values: dict[str, Any], rows: Sequence[AnswerRow]
) -> tuple[set[str], set[str]]:
    found = connection.execute(_ON_POSTGRESQL[audience], values | _as_json(rows)).all()
    return {nonce for nonce, _ in found if nonce}, {device for _, device in found if device}


def _into_sqlite(
    connection: Connection, audience: Audience, values: dict[str, Any], rows: Sequence[AnswerRow]
) -> tuple[set[str], set[str]]:
    devices = set(connection.execute(_DEVICES_ON_SQLITE[audience], values | _as_json(rows)).scalars())
    new = [row for row in rows if row[6] is None or row[6] in devices]
    return set(connection.execute(_ANSWERS_ON_SQLITE[audience], values | _as_json(new)).scalars()), devices


def _row(one: SubmittedAnswer) -> AnswerRow:
    answers = json.dumps({key: answer for key, answer in one.answers.items() if key != OVERALL})
    moment = f"{one.submitted_at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    return (one.nonce, one.overall, answers, one.questionnaire, moment, one.flags, one.device_hash)


def _as_json(rows: Sequence[AnswerRow]) -> dict[str, str]:
    return {"rows": json.dumps(rows, ensure_ascii=False)}
