"""What a reviewer looks at: one activity with its alarms, what changed, and its quality check."""

from typing import Any

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.photos.page import activity_photos
from activitylog.activities.quality import computed_states, ticked_items
from activitylog.activities.review.forms import StatusForm
from activitylog.activities.review.queries import awaiting_review_count, same_place_and_day
from activitylog.activities.rules import READY_REASONS, Status, must_items
from activitylog.pages.activity.history import events, history_of, latest_entry, since_entry, since_return
from activitylog.publicity.queries import publicity_of
from activitylog.rollup.periods.operations import adjustment_notice
from activitylog.surveys.queries import survey_summary

_DECIDED = {Status.APPROVED: "已审核通过", Status.RETURNED: "已退回", Status.WITHDRAWN: "已取消"}


def review_of(
    session: Session, activity: Activity, *, by: User, sent: StatusForm | None, is_stale: bool = False
) -> dict[str, Any]:
    """The page's context; `sent` is a decision that was refused, `is_stale` when for another version."""
    history = history_of(session, activity.id)
    form = sent or StatusForm(formdata=None)
    form.offer_items(must_items(activity.project.must_items), ticked_items(activity))
    seen = form.seen.data or ""
    photos = activity_photos(session, activity, by)
    pushes, reports = publicity_of(session, activity.id)
    return {
        "activity": activity,
        "form": form,
        "shown_year": activity.project.year,
        "waiting": awaiting_review_count(session, by),
        "seen": latest_entry(session, activity.id),
        "meanwhile": since_entry(history, int(seen)) if is_stale and seen.isdecimal() else None,
        "is_stale": is_stale,
        "since_return": since_return(history),
        "events": events(history),
        "computed": computed_states(activity),
        "ready_reasons": READY_REASONS,
        "photos": photos,
        "repeated": [alarm for alarms in photos.alarms.values() for alarm in alarms],
        "twins": same_place_and_day(session, activity),
        "survey": survey_summary(session, activity.id),
        "articles": [each for rows in (pushes, reports) for each in rows if each.withdrawn_at is None],
        "adjustment": adjustment_notice(session, (activity.planned_on, activity.held_on)),
    }


def already_decided(activity: Activity) -> str:
    """Who was faster, for the person who comes second."""
    if activity.status is Status.LOGGED:
        return ""
    standing = _DECIDED.get(activity.status, "已改回计划")
    who = activity.reviewed_by.name if activity.reviewed_by else "别人"
    return f"“{activity.title}”刚由{who}办理，{standing}；您这次没有改动它。接着看下一场。"
