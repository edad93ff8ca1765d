"""Takes the decisions of decisions.toml and adds survey answers, for one sample year and its people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.details import details_of
from activitylog.activities.models import Activity
from activitylog.activities.operations import edit_activity
from activitylog.core.period import Period
from activitylog.indicators.judgements.operations import confirm_judgement, judge
from activitylog.indicators.judgements.rules import Grade
from activitylog.indicators.status import IndicatorStatus
from activitylog.indicators.targets.operations import Adjustment, adjust_target
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.deviations.operations import explain
from activitylog.rollup.deviations.queries import month_end_figure
from activitylog.rollup.deviations.rules import Cause, Explanation, Likelihood, deviation_kinds
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.queries import indicator_actual
from activitylog.rollup.run import roll_up
from activitylog.sample.rules import SHARES, YearLedger, answered_at, chance_of, filled_page, moment
from activitylog.surveys.answers.operations import decide_exclusion
from activitylog.surveys.attendee.operations import submit_responses
from activitylog.surveys.models import Response
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.rules import Audience
from activitylog.surveys.rules import DEFAULT_WINDOW, AnswerFlag, ExclusionStep, SubmittedAnswer

USUAL_HOUR = 14  # of the start
Decision = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SampleYear:
    """One sample year: its rows and its people; looks up what a decision names."""

    session: Session
    ledger: YearLedger
    organizer: User
    manager: User
    officer: User

    def indicator(self, decision: Decision) -> Indicator:
        named = (Project.name == decision["project"], Indicator.name == decision["indicator"])
        found = select(Indicator).join(Project).where(Project.year == self.ledger.year, *named)
        return self.session.scalars(found).one()

    def activity(self, number: str) -> Activity:
        numbered = Activity.number == f"{self.ledger.year}-{number[-4:]}"
        return self.session.scalars(select(Activity).where(numbered)).one()

    def month(self, decision: Decision) -> Period:
        return Period(self.ledger.year, decision["month"])


def edit(year: SampleYear, activity: Activity, *, by: User, now: datetime, **changes: Any) -> None:
    """Edit some details of an activity."""
    details = replace(details_of(activity), **changes)
    edit_activity(year.session, activity, details, version=activity.version, by=by, now=now)


def _close(year: SampleYear, decision: Decision, now: datetime) -> None:
    roll_up(year.session, year.month(decision), now=now)
    close_period(year.session, year.month(decision), by=year.officer, now=now)


def _reopen(year: SampleYear, decision: Decision, now: datetime) -> None:
    """Reopen the month and correct one activity's audience."""
    until, reason = now + timedelta(days=7), decision["reason"]
    reopen_period(year.session, year.month(decision), reason=reason, until=until, by=year.officer, now=now)
    activity = year.activity(decision["activity"])
    edit(year, activity, by=year.manager, now=now, audience_onsite=decision["onsite"])


def _exclude(year: SampleYear, decision: Decision, now: datetime) -> None:
    """Exclude a burst of best grades late at night."""
    activity = year.activity(decision["activity"])
    rng, at = chance_of(activity.number, "odd"), moment(activity.happens_on, 23 + 2 / 3)
    whose, flags = activity.project.name, AnswerFlag.FAST | AnswerFlag.NO_PAGE
    pages = [
        filled_page(rng, whose, activity.id, at + timedelta(seconds=7 * place))
        for place in range(decision["odd"])
    ]
    _submit(year, activity, [replace(page, overall=5, answers={}, flags=flags) for page in pages])
    step, by = ExclusionStep.EXCLUDED, year.manager
    odd = Response.flags != 0
    decide_exclusion(year.session, activity, step, odd, reason=decision["reason"], by=by, now=now)


def _adjust(year: SampleYear, decision: Decision, now: datetime) -> None:
    target, reference, reason = Decimal(decision["target"]), decision["reference"], decision["reason"]
    change = Adjustment(target, reference, decision["on"], reason)
    adjust_target(year.session, year.indicator(decision), change, by=year.officer, now=now)


def _judge(year: SampleYear, decision: Decision, now: datetime) -> None:
    """Judge as manager, and where it is confirmed, confirm an hour later as officer."""
    judgement = judge(
        year.session,
        year.indicator(decision),
        year.month(decision),
        grade=Grade(decision["grade"]),
        ratio=decision["ratio"],
        reason=decision["reason"],
        evidence=decision["evidence"],
        by=year.manager,
        now=now,
    )
    if decision.get("confirmed"):
        confirm_judgement(year.session, judgement, by=year.officer, now=now + timedelta(hours=1))


def _explain(year: SampleYear, decision: Decision, now: datetime) -> None:
    """Explain the deviation of an indicator, if it has one."""
    indicator, month = year.indicator(decision), year.month(decision)
    row = indicator_actual(year.session, indicator.id, month)
    if row.status in {IndicatorStatus.RED, IndicatorStatus.YELLOW} or deviation_kinds(month_end_figure(row)):
        forecast = Decimal(decision["forecast"]) if "forecast" in decision else None
        explanation = Explanation(Cause(decision["cause"]), decision["text"], Likelihood.POSSIBLE, forecast)
        explain(year.session, indicator, month, explanation, by=year.manager, now=now)


DECISIONS: dict[str, Callable[[SampleYear, Decision, datetime], None]] = {
    "close": _close,
    "reopen": _reopen,
    "exclude": _exclude,
    "adjust": _adjust,
    "judge": _judge,
    "explain": _explain,
}


def add_answers(year: SampleYear, activity: Activity, count: int) -> None:
    """Add the answers of attendees, and of a share of hosts two days later, as far as before today."""
    before, day = moment(year.ledger.today, 0), activity.happens_on
    hour = activity.start_time.hour if activity.start_time else USUAL_HOUR
    rng, whose = chance_of(activity.number, "attendees"), activity.project.name
    pages = [filled_page(rng, whose, activity.id, answered_at(rng, day, hour)) for _ in range(count)]
    _submit(year, activity, [page for page in pages if page.submitted_at < before])
    rng = chance_of(activity.number, "host")
    at = moment(day + timedelta(days=2), rng.uniform(9, 17))
    if rng.random() < SHARES["hosts"]["share"] and at < before:
        _submit(year, activity, [filled_page(rng, "hosts", activity.id, at)], Audience.HOSTS)


def _submit(
    year: SampleYear,
    activity: Activity,
    pages: Sequence[SubmittedAnswer],
    audience: Audience = Audience.ATTENDEES,
) -> None:
    surveyed = SurveyedActivity.of(activity, audience)
    in_order = sorted(pages, key=lambda page: page.submitted_at)
    submit_responses(year.session.connection(), surveyed, in_order, DEFAULT_WINDOW)
