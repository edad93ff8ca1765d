"""What the sample's people decide beside the ledger: each `do` of decisions.toml as one operation or two."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.details import details_of
from activitylog.activities.models import Activity
from activitylog.activities.operations import edit_activity
from activitylog.core.period import Period, start_of_day
from activitylog.indicators.judgements.operations import confirm_judgement, judge
from activitylog.indicators.judgements.rules import Grade
from activitylog.indicators.status import Light
from activitylog.indicators.targets.operations import Adjustment, adjust_target, set_plan
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.deviations.operations import explain
from activitylog.rollup.deviations.queries import standing_of
from activitylog.rollup.deviations.rules import Cause, Explanation, Likelihood, why_required
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.queries import indicator_actual
from activitylog.rollup.run import roll_up
from activitylog.sample.answers import answer_oddly
from activitylog.sample.people import People
from activitylog.surveys.answers.operations import decide_exclusion
from activitylog.surveys.flags import ExclusionStep
from activitylog.surveys.models import Response

Step = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Office:
    """One sample year and the people who keep it."""

    session: Session
    people: People
    year: int

    def indicator(self, step: Step) -> Indicator:
        named = (Project.name == step["project"], Indicator.name == step["indicator"])
        found = select(Indicator).join(Project).where(Project.year == self.year, *named)
        return self.session.scalars(found).one()

    def activity(self, number: str) -> Activity:
        found = select(Activity).where(Activity.number == f"{self.year}-{number}")
        return self.session.scalars(found).one()

    def month(self, step: Step) -> Period:
        return Period(self.year, step["month"])


def moment(day: date, hour: int) -> datetime:
    """An hour of a day in Shanghai."""
    return start_of_day(day) + timedelta(hours=hour)


def decide(office: Office, step: Step, *, now: datetime) -> None:
    DECISIONS[step["do"]](office, step, now)


def plan_months(office: Office, plan: Step) -> None:
    """Give what happens by event its monthly plan: an even share a month would call it late from January."""
    set_plan(office.session, office.indicator(plan), [Decimal(figure) for figure in plan["months"]])


def _close(office: Office, step: Step, now: datetime) -> None:
    roll_up(office.session, office.month(step), now=now)
    close_period(office.session, office.month(step), by=office.people.officer, now=now)


def _reopen(office: Office, step: Step, now: datetime) -> None:
    """Open the month again to correct one activity's head count."""
    until = now + timedelta(days=7)
    reason, officer = step["reason"], office.people.officer
    reopen_period(office.session, office.month(step), reason=reason, until=until, by=officer, now=now)
    activity = office.activity(step["activity"])
    details = replace(details_of(activity), audience_onsite=step["onsite"])
    by, version = office.people.manager, activity.version
    edit_activity(office.session, activity, details, version=version, by=by, now=now)


def _exclude(office: Office, step: Step, now: datetime) -> None:
    activity = office.activity(step["activity"])
    answer_oddly(office.session, activity, step["odd"])
    decide_exclusion(
        office.session,
        activity,
        ExclusionStep.EXCLUDED,
        Response.flags != 0,
        reason=step["reason"],
        by=office.people.manager,
        now=now,
    )


def _adjust(office: Office, step: Step, now: datetime) -> None:
    change = Adjustment(Decimal(step["target"]), step["reference"], step["on"], step["reason"])
    adjust_target(office.session, office.indicator(step), change, by=office.people.officer, now=now)


def _judge(office: Office, step: Step, now: datetime) -> None:
    """The manager grades; where it is confirmed, the officer agrees an hour later."""
    judgement = judge(
        office.session,
        office.indicator(step),
        office.month(step),
        grade=Grade(step["grade"]),
        ratio=step["ratio"],
        reason=step["reason"],
        evidence=step["evidence"],
        by=office.people.manager,
        now=now,
    )
    if step.get("confirmed"):
        later = now + timedelta(hours=1)
        confirm_judgement(office.session, judgement, by=office.people.officer, now=later)


def _explain(office: Office, step: Step, now: datetime) -> None:
    """Say why an indicator stands away from its target, if it does."""
    indicator, month = office.indicator(step), office.month(step)
    row = indicator_actual(office.session, indicator.id, month)
    if row.light in {Light.RED, Light.YELLOW} or why_required(standing_of(row)):
        forecast = Decimal(step["forecast"]) if "forecast" in step else None
        said = Explanation(Cause(step["cause"]), step["text"], Likelihood.POSSIBLE, forecast)
        explain(office.session, indicator, month, said, by=office.people.manager, now=now)


DECISIONS: dict[str, Callable[[Office, Step, datetime], None]] = {
    "close": _close,
    "reopen": _reopen,
    "exclude": _exclude,
    "adjust": _adjust,
    "judge": _judge,
    "explain": _explain,
}
