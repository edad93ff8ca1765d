"""Single answers for those who review: what was noticed of each, and which do not count."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, IllegalChange
from activitylog.surveys import queries
from activitylog.surveys.answers import queries as answers_queries
from activitylog.surveys.answers.forms import RulingForm
from activitylog.surveys.answers.operations import rule_on_answers
from activitylog.surveys.flags import STEP_LABELS, RulingStep
from activitylog.surveys.models import Response
from activitylog.surveys.rules import GRADES

blueprint = Blueprint("answers", __name__, url_prefix="/activities/<no>/answers")


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)


@blueprint.get("")
@needs(Permission.REVIEW)
def of_activity(no: str) -> ResponseReturnValue:
    """The answers a filter leaves, the latest first, and what was decided about some."""
    return _page(_activity(no), RulingForm(formdata=None))


@blueprint.post("")
@needs(Permission.REVIEW)
def rule(no: str) -> ResponseReturnValue:
    """Leave the chosen answers out, or take them back in."""
    activity, form = _activity(no), RulingForm()
    if not form.validate() or not _is_ruled(activity, form):
        return _page(activity, form), 422
    return redirect(url_for(".of_activity", no=no, show=_shown() or None))


def _shown() -> str:
    """The filter the address names; one that there is not filters nothing."""
    shown = request.args.get("show", "")
    return shown if shown in answers_queries.LABELS else answers_queries.ALL


def _is_ruled(activity: Activity, form: RulingForm) -> bool:
    """Whether the ruling is made and committed; what was wrong with it stands on the form."""
    session, step = db.session(), RulingStep(form.step.data)
    chosen = _all_shown(activity) if form.everything.data else Response.id.in_(form.numbers)
    try:
        ruling = rule_on_answers(
            session, activity, step, chosen, reason=form.reason.data, by=signed_in_user(), now=utc_now()
        )
    except (BadInput, IllegalChange) as refusal:
        session.rollback()
        form.refuse(refusal)
        return False
    session.commit()
    flash(f"已{STEP_LABELS[step]} {ruling.answers:,} 份答卷，下次汇总时更新满意度。", "success")
    return True


def _all_shown(activity: Activity) -> ColumnElement[bool]:
    summary = queries.survey_summary(db.session(), activity.id)
    return answers_queries.conditions(db.session(), activity, summary)[_shown()]


def _page(activity: Activity, form: RulingForm) -> str:
    session, shown = db.session(), _shown()
    summary = queries.survey_summary(session, activity.id)
    found = answers_queries.conditions(session, activity, summary)
    looked = answers_queries.looked_at(session, activity, found)
    page = answers_queries.answers_page(session, looked, shown, request.args.get("page", 1, type=int))
    return render_template(
        "surveys/answers.html",
        activity=activity,
        form=form,
        shown=shown,
        page=page,
        tabs=[(label, name, looked.counts[name]) for name, label in answers_queries.LABELS.items()],
        chosen=set(form.answer.data or ()),
        summary=summary,
        rulings=answers_queries.rulings(session, activity),
        step_labels=STEP_LABELS,
        grades={int(grade): word for grade, word in GRADES},
    )
