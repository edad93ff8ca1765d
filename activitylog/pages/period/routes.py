"""The months of a year: roll up, close, reopen, and read an ended revision."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, needs_recent_sign_in, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import Period, business_day, utc_now
from activitylog.errors import BadInput
from activitylog.pages.period.page import (
    closing_page,
    compared_month_page,
    period_page,
    register_page,
    reopen_page,
    revision_page,
)
from activitylog.projects.queries import year_to_show
from activitylog.rollup import run
from activitylog.rollup.periods.forms import ReopenForm
from activitylog.rollup.periods.operations import PendingChanged, close_period, reopen_period
from activitylog.rollup.queries import months_label, record_roll_up
from activitylog.web.paging import neighbour_links
from activitylog.web.requests import bounded_int

DAYS_OPEN = 6  # that a reopening lasts by default, besides today
blueprint = Blueprint("periods", __name__, url_prefix="/periods")


@blueprint.get("")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """The register of a year's months."""
    session, user, today = db.session(), signed_in_user(), business_day(utc_now())
    year = request.args.get("year", type=bounded_int) or year_to_show(session, user, today)
    if not 1900 <= year <= 9998:
        raise BadInput(f"没有{year}年，请从页面上的年份进入。")
    page = register_page(session, user, year, today=today)
    if not page.years:
        return render_template("projects/none.html", heading="月份与结账", shown_year=year)
    return render_template("periods/index.html", page=page, shown_year=year)


@blueprint.get("/<period>")
@needs(Permission.READ)
def show(period: str) -> ResponseReturnValue:
    """One month: its state, its roll-up and closing, and the projects at its end."""
    if "changes" in request.args:
        return _compared(Period.parse(period))
    month, today = Period.parse(period), business_day(utc_now())
    page = period_page(db.session(), signed_in_user(), month, today=today)
    return render_template(
        "periods/show.html", page=page, shown_period=month, **neighbour_links(month, "/periods/{}")
    )


def _compared(month: Period) -> ResponseReturnValue:
    page = compared_month_page(
        db.session(),
        signed_in_user(),
        month,
        project_id=request.args.get("project", type=bounded_int),
        today=business_day(utc_now()),
    )
    links = neighbour_links(month, "/periods/{}?changes=1")
    return render_template("periods/compared.html", page=page, shown_period=month, **links)


@blueprint.post("/<period>/roll-up")
@needs(Permission.ROLL_UP)
def roll_up(period: str) -> ResponseReturnValue:
    """Roll up the month, the open months of its year before it, and again those rolled up after it."""
    month, now = Period.parse(period), utc_now()
    months = run.roll_up(db.session(), month, now=now)
    record_roll_up(db.session(), months, now=now)
    db.session.commit()
    flash(f"已汇总{months_label(months)}。", "success")
    return redirect(url_for(".show", period=period))


@blueprint.get("/<period>/close")
@needs(Permission.ROLL_UP)
def closing(period: str) -> ResponseReturnValue:
    """The months that would be closed and what is pending in them."""
    month = Period.parse(period)
    page = closing_page(db.session(), month, now=utc_now())
    return render_template("periods/close.html", page=page, shown_period=month)


@blueprint.post("/<period>/close")
@needs(Permission.ROLL_UP)
@needs_recent_sign_in
def close(period: str) -> ResponseReturnValue:
    """Freeze the month and the open months of its year before it, as listed on the page before."""
    month, now, shown = Period.parse(period), utc_now(), request.form.get("shown", "")
    try:
        months = close_period(db.session(), month, by=signed_in_user(), now=now, shown=shown)
    except PendingChanged as change:
        db.session.rollback()
        page = closing_page(db.session(), month, now=now, refused=str(change), shown=shown)
        return render_template("periods/close.html", page=page, shown_period=month), change.http_status
    db.session.commit()
    flash(f"{months_label(months)}已结账。", "success")
    return redirect(url_for(".show", period=period))


@blueprint.route("/<period>/reopen", methods=["GET", "POST"])
@needs(Permission.ROLL_UP)
@needs_recent_sign_in
def reopen(period: str) -> ResponseReturnValue:
    """Reopen a closed month for a new revision, with a reason and a time limit."""
    month, now = Period.parse(period), utc_now()
    form = ReopenForm()
    if form.validate_on_submit():
        try:
            months = reopen_period(
                db.session(),
                month,
                reason=form.reason.data,
                until=form.opened_until(),
                by=signed_in_user(),
                now=now,
            )
        except BadInput as error:
            form.refuse(error)
        else:
            db.session.commit()
            flash(f"{months_label(months)}已反结账，原有的数另存为旧版；请重新汇总后结账。", "success")
            return redirect(url_for(".show", period=period))
    elif not form.is_submitted():
        form.until.data = business_day(now) + timedelta(days=DAYS_OPEN)
    status = 422 if form.is_submitted() else 200
    page = reopen_page(db.session(), form, month)
    return render_template("periods/reopen.html", page=page, shown_period=month), status


@blueprint.get("/<period>/revisions/<int:revision>")
@needs(Permission.READ)
def revision(period: str, revision: int) -> ResponseReturnValue:
    """The figures of an ended revision that differ now, or all of one project."""
    month = Period.parse(period)
    page = revision_page(
        db.session(),
        signed_in_user(),
        month,
        revision,
        project_id=request.args.get("project", type=bounded_int),
        number=request.args.get("page", 1, type=bounded_int),
    )
    return render_template("periods/revision.html", page=page, shown_period=month)
