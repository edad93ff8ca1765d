"""New answers, and the devices they came from, for all rows at once: they travel as one JSON array.

SQLAlchemy's own way is as safe, but prepares every row by itself while a full hall waits for its turn.
PostgreSQL does all in one statement, since each costs it a journey; SQLite knows no INSERT within another.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, TextClause, text

from activitylog.surveys.questions import Audience


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
    """The nonces that are new here, and the devices whose first answer this is."""

    nonces: set[str]
    devices: set[str]


_TABLES = {
    Audience.ATTENDEES: {"answers": "response", "devices": "answered_device", "marks": ", marks"},
    Audience.HOSTS: {"answers": "host_response", "devices": "host_device", "marks": ""},
}
# In one order each, so that no two batches wait for each other.
_ON_SQLITE = (
    "INSERT INTO {answers} (activity_id, nonce, overall, answers, questionnaire, submitted_at{marks})"
    " SELECT :activity, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4{mark}"
    " FROM json_each(:rows) WHERE true"
    " ON CONFLICT (activity_id, nonce) DO NOTHING RETURNING nonce"
)
_DEVICES_ON_SQLITE = (
    "INSERT INTO {devices} (activity_id, device_hash)"
    " SELECT :activity, value FROM json_each(:rows) WHERE true"
    " ON CONFLICT DO NOTHING RETURNING device_hash"
)
_ON_POSTGRESQL = (
    "WITH posted AS MATERIALIZED (SELECT value FROM json_array_elements(CAST(:rows AS json))),"
    " stored AS ("
    "INSERT INTO {answers} (activity_id, nonce, overall, answers, questionnaire, submitted_at{marks})"
    " SELECT :activity, value ->> 0, (value ->> 1)::integer, (value ->> 2)::json, value ->> 3,"
    " (value ->> 4 || '+00')::timestamptz{mark}"
    " FROM posted ORDER BY value ->> 0"
    " ON CONFLICT (activity_id, nonce) DO NOTHING RETURNING nonce),"
    " first AS ("
    "INSERT INTO {devices} (activity_id, device_hash)"
    " SELECT :activity, value ->> 6 FROM posted JOIN stored ON stored.nonce = posted.value ->> 0"
    " WHERE value ->> 6 IS NOT NULL ORDER BY value ->> 6"
    " ON CONFLICT DO NOTHING RETURNING device_hash)"
    " SELECT nonce, NULL AS device_hash FROM stored UNION ALL SELECT NULL, device_hash FROM first"
)


def _for_each_audience(statement: str, mark: str) -> dict[Audience, TextClause]:
    return {
        audience: text(statement.format(**tables, mark=mark if tables["marks"] else ""))
        for audience, tables in _TABLES.items()
    }


_INTO_SQLITE = _for_each_audience(_ON_SQLITE, ", value ->> 5")
_DEVICES_INTO_SQLITE = _for_each_audience(_DEVICES_ON_SQLITE, "")
_INTO_POSTGRESQL = _for_each_audience(_ON_POSTGRESQL, ", (value ->> 5)::integer")


def insert_answers(
    connection: Connection, audience: Audience, activity_id: int, rows: Iterable[Row]
) -> Inserted:
    """Insert answers with new nonces, and the devices those came from."""
    packed = sorted(_packed(row) for row in rows)
    if not packed:
        return Inserted(set(), set())
    if connection.dialect.name == "postgresql":
        found = connection.execute(_INTO_POSTGRESQL[audience], _values(activity_id, packed)).all()
        return Inserted({nonce for nonce, _ in found if nonce}, {device for _, device in found if device})
    nonces = set(connection.execute(_INTO_SQLITE[audience], _values(activity_id, packed)).scalars())
    hashes = sorted({row[6] for row in packed if row[6] is not None and row[0] in nonces})
    if not hashes:
        return Inserted(nonces, set())
    devices = connection.execute(_DEVICES_INTO_SQLITE[audience], _values(activity_id, hashes)).scalars()
    return Inserted(nonces, set(devices))


def _packed(row: Row) -> tuple[Any, ...]:
    moment = f"{row.submitted_at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    answers = json.dumps(row.answers)
    return (row.nonce, row.overall, answers, row.questionnaire, moment, row.marks, row.device_hash)


def _values(activity_id: int, rows: list[Any]) -> dict[str, Any]:
    return {"activity": activity_id, "rows": json.dumps(rows, ensure_ascii=False)}
