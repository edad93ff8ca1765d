"""One outing on its way through the ledger: planned, logged, judged, and answered for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from activitylog.activities.details import ActivityDetails, details_of
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status, edit_activity, log_activity
from activitylog.activities.rules import Status
from activitylog.core.period import start_of_day
from activitylog.sample import words
from activitylog.sample.answers import PUBLICS, nonce, page_sent, pile
from activitylog.sample.outings import Ending, Outing
from activitylog.sample.people import People
from activitylog.sample.season import dice
from activitylog.surveys.attendee.operations import submit_response
from activitylog.surveys.paper.operations import add_paper_tally
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.built_in import DEFAULT_QUESTIONNAIRE
from activitylog.surveys.questionnaires.questions import read_answers
from activitylog.surveys.rules import device_hash

PLANNED_DAYS_BEFORE = 14
FIRST_EVENING_SHARE = 0.8  # of the answers; the others come the next day
DEVICE_KEY = "sample"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the steps are played; `project_ids` are one year's, by name."""

    session: Session
    people: People
    project_ids: dict[str, int]


class Step(NamedTuple):
    """One thing somebody does at a moment."""

    at: datetime
    act: Callable[[Stage, datetime], None]


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of day in Shanghai."""
    return start_of_day(day) + timedelta(hours=hour, minutes=minute)


class Entry:
    """One outing on its way through the ledger."""

    def __init__(self, outing: Outing, name: str) -> None:
        self.outing = outing
        self._chance = dice("attendees", name)
        self._activity: Activity | None = None

    @property
    def activity(self) -> Activity:
        if self._activity is None:
            raise LookupError(f"{self.outing.title} is not planned yet")
        return self._activity

    def steps(self) -> Iterator[Step]:
        outing = self.outing
        yield Step(moment(outing.planned_on - timedelta(days=PLANNED_DAYS_BEFORE), 10), self._plan)
        if outing.ending is Ending.WITHDRAWN:
            yield Step(moment(outing.planned_on - timedelta(days=1), 15), self._withdraw)
            return
        logged_on = outing.held_on + timedelta(days=outing.logged_after)
        judged_on = logged_on + timedelta(days=outing.reviewed_after)
        yield Step(moment(logged_on, 17, 30), self._log)
        yield Step(moment(outing.held_on, 21, 30), self._answer_in_the_evening)
        yield Step(moment(outing.held_on + timedelta(days=1), 21), self._answer_the_next_day)
        if outing.on_paper:
            yield Step(moment(logged_on + timedelta(days=1), 11), self._count_paper)
        if outing.ending is not Ending.APPROVED:
            yield Step(moment(judged_on, 10), self._return)
        if outing.ending is Ending.REWORKED:
            yield Step(moment(judged_on + timedelta(days=1), 16), self._rework)
            judged_on += timedelta(days=3)
        if outing.counts:
            yield Step(moment(judged_on, 10), self._approve)

    def _plan(self, stage: Stage, at: datetime) -> None:
        outing = self.outing
        details = ActivityDetails(
            project_id=stage.project_ids[outing.project],
            title=outing.title,
            kinds=outing.kinds,
            form=outing.form,
            venue_name=outing.spot.name,
            venue_kind=outing.spot.kind,
            districts=outing.districts,
            planned_on=outing.planned_on,
        )
        by = stage.people.organizer
        self._activity, _ = log_activity(
            stage.session, details, Status.PLANNED, by=by, now=at, is_sample=True
        )

    def _log(self, stage: Stage, at: datetime) -> None:
        outing = self.outing
        held = replace(
            details_of(self.activity),
            held_on=outing.held_on,
            audience_onsite=outing.onsite,
            audience_online=outing.online,
            note="" if outing.quality_met else words.QUALITY_NOTE,
        )
        self._edit(stage, at, held)
        self._change(stage, at, Status.LOGGED)

    def _withdraw(self, stage: Stage, at: datetime) -> None:
        self._change(stage, at, Status.WITHDRAWN, reason=self._chance.choice(words.CANCEL_REASONS))

    def _return(self, stage: Stage, at: datetime) -> None:
        self._change(stage, at, Status.RETURNED, reason=self._chance.choice(words.RETURN_REASONS))

    def _rework(self, stage: Stage, at: datetime) -> None:
        self._edit(stage, at, replace(details_of(self.activity), note=words.REWORK_NOTE))
        self._change(stage, at, Status.LOGGED)

    def _approve(self, stage: Stage, at: datetime) -> None:
        self._change(stage, at, Status.APPROVED)

    def _edit(self, stage: Stage, at: datetime, details: ActivityDetails) -> None:
        by, version = stage.people.organizer, self.activity.version
        edit_activity(stage.session, self.activity, details, version=version, by=by, now=at)

    def _change(self, stage: Stage, at: datetime, wanted: Status, *, reason: str = "") -> None:
        is_judged = wanted in (Status.APPROVED, Status.RETURNED)
        change_status(
            stage.session,
            self.activity,
            wanted,
            by=stage.people.manager if is_judged else stage.people.organizer,
            now=at,
            reason=reason,
            quality_met=self.outing.quality_met if wanted is Status.APPROVED else None,
        )

    def _answer_in_the_evening(self, stage: Stage, at: datetime) -> None:
        self._answer(stage, at, self._in_the_evening)

    def _answer_the_next_day(self, stage: Stage, at: datetime) -> None:
        self._answer(stage, at, self.outing.on_screen - self._in_the_evening)

    @property
    def _in_the_evening(self) -> int:
        return round(self.outing.on_screen * FIRST_EVENING_SHARE)

    def _answer(self, stage: Stage, at: datetime, count: int) -> None:
        """That many attendees within the last seven hours, the earliest first."""
        activity = SurveyedActivity(
            self.activity.id, self.outing.title, self.activity.happens_on, self.activity.status
        )
        minutes = sorted(self._chance.randrange(7 * 60) for _ in range(count))
        for minute in reversed(minutes):
            self._submit(stage.session, activity, at - timedelta(minutes=minute))

    def _submit(self, session: Session, activity: SurveyedActivity, at: datetime) -> None:
        sent = page_sent(self._chance, PUBLICS[self.outing.project])
        reading = read_answers({key: [text] for key, text in sent.items()}, DEFAULT_QUESTIONNAIRE)
        number = nonce(self._chance)
        submit_response(
            session,
            activity=activity,
            overall=reading.overall,
            answers=reading.answers,
            nonce=number,
            device_hash=device_hash(DEVICE_KEY, activity.id, number),
            now=at,
        )

    def _count_paper(self, stage: Stage, at: datetime) -> None:
        add_paper_tally(
            stage.session,
            activity_id=self.activity.id,
            **pile(self._chance, PUBLICS[self.outing.project], self.outing.on_paper),
            recorded_on=self.outing.held_on + timedelta(days=1),
            sheet=None,
            by=stage.people.organizer,
            now=at,
        )
