"""PDF downloads of posters and table cards, for one activity or a project's coming activities."""

import io
from collections.abc import Sequence

from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number, upcoming_activities
from activitylog.activities.rules import Status
from activitylog.core.database import db
from activitylog.core.districts import BY_CODE
from activitylog.core.period import business_day, utc_now
from activitylog.errors import Missing, Refused
from activitylog.office.rules import logo_picture, why_unreachable
from activitylog.projects.queries import visible_project
from activitylog.settings import Settings
from activitylog.surveys.access.operations import activities_requiring_code
from activitylog.surveys.access.queries import survey_address
from activitylog.surveys.posters import page as posters_page
from activitylog.surveys.rules import Window, last_day, opening_hour, survey_window
from activitylog.web.headers import attachment
from activitylog.web.requests import current_settings

blueprint = Blueprint("posters", __name__)
ONLY_BY_SCREEN = (
    "这场活动的问卷只收扫屏幕码的答卷，扫这张海报的人会被请去扫屏幕。"
    "要用海报，请先在问卷设置里改为“可用”或“不用”。"
)
MOST_POSTERS = 300  # in one file, soonest first: about 300 KB, made in a few seconds


@blueprint.get("/activities/<no>/poster")
@needs(Permission.READ)
def poster(no: str) -> ResponseReturnValue:
    """An A4 poster."""
    activity, settings = _activity(no), current_settings()
    file = posters_page.posters_pdf(
        _posters([activity], settings),
        heading=activity.title,
        typeface=settings.poster_font,
    )
    return _pdf(file, f"海报 {activity.title}")


@blueprint.get("/activities/<no>/cards")
@needs(Permission.READ)
def cards(no: str) -> ResponseReturnValue:
    """Table cards, four to a page."""
    activity, settings = _activity(no), current_settings()
    file = posters_page.cards_pdf(
        _posters([activity], settings)[0],
        typeface=settings.poster_font,
    )
    return _pdf(file, f"桌牌 {activity.title}")


@blueprint.get("/projects/<int:project_id>/posters")
@needs(Permission.READ)
def of_project(project_id: int) -> ResponseReturnValue:
    """The posters of a project's activities to come, the soonest first."""
    session, settings = db.session(), current_settings()
    project = visible_project(session, signed_in_user(), project_id)
    coming = upcoming_activities(session, project, business_day(utc_now()), limit=MOST_POSTERS)
    if not coming:
        raise Missing(f"“{project.name}”今天和以后没有活动，没有海报可印；先把活动存成计划，再来打印。")
    file = posters_page.posters_pdf(
        _posters(coming, settings),
        heading=project.name,
        typeface=settings.poster_font,
    )
    return _pdf(file, f"海报 {project.name}")


def _activity(no: str) -> Activity:
    activity = activity_by_number(db.session(), signed_in_user(), no)
    if activity.status is Status.WITHDRAWN:
        raise Refused(f"活动“{activity.title}”已取消，不收问卷，不用印海报；恢复后可以再印。")
    return activity


def _posters(activities: Sequence[Activity], settings: Settings) -> list[posters_page.Poster]:
    unreachable = why_unreachable(settings.public_url)
    by_screen = activities_requiring_code(db.session(), [activity.id for activity in activities])
    return [
        _poster(activity, settings, unreachable or (ONLY_BY_SCREEN if activity.id in by_screen else ""))
        for activity in activities
    ]


def _poster(activity: Activity, settings: Settings, warning: str) -> posters_page.Poster:
    window = Window.of(settings)
    opens_at, _ = survey_window(activity.happens_on, activity.start_time, window)
    district = BY_CODE[activity.districts[0].district].name if activity.districts else ""
    venue = activity.venue.name if activity.venue else ""
    return posters_page.Poster(
        number=activity.number,
        title=activity.title,
        project=activity.project.name,
        happens_on=activity.happens_on,
        start_time=activity.start_time,
        open_from=opening_hour(opens_at, activity.happens_on),
        open_until=last_day(activity.happens_on, window),
        place=f"{venue}（{district}）" if venue and district else venue or district,
        address=survey_address(settings.public_url, activity.survey_token),
        warning=warning,
        office=settings.office_name,
        logo=logo_picture(settings.office_logo),
    )


def _pdf(file: bytes, name: str) -> Response:
    """A response that the browser shows and saves under the name."""
    response = send_file(io.BytesIO(file), mimetype="application/pdf")
    response.headers["Content-Disposition"] = attachment(f"{name[:80]}.pdf", is_inline=True)
    response.cache_control.private = True
    response.cache_control.no_store = True
    return response
