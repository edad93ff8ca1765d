"""Stores answers exactly once: in batches for the public page, or one in a caller's session."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from activitylog.errors import AlreadyAnswered, CodeMissing, Refused, SurveyClosed
from activitylog.surveys import access_codes, rules
from activitylog.surveys.access_codes import AccessKind, CodeRule
from activitylog.surveys.attendee.bulk_insert import TABLES, insert_answers
from activitylog.surveys.attendee.group_commit import TooBusy
from activitylog.surveys.attendee.queries import Surveys
from activitylog.surveys.flags import AnswerFlag, is_fast
from activitylog.surveys.forms import Submission
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.built_in import DEFAULT_QUESTIONNAIRE
from activitylog.surveys.questionnaires.questions import Audience
from activitylog.surveys.rules import (
    DEFAULT_WINDOW,
    Answer,
    Outcome,
    SubmittedAnswer,
    Surveyed,
    Window,
    why_closed,
)


@dataclass(frozen=True, slots=True)
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
        access = access_codes.access_kind_of(secret_key, activity.id, self.nonce)
        is_kiosk = access is AccessKind.KIOSK and activity.audience is Audience.ATTENDEES
        is_coded = access is AccessKind.CODE or access_codes.is_screen_code(
            secret_key, activity.id, self.code, self.at
        )
        needs_code = not (is_coded or is_kiosk)
        return SubmittedAnswer(
            nonce=self.nonce,
            device_hash=None if is_kiosk else rules.device_hash(secret_key, activity.id, self.device),
            overall=self.submission.overall,
            answers=self.submission.answers,
            submitted_at=self.at,
            questionnaire=self.submission.questionnaire.version,
            flags=int(self._flags(access, lacks_code=needs_code and activity.code_rule is CodeRule.EITHER)),
            lacks_code=needs_code and activity.code_rule is CodeRule.REQUIRED,
        )

    def _flags(self, access: AccessKind | None, *, lacks_code: bool) -> AnswerFlag:
        flags = AnswerFlag.KIOSK if access is AccessKind.KIOSK else self.flags
        if access is None:
            flags |= AnswerFlag.NO_PAGE
        elif is_fast(access_codes.served_at(self.nonce), self.at):
            flags |= AnswerFlag.FAST
        return flags | AnswerFlag.NO_CODE if lacks_code else flags


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
        stored: dict[int, Stored] = {}
        for token in sorted({one.token for one in posted}):
            stored |= self._store(
                connection, token, {place: one for place, one in enumerate(posted) if one.token == token}
            )
        return [stored[place] for place in range(len(posted))]

    def _store(
        self, connection: Connection, token: str, posted: Mapping[int, PostedAnswer]
    ) -> dict[int, Stored]:
        """Store one activity's answers by the cached activity; check what was refused against a fresh one."""
        stored: dict[int, Stored] = {}
        remembered = self.surveys.remembered(token)
        if remembered is not None:
            outcomes = self._submit(connection, remembered, posted)
            stored = {
                place: (remembered, outcome)
                for place, outcome in outcomes.items()
                if isinstance(outcome, Outcome)
            }
        others = {place: one for place, one in posted.items() if place not in stored}
        activity = self.surveys.read(connection, token) if others else None
        if activity is None:
            return stored | dict.fromkeys(others)
        for place, outcome in self._submit(connection, activity, others).items():
            if outcome is None:
                raise TooBusy  # edited since it was read
            stored[place] = (activity, outcome)
        return stored

    def _submit(
        self, connection: Connection, activity: SurveyedActivity, posted: Mapping[int, PostedAnswer]
    ) -> dict[int, Outcome | Refused | None]:
        outcomes = submit_responses(
            connection,
            activity=activity,
            filled=[one.submitted_answer(self.secret_key, activity) for one in posted.values()],
            audience=activity.audience,
            window=self.window,
            code_rule=activity.code_rule,
        )
        return dict(zip(posted, outcomes, strict=True))


def submit_response(
    session: Session,
    *,
    activity: Surveyed,
    overall: int,
    answers: Mapping[str, Answer],
    nonce: str,
    device_hash: str,
    now: datetime,
    questionnaire: str = DEFAULT_QUESTIONNAIRE.version,
    audience: Audience = Audience.ATTENDEES,
    window: Window = DEFAULT_WINDOW,
) -> Outcome:
    """Store one answer; a nonce that is already stored gives REPEATED and stores nothing.

    Refuses with SurveyClosed outside the window and AlreadyAnswered for a device that has answered.
    """
    filled = [SubmittedAnswer(nonce, device_hash, overall, answers, now, questionnaire)]
    (outcome,) = submit_responses(
        session.connection(), activity=activity, filled=filled, audience=audience, window=window
    )
    if outcome is None:
        raise Refused("本场活动刚刚被修改，答卷还没有存下，请再提交一次。")
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


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

    `window` is the attendees', `code_rule` the one the answers were validated by. The result is None for an
    answer that is not stored because the activity has changed.
    """
    code_rule = code_rule if audience is Audience.ATTENDEES else None  # hosts have no screen code
    refusals = [_refusal(activity, one, audience.window(window)) for one in filled]
    outcomes: list[Outcome | Refused | None] = []
    for run in _distinct_runs(filled):
        judged = list(zip(filled[run], refusals[run], strict=True))
        welcome = [one for one, refusal in judged if refusal is None]
        new = insert_answers(connection, audience, activity, welcome, code_rule=code_rule)
        others = [one for one, _ in judged if one.nonce not in new]
        known = _stored_keys(connection, audience, activity.id, others) if others else set()
        outcomes += [_outcome(one, refusal, new, known) for one, refusal in judged]
    return outcomes


def _distinct_runs(filled: Sequence[SubmittedAnswer]) -> Iterator[slice]:
    """Slices without a repeated nonce or device; a repetition depends on the result of the first."""
    start, met = 0, set[str]()
    for place, one in enumerate(filled):
        keys = {one.nonce} if one.device_hash is None else {one.nonce, one.device_hash}
        if keys & met:
            yield slice(start, place)
            start, met = place, set()
        met |= keys
    if met:
        yield slice(start, len(filled))


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
