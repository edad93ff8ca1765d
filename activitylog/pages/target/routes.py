"""Pages of an indicator's monthly plan and target adjustments."""

from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.core.records import check_token, token_of
from activitylog.errors import BadInput, Refused
from activitylog.indicators.figure_text import target_text
from activitylog.indicators.queries import visible_indicator
from activitylog.indicators.status import MONTHS
from activitylog.indicators.targets.forms import PlanForm, TargetForm, form_values
from activitylog.indicators.targets.operations import (
    adjust_target,
    clear_plan,
    fill_by_event,
    fill_linear,
    set_plan,
    takes_plan,
)
from activitylog.indicators.targets.queries import adjustments_of, plan_of_year, target_in_force
from activitylog.pages.target.page import plan_of_last_year, plan_page
from activitylog.projects.declaration.document import plain_number
from activitylog.projects.models import Indicator
from activitylog.web.requests import bounded_int

blueprint = Blueprint("targets", __name__)


@blueprint.route("/indicators/<int:indicator_id>/plan", methods=["GET", "POST"])
@needs(Permission.EDIT_RULES)
def plan(indicator_id: int) -> ResponseReturnValue:
    """Twelve cumulative figures, filled evenly, by an event's month or by hand."""
    session = db.session()
    indicator = visible_indicator(session, signed_in_user(), indicator_id)
    if not takes_plan(session, indicator):
        raise Refused(f"“{indicator.name}”不按月累计，不用编月度计划。")
    stored = plan_of_year(session, indicator.id)
    shown = _filled(indicator) or stored or fill_linear(target_in_force(session, indicator) or Decimal(0))
    form = PlanForm(data=form_values(shown) | {"seen": token_of(*stored)})
    if not _is_planned(form, indicator):
        return _plan_page(form, indicator), 422 if form.is_submitted() else 200
    session.commit()
    flash("月度计划已保存，亮灯按它判断。", "success")
    return redirect(url_for("indicators.show", indicator_id=indicator_id))


def _filled(indicator: Indicator) -> list[Decimal]:
    """The figures to fill in as the query string says, not stored yet."""
    fill, month = request.args.get("fill"), request.args.get("month", 0, type=bounded_int)
    target = target_in_force(db.session(), indicator) or Decimal(0)
    if fill == "linear":
        return fill_linear(target)
    if fill == "last":
        return plan_of_last_year(db.session(), indicator)
    if fill == "event" and 1 <= month <= MONTHS:
        return fill_by_event(target, month)
    return []


def _plan_page(form: PlanForm, indicator: Indicator) -> str:
    page = plan_page(
        db.session(),
        indicator,
        form,
        is_filled=bool(_filled(indicator)),
        event_month=request.args.get("month", 0, type=bounded_int),
    )
    return render_template("indicators/plan.html", page=page)


def _is_planned(form: PlanForm, indicator: Indicator) -> bool:
    """Whether the form was valid and its plan stored; errors are added to the form."""
    if not form.validate_on_submit():
        return False
    stored = plan_of_year(db.session(), indicator.id)
    try:
        shown = "、".join(map(plain_number, stored)) or "没有计划"
        check_token(token_of(*stored), form.seen.data or "", current=shown)
        set_plan(db.session(), indicator, form.cumulative)
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse_save(refusal, token=token_of(*stored))
        return False
    return True


@blueprint.post("/indicators/<int:indicator_id>/plan/clear")
@needs(Permission.EDIT_RULES)
def clear(indicator_id: int) -> ResponseReturnValue:
    """Go back to an even share a month."""
    session = db.session()
    clear_plan(session, visible_indicator(session, signed_in_user(), indicator_id))
    session.commit()
    flash("月度计划已清除，改为按月平均判断。", "success")
    return redirect(url_for("indicators.show", indicator_id=indicator_id))


@blueprint.route("/indicators/<int:indicator_id>/target", methods=["GET", "POST"])
@needs(Permission.EDIT_RULES)
def target(indicator_id: int) -> ResponseReturnValue:
    """Record the document that changes a target."""
    session = db.session()
    indicator = visible_indicator(session, signed_in_user(), indicator_id)
    if indicator.is_qualitative:
        raise Refused(f"“{indicator.name}”是定性指标，没有可以调整的指标值。")
    form = TargetForm()
    if not _is_adjusted(form, indicator):
        return _target_page(form, indicator), 422 if form.is_submitted() else 200
    session.commit()
    flash("目标调整已登记，年初的指标值照样保留。", "success")
    return redirect(url_for("indicators.show", indicator_id=indicator_id))


def _target_page(form: TargetForm, indicator: Indicator) -> str:
    return render_template(
        "indicators/target.html",
        form=form,
        indicator=indicator,
        declared=target_text(indicator),
        adjustments=adjustments_of(db.session(), indicator.id),
    )


def _is_adjusted(form: TargetForm, indicator: Indicator) -> bool:
    """Whether the form was valid and its adjustment stored; errors are added to the form."""
    if not form.validate_on_submit():
        return False
    try:
        adjust_target(db.session(), indicator, form.details, by=signed_in_user(), now=utc_now())
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return False
    return True
