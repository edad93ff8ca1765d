"""The page of one activity: survey, publicity, photos, expenses, indicators it counts for, history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission, may
from activitylog.activities.models import Activity
from activitylog.activities.photos.page import ActivityPhotos, activity_photos
from activitylog.activities.review.forms import STATUS_AFTER, Decision, StatusForm
from activitylog.activities.review.operations import ItemState, computed_states, ticked_items
from activitylog.activities.rules import LEGAL_CHANGES, QualityItem, Status, is_review, must_items
from activitylog.core.period import Period
from activitylog.expenses.models import Expense
from activitylog.indicators.closings.queries import first_open_month
from activitylog.pages.activity.queries import HistoryEvent, events, history_of
from activitylog.pages.trail.page import TrailLine
from activitylog.publicity.forms import MediaReportForm, PushForm
from activitylog.publicity.models import MediaReport, Push
from activitylog.publicity.queries import publicity_of
from activitylog.rollup.drilldown import CountedFor, indicators_counting, indicators_of_quality
from activitylog.rollup.periods.operations import adjustment_notice
from activitylog.rollup.previews.queries import coming_months
from activitylog.surveys.hosts.queries import HostEvidence, host_evidence_on
from activitylog.surveys.queries import SurveySummary, survey_summary
from activitylog.web.forms import BaseForm

MOST_ENTRIES = 20  # of the audit trail, shown on the page itself


@dataclass(frozen=True, slots=True)
class ActivityHistory:
    """The activity's steps; the audit entries with every field changed for those who review or audit."""

    events: Sequence[HistoryEvent]
    entries: Sequence[TrailLine]
    has_more_entries: bool


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """An activity with all that is attached to it; `sent` is a status form that was refused."""

    activity: Activity
    sent: StatusForm | None
    is_due: bool
    survey: SurveySummary
    hosts: HostEvidence
    pushes: Sequence[Push]
    reports: Sequence[MediaReport]
    push_form: BaseForm
    report_form: BaseForm
    photos: ActivityPhotos
    expenses: Sequence[Expense]
    counts: Sequence[CountedFor]
    uncounted: Sequence[str]  # indicators whose rules it meets without the day or figure they count
    counted_in: str  # the month it counts in once it is approved
    adjustment: str
    must: Sequence[QualityItem]
    computed: Sequence[ItemState]
    lowered: Sequence[str]  # indicators, by an approval with items open
    history: ActivityHistory
    step_forms: Mapping[str, BaseForm]


def activity_page(
    session: Session, activity: Activity, *, by: User, today: date, sent: StatusForm | None
) -> ActivityPage:
    pushes, reports = publicity_of(session, activity.id)
    counts, uncounted = _counts(session, activity, by)
    published_on = today if today.year == activity.project.year else activity.happens_on
    return ActivityPage(
        activity=activity,
        sent=sent,
        is_due=activity.status is Status.PLANNED and activity.happens_on <= today,
        survey=survey_summary(session, activity.id),
        hosts=host_evidence_on(session, activity.id),
        pushes=pushes,
        reports=reports,
        push_form=_with_own_ids(PushForm(formdata=None, published_on=published_on), "push"),
        report_form=_with_own_ids(MediaReportForm(formdata=None, published_on=published_on), "report"),
        photos=activity_photos(session, activity, by),
        expenses=expenses_on(session, activity.id),
        counts=counts,
        uncounted=uncounted,
        counted_in=_month_once_approved(session, activity),
        adjustment=adjustment_notice(session, (activity.planned_on, activity.held_on)),
        must=must_items(activity.project.must_items),
        computed=computed_states(activity),
        lowered=indicators_of_quality(session, activity, by=by),
        history=_history(session, activity, by),
        step_forms={step.value: _step_form(activity, step, sent) for step in steps_of(activity, by)},
    )


def _counts(session: Session, activity: Activity, by: User) -> tuple[list[CountedFor], list[str]]:
    """The indicators it counts for, and the names of those that will not count it all the same."""
    met = indicators_counting(session, activity, by=by)
    if activity.status is not Status.APPROVED:
        return met, []
    due = coming_months(session, activity, [each.indicator.id for each in met if each.period is None])
    counts = [replace(each, due=due.get(each.indicator.id)) for each in met]
    return (
        [each for each in counts if each.period or each.due],
        [each.indicator.name for each in counts if not each.period and not each.due],
    )


def _month_once_approved(session: Session, activity: Activity) -> str:
    first = first_open_month(session, activity.project.year)
    return max(Period.of(activity.happens_on), first).label if first else ""


def _history(session: Session, activity: Activity, by: User) -> ActivityHistory:
    history = history_of(session, activity.id)
    may_see_entries = may(by.role, Permission.REVIEW) or may(by.role, Permission.AUDIT)
    return ActivityHistory(
        events=events(history),
        entries=history[:MOST_ENTRIES] if may_see_entries else [],
        has_more_entries=len(history) > MOST_ENTRIES,
    )


def steps_of(activity: Activity, by: User) -> list[Decision]:
    """The status changes this person may make, the likeliest first; a plan is logged through its own form."""
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
    return _with_own_ids(form, step)


def expenses_on(session: Session, activity_id: int) -> list[Expense]:
    """The activity's expenses that are not withdrawn, in the order paid."""
    expenses = select(Expense).where(Expense.activity_id == activity_id, Expense.withdrawn_at.is_(None))
    return list(session.scalars(expenses.order_by(Expense.paid_on, Expense.id)))


def _with_own_ids(form: BaseForm, prefix: str) -> BaseForm:
    """Prefix the ids of the form's inputs: two forms of one page have fields of the same name."""
    for field in form:
        field.id = f"{prefix}-{field.name}"
    return form
