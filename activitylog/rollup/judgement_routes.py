"""Judging qualitative indicators: the page with its evidence, the judgement, and the second person's word."""

from typing import cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.access import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.errors import BadInput, Refused
from activitylog.extensions import db
from activitylog.period import Period, business_day, utc_now
from activitylog.projects.models import Indicator
from activitylog.rollup import judgement_page, judging
from activitylog.rollup.grades import Grade
from activitylog.rollup.judgement_forms import JudgementForm
from activitylog.rollup.judgements import judgement_seen_by
from activitylog.rollup.period_queries import period_to_show
from activitylog.rollup.project_queries import indicator_seen_by
from activitylog.rollup.routes import neighbours

blueprint = Blueprint("judgements", __name__)


@blueprint.get("/indicators/<int:indicator_id>/judgement")
@needs(Permission.READ)
def show(indicator_id: int) -> ResponseReturnValue:
    """The promised word, what the records show, the form, and all that was judged before."""
    indicator = _qualitative(indicator_id)
    period, today = _period(indicator), business_day(utc_now())
    answers = judgement_page.first_answers(db.session(), indicator, period, today)
    return _page(indicator, period, JudgementForm(formdata=None, data=answers))


@blueprint.post("/indicators/<int:indicator_id>/judgement")
@needs(Permission.REVIEW)
def judge(indicator_id: int) -> ResponseReturnValue:
    """Grade the indicator at the month's end."""
    indicator = _qualitative(indicator_id)
    period, form = _period(indicator), JudgementForm()
    if not _is_judged(form, indicator, period):
        return _page(indicator, period, form), 422
    flash("已记下评定，即时生效；请另一位同事复核。", "success")
    return redirect(url_for(".show", indicator_id=indicator_id, period=period))


@blueprint.post("/judgements/<int:judgement_id>/confirm")
@needs(Permission.REVIEW)
def confirm(judgement_id: int) -> ResponseReturnValue:
    """Agree as the second person."""
    session, user = db.session(), signed_in_user()
    judgement, indicator = judgement_seen_by(session, user, judgement_id)
    judging.confirm_judgement(session, judgement, by=user, now=utc_now())
    session.commit()
    flash("已复核。", "success")
    return redirect(url_for(".show", indicator_id=indicator.id, period=judgement.period))


def _is_judged(form: JudgementForm, indicator: Indicator, period: Period) -> bool:
    """Whether the form was right and its judgement stored; what was wrong stands on the form."""
    if not form.validate_on_submit():
        return False
    try:
        judging.judge(
            db.session(),
            indicator,
            period,
            grade=Grade(form.grade.data),
            ratio=cast(int, form.ratio.data),
            reason=form.reason.data or "",
            evidence=form.evidence.data or "",
            by=signed_in_user(),
            now=utc_now(),
        )
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return False
    db.session.commit()
    return True


def _qualitative(indicator_id: int) -> Indicator:
    indicator = indicator_seen_by(db.session(), signed_in_user(), indicator_id)
    if not indicator.is_qualitative:
        raise Refused(f"指标“{indicator.name}”是定量指标，完成值由记录计算，不用评定。")
    return indicator


def _period(indicator: Indicator) -> Period:
    today = business_day(utc_now())
    return period_to_show(db.session(), indicator.project.year, today, request.args.get("period", ""))


def _page(indicator: Indicator, period: Period, form: JudgementForm) -> str:
    context = judgement_page.shown_with(
        db.session(), indicator, period, user=signed_in_user(), today=business_day(utc_now())
    )
    return render_template(
        "indicators/judgement.html", indicator=indicator, form=form, **context, **neighbours(period)
    )
