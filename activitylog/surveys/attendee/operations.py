"""Stores answers exactly once: in bulk, by one JSON array in one statement (two on SQLite).

Unique keys decide which rows are new, so copies may be sent concurrently. The statement's condition checks
that the activity is unchanged since the answers were validated, which saves reading it again.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, delete, select, text

from activitylog.errors import AlreadyAnswered, CodeMissing, Refused, SurveyClosed
from activitylog.surveys import rules
from activitylog.surveys.access import rules as access_rules
from activitylog.surveys.access.rules import AccessKind
from activitylog.surveys.attendee.group_commit import TooBusy
from activitylog.surveys.attendee.queries import Surveys
from activitylog.surveys.forms import Submission
from activitylog.surveys.models import AnsweredDevice, HostDevice, HostResponse, Response
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.rules import OVERALL, Audience
from activitylog.surveys.rules import (
    DEFAULT_WINDOW,
    AnswerFlag,
    CodeRule,
    Outcome,
    SubmittedAnswer,
    Surveyed,
    Window,
    is_fast,
    why_closed,
)

Tables = tuple[type[Response] | type[HostResponse], type[AnsweredDevice] | type[HostDevice]]
TABLES: dict[Audience, Tables] = {
    Audience.ATTENDEES: (Response, AnsweredDevice),
    Audience.HOSTS: (HostResponse, HostDevice),
}
_NAMES = {
    Audience.ATTENDEES: {"answers": "response", "devices": "answered_device", "marks": ", marks"},
    Audience.HOSTS: {"answers": "host_response", "devices": "host_device", "marks": ""},
}
_UNCHANGED = (
    "EXISTS (SELECT 1 FROM activity WHERE id = :activity AND version = :version)"
    " AND CAST(:code_rule AS text) IN"
    " ('', coalesce((SELECT code_rule FROM survey_entrance WHERE activity_id = :activity), 'off'))"
)
# Of a row in :rows, as `_row` orders it. Devices and nonces are sorted, so that two batches never deadlock.
_DEVICES_ON_SQLITE = (
    "INSERT INTO {devices} (activity_id, device_hash)"
    " SELECT :activity, value ->> 6 FROM json_each(:rows) WHERE value ->> 6 IS NOT NULL AND {unchanged}"
    " ON CONFLICT DO NOTHING RETURNING device_hash"
)
_ANSWERS_ON_SQLITE = (
    "INSERT INTO {answers} (activity_id, nonce, overall, answers, questionnaire, submitted_at{marks})"
    " SELECT :activity, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4{flag}"
    " FROM json_each(:rows) WHERE {unchanged}"
    " ON CONFLICT (activity_id, nonce) DO NOTHING RETURNING nonce"
)
_ON_POSTGRESQL = (
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


def _for_each_audience(statement: str, flag: str = "") -> dict[Audience, TextClause]:
    return {
        audience: text(statement.format(**names, flag=flag if names["marks"] else "", unchanged=_UNCHANGED))
        for audience, names in _NAMES.items()
    }


_INSERT_DEVICES = _for_each_audience(_DEVICES_ON_SQLITE)
_INSERT_ANSWERS = _for_each_audience(_ANSWERS_ON_SQLITE, ", value ->> 5")
_INSERT_BOTH = _for_each_audience(_ON_POSTGRESQL, ", (value ->> 5)::integer")


@dataclass(frozen=True, slots=True, eq=False)
class PostedAnswer:
    """One valid submission from one phone."""

    token: str
    submission: Submission
    nonce: str
    device: str
    at: datetime
    code: str = ""
    flags: AnswerFlag = AnswerFlag.NONE

    def submitted_answer(self, secret_key: str, activity: SurveyedActivity) -> SubmittedAnswer:
        """The row to store: answers, flags and, except at a kiosk, the device hash."""
        access = access_rules.access_kind_of(secret_key, activity.id, self.nonce)
        is_kiosk = access is AccessKind.KIOSK and activity.audience is Audience.ATTENDEES
        is_coded = access is AccessKind.CODE or access_rules.is_screen_code(
            secret_key, activity.id, self.code, self.at
        )
        code_rule = CodeRule.OFF if is_coded or is_kiosk else activity.code_rule
        flags = AnswerFlag.KIOSK if access is AccessKind.KIOSK else self.flags
        if access is None:
            flags |= AnswerFlag.NO_PAGE
        elif is_fast(access_rules.served_at(self.nonce), self.at):
            flags |= AnswerFlag.FAST
        if code_rule is CodeRule.EITHER:
            flags |= AnswerFlag.NO_CODE
        return SubmittedAnswer(
            nonce=self.nonce,
            device_hash=None if is_kiosk else rules.device_hash(secret_key, activity.id, self.device),
            overall=self.submission.overall,
            answers=self.submission.answers,
            submitted_at=self.at,
            questionnaire=self.submission.questionnaire.version,
            flags=int(flags),
            lacks_code=code_rule is CodeRule.REQUIRED,
        )


Stored = tuple[SurveyedActivity, Outcome | Refused] | None  # None when no survey has the token


def writing_engine(engine: Engine) -> Engine:
    """The engine for an `AnswerWriter`: autocommit on PostgreSQL, which saves two round trips."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine.execution_options(writing=True)


@dataclass(frozen=True, slots=True)
class AnswerWriter:
    """Writes a batch of posted answers, activity by activity."""

    surveys: Surveys
    secret_key: str
    window: Window

    def __call__(self, connection: Connection, posted: Sequence[PostedAnswer]) -> list[Stored]:
        stored: dict[PostedAnswer, Stored] = {}
        for token in sorted({one.token for one in posted}):
            stored |= self._store(connection, token, [one for one in posted if one.token == token])
        return [stored[one] for one in posted]

    def _store(
        self, connection: Connection, token: str, posted: Sequence[PostedAnswer]
    ) -> dict[PostedAnswer, Stored]:
        """Store one activity's answers by the cached activity; check what was refused against a fresh one."""
        stored: dict[PostedAnswer, Stored] = {}
        cached = self.surveys.cached(token)
        if cached is not None:
            for one, outcome in self._submit(connection, cached, posted):
                if isinstance(outcome, Outcome):
                    stored[one] = cached, outcome
        others = [one for one in posted if one not in stored]
        activity = self.surveys.read(connection, token) if others else None
        if activity is None:
            return stored | dict.fromkeys(others)
        for one, outcome in self._submit(connection, activity, others):
            if outcome is None:
                raise TooBusy  # edited since it was read
            stored[one] = activity, outcome
        return stored

    def _submit(
        self, connection: Connection, activity: SurveyedActivity, posted: Sequence[PostedAnswer]
    ) -> Iterable[tuple[PostedAnswer, Outcome | Refused | None]]:
        outcomes = submit_responses(
            connection,
            activity=activity,
            filled=[one.submitted_answer(self.secret_key, activity) for one in posted],
            audience=activity.audience,
            window=self.window,
            code_rule=activity.code_rule,
        )
        return zip(posted, outcomes, strict=True)


def submit_responses(
    connection: Connection,
    *,
    activity: Surveyed,
    filled: Sequence[SubmittedAnswer],
    audience: Audience = Audience.ATTENDEES,
    window: Window = DEFAULT_WINDOW,
    code_rule: CodeRule | None = None,
) -> list[Outcome | Refused | None]:
    """Store answers with the results of storing them one by one, in bulk where keys differ.

    `window` is the attendees', `code_rule` the one the answers were validated by. A nonce that is stored
    already gives REPEATED. The result is None for an answer that is not stored because the activity has
    changed.
    """
    values = {
        "activity": activity.id,
        "version": activity.version,
        "code_rule": code_rule.value if code_rule and audience is Audience.ATTENDEES else "",
    }
    outcomes: list[Outcome | Refused | None] = []
    for run in _distinct_runs(filled):
        refusals = [_refusal(activity, one, audience.window(window)) for one in run]
        accepted = [one for one, refusal in zip(run, refusals, strict=True) if refusal is None]
        new = _insert(connection, audience, values, accepted) if accepted else set()
        others = [one for one in run if one.nonce not in new]
        known = _stored_keys(connection, audience, activity.id, others) if others else set()
        outcomes += [_outcome(*each, new, known) for each in zip(run, refusals, strict=True)]
    return outcomes


def _distinct_runs(filled: Sequence[SubmittedAnswer]) -> Iterator[list[SubmittedAnswer]]:
    """The answers in runs without a repeated nonce or device: a repeated one depends on the first."""
    run, keys = list[SubmittedAnswer](), set[str | None]()
    for one in filled:
        if one.nonce in keys or one.device_hash in keys:
            yield run
            run, keys = [], set()
        run.append(one)
        keys |= {one.nonce, one.device_hash} - {None}
    if run:
        yield run


def _refusal(activity: Surveyed, one: SubmittedAnswer, window: Window) -> Refused | None:
    """Why this answer is refused regardless of other answers: closed survey or missing code."""
    closed = why_closed(activity, one.submitted_at, window)
    if closed is not None:
        return SurveyClosed(closed)
    return CodeMissing("本场活动请扫描现场大屏幕上的二维码填写。") if one.lacks_code else None


def _outcome(
    one: SubmittedAnswer, refusal: Refused | None, new: set[str], known: set[str]
) -> Outcome | Refused | None:
    if one.nonce in new:
        return Outcome.STORED
    if one.nonce in known:
        return Outcome.REPEATED
    if refusal is None and one.device_hash in known:
        return AlreadyAnswered("这台手机已经为本场活动提交过问卷，每台手机只计一次。")
    return refusal


def _insert(
    connection: Connection, audience: Audience, values: dict[str, Any], filled: Sequence[SubmittedAnswer]
) -> set[str]:
    """Insert answers and their devices; the stored nonces: new ones, of new devices or without a device."""
    rows = sorted(map(_row, filled))
    if connection.dialect.name == "postgresql":
        found = connection.execute(_INSERT_BOTH[audience], values | {"rows": json.dumps(rows)}).all()
        nonces, devices = {nonce for nonce, _ in found if nonce}, {device for _, device in found if device}
    else:
        new = connection.execute(_INSERT_DEVICES[audience], values | {"rows": json.dumps(rows)})
        devices = set(new.scalars())
        values["rows"] = json.dumps([row for row in rows if row[6] is None or row[6] in devices])
        nonces = set(connection.execute(_INSERT_ANSWERS[audience], values).scalars())
    repeating = devices - {one.device_hash for one in filled if one.nonce in nonces}
    if repeating:  # a retry from a device that lost its cookie: forget its second hash
        table = TABLES[audience][1]
        connection.execute(
            delete(table).where(
                table.activity_id == values["activity"], table.device_hash.in_(sorted(repeating))
            )
        )
    return nonces


def _row(one: SubmittedAnswer) -> tuple[Any, ...]:
    answers = json.dumps({key: answer for key, answer in one.answers.items() if key != OVERALL})
    moment = f"{one.submitted_at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    return (one.nonce, one.overall, answers, one.questionnaire, moment, one.flags, one.device_hash)


def _stored_keys(
    connection: Connection, audience: Audience, activity_id: int, filled: Sequence[SubmittedAnswer]
) -> set[str]:
    """Those of the answers' nonces and device hashes that are stored already."""
    answers, devices = TABLES[audience]
    nonces = select(answers.nonce).where(
        answers.activity_id == activity_id, answers.nonce.in_([one.nonce for one in filled])
    )
    hashes = select(devices.device_hash).where(
        devices.activity_id == activity_id,
        devices.device_hash.in_([one.device_hash for one in filled if one.device_hash is not None]),
    )
    return {*connection.scalars(nonces), *connection.scalars(hashes)}
