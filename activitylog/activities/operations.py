"""Planning, logging, editing and judging activities."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission, may
from activitylog.activities import quality, rules
from activitylog.activities.catalogue import Place, kinds_named, take_numbers, venues_at
from activitylog.activities.models import Activity, ActivityDistrict, Venue
from activitylog.activities.rules import STATUS_LABELS, TICKED_ITEMS, QualityItem, Status
from activitylog.errors import BadInput, Forbidden, Refused, StaleVersion
from activitylog.period import business_day
from activitylog.projects.models import Project
from activitylog.projects.queries import project_seen_by

_COLUMNS = (
    "title",
    "form",
    "venue_kind",
    "planned_on",
    "held_on",
    "start_time",
    "audience_onsite",
    "audience_online",
    "summary",
    "note",
)
_TEXTS = ("title", "form", "venue_name", "venue_kind", "summary", "note")
MAX_ATTEMPTS = 5  # a number taken between our look and our insert is a matter of one more try


@dataclass(frozen=True, slots=True)
class ActivityDetails:
    """What a person writes about an activity; `districts` are codes, the venue's first.

    `start_time` is what clocks show in Shanghai, to the minute.
    `checks` are the ticked items of the quality check: those the system ticks by itself are not among them.
    """

    project_id: int
    title: str
    kinds: tuple[str, ...] = ()
    form: str = ""
    venue_name: str = ""
    venue_kind: str = ""
    districts: tuple[str, ...] = ()
    planned_on: date | None = None
    held_on: date | None = None
    start_time: time | None = None
    audience_onsite: int = 0
    audience_online: int = 0
    summary: str = ""
    checks: tuple[QualityItem, ...] = ()
    note: str = ""


def details_of(activity: Activity) -> ActivityDetails:
    """What is written in a stored activity."""
    return ActivityDetails(
        project_id=activity.project_id,
        kinds=tuple(kind.name for kind in activity.kinds),
        venue_name=activity.venue.name if activity.venue else "",
        districts=tuple(place.district for place in activity.districts),
        checks=quality.ticked(activity),
        **{name: getattr(activity, name) for name in _COLUMNS},
    )


def tells_the_same(activity: Activity, details: ActivityDetails) -> bool:
    """Whether the stored activity is what the details would make of it."""
    return _tidy(details) == _tidy(details_of(activity))


def plan_activity(
    session: Session,
    details: ActivityDetails,
    *,
    by: User | None,
    now: datetime,
    nonce: str | None = None,
    number: str | None = None,
    is_sample: bool = False,
) -> Activity:
    """Enter an activity that is to come; the same nonce again returns the first one."""
    return _enter(session, details, _Fresh(Status.PLANNED, by, now, nonce, number, is_sample))[0]


def log_activity(
    session: Session,
    details: ActivityDetails,
    *,
    by: User | None,
    now: datetime,
    nonce: str | None = None,
    number: str | None = None,
    is_sample: bool = False,
) -> Activity:
    """Enter an activity that has been held, for review; the same nonce again returns the first one."""
    return _enter(session, details, _Fresh(Status.LOGGED, by, now, nonce, number, is_sample))[0]


def enter_once(
    session: Session, details: ActivityDetails, status: Status, *, by: User, now: datetime, nonce: str | None
) -> tuple[Activity, bool]:
    """The activity, planned or logged, and whether it is new rather than the nonce's first."""
    return _enter(session, details, _Fresh(status, by, now, nonce, number=None, is_sample=False))


def edit_activity(
    session: Session,
    activity: Activity,
    details: ActivityDetails,
    *,
    version: int,
    by: User | None,
    now: datetime,
) -> Activity:
    """Rewrite an activity; an organizer's change to an approved one sends it back to review."""
    _check_version(activity, version)
    rules.check_editable(activity.status)
    project_seen_by(session, by, activity.project_id)
    project = project_seen_by(session, by, details.project_id)
    _check(details, activity.status, project, business_day(now))
    if tells_the_same(activity, details):
        return activity
    has_ticked = set(details.checks) != set(quality.ticked(activity))
    _write(session, activity, details, project, by=by, now=now)
    wanted = rules.status_after_edit(activity.status, by_reviewer=_is_reviewer(by))
    if wanted is not activity.status:
        _take_back_review(activity)
        activity.status = wanted
        _count_at_once(activity, now)
    elif activity.status is Status.APPROVED and (has_ticked or activity.quality_from_items):
        quality.judge(activity)
    _flush(session, activity, now)
    return activity


def change_status(
    session: Session,
    activity: Activity,
    wanted: Status,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    quality_met: bool | None = None,
    checks: Collection[QualityItem] | None = None,
    version: int | None = None,
) -> Activity:
    """Move an activity on; approving and returning, and whatever undoes an approval, is a reviewer's.

    An approval judges quality by the ticked `checks`, or as a whole by `quality_met` where none are given.
    """
    if version is not None:
        _check_version(activity, version)
    project_seen_by(session, by, activity.project_id)
    rules.check_change(activity.status, wanted)
    if rules.is_review(activity.status, wanted) and not _is_reviewer(by):
        raise Forbidden("审核由项目负责人办理；需要退回或取消已审核的活动，请联系项目负责人。")
    rules.check_held(wanted, activity.held_on)
    rules.check_reason(wanted, reason)
    judged = activity.quality_met if quality.is_judged_as_a_whole(activity, checks) else quality_met
    _take_back_review(activity)
    if wanted in (Status.APPROVED, Status.RETURNED):
        activity.reviewed_by_id = None if by is None else by.id
        activity.reviewed_at = now
    if wanted is Status.APPROVED:
        activity.quality_met = judged
        if checks is not None and judged is None:
            quality.record(session, activity, checks, by=by, now=now)
            quality.judge(activity)
    if activity.status is not Status.RETURNED or wanted is not Status.LOGGED:
        activity.status_reason = reason.strip()  # what a return asked for stays until it is judged anew
    activity.status = wanted
    _count_at_once(activity, now)
    _flush(session, activity, now)
    return activity


@dataclass(frozen=True, slots=True)
class _Fresh:
    """What a new activity starts with besides its details."""

    status: Status
    by: User | None
    now: datetime
    nonce: str | None
    number: str | None
    is_sample: bool


def _enter(session: Session, details: ActivityDetails, fresh: _Fresh) -> tuple[Activity, bool]:
    project = project_seen_by(session, fresh.by, details.project_id)
    first = _with_nonce(session, fresh.nonce)
    if first is not None:
        return _own(first, fresh.by), False
    if fresh.status is Status.PLANNED and details.planned_on is None:
        raise BadInput("请填写计划日期。", field="planned_on")
    _check(details, fresh.status, project, business_day(fresh.now))
    if fresh.number is not None:
        rules.check_number(fresh.number)
    return _insert(session, fresh, lambda: _new(session, details, project, fresh))


def _insert(session: Session, fresh: _Fresh, make: Callable[[], Activity]) -> tuple[Activity, bool]:
    """Try until the number is ours; whoever came first under our nonce has done our work."""
    for attempt in range(MAX_ATTEMPTS):
        try:
            with session.begin_nested():
                activity = make()
                session.add(activity)
                session.flush()
                return activity, True
        except IntegrityError:
            first = _with_nonce(session, fresh.nonce)
            if first is not None:
                return _own(first, fresh.by), False
            if fresh.number is not None and _is_taken(session, fresh.number):
                raise Refused(f"活动编号“{fresh.number}”已经有了，请换一个编号。") from None
            if attempt == MAX_ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _new(session: Session, details: ActivityDetails, project: Project, fresh: _Fresh) -> Activity:
    activity = Activity(
        number=fresh.number or take_numbers(session, project.year)[0],
        status=fresh.status,
        nonce=fresh.nonce,
        is_sample=fresh.is_sample,
        created_by_id=None if fresh.by is None else fresh.by.id,
        created_at=fresh.now,
        updated_at=fresh.now,
    )
    _write(session, activity, details, project, by=fresh.by, now=fresh.now)
    _count_at_once(activity, fresh.now)
    return activity


def _tidy(details: ActivityDetails) -> ActivityDetails:
    """The same details as they would be stored."""
    texts = {name: getattr(details, name).strip() for name in _TEXTS}
    kinds = {kind.strip() for kind in details.kinds} - {""}
    start = details.start_time
    return replace(
        details,
        kinds=tuple(sorted(kinds)),
        districts=tuple(dict.fromkeys(details.districts)),
        checks=tuple(item for item in TICKED_ITEMS if item in details.checks),
        start_time=start and start.replace(second=0, microsecond=0),
        **texts,
    )


def _write(
    session: Session,
    activity: Activity,
    details: ActivityDetails,
    project: Project,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Look everything up before changing anything: a look-up would flush a half-written activity."""
    details = _tidy(details)
    kinds = kinds_named(session, details.kinds).values()
    venue = _venue(session, details)
    known = {place.district: place for place in activity.districts}
    activity.project = project
    activity.kinds = sorted(kinds, key=lambda kind: kind.id)
    activity.venue = venue
    activity.districts = [known.get(code) or ActivityDistrict(district=code) for code in details.districts]
    for position, place in enumerate(activity.districts):
        place.position = position
    for name in _COLUMNS:
        setattr(activity, name, getattr(details, name))
    quality.record(session, activity, details.checks, by=by, now=now)


def _venue(session: Session, details: ActivityDetails) -> Venue | None:
    if not details.venue_name:
        return None
    district = details.districts[0] if details.districts else ""
    place = Place(details.venue_name, district, details.venue_kind)
    return venues_at(session, [place])[place[:2]]


def _check(details: ActivityDetails, status: Status, project: Project, today: date) -> None:
    if not details.title.strip():
        raise BadInput("请填写活动名称。", field="title")
    for field in _TEXTS:
        rules.check_length(field, getattr(details, field))
    for kind in details.kinds:
        rules.check_length("kinds", kind)
    rules.check_districts(details.districts)
    rules.check_dates(
        planned_on=details.planned_on, held_on=details.held_on, project_year=project.year, today=today
    )
    rules.check_start(details.start_time)
    rules.check_held(status, details.held_on)
    rules.check_heads(onsite=details.audience_onsite, online=details.audience_online)


def _take_back_review(activity: Activity) -> None:
    activity.reviewed_by_id = None
    activity.reviewed_at = None
    activity.quality_met = None
    activity.quality_from_items = False
    activity.is_exempt = False


def _count_at_once(activity: Activity, now: datetime) -> None:
    """Where the project has no review, what is logged is approved by that rule and by nobody."""
    if activity.status is Status.LOGGED and activity.project.skips_review:
        activity.status = Status.APPROVED
        activity.is_exempt = True
        activity.reviewed_at = now
        activity.status_reason = ""
        quality.judge(activity)


def _check_version(activity: Activity, version: int) -> None:
    if activity.version != version:
        raise _stale(activity)


def _stale(activity: Activity) -> StaleVersion:
    standing = STATUS_LABELS[activity.status]
    return StaleVersion(
        f"活动“{activity.title}”刚被别人改过，现在是“{standing}”。请看过新内容，再决定怎样保存。"
    )


def _flush(session: Session, activity: Activity, now: datetime) -> None:
    activity.updated_at = now  # touches the row itself, so that a change of kinds or districts counts up too
    try:
        session.flush()
    except StaleDataError:
        raise StaleVersion("这场活动刚被别人改过，请看过新内容再保存。") from None


def _is_reviewer(user: User | None) -> bool:
    return user is None or may(user.role, Permission.REVIEW)


def _with_nonce(session: Session, nonce: str | None) -> Activity | None:
    if nonce is None:
        return None
    first: Activity | None = session.scalar(select(Activity).where(Activity.nonce == nonce))
    return first


def _own(first: Activity, by: User | None) -> Activity:
    """What somebody else entered under the nonce is not what this person is entering."""
    if by is not None and first.created_by_id != by.id:
        raise Refused("这张表已被别人用来登记过，没有保存；请重新打开“记活动”再填一次。")
    return first


def _is_taken(session: Session, number: str) -> bool:
    return session.scalar(select(Activity.id).where(Activity.number == number)) is not None
