"""The page of one activity: survey, publicity, photos, expenses, indicators it counts for, history."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.photos.page import ActivityPhotos, activity_photos
from activitylog.activities.review.forms import STATUS_AFTER, Decision, StatusForm
from activitylog.activities.review.operations import (
    ItemState,
    computed_states,
    lacking_items,
    ticked_items,
)
from activitylog.activities.rules import (
    LEGAL_CHANGES,
    MIN_PHOTOS,
    QualityItem,
    Status,
    is_review,
    must_items,
)
from activitylog.core.period import Period, business_day, day_label
from activitylog.expenses.models import Expense
from activitylog.indicators.closings.queries import first_open_month
from activitylog.pages.activity.queries import HistoryEvent, events, history_of, undoable_decision
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
class Stage:
    """A stage of the activity's way into the figures; `state` is done, now or next."""

    word: str
    note: str
    state: str


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
    stages: Sequence[Stage]
    missing: Sequence[str]
    undoable: str  # the decision the person may still undo, in a word


def activity_page(
    session: Session, activity: Activity, *, by: User, now: datetime, sent: StatusForm | None
) -> ActivityPage:
    today = business_day(now)
    photos = activity_photos(session, activity, by)
    undoable = undoable_decision(session, activity, by=by, now=now)
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
        photos=photos,
        stages=stages_of(activity, {count.period for count in counts if count.period}),
        missing=missing_texts(activity, photos=len(photos.current)),
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
        undoable="" if undoable is None else UNDO_WORDS[activity.status],
    )


UNDO_WORDS = {Status.APPROVED: "撤销通过", Status.RETURNED: "撤销退回"}


def stages_of(activity: Activity, posted: Collection[Period]) -> list[Stage]:
    """From the plan to the months it is posted to; empty for one that is cancelled."""
    status = activity.status
    if status is Status.WITHDRAWN:
        return []
    months = "、".join(f"{period.month}月" for period in sorted(posted))
    reached = _REACHED[status] if not (status is Status.APPROVED and months) else 4
    stages = [
        ("计划", day_label(activity.planned_on) if activity.planned_on else ""),
        ("已登记", day_label(activity.held_on) if activity.held_on else ""),
        ("退回待修改" if status is Status.RETURNED else "已审核", ""),
        (f"已入账（{months}）" if reached == 4 else "已入账", ""),
    ]
    kept = stages if activity.planned_on else stages[1:]
    skipped = len(stages) - len(kept)
    return [
        Stage(word, note, "done" if place < reached else "now" if place == reached else "next")
        for place, (word, note) in enumerate(kept, start=skipped)
    ]


_REACHED = {Status.PLANNED: 1, Status.LOGGED: 2, Status.RETURNED: 2, Status.APPROVED: 3}  # stages done


def missing_texts(activity: Activity, *, photos: int) -> list[str]:
    """What an activity held still lacks for its quality: 1 张照片, 总结, and what is to be ticked."""
    if activity.held_on is None or activity.status is Status.WITHDRAWN or activity.quality_met:
        return []
    words = {QualityItem.PHOTOS: f"{MIN_PHOTOS - photos} 张照片", QualityItem.SUMMARY: "总结"}
    lacking = sorted(lacking_items(activity), key=lambda item: item not in words)
    return [words.get(item, item.value) for item in lacking]


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
    may_see_entries = by.may(Permission.REVIEW) or by.may(Permission.AUDIT)
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
    is_reviewer = by.may(Permission.REVIEW)
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
