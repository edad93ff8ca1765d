"""The activities that match the filters of an address: as a paged list, or as a month of days."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from activitylog.accounts.models import User
from activitylog.activities import queries
from activitylog.activities.calendar.queries import CalendarDay, month_of_activities
from activitylog.activities.forms import ActivityFilterForm
from activitylog.activities.models import Activity
from activitylog.core.period import Period
from activitylog.projects.queries import visible_projects, visible_years, year_to_show
from activitylog.web.paging import Page

MONTH = "month"  # the value of `view` that shows a month; without it the list is shown
_WHOLE_MONTH = re.compile(r"([0-9]{4})-([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Filtering:
    """The filter form, the filters in use with the address without each, and the tabs of the views."""

    form: ActivityFilterForm
    narrowed: Sequence[tuple[str, str]]
    views: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class ActivityListPage:
    """One page of the list; year and month are None when not filtered by them."""

    filtering: Filtering
    found: Page[Activity]
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


def activities_page(session: Session, user: User, *, today: date) -> str:
    """The rendered page; the addresses it links to keep the filters in use."""
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
    found = _list(session, user, filtering)
    return render_template(
        "activities/index.html", page=found, shown_year=found.year, shown_period=found.period
    )


def _views(*, is_month: bool) -> list[tuple[str, str, bool]]:
    return [
        ("列表", _address(view=None, page=None), not is_month),
        ("月历", _address(view=MONTH, page=None, day=None), is_month),
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


def _list(session: Session, user: User, filtering: Filtering) -> ActivityListPage:
    filters = filtering.form.filters()
    period = Period(filters.year, filters.month) if filters.year and filters.month else None
    found = queries.activities_found(session, user, filters, request.args.get("page", 1, type=int))
    return ActivityListPage(filtering, found, filters.year, period)


def _month(session: Session, user: User, filtering: Filtering, today: date) -> ActivityMonthPage:
    form = filtering.form
    period = Period(int(form.year.data), int(form.month.data))
    days = month_of_activities(session, user, period, form.filters())
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
    return _address(year=str(period.year), month=str(period.month), page=None)


def _year(form: ActivityFilterForm) -> int | None:
    text = form.year.data or ""
    return int(text) if text.isdecimal() and len(text) == 4 else None


def _filters_in_use(form: ActivityFilterForm, *, is_month: bool) -> list[tuple[str, str]]:
    """Every filter in use with the page's address without it; a month view keeps its month."""
    return [
        (word, _address(**{name: None}, page=None))
        for name, word in form.active_filters().items()
        if not (is_month and name == "month")
    ]


def _address(**changes: str | None) -> str:
    """This page's address with some of its values changed, or removed where None."""
    values = {name: value for name, value in _query().items() if value} | changes
    return "?" + urlencode({name: value for name, value in values.items() if value is not None})
