"""The activities an address asks for: as a list of pages, or as a month of days."""

import re
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from activitylog.accounts.models import User
from activitylog.activities import queries
from activitylog.activities.calendar.queries import MOST_A_DAY, month_of_activities
from activitylog.activities.forms import ActivityFilterForm
from activitylog.core.period import Period
from activitylog.projects.queries import visible_projects, visible_years, year_to_show

MONTH = "month"  # the view of days; without one the address asks for the list
_WHOLE_MONTH = re.compile(r"([0-9]{4})-([0-9]{1,2})")


def activities_page(session: Session, user: User, *, today: date) -> str:
    """The page; every filter stays in the addresses it links to."""
    years = visible_years(session, user)
    this_year = year_to_show(session, user, today)
    if not years:
        return render_template("projects/none.html", heading="活动", shown_year=this_year)
    asked = _asked()
    form = ActivityFilterForm(asked, data={"year": str(this_year)})
    if "year" not in asked:
        form.year.data = str(this_year)
    form.offer(
        years=years,
        projects=visible_projects(session, user, year=_year(form) or this_year),
        kinds=queries.kind_names(session),
    )
    is_month = asked.get("view") == MONTH
    if is_month:
        form.set_month(year=this_year, month=today.month)
    shown = _month(session, user, form, today) if is_month else _list(session, user, form)
    return render_template(
        "activities/month.html" if is_month else "activities/index.html",
        form=form,
        narrowed=_without_each(form, is_month=is_month),
        views=[
            ("列表", _address(view=None, page=None), not is_month),
            ("月历", _address(view=MONTH, page=None, day=None), is_month),
            ("场所", url_for("venues.index"), False),
        ],
        **shown,
    )


def _asked() -> MultiDict[str, str]:
    """The address's filters; a month may be written with its year, as `2024-06`."""
    match = _WHOLE_MONTH.fullmatch(request.args.get("month", ""))
    if match is None:
        return request.args
    others = [
        (name, value) for name, value in request.args.items(multi=True) if name not in ("year", "month")
    ]
    return MultiDict([*others, ("year", match[1]), ("month", str(int(match[2])))])


def _list(session: Session, user: User, form: ActivityFilterForm) -> dict[str, Any]:
    filters = form.filters()
    period = Period(filters.year, filters.month) if filters.year and filters.month else None
    return {
        "found": queries.activities_found(session, user, filters, request.args.get("page", 1, type=int)),
        "shown_year": filters.year,
        "shown_period": period,
    }


def _month(session: Session, user: User, form: ActivityFilterForm, today: date) -> dict[str, Any]:
    period = Period(int(form.year.data), int(form.month.data))
    days = month_of_activities(session, user, period, form.filters())
    offered = {int(year) for year in form.year.choices if year.isdecimal()}
    return {
        "days": days,
        "today": today,
        "total": sum(day.total for day in days),
        "most": MOST_A_DAY,
        "shown_period": period,
        "previous": _neighbour(period.previous, offered),
        "next": _neighbour(period.next, offered),
        "day_address": lambda day: _address(view=None, month=None, year=str(day.year), day=day.isoformat()),
    }


def _neighbour(period: Period, offered: set[int]) -> str:
    if period.year not in offered:
        return ""
    return _address(year=str(period.year), month=str(period.month), page=None)


def _year(form: ActivityFilterForm) -> int | None:
    text = form.year.data or ""
    return int(text) if text.isdecimal() and len(text) == 4 else None


def _without_each(form: ActivityFilterForm, *, is_month: bool) -> list[tuple[str, str]]:
    """Every filter at work with the page's address without it; a month cannot do without its month."""
    return [
        (word, _address(**{name: None}, page=None))
        for name, word in form.active_filters().items()
        if not (is_month and name == "month")
    ]


def _address(**changes: str | None) -> str:
    """This page's address with some of its values changed, or taken off where None."""
    kept = {name: value for name, value in _asked().items() if value} | changes
    return "?" + urlencode({name: value for name, value in kept.items() if value is not None})
