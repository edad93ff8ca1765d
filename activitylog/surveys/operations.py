"""Taking somebody's answers exactly once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from activitylog.errors import (
    AlreadyAnswered,
    CodeMissing,
    Refused,
    SurveyClosed,
)
from activitylog.surveys.access.codes import CodeRule
from activitylog.surveys.attendee.inserts import Row, Seen, insert_answers
from activitylog.surveys.models import (
    AnsweredDevice,
    HostDevice,
    HostResponse,
    Response,
)
from activitylog.surveys.questionnaires.built_in import DEFAULT_QUESTIONNAIRE
from activitylog.surveys.questionnaires.questions import OVERALL, Audience
from activitylog.surveys.rules import (
    DEFAULT_WINDOW,
    Answer,
    FilledIn,
    Outcome,
    Surveyed,
    Window,
    survey_window,
    why_closed,
)


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
    """Store one answer; a nonce seen before answers as the first time and stores nothing.

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

    The database's unique keys decide, so that any number of copies may arrive anywhere at once. `window` is
    the attendees', `code_rule` the one the answers were judged by. None for an answer that is not stored
    since the activity is no longer as given.
    """
    rule = code_rule if audience is Audience.ATTENDEES else None  # the site scans no screen
    seen = Seen(activity.id, activity.status, activity.happens_on, activity.start_time, rule)
    _, usual_end = survey_window(activity.happens_on, activity.start_time)
    is_late = any(one.submitted_at >= usual_end for one in filled)
    desk = _Desk(connection, audience, seen, breaks_seal=is_late and audience is Audience.ATTENDEES)
    refusals = [_refusal(activity, one, audience.window(window)) for one in filled]
    outcomes: list[Outcome | Refused | None] = []
    for run in _runs_of_different(filled):
        outcomes += desk.submit(filled[run], refusals[run])
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
    """Why this answer cannot be taken, as far as can be said without looking at the others."""
    closed = why_closed(activity, one.submitted_at, window)
    if closed is not None:
        return SurveyClosed(closed)
    return CodeMissing("本场活动请扫描现场大屏幕上的二维码填写。") if one.lacks_code else None


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where the answers of one audience to one activity's survey are stored.

    It `breaks_seal` where the survey stays open longer than usual: its answers may have been counted.
    """

    connection: Connection
    audience: Audience
    seen: Seen
    breaks_seal: bool

    def submit(
        self, filled: Sequence[FilledIn], refusals: Sequence[Refused | None]
    ) -> list[Outcome | Refused | None]:
        """Store answers, no two of one nonce or one device, but for the refused."""
        rows = [_row(one) for one, refusal in zip(filled, refusals, strict=True) if refusal is None]
        new = self._insert(rows)
        left = [one for one in filled if one.nonce not in new]
        stored, devices = self._known_of(left) if left else (set(), set())
        outcomes: list[Outcome | Refused | None] = []
        for one, refusal in zip(filled, refusals, strict=True):
            if one.nonce in new:
                outcomes.append(Outcome.STORED)
            elif one.nonce in stored:
                outcomes.append(Outcome.REPEATED)
            elif refusal is None and one.device_hash in devices:
                outcomes.append(AlreadyAnswered("这台手机已经为本场活动提交过问卷，每台手机只计一次。"))
            else:
                outcomes.append(refusal)
        return outcomes

    def _insert(self, rows: Sequence[Row]) -> set[str]:
        """The nonces inserted; a device that only repeats another's nonce is not kept."""
        new = insert_answers(self.connection, self.audience, self.seen, rows, breaks_seal=self.breaks_seal)
        repeating = new.devices - {row.device_hash for row in rows if row.nonce in new.nonces}
        if repeating:
            self.connection.execute(
                delete(self._devices).where(
                    self._devices.activity_id == self.seen.activity_id,
                    self._devices.device_hash.in_(sorted(repeating)),
                )
            )
        return new.nonces

    @property
    def _devices(self) -> type[AnsweredDevice] | type[HostDevice]:
        return AnsweredDevice if self.audience is Audience.ATTENDEES else HostDevice

    def _known_of(self, filled: Sequence[FilledIn]) -> tuple[set[str], set[str]]:
        """Which of the nonces are stored, and which of the devices have answered."""
        answers = Response if self.audience is Audience.ATTENDEES else HostResponse
        devices = self._devices
        nonces = select(answers.nonce).where(
            answers.activity_id == self.seen.activity_id, answers.nonce.in_([one.nonce for one in filled])
        )
        hashes = select(devices.device_hash).where(
            devices.activity_id == self.seen.activity_id,
            devices.device_hash.in_([one.device_hash for one in filled if one.device_hash is not None]),
        )
        return set(self.connection.scalars(nonces)), set(self.connection.scalars(hashes))


def _row(one: FilledIn) -> Row:
    return Row(
        one.nonce,
        one.overall,
        {key: answer for key, answer in one.answers.items() if key != OVERALL},
        one.questionnaire,
        one.submitted_at,
        one.marks,
        one.device_hash,
    )
