"""Storing answers, each exactly once: many in one transaction, and the one of a caller's own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from activitylog.errors import AlreadyAnswered, CodeMissing, Refused, SurveyClosed
from activitylog.surveys import access_codes, rules
from activitylog.surveys.access_codes import CodeRule, Way
from activitylog.surveys.attendee.bulk_insert import TABLES, insert_answers
from activitylog.surveys.attendee.group_commit import TooBusy
from activitylog.surveys.attendee.queries import Surveys
from activitylog.surveys.flags import Mark, is_fast
from activitylog.surveys.forms import Submission
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.built_in import DEFAULT_QUESTIONNAIRE
from activitylog.surveys.questionnaires.questions import Audience
from activitylog.surveys.rules import DEFAULT_WINDOW, Answer, FilledIn, Outcome, Surveyed, Window, why_closed


@dataclass(frozen=True, slots=True)
class Posted:
    """One readable page from one phone."""

    token: str
    submission: Submission
    nonce: str
    device: str
    at: datetime
    code: str = ""
    noticed: Mark = Mark.NONE

    def filled_in(self, secret_key: str, activity: SurveyedActivity) -> FilledIn:
        """The answers with what is known of how they came, but for the device at a kiosk."""
        way = access_codes.way_of(secret_key, activity.id, self.nonce)
        is_kiosk = way is Way.KIOSK and activity.audience is Audience.ATTENDEES
        is_coded = way is Way.CODE or access_codes.is_screen_code(secret_key, activity.id, self.code, self.at)
        needs_code = not (is_coded or is_kiosk)
        return FilledIn(
            nonce=self.nonce,
            device_hash=None if is_kiosk else rules.device_hash(secret_key, activity.id, self.device),
            overall=self.submission.overall,
            answers=self.submission.answers,
            submitted_at=self.at,
            questionnaire=self.submission.questionnaire.version,
            marks=int(self._marks(way, lacks_code=needs_code and activity.code_rule is CodeRule.EITHER)),
            lacks_code=needs_code and activity.code_rule is CodeRule.REQUIRED,
        )

    def _marks(self, way: Way | None, *, lacks_code: bool) -> Mark:
        marks = Mark.KIOSK if way is Way.KIOSK else self.noticed
        if way is None:
            marks |= Mark.NO_PAGE
        elif is_fast(access_codes.served_at(self.nonce), self.at):
            marks |= Mark.FAST
        return marks | Mark.NO_CODE if lacks_code else marks


Stored = tuple[SurveyedActivity, Outcome | Refused] | None  # None where no survey has the token


def writing(engine: Engine) -> Engine:
    """The engine as an `AnswerWriter` has it: on PostgreSQL without the journeys of BEGIN and COMMIT."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine.execution_options(writing=True)


@dataclass(frozen=True, slots=True)
class AnswerWriter:
    """Writes what several people posted; each activity's answers together."""

    surveys: Surveys
    secret_key: str
    window: Window

    def __call__(self, connection: Connection, posted: Sequence[Posted]) -> list[Stored]:
        stored: dict[int, Stored] = {}
        for token in sorted({one.token for one in posted}):
            stored |= self._store(
                connection, token, {place: one for place, one in enumerate(posted) if one.token == token}
            )
        return [stored[place] for place in range(len(posted))]

    def _store(self, connection: Connection, token: str, posted: Mapping[int, Posted]) -> dict[int, Stored]:
        """What can be stored for the activity as remembered; anything else is judged by what it is now."""
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
                raise TooBusy  # edited this very moment
            stored[place] = (activity, outcome)
        return stored

    def _submit(
        self, connection: Connection, activity: SurveyedActivity, posted: Mapping[int, Posted]
    ) -> dict[int, Outcome | Refused | None]:
        outcomes = submit_responses(
            connection,
            activity=activity,
            filled=[one.filled_in(self.secret_key, activity) for one in posted.values()],
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
    """Store one answer; a nonce stored before answers as the first time and stores nothing.

    Refuses with SurveyClosed outside the window and AlreadyAnswered for a device that has answered.
    """
    filled = [FilledIn(nonce, device_hash, overall, answers, now, questionnaire)]
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
    filled: Sequence[FilledIn],
    audience: Audience = Audience.ATTENDEES,
    window: Window = DEFAULT_WINDOW,
    code_rule: CodeRule | None = None,
) -> list[Outcome | Refused | None]:
    """Store each answer as `submit_response` does, one after the other, yet all at once where they differ.

    `window` is the attendees', `code_rule` the one the answers were judged by. None for an answer that is not
    stored since the activity is no longer as given.
    """
    code_rule = code_rule if audience is Audience.ATTENDEES else None  # the site scans no screen
    refusals = [_refusal(activity, one, audience.window(window)) for one in filled]
    outcomes: list[Outcome | Refused | None] = []
    for run in _runs_of_different(filled):
        judged = list(zip(filled[run], refusals[run], strict=True))
        welcome = [one for one, refusal in judged if refusal is None]
        new = insert_answers(connection, audience, activity, welcome, code_rule=code_rule)
        others = [one for one, _ in judged if one.nonce not in new]
        known = _known(connection, audience, activity.id, others) if others else set()
        outcomes += [_outcome(one, refusal, new, known) for one, refusal in judged]
    return outcomes


def _runs_of_different(filled: Sequence[FilledIn]) -> Iterator[slice]:
    """Cut before every second answer of a nonce or a device, since what became of the first decides."""
    start, met = 0, set[str]()
    for place, one in enumerate(filled):
        keys = {one.nonce} if one.device_hash is None else {one.nonce, one.device_hash}
        if keys & met:
            yield slice(start, place)
            start, met = place, set()
        met |= keys
    if met:
        yield slice(start, len(filled))


def _refusal(activity: Surveyed, one: FilledIn, window: Window) -> Refused | None:
    """Why this answer cannot be taken, whoever else has answered."""
    closed = why_closed(activity, one.submitted_at, window)
    if closed is not None:
        return SurveyClosed(closed)
    return CodeMissing("本场活动请扫描现场大屏幕上的二维码填写。") if one.lacks_code else None


def _outcome(
    one: FilledIn, refusal: Refused | None, new: set[str], known: set[str]
) -> Outcome | Refused | None:
    if one.nonce in new:
        return Outcome.STORED
    if one.nonce in known:
        return Outcome.REPEATED
    if refusal is None and one.device_hash in known:
        return AlreadyAnswered("这台手机已经为本场活动提交过问卷，每台手机只计一次。")
    return refusal


def _known(
    connection: Connection, audience: Audience, activity_id: int, filled: Sequence[FilledIn]
) -> set[str]:
    """Which of the nonces are stored, and which of the devices have answered."""
    answers, devices = TABLES[audience]
    nonces = select(answers.nonce).where(
        answers.activity_id == activity_id, answers.nonce.in_([one.nonce for one in filled])
    )
    hashes = select(devices.device_hash).where(
        devices.activity_id == activity_id,
        devices.device_hash.in_([one.device_hash for one in filled if one.device_hash is not None]),
    )
    return {*connection.scalars(nonces), *connection.scalars(hashes)}
