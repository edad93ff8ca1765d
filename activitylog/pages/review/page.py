"""The review pages: one activity with its quality check; the records of all other kinds on one list."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.photos.page import ActivityPhotos, activity_photos
from activitylog.activities.photos.queries import PhotoAlarm
from activitylog.activities.plausibility.doubts import ReviewedDoubt
from activitylog.activities.plausibility.queries import reviewed_doubts
from activitylog.activities.review.forms import StatusForm
from activitylog.activities.review.operations import (
    ItemState,
    computed_states,
    lacking_items,
    ticked_items,
    why_not_approvable,
)
from activitylog.activities.review.queries import (
    WaitingCounts,
    same_place_and_day,
    waiting_counts,
)
from activitylog.activities.rules import READY_REASONS, Status, must_items
from activitylog.core.period import Period
from activitylog.pages.activity.queries import (
    ActivityChanges,
    HistoryEvent,
    changes_after,
    changes_since_return,
    events,
    history_of,
    latest_entry,
)
from activitylog.pages.review.operations import RefusedActivity, activity_mark
from activitylog.pages.review.queries import (
    WaitingRecord,
    own_activities,
    waiting_activities,
    waiting_records,
)
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_project
from activitylog.publicity.models import MediaReport, Push
from activitylog.publicity.queries import publicity_of
from activitylog.rollup.drilldown import indicators_of_quality
from activitylog.rollup.periods.operations import adjustment_notice
from activitylog.surveys.answers.queries import doubtful_answers
from activitylog.surveys.queries import SurveySummary, survey_summary
from activitylog.web.paging import Page, page_of

QUEUE_PAGE_SIZE = 20
_DECIDED = {Status.APPROVED: "已审核通过", Status.RETURNED: "已退回", Status.WITHDRAWN: "已取消"}


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """One activity to review; `seen` is the number of its latest audit entry when the page was made."""

    activity: Activity
    form: StatusForm
    waiting: WaitingCounts
    seen: int
    is_stale: bool
    changes_meanwhile: ActivityChanges | None
    changes_since_return: ActivityChanges | None
    events: Sequence[HistoryEvent]
    computed: Sequence[ItemState]
    lowered: Sequence[str]  # indicators, by an approval with items open
    ready_reasons: Sequence[str]
    photos: ActivityPhotos
    repeated_photos: Sequence[PhotoAlarm]
    twins: Sequence[Activity]
    doubts: Sequence[ReviewedDoubt]
    survey: SurveySummary
    doubtful_answers: int
    articles: Sequence[Push | MediaReport]
    adjustment: str


def review_page(
    session: Session, activity: Activity, *, by: User, sent: StatusForm | None, is_stale: bool = False
) -> ReviewPage:
    """The page; `sent` is a decision that was refused, `is_stale` says that it was for an older version."""
    history = history_of(session, activity.id)
    form = sent or StatusForm(formdata=None)
    form.offer_items(must_items(activity.project.must_items), ticked_items(activity))
    seen = form.seen.data or ""
    photos = activity_photos(session, activity, by)
    survey = survey_summary(session, activity.id)
    pushes, reports = publicity_of(session, activity.id)
    return ReviewPage(
        activity=activity,
        form=form,
        waiting=waiting_counts(session, by),
        seen=latest_entry(session, activity.id),
        is_stale=is_stale,
        changes_meanwhile=changes_after(history, int(seen)) if is_stale and seen.isdecimal() else None,
        changes_since_return=changes_since_return(history),
        events=events(history),
        computed=computed_states(activity),
        lowered=indicators_of_quality(session, activity, by=by),
        ready_reasons=READY_REASONS,
        photos=photos,
        repeated_photos=[alarm for alarms in photos.alarms.values() for alarm in alarms],
        twins=same_place_and_day(session, activity, by),
        doubts=reviewed_doubts(session, activity, answers=survey.valid),
        survey=survey,
        doubtful_answers=doubtful_answers(session, activity, survey),
        articles=[each for rows in (pushes, reports) for each in rows if each.withdrawn_at is None],
        adjustment=adjustment_notice(session, (activity.planned_on, activity.held_on)),
    )


@dataclass(frozen=True, slots=True)
class QueueLine:
    """An activity that waits, with the warnings of its own page, and why the person may not approve it."""

    activity: Activity
    mark: str
    photos: int
    warnings: Sequence[str]
    refusal: str


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of all that waits, to be decided several at once; `refused` is what was refused just now."""

    found: Page[Activity]
    lines: Sequence[QueueLine]
    ready_reasons: Sequence[str]
    form: StatusForm
    ticked: Collection[str]
    refused: Sequence[RefusedActivity]

    @property
    def are_ticked(self) -> bool:
        return bool(self.ticked)


def queue_page(
    session: Session,
    by: User,
    *,
    number: int,
    are_ticked: bool,
    sent: StatusForm | None = None,
    ticked: Collection[str] = (),
    refused: Sequence[RefusedActivity] = (),
) -> QueuePage:
    """The page; `are_ticked` ticks all without a warning, `ticked` are the marks of a refused form."""
    found = page_of(session, waiting_activities(by), number, size=QUEUE_PAGE_SIZE)
    lines = [_queue_line(session, activity, by) for activity in found.rows]
    clean = {line.mark for line in lines if not line.warnings and not line.refusal}
    return QueuePage(
        found=found,
        lines=lines,
        ready_reasons=READY_REASONS,
        form=sent or StatusForm(formdata=None),
        ticked=clean if are_ticked else set(ticked),
        refused=refused,
    )


def _queue_line(session: Session, activity: Activity, by: User) -> QueueLine:
    photos = activity_photos(session, activity, by)
    survey = survey_summary(session, activity.id)
    twins = len(same_place_and_day(session, activity, by))
    doubtful = doubtful_answers(session, activity, survey)
    lacking = lacking_items(activity)
    warnings = [
        f"还缺 {len(lacking)} 项：{'、'.join(lacking)}，通过会记为质量未达标" if lacking else "",
        f"同一天同一场所还有 {twins} 场" if twins else "",
        "有照片也证明了别的活动" if photos.alarms else "",
        *(doubt.text for doubt in reviewed_doubts(session, activity, answers=survey.valid)),
        f"{doubtful} 份答卷有疑点" if doubtful else "",
        adjustment_notice(session, (activity.planned_on, activity.held_on)),
    ]
    return QueueLine(
        activity=activity,
        mark=activity_mark(activity),
        photos=len(photos.current),
        warnings=[text for text in warnings if text],
        refusal=why_not_approvable(session, activity, by),
    )


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """The records that wait, by project; own ones are listed and cannot be approved by their author."""

    groups: Sequence[tuple[Project, Sequence[WaitingRecord]]]
    approvable: int
    activities: str
    own_activities: Sequence[Activity]
    are_ticked: bool
    narrowed: str


def records_page(
    session: Session, by: User, *, are_ticked: bool, of_month: tuple[int, Period] | None = None
) -> RecordsPage:
    """The page; `of_month`, a project's id and a month, narrows it to what waits there."""
    waiting = waiting_records(session, by, of_month=of_month)
    waiting.sort(key=lambda each: (-each.project.year, each.project.position, each.project.id))
    return RecordsPage(
        groups=[(project, list(rows)) for project, rows in groupby(waiting, key=lambda each: each.project)],
        approvable=sum(not each.is_own for each in waiting),
        activities=waiting_counts(session, by).activities_text,
        own_activities=() if of_month else own_activities(session, by),
        are_ticked=are_ticked,
        narrowed=_narrowed(session, by, of_month) if of_month else "",
    )


def _narrowed(session: Session, by: User, of_month: tuple[int, Period]) -> str:
    project_id, month = of_month
    return f"{visible_project(session, by, project_id).name}，{month.label}"


def already_decided(activity: Activity) -> str:
    """A sentence for the reviewer when somebody else has decided meanwhile; empty when nobody has."""
    if activity.status is Status.LOGGED:
        return ""
    decision = _DECIDED.get(activity.status, "已改回计划")
    who = activity.reviewed_by.name if activity.reviewed_by else "别人"
    return f"“{activity.title}”刚由{who}办理，{decision}；您这次没有改动它。接着看下一场。"
