"""The activities that match the filters of an address: as a paged list, a workbook, or a month of days."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from activitylog.accounts.models import User
from activitylog.activities import queries
from activitylog.activities.calendar.queries import CalendarDay, month_of_activities
from activitylog.activities.models import Activity
from activitylog.activities.rules import STATUS_LABELS
from activitylog.core.districts import BY_CODE
from activitylog.core.period import Period
from activitylog.core.spreadsheets import ListColumn
from activitylog.files.routes import send_list
from activitylog.pages.activity_list.forms import ActivityFilterForm
from activitylog.pages.activity_list.queries import Place, activities_found, all_activities_found
from activitylog.pages.activity_list.rules import WHEN_LABELS, heading_of
from activitylog.projects.queries import visible_projects, visible_years, year_to_show
from activitylog.web.requests import wants_workbook

MONTH = "month"  # the value of `view` that shows a month; without it the list is shown
_WHOLE_MONTH = re.compile(r"([0-9]{4})-([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Filtering:
    """The filter form, the filters in use with the address without each, and the tabs of the views."""

    form: ActivityFilterForm
    narrowed: Sequence[tuple[str, str]]
    views: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class DayOfList:
    """A day of the list with its activities."""

    heading: str
    activities: Sequence[Activity]


@dataclass(frozen=True, slots=True)
class ActivityListPage:
    """A stretch of the list by days; `upcoming` are the nearest of `after_today`, where the list opens.

    `newer`, `older`, `later` and `start` are addresses, empty where there is nothing; year and month are
    None when not filtered by them.
    """

    filtering: Filtering
    times: Sequence[tuple[str, str, bool]]
    days: Sequence[DayOfList]
    upcoming: Sequence[DayOfList]
    total: int
    after_today: int
    newer: str
    older: str
    later: str
    start: str
    year: int | None
    period: Period | None


@dataclass(frozen=True, slots=True)
class ActivityMonthPage:
    """The days of a month; `previous` and `next` are addresses, empty where there is no such month."""

    filtering: Filtering
    days: Sequence[CalendarDay]
    today: date
    total: int
    period: Period
    previous: str
    next: str
    day_address: Callable[[date], str]


def activities_page(session: Session, user: User, *, today: date) -> ResponseReturnValue:
    """The rendered page, or the list as a workbook; the addresses it links to keep the filters in use."""
    years = visible_years(session, user)
    this_year = year_to_show(session, user, today)
    if not years:
        return render_template("projects/none.html", heading="活动", shown_year=this_year)
    query = _query()
    form = ActivityFilterForm(query, data={"year": str(this_year)})
    if "year" not in query:
        form.year.data = str(this_year)
    form.offer(
        years=years,
        projects=visible_projects(session, user, year=_year(form) or this_year),
        kinds=queries.kind_names(session),
    )
    is_month = query.get("view") == MONTH
    if is_month:
        form.set_month(year=this_year, month=today.month)
    filtering = Filtering(form, _filters_in_use(form, is_month=is_month), _views(is_month=is_month))
    if is_month:
        month = _month(session, user, filtering, today)
        return render_template("activities/month.html", page=month, shown_period=month.period)
    if wants_workbook():
        return send_list("活动", EXPORTED, all_activities_found(session, user, form.filters(today)))
    found = _list(session, user, filtering, today)
    return render_template(
        "activities/index.html", page=found, shown_year=found.year, shown_period=found.period
    )


def _views(*, is_month: bool) -> list[tuple[str, str, bool]]:
    return [
        ("列表", _address(view=None), not is_month),
        ("月历", _address(view=MONTH, day=None, when=None), is_month),
        ("场所", url_for("venues.index"), False),
    ]


def _query() -> MultiDict[str, str]:
    """The filters of the address; a month may be written with its year, as `2024-06`."""
    match = _WHOLE_MONTH.fullmatch(request.args.get("month", ""))
    if match is None:
        return request.args
    others = [
        (name, value) for name, value in request.args.items(multi=True) if name not in ("year", "month")
    ]
    return MultiDict([*others, ("year", match[1]), ("month", str(int(match[2])))])


def _list(session: Session, user: User, filtering: Filtering, today: date) -> ActivityListPage:
    filters = filtering.form.filters(today)
    before, after = (Place.read(request.args.get(name, "")) for name in ("before", "after"))
    found = activities_found(session, user, filters, today=today, before=before, after=after)
    is_later = len(found.upcoming) < found.after_today and found.upcoming
    is_moved = before is not None or after is not None
    return ActivityListPage(
        filtering=filtering,
        times=_times(filtering.form),
        days=_by_day(found.rows, today),
        upcoming=_by_day(found.upcoming, today),
        total=found.total,
        after_today=found.after_today,
        newer=_beside("after", found.rows[0]) if found.has_newer and found.rows else "",
        older=_beside("before", found.rows[-1]) if found.has_older and found.rows else "",
        later=_beside("after", found.upcoming[-1]) if is_later else "",
        start=_address() if is_moved else "",
        year=filters.year,
        period=Period(filters.year, filters.month) if filters.year and filters.month else None,
    )


def _times(form: ActivityFilterForm) -> list[tuple[str, str, bool]]:
    """The times relative to today, each chosen or taken back by a tap."""
    chosen = form.when.data
    return [
        (word, _address(when=None if when == chosen else when.value, day=None), when == chosen)
        for when, word in WHEN_LABELS.items()
    ]


def _by_day(activities: Sequence[Activity], today: date) -> list[DayOfList]:
    days = groupby(activities, key=lambda activity: activity.happens_on)
    return [DayOfList(heading_of(day, today), list(of_day)) for day, of_day in days]


def _beside(side: str, activity: Activity) -> str:
    """The address of the rows before or after the activity's."""
    return _address(**{side: str(Place.of(activity))})


EXPORTED: tuple[ListColumn[Activity], ...] = (
    ListColumn("编号", lambda each: each.number),
    ListColumn("名称", lambda each: each.title, 44),
    ListColumn("项目", lambda each: each.project.name, 24),
    ListColumn("类型", lambda each: "、".join(kind.name for kind in each.kinds), 18),
    ListColumn("形式", lambda each: each.form, 12),
    ListColumn("计划日期", lambda each: each.planned_on, 12),
    ListColumn("举办日期", lambda each: each.held_on, 12),
    ListColumn("开始时间", lambda each: each.start_time, 10),
    ListColumn("场所", lambda each: each.venue.name if each.venue else "", 28),
    ListColumn("区", lambda each: "、".join(BY_CODE[row.district].name for row in each.districts), 14),
    ListColumn("现场人数", lambda each: each.audience_onsite if each.held_on else None, 10),
    ListColumn("线上人数", lambda each: each.audience_online if each.held_on else None, 10),
    ListColumn("状态", lambda each: STATUS_LABELS[each.status], 10),
    ListColumn("示例", lambda each: "是" if each.is_sample else "", 8),
)


def _month(session: Session, user: User, filtering: Filtering, today: date) -> ActivityMonthPage:
    form = filtering.form
    period = Period(int(form.year.data), int(form.month.data))
    days = month_of_activities(session, user, period, form.filters(today))
    offered = {int(year) for year in form.year.choices if year.isdecimal()}
    return ActivityMonthPage(
        filtering=filtering,
        days=days,
        today=today,
        total=sum(day.total for day in days),
        period=period,
        previous=_month_address(period.previous, offered),
        next=_month_address(period.next, offered),
        day_address=lambda day: _address(view=None, month=None, year=str(day.year), day=day.isoformat()),
    )


def _month_address(period: Period, offered: set[int]) -> str:
    if period.year not in offered:
        return ""
    return _address(year=str(period.year), month=str(period.month))


def _year(form: ActivityFilterForm) -> int | None:
    text = form.year.data or ""
    return int(text) if text.isdecimal() and len(text) == 4 else None


def _filters_in_use(form: ActivityFilterForm, *, is_month: bool) -> list[tuple[str, str]]:
    """Every filter in use with the page's address without it; a month view keeps its month."""
    return [
        (word, _address(**{name: None}))
        for name, word in form.active_filters().items()
        if not (is_month and name == "month")
    ]


def _address(**changes: str | None) -> str:
    """This page's address from the start of the list, some of its values changed, or removed where None."""
    kept = {name: value for name, value in _query().items() if value and name not in _PLACES}
    values = kept | changes
    return "?" + urlencode({name: value for name, value in values.items() if value is not None})


_PLACES = ("before", "after")
