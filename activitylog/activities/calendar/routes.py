"""The calendar feed of a person's activities: a secret address that can be renewed or closed."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from http.client import NOT_MODIFIED
from urllib.parse import quote

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, public, signed_in_user
from activitylog.accounts.operations import close_calendar, renew_calendar, user_of_calendar
from activitylog.accounts.rules import Permission
from activitylog.activities.calendar.export import ActivityEvent, calendar_file_of
from activitylog.activities.models import Activity
from activitylog.activities.queries import activities_since
from activitylog.activities.rules import STATUS_LABELS, Status
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.web.requests import current_settings

blueprint = Blueprint("calendar_feed", __name__)
LOOKS_BACK = timedelta(days=180)
MOST_EVENTS = 1000
_TOKEN = "calendar_token"  # noqa: S105  (the name of a place in the cookie)


@dataclass(frozen=True, slots=True)
class Subscription:
    """The state of the feed for the account page; the address is shown once, right after it is made."""

    is_open: bool
    address: str


def subscription() -> Subscription:
    token = cookie.pop(_TOKEN, "")
    is_open = signed_in_user().calendar_hash is not None
    return Subscription(is_open, f"{_public_url()}/calendar/{token}.ics" if token and is_open else "")


@blueprint.post("/me/calendar")
@needs(Permission.READ)
def renew() -> ResponseReturnValue:
    """Make a new address; the old one stops working."""
    cookie[_TOKEN] = renew_calendar(db.session(), signed_in_user())
    db.session.commit()
    flash("日历地址已生成，请现在就复制：离开本页后不再显示。", "success")
    return redirect(url_for("account.me") + "#calendar")


@blueprint.post("/me/calendar/close")
@needs(Permission.READ)
def close() -> ResponseReturnValue:
    """Close the feed; its address stops working."""
    close_calendar(db.session(), signed_in_user())
    db.session.commit()
    flash("日历地址已停用，手机上的订阅不再更新。", "success")
    return redirect(url_for("account.me"))


@blueprint.get("/calendar/<token>.ics")
@public
def feed(token: str) -> ResponseReturnValue:
    """The calendar file of the activities its owner may read, planned, held and cancelled."""
    session = db.session()
    user = user_of_calendar(session, token)
    if user is None:
        abort(404)
    since = business_day(utc_now()) - LOOKS_BACK
    found = activities_since(session, user, since, limit=MOST_EVENTS)
    events = [_event(activity) for activity in found]
    response = Response(content_type="text/calendar; charset=utf-8")
    response.set_etag(sha256(repr(events).encode()).hexdigest()[:32])
    response.cache_control.private = True
    response.cache_control.no_cache = True
    response.make_conditional(request)
    if response.status_code != NOT_MODIFIED:  # a phone asks once an hour, and mostly nothing has changed
        response.set_data(calendar_file_of("科普活动", events))
    return response


def _event(activity: Activity) -> ActivityEvent:
    lines = [
        activity.project.name,
        f"编号 {activity.number}，{STATUS_LABELS[activity.status]}",
        activity.note,
    ]
    return ActivityEvent(
        uid=f"activity-{activity.id}@activitylog",
        day=activity.happens_on,
        starts_at=activity.starts_at,
        title=activity.title,
        place=activity.venue.name if activity.venue else "",
        description="\n".join(filter(None, lines)),
        url=f"{_public_url()}/activities/{quote(activity.number)}",
        is_cancelled=activity.status is Status.WITHDRAWN,
        changed_at=activity.updated_at,
        revision=activity.version,
    )


def _public_url() -> str:
    return current_settings().public_url
