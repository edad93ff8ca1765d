"""New answers, and the devices they came from, for all rows at once: they travel as one JSON array.

SQLAlchemy's own way is as safe, but prepares every row by itself while a full hall waits for its turn.
PostgreSQL does all in one statement, since each costs it a journey; SQLite knows no INSERT within another.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Connection, TextClause, text

from activitylog.activities.rules import Status
from activitylog.surveys.access.codes import CodeRule
from activitylog.surveys.questionnaires.questions import Audience


@dataclass(frozen=True, slots=True)
class Row:
    """One answer to insert; `device_hash` is None where devices do not count."""

    nonce: str
    overall: int
    answers: dict[str, Any]
    questionnaire: str
    submitted_at: datetime
    marks: int
    device_hash: str | None


@dataclass(frozen=True, slots=True)
class Inserted:
    """The nonces and the devices that are new."""

    nonces: set[str]
    devices: set[str]


@dataclass(frozen=True, slots=True)
class Seen:
    """The activity as it was when the rows were judged; without a `code_rule` that one does not matter."""

    activity_id: int
    status: Status
    happens_on: date
    start_time: time | None
    code_rule: CodeRule | None = None


_TABLES = {
    Audience.ATTENDEES: {"answers": "response", "devices": "answered_device", "marks": ", marks"},
    Audience.HOSTS: {"answers": "host_response", "devices": "host_device", "marks": ""},
}
_STILL_SO = (
    "EXISTS (SELECT 1 FROM activity WHERE id = :activity AND status = :status AND happens_on = {day}"
    " AND substr(coalesce(CAST(start_time AS text), ''), 1, 5) = :start)"
    " AND CAST(:code_rule AS text) IN"
    " ('', coalesce((SELECT code_rule FROM survey_entrance WHERE activity_id = :activity), 'off'))"
)
# In one order each, so that no two batches wait for each other.
_DEVICES_INTO_SQLITE = (
    "INSERT INTO {devices} (activity_id, device_hash)"
    " SELECT :activity, value ->> 6 FROM json_each(:rows)"
    " WHERE value ->> 6 IS NOT NULL AND {still_so}"
    " ON CONFLICT DO NOTHING RETURNING device_hash"
)
_INTO_SQLITE = (
    "INSERT INTO {answers} (activity_id, nonce, overall, answers, questionnaire, submitted_at{marks})"
    " SELECT :activity, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4{mark}"
    " FROM json_each(:rows) WHERE {still_so}"
    " ON CONFLICT (activity_id, nonce) DO NOTHING RETURNING nonce"
)
_INTO_POSTGRESQL = (
    "WITH posted AS MATERIALIZED ("
    "SELECT value FROM json_array_elements(CAST(:rows AS json)) WHERE {still_so}),"
    " first AS ("
    "INSERT INTO {devices} (activity_id, device_hash)"
    " SELECT :activity, value ->> 6 FROM posted WHERE value ->> 6 IS NOT NULL ORDER BY value ->> 6"
    " ON CONFLICT DO NOTHING RETURNING device_hash),"
    " stored AS ("
    "INSERT INTO {answers} (activity_id, nonce, overall, answers, questionnaire, submitted_at{marks})"
    " SELECT :activity, value ->> 0, (value ->> 1)::integer, (value ->> 2)::json, value ->> 3,"
    " (value ->> 4 || '+00')::timestamptz{mark}"
    " FROM posted WHERE value ->> 6 IS NULL OR value ->> 6 IN (SELECT device_hash FROM first)"
    " ORDER BY value ->> 0"
    " ON CONFLICT (activity_id, nonce) DO NOTHING RETURNING nonce),"
    " unsealed AS (DELETE FROM sealed_count"
    " WHERE activity_id = :activity AND :breaks_seal AND EXISTS (SELECT 1 FROM stored))"
    " SELECT nonce, NULL AS device_hash FROM stored UNION ALL SELECT NULL, device_hash FROM first"
)


_UNSEAL = text("DELETE FROM sealed_count WHERE activity_id = :activity")


def _for_each_audience(statement: str, *, day: str, mark: str) -> dict[Audience, TextClause]:
    return {
        audience: text(
            statement.format(
                **tables,
                mark=mark if tables["marks"] else "",
                still_so=_STILL_SO.format(day=day),
            )
        )
        for audience, tables in _TABLES.items()
    }


_TO_SQLITE = {"day": ":day", "mark": ", value ->> 5"}
_ON_SQLITE = _for_each_audience(_INTO_SQLITE, **_TO_SQLITE)
_DEVICES_ON_SQLITE = _for_each_audience(_DEVICES_INTO_SQLITE, **_TO_SQLITE)
_ON_POSTGRESQL = _for_each_audience(
    _INTO_POSTGRESQL, day="CAST(:day AS date)", mark=", (value ->> 5)::integer"
)


def insert_answers(
    connection: Connection, audience: Audience, seen: Seen, rows: Iterable[Row], *, breaks_seal: bool
) -> Inserted:
    """Insert the devices that are new, and every answer of theirs, or of none, whose nonce is new.

    No two rows share a nonce or a device; nothing is inserted where the activity is no longer as it was seen.
    New ones break the seal of a survey whose answers may have been counted as all there are.
    """
    packed = sorted(_packed(row) for row in rows)
    if not packed:
        return Inserted(set(), set())
    if connection.dialect.name == "postgresql":
        values = _values(seen, packed) | {"breaks_seal": breaks_seal}
        found = connection.execute(_ON_POSTGRESQL[audience], values).all()
        return Inserted({nonce for nonce, _ in found if nonce}, {device for _, device in found if device})
    devices: set[str] = set()
    if any(row[6] is not None for row in packed):
        devices.update(connection.execute(_DEVICES_ON_SQLITE[audience], _values(seen, packed)).scalars())
    welcome = [row for row in packed if row[6] is None or row[6] in devices]
    nonces = set(connection.execute(_ON_SQLITE[audience], _values(seen, welcome)).scalars())
    if nonces and breaks_seal:
        connection.execute(_UNSEAL, {"activity": seen.activity_id})
    return Inserted(nonces, devices)


def _packed(row: Row) -> tuple[Any, ...]:
    moment = f"{row.submitted_at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    answers = json.dumps(row.answers)
    return (row.nonce, row.overall, answers, row.questionnaire, moment, row.marks, row.device_hash)


def _values(seen: Seen, rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "activity": seen.activity_id,
        "status": seen.status.value,
        "day": seen.happens_on.isoformat(),
        "start": seen.start_time.isoformat("minutes") if seen.start_time else "",
        "code_rule": seen.code_rule.value if seen.code_rule else "",
        "rows": json.dumps(rows, ensure_ascii=False),
    }
