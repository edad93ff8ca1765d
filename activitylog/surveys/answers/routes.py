"""The page of an activity's single answers, where reviewers exclude doubtful ones."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, IllegalChange, Refused
from activitylog.surveys import queries
from activitylog.surveys.answers import queries as answers_queries
from activitylog.surveys.answers.forms import ExclusionForm
from activitylog.surveys.answers.operations import decide_exclusion
from activitylog.surveys.answers.page import answers_page
from activitylog.surveys.models import Response
from activitylog.surveys.rules import ExclusionStep
from activitylog.web.requests import bounded_int

DONE = {
    ExclusionStep.EXCLUDED: "已剔除 {}，下次汇总时更新满意度",
    ExclusionStep.INCLUDED: "已恢复计入 {}，下次汇总时更新满意度",
    ExclusionStep.ACCEPTED: "已核实 {}，照常计入，不再列为有疑点",
}

blueprint = Blueprint("answers", __name__, url_prefix="/activities/<no>/answers")


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)


@blueprint.get("")
@needs(Permission.REVIEW)
def of_activity(no: str) -> ResponseReturnValue:
    """List the answers that match a filter, latest first, and earlier exclusion decisions."""
    return _page(_activity(no), ExclusionForm(formdata=None))


@blueprint.post("")
@needs(Permission.REVIEW)
def decide(no: str) -> ResponseReturnValue:
    """Exclude the chosen answers, include them again, or accept them as they are."""
    activity, form = _activity(no), ExclusionForm()
    if not form.validate() or not _is_decided(activity, form):
        return _page(activity, form), 422
    return redirect(url_for(".of_activity", no=no, show=_filter_name() or None))


def _filter_name() -> str:
    """The filter named in the address; ALL for an unknown one."""
    name = request.args.get("show", "")
    return name if name in answers_queries.LABELS else answers_queries.ALL


def _is_decided(activity: Activity, form: ExclusionForm) -> bool:
    """Whether the decision was stored and committed; errors are added to the form."""
    session, step = db.session(), ExclusionStep(form.step.data)
    chosen = _all_shown(activity) if form.everything.data else Response.id.in_(form.numbers)
    try:
        decision = decide_exclusion(
            session, activity, step, chosen, reason=form.reason.data, by=signed_in_user(), now=utc_now()
        )
    except (BadInput, IllegalChange, Refused) as refusal:
        session.rollback()
        form.refuse(refusal)
        return False
    session.commit()
    flash(f"{DONE[step].format(f'{decision.answers:,} 份答卷')}。", "success")
    return True


def _all_shown(activity: Activity) -> ColumnElement[bool]:
    summary = queries.survey_summary(db.session(), activity.id)
    return answers_queries.filter_conditions(db.session(), activity, summary)[_filter_name()]


def _page(activity: Activity, form: ExclusionForm) -> str:
    number, chosen = request.args.get("page", 1, type=bounded_int), set(form.answer.data or ())
    page = answers_page(
        db.session(), activity, _filter_name(), by=signed_in_user(), number=number, chosen=chosen
    )
    return render_template("surveys/answers.html", page=page, form=form)
