"""Adds and withdraws paper tallies."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.plausibility.doubts import Doubt, answers_doubt
from activitylog.core import records
from activitylog.core.period import business_day, day_label
from activitylog.errors import BadInput, IllegalChange, Missing
from activitylog.files.operations import StoredPicture, add_stored_file
from activitylog.surveys.models import PaperTally
from activitylog.surveys.queries import answers_of
from activitylog.surveys.rules import GRADE_FIELDS, NOTHING_TALLIED


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
    sheet: StoredPicture | None = None,
    by: User | None,
    now: datetime,
) -> PaperTally:
    """Add the counts of one pile; at least one form, dated from the activity's day up to today."""
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
    activity = session.get_one(Activity, activity_id)
    _check_day(activity, recorded_on, business_day(now))
    tally = PaperTally(
        activity_id=activity_id,
        **counts,
        recorded_on=recorded_on,
        sheet=add_stored_file(session, sheet.large, now=now) if sheet else None,
        small_sheet=add_stored_file(session, sheet.small, now=now) if sheet else None,
    )
    return records.add_record(session, tally, activity.project, by=by, now=now)


def pile_doubts(session: Session, activity: Activity, answers: int) -> list[Doubt]:
    """Why a pile looks like a slip: with it a held activity has more answers than people."""
    if activity.held_on is None:
        return []
    total = answers_of(session, [activity.id]).get(activity.id, 0) + answers
    doubt = answers_doubt_of(activity, total)
    return [doubt] if doubt else []


def answers_doubt_of(activity: Activity, answers: int) -> Doubt | None:
    """The doubt about more answers, waiting ones included, than people at an activity."""
    onsite, online = activity.audience_onsite, activity.audience_online
    return answers_doubt(onsite=onsite, online=online, answers=answers)


def _check_day(activity: Activity, recorded_on: date, today: date) -> None:
    records.check_past(recorded_on, today, thing="登记日期", field="recorded_on")
    if recorded_on < activity.happens_on:
        day = activity.happens_on
        sentence = f"登记日期不能早于活动当天（{day.year}年{day_label(day)}），请核对。"
        raise BadInput(sentence, field="recorded_on")


def paper_tally(session: Session, activity_id: int, tally_id: int) -> PaperTally:
    """A paper tally of the activity; raises Missing for another activity's."""
    tally = session.get(PaperTally, tally_id)
    if tally is None or tally.activity_id != activity_id:
        raise Missing("没有找到这份纸质问卷登记，它可能属于另一场活动。")
    return tally


def withdraw_paper_tally(
    session: Session, *, activity_id: int, tally_id: int, reason: str, now: datetime
) -> PaperTally:
    """Withdraw a paper tally: it no longer counts and stays readable with the reason."""
    tally = paper_tally(session, activity_id, tally_id)
    if tally.withdrawn_at is not None:
        raise IllegalChange("这份纸质问卷登记已经撤回过了。")
    records.withdraw_record(session, tally, reason=reason, now=now)
    return tally
