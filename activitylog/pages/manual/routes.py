"""Figures typed in by hand: listed, added, withdrawn, restored."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import Period, business_day, utc_now
from activitylog.errors import BadInput, Refused
from activitylog.indicators.closings.queries import closed_months
from activitylog.indicators.figure_text import promise_words, record_unit
from activitylog.indicators.manual import operations, queries
from activitylog.indicators.manual.forms import EntryForm
from activitylog.indicators.queries import indicator_seen_by
from activitylog.projects.models import Indicator
from activitylog.rollup.periods.operations import adjustment_notice
from activitylog.web.forms import ReasonForm

blueprint = Blueprint("manual", __name__)


@blueprint.get("/indicators/<int:indicator_id>/entries")
@needs(Permission.READ)
def of_indicator(indicator_id: int) -> ResponseReturnValue:
    """The entries, and the form for one more."""
    indicator = indicator_seen_by(db.session(), signed_in_user(), indicator_id)
    return _list(indicator, _new_form(indicator))


@blueprint.post("/indicators/<int:indicator_id>/entries")
@needs(Permission.EDIT_RULES)
def add(indicator_id: int) -> ResponseReturnValue:
    """Type in one figure."""
    indicator = indicator_seen_by(db.session(), signed_in_user(), indicator_id)
    form = _new_form(indicator)
    if not _is_added(form, indicator):
        return _list(indicator, form), 422
    return redirect(url_for(".of_indicator", indicator_id=indicator_id, _anchor="main"))


def _new_form(indicator: Indicator) -> EntryForm:
    today = business_day(utc_now())
    return EntryForm(entered_on=today if today.year == indicator.project.year else None)


def _is_added(form: EntryForm, indicator: Indicator) -> bool:
    """Whether the form was right and its figure stored; what was wrong stands on the form."""
    if not form.validate_on_submit():
        return False
    session = db.session()
    values = {name: form[name].data for name in ("amount", "entered_on", "reason", "evidence")}
    try:
        entry = operations.add_entry(session, indicator, **values, by=signed_in_user(), now=utc_now())
    except (BadInput, Refused) as refusal:
        session.rollback()
        form.refuse(refusal)
        return False
    if queries.repeats_another(session, entry):
        session.rollback()
        flash("同样的一条刚刚已填报，没有重复添加；确有两条的，请在说明中写明区别。", "info")
        return True
    session.commit()
    flash("已填报，下次汇总时计入。", "success")
    return True


@blueprint.route("/entries/<int:entry_id>/withdraw", methods=["GET", "POST"])
@needs(Permission.EDIT_RULES)
def withdraw(entry_id: int) -> ResponseReturnValue:
    """Take one out of the figure, with the reason."""
    session = db.session()
    entry, indicator = queries.entry_seen_by(session, signed_in_user(), entry_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        page = render_template(
            "indicators/withdraw_entry.html",
            form=form,
            entry=entry,
            indicator=indicator,
            unit=record_unit(indicator.unit),
        )
        return page, 422 if form.is_submitted() else 200
    operations.withdraw_entry(session, entry, reason=form.reason.data, now=utc_now())
    session.commit()
    flash("已撤下，不再计入；以后可以恢复。", "success")
    return redirect(url_for(".of_indicator", indicator_id=indicator.id))


@blueprint.post("/entries/<int:entry_id>/restore")
@needs(Permission.EDIT_RULES)
def restore(entry_id: int) -> ResponseReturnValue:
    """Let one count again."""
    session = db.session()
    entry, indicator = queries.entry_seen_by(session, signed_in_user(), entry_id)
    operations.restore_entry(session, entry)
    session.commit()
    flash("已恢复，重新计入。", "success")
    return redirect(url_for(".of_indicator", indicator_id=indicator.id))


def _list(indicator: Indicator, form: EntryForm) -> str:
    session = db.session()
    kept, withdrawn = queries.entries_of(session, indicator)
    year = indicator.project.year
    closed = closed_months(session, Period(year, 1), Period(year, 12))
    return render_template(
        "indicators/entries.html",
        indicator=indicator,
        form=form,
        entries=kept,
        withdrawn=withdrawn,
        total=sum(line.entry.amount for line in kept),
        unit=record_unit(indicator.unit),
        promise=promise_words(indicator),
        is_manual=operations.is_manual(session, indicator),
        adjustment=adjustment_notice(session, [month.last_day for month in closed[-1:]]),
    )
