"""Adds and withdraws paper tallies."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
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
from activitylog.surveys.rules import GRADE_FIELDS, GRADES, NOTHING_TALLIED

Pile = tuple[int, ...]  # counts by grade, best first


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
    activity, by_id = session.get_one(Activity, activity_id), by.id if by else None
    _check_day(activity, recorded_on, business_day(now))
    tally = PaperTally(
        activity_id=activity_id,
        **counts,
        recorded_on=recorded_on,
        sheet=add_stored_file(session, sheet.large, by_id=by_id, now=now) if sheet else None,
        small_sheet=add_stored_file(session, sheet.small, by_id=by_id, now=now) if sheet else None,
    )
    return records.add_record(session, tally, activity.project, by=by, now=now)


def doubts_of_pile(
    session: Session, activity: Activity, pile: Pile, *, by: User, now: datetime
) -> list[Doubt]:
    """Why a new pile looks like a slip: more answers than people with it, or one like it is there already."""
    answers = answers_of(session, [activity.id]).get(activity.id, 0) + sum(pile)
    is_earlier = records.is_no_double_tap(PaperTally, by=by, now=now)
    same = [pile] if pile in _piles(session, [activity.id], is_earlier)[activity.id] else []
    return _doubts(activity, answers, same)


def doubts_of_piles(session: Session, activities: Iterable[Activity]) -> dict[int, list[Doubt]]:
    """Why the piles of some activities look like slips, by the id of the activity."""
    by_id = {activity.id: activity for activity in activities}
    answers, piles = answers_of(session, list(by_id)), _piles(session, list(by_id))
    return {
        activity_id: _doubts(
            activity,
            answers.get(activity_id, 0),
            [pile for pile, times in piles[activity_id].items() if times > 1],
        )
        for activity_id, activity in by_id.items()
    }


def _doubts(activity: Activity, answers: int, repeated: Iterable[Pile]) -> list[Doubt]:
    """The doubts about so many answers, waiting ones included, and about equal piles."""
    doubts = [_repeated(pile) for pile in repeated]
    if activity.held_on is not None:
        onsite, online = activity.audience_onsite, activity.audience_online
        doubts += filter(None, [answers_doubt(onsite=onsite, online=online, answers=answers)])
    return doubts


def _repeated(pile: Pile) -> Doubt:
    grades = "、".join(f"{label} {n}" for (_, label), n in zip(GRADES, pile, strict=True) if n)
    figure = "/".join(map(str, pile))
    return Doubt("repeated_pile", figure, f"这场活动已有一叠份数完全相同的问卷（{grades}）")


def _piles(
    session: Session, activity_ids: Collection[int], *conditions: ColumnElement[bool]
) -> defaultdict[int, Counter[Pile]]:
    """How often each pile was entered, by activity; withdrawn ones are left out."""
    counts = [getattr(PaperTally, field) for field in GRADE_FIELDS]
    rows = select(PaperTally.activity_id, func.count(), *counts).group_by(PaperTally.activity_id, *counts)
    of_activities = PaperTally.activity_id.in_(activity_ids), PaperTally.withdrawn_at.is_(None)
    piles: defaultdict[int, Counter[Pile]] = defaultdict(Counter)
    for activity_id, times, *pile in session.execute(rows.where(*of_activities, *conditions)):
        piles[activity_id][tuple(pile)] = times
    return piles


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
