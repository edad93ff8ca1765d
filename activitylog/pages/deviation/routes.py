"""The reason for an indicator's deviation: read by all who may see it, written by reviewers."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import Period, business_day, utc_now
from activitylog.errors import BadInput, Refused
from activitylog.indicators.queries import visible_indicator
from activitylog.pages.deviation.page import DeviationPage, deviation_page, initial_values
from activitylog.projects.models import Indicator
from activitylog.rollup.deviations.forms import DeviationForm
from activitylog.rollup.deviations.operations import check_month, explain, explanation_errors
from activitylog.rollup.periods.queries import period_to_show
from activitylog.web.paging import neighbour_links

blueprint = Blueprint("deviations", __name__)


@blueprint.get("/indicators/<int:indicator_id>/deviation")
@needs(Permission.READ)
def show(indicator_id: int) -> ResponseReturnValue:
    """Why a reason is required, the form with a draft from the records, and the history."""
    indicator = visible_indicator(db.session(), signed_in_user(), indicator_id)
    page = _page(indicator, _period(indicator))
    answers = initial_values(db.session(), page)
    return _rendered(page, DeviationForm(formdata=None, data=answers))


@blueprint.post("/indicators/<int:indicator_id>/deviation")
@needs(Permission.REVIEW)
def write(indicator_id: int) -> ResponseReturnValue:
    """Store the reason for a month."""
    indicator = visible_indicator(db.session(), signed_in_user(), indicator_id)
    period, form = _period(indicator), DeviationForm()
    if not _is_stored(form, indicator, period):
        return _rendered(_page(indicator, period), form), 422
    flash(f"{period.label}的偏差原因已保存。", "success")
    return redirect(url_for("indicators.show", indicator_id=indicator_id, period=period))


def _is_stored(form: DeviationForm, indicator: Indicator, period: Period) -> bool:
    """Whether the form was valid and its reason is stored; the errors are shown on the form."""
    session = db.session()
    try:
        check_month(session, indicator, period)
        if not form.validate():
            return False
        faults = explanation_errors(session, indicator, period, form.details)
        for field, sentence in faults:
            form.refuse(BadInput(sentence, field=field))
        if faults:
            return False
        explain(session, indicator, period, form.details, by=signed_in_user(), now=utc_now())
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return False
    session.commit()
    return True


def _period(indicator: Indicator) -> Period:
    today = business_day(utc_now())
    return period_to_show(db.session(), indicator.project.year, today, request.args.get("period", ""))


def _page(indicator: Indicator, period: Period) -> DeviationPage:
    return deviation_page(db.session(), indicator, period, today=business_day(utc_now()))


def _rendered(page: DeviationPage, form: DeviationForm) -> str:
    period = page.period
    return render_template(
        "indicators/deviation.html", page=page, form=form, shown_period=period, **neighbour_links(period)
    )
