"""Taking somebody's answers exactly once, and the counts of paper forms."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, exists, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.errors import (
    AlreadyAnswered,
    BadInput,
    CodeMissing,
    IllegalChange,
    Missing,
    Refused,
    SurveyClosed,
)
from activitylog.files.intake import KeptPicture
from activitylog.files.operations import store
from activitylog.period import business_day, day_label
from activitylog.surveys.built_in import DEFAULT_QUESTIONNAIRE
from activitylog.surveys.inserting import Row, insert_answers
from activitylog.surveys.models import HostResponse, PaperTally, Response, SealedCount
from activitylog.surveys.questions import OVERALL, Audience
from activitylog.surveys.rules import (
    DEFAULT_WINDOW,
    GRADE_FIELDS,
    NOTHING_TALLIED,
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
) -> list[Outcome | Refused]:
    """Store each answer as `submit_response` does, one after the other, yet in two statements for all.

    The database's unique keys decide, so that any number of copies may arrive anywhere at once. `window` is
    the attendees'.
    """
    desk = _Desk(connection, audience, activity.id, audience.window(window))
    outcomes = [
        outcome for ones in _runs_of_new_nonces(filled) for outcome in _submit_distinct(desk, activity, ones)
    ]
    _, usual_end = survey_window(activity.happens_on)
    if audience is Audience.ATTENDEES and any(one.submitted_at >= usual_end for one in filled):
        desk.break_seal()
    return outcomes


def _runs_of_new_nonces(filled: Sequence[FilledIn]) -> Iterator[Sequence[FilledIn]]:
    """Cut before every copy of a nonce, since what became of the first decides what the copy hears."""
    start, seen = 0, set[str]()
    for place, one in enumerate(filled):
        if one.nonce in seen:
            yield filled[start:place]
            start, seen = place, set()
        seen.add(one.nonce)
    if seen:
        yield filled[start:]


def _submit_distinct(desk: "_Desk", activity: Surveyed, ones: Sequence[FilledIn]) -> list[Outcome | Refused]:
    """Store answers, no two with one nonce."""
    refusals = {one.nonce: _refusal(activity, one, desk.window) for one in ones}
    new, welcome = desk.insert([one for one in ones if refusals[one.nonce] is None])
    desk.take_back(new - welcome)
    return [
        desk.unless_stored(one.nonce, refusal) if refusal else _outcome(one.nonce, new, welcome)
        for one, refusal in zip(ones, refusals.values(), strict=True)
    ]


def _refusal(activity: Surveyed, one: FilledIn, window: Window) -> Refused | None:
    """Why this answer cannot be taken, as far as can be said without looking at the others."""
    closed = why_closed(activity, one.submitted_at, window)
    if closed is not None:
        return SurveyClosed(closed)
    return CodeMissing("本场活动请扫描现场大屏幕上的二维码填写。") if one.lacks_code else None


def _outcome(nonce: str, new: Set[str], welcome: Set[str]) -> Outcome | Refused:
    if nonce not in new:
        return Outcome.REPEATED
    if nonce not in welcome:
        return AlreadyAnswered("这台手机已经为本场活动提交过问卷，每台手机只计一次。")
    return Outcome.STORED


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where the answers of one audience to one activity's survey are stored."""

    connection: Connection
    audience: Audience
    activity_id: int
    window: Window

    @property
    def _table(self) -> type[Response] | type[HostResponse]:
        return Response if self.audience is Audience.ATTENDEES else HostResponse

    def insert(self, filled: Sequence[FilledIn]) -> tuple[Set[str], Set[str]]:
        """Insert what is new; the nonces of that, and of those among them answering first, or at a kiosk."""
        rows = (
            Row(
                one.nonce,
                one.overall,
                {key: answer for key, answer in one.answers.items() if key != OVERALL},
                one.questionnaire,
                one.submitted_at,
                one.marks,
                one.device_hash,
            )
            for one in filled
        )
        inserted = insert_answers(self.connection, self.audience, self.activity_id, rows)
        firsts: dict[str | None, str] = {}
        for one in filled:
            if one.nonce in inserted.nonces:
                firsts.setdefault(one.device_hash, one.nonce)
        at_kiosk = {one.nonce for one in filled if one.device_hash is None} & inserted.nonces
        return inserted.nonces, at_kiosk | {firsts[device] for device in inserted.devices}

    def take_back(self, nonces: Set[str]) -> None:
        """Undo inserts of this transaction: only who is refused pays for it, not everyone by a savepoint."""
        if nonces:
            theirs = self._table.nonce.in_(sorted(nonces))
            self.connection.execute(
                delete(self._table).where(self._table.activity_id == self.activity_id, theirs)
            )

    def break_seal(self) -> None:
        """The survey stays open longer than usual, and its answers may have been counted as all there are."""
        self.connection.execute(delete(SealedCount).where(SealedCount.activity_id == self.activity_id))

    def unless_stored(self, nonce: str, refusal: Refused) -> Outcome | Refused:
        found = exists().where(self._table.activity_id == self.activity_id, self._table.nonce == nonce)
        return Outcome.REPEATED if self.connection.scalar(select(found)) else refusal


def add_paper_tally(
    session: Session,
    *,
    activity_id: int,
    very_satisfied: int,
    satisfied: int,
    neutral: int,
    dissatisfied: int,
    very_dissatisfied: int,
    recorded_on: date,
    sheet: KeptPicture | None = None,
    by: User | None,
    now: datetime,
) -> PaperTally:
    """Add the counts of one pile of paper forms, with a form in it, typed in up to today."""
    counts = dict(
        zip(
            GRADE_FIELDS,
            (very_satisfied, satisfied, neutral, dissatisfied, very_dissatisfied),
            strict=True,
        )
    )
    for field, count in counts.items():
        if count < 0:
            raise BadInput("份数不能小于 0，请核对。", field=field)
    if not any(counts.values()):
        raise BadInput(f"{NOTHING_TALLIED}。", field=GRADE_FIELDS[0])
    _check_day(session.get_one(Activity, activity_id), recorded_on, business_day(now))
    tally = PaperTally(
        activity_id=activity_id,
        **counts,
        recorded_on=recorded_on,
        sheet=store(session, sheet.large, now=now) if sheet else None,
        small_sheet=store(session, sheet.small, now=now) if sheet else None,
        created_by_id=None if by is None else by.id,
        created_at=now,
    )
    session.add(tally)
    session.flush()
    return tally


def _check_day(activity: Activity, recorded_on: date, today: date) -> None:
    if recorded_on > today:
        raise BadInput(f"登记日期不能晚于今天（{day_label(today)}），请核对。", field="recorded_on")
    if recorded_on < activity.happens_on:
        day = activity.happens_on
        sentence = f"登记日期不能早于活动当天（{day.year}年{day_label(day)}），请核对。"
        raise BadInput(sentence, field="recorded_on")


def paper_tally(session: Session, activity_id: int, tally_id: int) -> PaperTally:
    """One pile of the activity's; Missing for another's."""
    tally = session.get(PaperTally, tally_id)
    if tally is None or tally.activity_id != activity_id:
        raise Missing("没有找到这份纸质问卷登记，它可能属于另一场活动。")
    return tally


def withdraw_paper_tally(
    session: Session, *, activity_id: int, tally_id: int, reason: str, now: datetime
) -> PaperTally:
    """Take a pile out of the count; it stays readable with the reason."""
    tally = paper_tally(session, activity_id, tally_id)
    if tally.withdrawn_at is not None:
        raise IllegalChange("这份纸质问卷登记已经撤回过了。")
    if not reason.strip():
        raise BadInput("请填写撤回原因。", field="reason")
    tally.withdrawn_at = now
    tally.withdrawn_reason = reason.strip()
    session.flush()
    return tally
