"""Turns what happened since the last run into notices, one for each person and occurrence."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.dialects import insert_for
from activitylog.core.period import Period, business_day, business_time
from activitylog.notices.collection import rules
from activitylog.notices.collection.queries import (
    MOST_ENTRIES,
    closing_ahead,
    collected_entry,
    errors_found,
    late_run,
    plans_on,
    reviews_between,
    settled_entry,
    writers_of,
)
from activitylog.notices.collection.rules import NoticeText, Occasion
from activitylog.notices.models import CollectedTrail
from activitylog.notices.operations import NewNotice, known_keys
from activitylog.notices.queries import open_work, receivers
from activitylog.notices.rules import Kind
from activitylog.rollup.queries import actuals


def new_notices(session: Session, *, close_day: int, now: datetime) -> tuple[list[NewNotice], int]:
    """The notices that are not there yet, and up to which entry of the trail they were looked for."""
    after = collected_entry(session)
    last = min(settled_entry(session, now), after + MOST_ENTRIES)
    found = [
        *_review_notices(session, after, last),
        *_plan_notices(session, now),
        *_late_run_notices(session, now),
        *_finding_notices(session),
    ]
    known = known_keys(session, [each.key for each in found])
    new = [each for each in found if each.key not in known]
    return [*new, *_closing_notices(session, close_day=close_day, now=now)], max(after, last)


def mark_collected(session: Session, entry_id: int) -> None:
    """The trail has been searched up to this entry."""
    new = insert_for(session, CollectedTrail.__table__).values(id=1, entry_id=entry_id)  # type: ignore[arg-type]
    session.execute(new.on_conflict_do_update(index_elements=["id"], set_={"entry_id": entry_id}))


def _review_notices(session: Session, after: int, last: int) -> Iterator[NewNotice]:
    reviews = reviews_between(session, after, last) if last > after else []
    writers = writers_of(session, [each.activity for each in reviews])
    for each in reviews:
        occasion = _occasion(each.activity)
        if each.activity.status is Status.RETURNED:
            kind, reason = Kind.RETURNED, each.activity.status_reason
            text = rules.returned_text(
                occasion, by=each.reviewer, at=each.at, reason=reason, photos=each.photos
            )
        else:
            kind, text = Kind.APPROVED, rules.approved_text(occasion, by=each.reviewer, at=each.at)
        for user_id in writers[each.activity.id]:
            if user_id != each.reviewer_id:
                yield _notice(user_id, kind, f"{each.activity.id}:{each.entry_id}", text)


def _occasion(activity: Activity) -> Occasion:
    return Occasion(
        number=activity.number,
        title=activity.title,
        happens_on=activity.happens_on,
        start_time=activity.start_time,
        venue=activity.venue.name if activity.venue else "",
        project=activity.project.name,
    )


def _notice(user_id: int | None, kind: Kind, occurrence: str, text: NoticeText) -> NewNotice:
    return NewNotice(user_id, kind, occurrence, text.title, text.text, text.address)


def _plan_notices(session: Session, now: datetime) -> Iterator[NewNotice]:
    if business_time(now) < rules.PLANS_FROM:
        return
    plans = plans_on(session, business_day(now) + timedelta(days=1))
    writers = writers_of(session, plans)
    for each in plans:
        occurrence, text = f"{each.id}:{each.happens_on}", rules.plan_text(_occasion(each))
        for user_id in (*writers[each.id], None):
            yield _notice(user_id, Kind.PLAN, occurrence, text)


def _late_run_notices(session: Session, now: datetime) -> Iterator[NewNotice]:
    late = late_run(session, now)
    if late is not None:
        month, outcome = late
        yield from _to_all(session, Kind.JOB, str(month), rules.late_run_text(month, outcome))


def _finding_notices(session: Session) -> Iterator[NewNotice]:
    found = errors_found(session)
    if not found:
        return
    messages = [each.message for each in found]
    key = rules.findings_key(messages, Period.of(business_day(found[0].found_at)))
    yield from _to_all(session, Kind.FINDING, key, rules.findings_text(messages))


def _to_all(session: Session, kind: Kind, occurrence: str, text: NoticeText) -> Iterator[NewNotice]:
    """One for each person whose role may get it, and one for the groups."""
    for user_id in (*(user.id for user in receivers(session, kind)), None):
        yield _notice(user_id, kind, occurrence, text)


def _closing_notices(session: Session, *, close_day: int, now: datetime) -> Iterator[NewNotice]:
    """One for each person who has none yet, with what waits for them, and one for the groups."""
    ahead = closing_ahead(session, close_day=close_day, days=rules.CLOSING_DAYS, now=now)
    if ahead is None:
        return
    month, closes_on = ahead
    people: Sequence[User | None] = [*receivers(session, Kind.CLOSING), None]
    plain = rules.closing_text(month, closes_on, today=business_day(now), work=None)
    drafts = [(user, _notice(user.id if user else None, Kind.CLOSING, str(month), plain)) for user in people]
    known = known_keys(session, [draft.key for _, draft in drafts])
    new = [(user, draft) for user, draft in drafts if draft.key not in known]
    rows = actuals(session, month) if new else []
    for user, draft in new:
        if user is None:
            yield draft
            continue
        work = open_work(session, user, month, rows).parts
        text = rules.closing_text(month, closes_on, today=business_day(now), work=work)
        yield replace(draft, text=text.text)
