"""New answers and devices in one statement for all rows: they travel as one JSON array.

SQLAlchemy's own way is as safe, but prepares every row by itself while a full hall waits for its turn.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, TextClause, text

from activitylog.surveys.questions import Audience

_RESPONSES = {
    "sqlite": (
        "INSERT INTO {table} (activity_id, nonce, overall, answers, questionnaire, submitted_at{marks})"
        " SELECT :activity, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4{mark}"
        " FROM json_each(:rows) WHERE true"
        " ON CONFLICT (activity_id, nonce) DO NOTHING RETURNING nonce"
    ),
    "postgresql": (
        "INSERT INTO {table} (activity_id, nonce, overall, answers, questionnaire, submitted_at{marks})"
        " SELECT :activity, value ->> 0, (value ->> 1)::integer, (value ->> 2)::json, value ->> 3,"
        " (value ->> 4 || '+00')::timestamptz{mark}"
        " FROM json_array_elements(CAST(:rows AS json)) ORDER BY value ->> 0"
        " ON CONFLICT (activity_id, nonce) DO NOTHING RETURNING nonce"
    ),
}
_DEVICES = {
    "sqlite": (
        "INSERT INTO {table} (activity_id, device_hash)"
        " SELECT :activity, value FROM json_each(:rows) WHERE true"
        " ON CONFLICT DO NOTHING RETURNING device_hash"
    ),
    "postgresql": (
        "INSERT INTO {table} (activity_id, device_hash)"
        " SELECT :activity, value FROM json_array_elements_text(CAST(:rows AS json)) AS device (value)"
        " ORDER BY value ON CONFLICT DO NOTHING RETURNING device_hash"
    ),
}


_MARK = {"sqlite": ", value ->> 5", "postgresql": ", (value ->> 5)::integer"}  # attendees' answers alone


def _into(statements: dict[str, str], tables: dict[Audience, str]) -> dict[tuple[str, Audience], TextClause]:
    return {
        (dialect, audience): text(
            statement.format(
                table=table,
                marks=", marks" if audience is Audience.ATTENDEES else "",
                mark=_MARK[dialect] if audience is Audience.ATTENDEES else "",
            )
        )
        for dialect, statement in statements.items()
        for audience, table in tables.items()
    }


_INTO_RESPONSES = _into(_RESPONSES, {Audience.ATTENDEES: "response", Audience.HOSTS: "host_response"})
_INTO_DEVICES = _into(_DEVICES, {Audience.ATTENDEES: "answered_device", Audience.HOSTS: "host_device"})


def insert_responses(
    connection: Connection,
    audience: Audience,
    activity_id: int,
    rows: Iterable[tuple[str, int, dict[str, Any], str, datetime, int]],
) -> set[str]:
    """Insert (nonce, overall, answers, questionnaire, submitted at, marks); the nonces new here."""
    packed = [
        (nonce, overall, json.dumps(answers), version, f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}", marks)
        for nonce, overall, answers, version, at, marks in rows
    ]
    return _insert(connection, _INTO_RESPONSES[connection.dialect.name, audience], activity_id, packed)


def insert_devices(
    connection: Connection, audience: Audience, activity_id: int, hashes: Iterable[str]
) -> set[str]:
    """Insert the hashes of devices; those that were not there."""
    return _insert(connection, _INTO_DEVICES[connection.dialect.name, audience], activity_id, list(hashes))


def _insert(connection: Connection, statement: TextClause, activity_id: int, rows: list[Any]) -> set[str]:
    """In one order, so that no two batches wait for each other."""
    if not rows:
        return set()
    values = {"activity": activity_id, "rows": json.dumps(sorted(rows), ensure_ascii=False)}
    return set(connection.execute(statement, values).scalars())
