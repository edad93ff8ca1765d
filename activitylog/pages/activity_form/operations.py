"""Stores an activity together with its pushes and media reports; moves its records to another project."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.details import ActivityDetails, details_of, is_unchanged_by
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status, edit_activity, log_activity
from activitylog.activities.plausibility.doubts import Doubt
from activitylog.activities.plausibility.operations import check_confirmed, confirm_heads
from activitylog.activities.plausibility.queries import doubts_of
from activitylog.activities.queries import used_words
from activitylog.activities.rules import FORMS, VENUE_KINDS, Status
from activitylog.core.records import DatedRecord, add_writer, renew_approval
from activitylog.core.text.words import read_word
from activitylog.errors import ActivityLogError, BadInput, Refused
from activitylog.indicators.counted_words import UncountedWord, Words, counted_words, uncounted_word
from activitylog.indicators.sources import SOURCES
from activitylog.office.queries import listed_kinds
from activitylog.publicity.operations import add_media_report, add_push
from activitylog.surveys.models import PaperTally
from activitylog.surveys.queries import survey_summary
from activitylog.web.forms import KEPT, TAKEN

_ATTACHED_MODELS = [each.model for each in SOURCES if each.hangs_on_activity]


@dataclass(frozen=True, slots=True)
class NewPush:
    """A push to be stored with an activity; `field` is the form field that shows its refusal."""

    field: str
    title: str
    link: str
    batch: str
    published_on: date
    is_another: bool = False


@dataclass(frozen=True, slots=True)
class NewReport:
    """A media report to be stored with an activity; `field` is the form field that shows its refusal."""

    field: str
    title: str
    outlet: str
    link: str
    published_on: date
    is_repost: bool
    is_another: bool = False


@dataclass(frozen=True, slots=True)
class NewActivity:
    """A new activity with its pushes and media reports; `is_confirmed` says that its heads are no slip."""

    details: ActivityDetails
    is_plan: bool
    is_confirmed: bool = False
    pushes: tuple[NewPush, ...] = ()
    reports: tuple[NewReport, ...] = ()


def enter_activity(
    session: Session, entry: NewActivity, *, by: User, now: datetime, nonce: str | None
) -> tuple[Activity, bool]:
    """Store the activity; returns it, and False where the nonce was used before and nothing was added."""
    status = Status.PLANNED if entry.is_plan else Status.LOGGED
    doubts = check_heads(session, entry.details, is_plan=entry.is_plan, is_confirmed=entry.is_confirmed)
    activity, is_new = log_activity(session, entry.details, status, by=by, now=now, nonce=nonce)
    if is_new:
        confirm_heads(session, activity, doubts, by=by, now=now)
        add_articles(session, activity, pushes=entry.pushes, reports=entry.reports, by=by, now=now)
    return activity, is_new


def log_plan(
    session: Session, plan: Activity, entry: NewActivity, *, version: int, by: User, now: datetime
) -> tuple[Activity, bool]:
    """Log the planned activity as held; returns it, and False where that was done before."""
    if plan.status is not Status.PLANNED:
        if is_unchanged_by(plan, entry.details):
            return plan, False
        raise Refused(
            f"计划“{plan.title}”已经登记过了，没有改动；请到活动 {plan.number} 的页面核对，要改请点“修改”。"
        )
    doubts = check_heads(
        session, entry.details, is_plan=entry.is_plan, is_confirmed=entry.is_confirmed, stored=plan
    )
    edit_and_submit_activity(
        session, plan, entry.details, version=version, is_submitted=not entry.is_plan, by=by, now=now
    )
    confirm_heads(session, plan, doubts, by=by, now=now)
    add_articles(session, plan, pushes=entry.pushes, reports=entry.reports, by=by, now=now)
    return plan, True


def check_words(
    session: Session, details: ActivityDetails, answers: Mapping[str, str], *, stored: Activity | None = None
) -> ActivityDetails:
    """Ask about words new to the project that no rule counts; returns the details with what was taken.

    `answers` says by field whether to take what was suggested or to keep the word.
    """
    counted, kinds = counted_words(session)[details.project_id], listed_kinds(session)
    for name in (counted.keys() | ({"kinds"} if kinds else set())) & {"kinds", "venue_kind", "form"}:
        doubted = _doubted_words(session, details, name, counted, stored, kinds=kinds)
        is_taken = answers.get(name) == TAKEN
        for found in doubted.values():
            if answers.get(name) != KEPT and not (is_taken and found.meant):
                raise BadInput(found.sentence, field=f"{name}_answer")
        if is_taken:
            meant = {word: str(found.meant) for word, found in doubted.items()}
            details = _with_words(details, name, meant)
    return details


def _doubted_words(
    session: Session,
    details: ActivityDetails,
    name: str,
    counted: Words,
    stored: Activity | None,
    *,
    kinds: Collection[str],
) -> dict[str, UncountedWord]:
    """Words that no rule counts; not those used before, nor, unless alike, those offered to everybody."""
    words = _words(details, name)
    used = used_words(session, details.project_id, name, words)
    if name == "kinds" and kinds:  # one retired is asked about, however often it was used
        used &= set(kinds)
    if stored is not None and stored.project_id == details.project_id:
        used |= {*_words(details_of(stored), name)}
    found = {word: uncounted_word(name, word, counted, kinds) for word in words if word not in used}
    listed = {*VENUE_KINDS, *FORMS}
    return {word: each for word, each in found.items() if each and (each.meant or word not in listed)}


def _words(details: ActivityDetails, name: str) -> tuple[str, ...]:
    written = getattr(details, name)
    words = written if isinstance(written, tuple) else (written,)
    return tuple(read_word(word) for word in words if word)


def _with_words(details: ActivityDetails, name: str, meant: Mapping[str, str]) -> ActivityDetails:
    words = tuple(dict.fromkeys(meant.get(word, word) for word in _words(details, name)))
    changed: dict[str, Any] = {name: words if name == "kinds" else "".join(words)}
    return replace(details, **changed)


def check_heads(
    session: Session,
    details: ActivityDetails,
    *,
    is_plan: bool,
    is_confirmed: bool,
    stored: Activity | None = None,
) -> list[Doubt]:
    """Ask about heads that look like a slip; returns what was confirmed.

    Those stored before are not asked about again.
    """
    if is_plan or (stored is not None and stored.held_on is not None and _has_heads_of(stored, details)):
        return []
    answers = survey_summary(session, stored.id).valid if stored else 0
    doubts = doubts_of(session, details, answers=answers, besides=stored.id if stored else None)
    check_confirmed(doubts, is_confirmed=is_confirmed)
    return doubts


def _has_heads_of(stored: Activity, details: ActivityDetails) -> bool:
    names = ("audience_onsite", "audience_online")
    return all(getattr(stored, name) == getattr(details, name) for name in names)


def add_articles(
    session: Session,
    activity: Activity,
    *,
    pushes: Iterable[NewPush],
    reports: Iterable[NewReport],
    by: User,
    now: datetime,
) -> None:
    """Store pushes and media reports of an activity; a refusal names the form field of its row."""
    common: dict[str, Any] = {
        "project_id": activity.project_id,
        "activity_id": activity.id,
        "by": by,
        "now": now,
    }
    for push in pushes:
        with _refusals_at(push.field):
            add_push(session, **_columns(push), **common)
    for report in reports:
        with _refusals_at(report.field):
            add_media_report(session, **_columns(report), **common)


def _columns(entry: NewPush | NewReport) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name != "field"}


def edit_and_submit_activity(
    session: Session,
    activity: Activity,
    details: ActivityDetails,
    *,
    version: int,
    is_submitted: bool,
    by: User,
    now: datetime,
) -> Activity:
    """Edit an activity and, with `is_submitted`, submit a plan or a returned one for review.

    The records attached to it move with it to another project, where they wait for approval; so do its
    paper tallies, which count there. The same details sent a second time, because
    the first response got lost, change nothing and are not refused as stale.
    """
    is_now_submitted = is_submitted and activity.status in (Status.PLANNED, Status.RETURNED)
    if not is_now_submitted and is_unchanged_by(activity, details):
        return activity
    project_id = activity.project_id
    edit_activity(session, activity, details, version=version, by=by, now=now)
    if is_now_submitted:
        change_status(session, activity, Status.LOGGED, by=by, now=now)
    if activity.project_id != project_id:
        for model in _ATTACHED_MODELS:
            for record in session.scalars(select(model).where(model.activity_id == activity.id)):
                record.project_id = activity.project_id
                _await_approval(record, activity, by=by, now=now)
        for tally in session.scalars(select(PaperTally).where(PaperTally.activity_id == activity.id)):
            _await_approval(tally, activity, by=by, now=now)
        session.flush()
    return activity


def _await_approval(record: DatedRecord, activity: Activity, *, by: User, now: datetime) -> None:
    """A record that counted in one project is not therefore approved for another."""
    add_writer(record, by)
    renew_approval(record, activity.project, by=by, now=now)


@contextmanager
def _refusals_at(field: str) -> Iterator[None]:
    try:
        yield
    except ActivityLogError as refusal:
        refusal.field = f"{field}-{refusal.field or 'link'}"
        raise
