"""What hangs on an activity, gathered for its page."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission, may
from activitylog.activities.models import Activity
from activitylog.activities.photos.page import activity_photos
from activitylog.activities.quality import computed_states, ticked_items
from activitylog.activities.review.forms import STATUS_AFTER, Decision, StatusForm
from activitylog.activities.rules import LEGAL_CHANGES, Status, is_review, must_items
from activitylog.expenses.models import Expense
from activitylog.pages.activity.history import events, history_of
from activitylog.publicity.forms import MediaReportForm, PushForm
from activitylog.publicity.queries import publicity_of
from activitylog.rollup.indicators_of_activity import indicators_counting
from activitylog.rollup.periods.operations import adjustment_notice
from activitylog.surveys.hosts.queries import host_evidence_on
from activitylog.surveys.queries import survey_summary
from activitylog.web.forms import BaseForm

LATEST = 20  # entries shown on the page itself


def shown_with(
    session: Session, activity: Activity, *, by: User, today: date, sent: StatusForm | None
) -> dict[str, Any]:
    """The page's context besides the activity itself; `sent` is a step that was refused."""
    pushes, reports = publicity_of(session, activity.id)
    published_on = today if today.year == activity.project.year else activity.happens_on
    return {
        "shown_year": activity.project.year,
        "is_due": activity.status is Status.PLANNED and activity.happens_on <= today,
        "survey": survey_summary(session, activity.id),
        "hosts": host_evidence_on(session, activity.id),
        "pushes": pushes,
        "reports": reports,
        "push_form": _named(PushForm(formdata=None, published_on=published_on), "push"),
        "report_form": _named(MediaReportForm(formdata=None, published_on=published_on), "report"),
        "photos": activity_photos(session, activity, by),
        "expenses": expenses_on(session, activity.id),
        "counts": indicators_counting(session, activity, by=by),
        "adjustment": adjustment_notice(session, (activity.planned_on, activity.held_on)),
        "must": must_items(activity.project.must_items),
        "computed": computed_states(activity),
        **_history(session, activity, by),
        "step_forms": {step.value: _step_form(activity, step, sent) for step in steps_of(activity, by)},
    }


def _history(session: Session, activity: Activity, by: User) -> dict[str, Any]:
    """The activity's way for everybody, and every field's changes for those who review or audit."""
    history = history_of(session, activity.id)
    sees_fields = may(by.role, Permission.REVIEW) or may(by.role, Permission.AUDIT)
    return {
        "events": events(history),
        "history": history[:LATEST] if sees_fields else [],
        "history_is_longer": len(history) > LATEST,
    }


def steps_of(activity: Activity, by: User) -> list[Decision]:
    """The steps the person may take, the likeliest first; a plan is logged through its form."""
    is_held = activity.held_on is not None
    if activity.status is Status.WITHDRAWN:
        return [Decision.RESTORE]
    steps = [step for step, status in STATUS_AFTER.items() if status in LEGAL_CHANGES[activity.status]]
    if not is_held or activity.status is Status.PLANNED:
        steps = [step for step in steps if step is not Decision.LOG]
    is_reviewer = may(by.role, Permission.REVIEW)
    return [step for step in steps if is_reviewer or not is_review(activity.status, STATUS_AFTER[step])]


def _step_form(activity: Activity, step: Decision, sent: StatusForm | None) -> BaseForm:
    form = sent if sent and sent.step.data == step else StatusForm(formdata=None)
    form.offer_items(must_items(activity.project.must_items), ticked_items(activity))
    return _named(form, step)


def expenses_on(session: Session, activity_id: int) -> list[Expense]:
    """What the activity cost, in the order paid; what was withdrawn is left out."""
    wanted = select(Expense).where(Expense.activity_id == activity_id, Expense.withdrawn_at.is_(None))
    return list(session.scalars(wanted.order_by(Expense.paid_on, Expense.id)))


def _named(form: BaseForm, prefix: str) -> BaseForm:
    """The form's inputs under ids of their own: two forms of one page ask for a link."""
    for field in form:
        field.id = f"{prefix}-{field.name}"
    return form
