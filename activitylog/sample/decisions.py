"""Applies the decisions of decisions.toml, each `do` by one or two operations."""

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
from activitylog.indicators.status import IndicatorStatus
from activitylog.indicators.targets.operations import Adjustment, adjust_target, set_plan
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.deviations.operations import explain
from activitylog.rollup.deviations.queries import month_end_figure
from activitylog.rollup.deviations.rules import Cause, Explanation, Likelihood, deviation_kinds
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.queries import indicator_actual
from activitylog.rollup.run import roll_up
from activitylog.sample.answers import add_suspicious_answers
from activitylog.sample.people import People
from activitylog.surveys.answers.operations import decide_exclusion
from activitylog.surveys.models import Response
from activitylog.surveys.rules import ExclusionStep

Decision = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SampleYear:
    """One sample year and its people; looks up its indicators and activities."""

    session: Session
    people: People
    year: int

    def indicator(self, decision: Decision) -> Indicator:
        named = (Project.name == decision["project"], Indicator.name == decision["indicator"])
        found = select(Indicator).join(Project).where(Project.year == self.year, *named)
        return self.session.scalars(found).one()

    def activity(self, number: str) -> Activity:
        found = select(Activity).where(Activity.number == f"{self.year}-{number}")
        return self.session.scalars(found).one()

    def month(self, decision: Decision) -> Period:
        return Period(self.year, decision["month"])


def moment(day: date, hour: int) -> datetime:
    """An hour of a day in Shanghai."""
    return start_of_day(day) + timedelta(hours=hour)


def apply_decision(sample_year: SampleYear, decision: Decision, *, now: datetime) -> None:
    DECISIONS[decision["do"]](sample_year, decision, now)


def set_monthly_plan(sample_year: SampleYear, plan: Decision) -> None:
    """Set an indicator's monthly plan, as an even share a month would make it late from January."""
    set_plan(sample_year.session, sample_year.indicator(plan), [Decimal(figure) for figure in plan["months"]])


def _close(sample_year: SampleYear, decision: Decision, now: datetime) -> None:
    roll_up(sample_year.session, sample_year.month(decision), now=now)
    close_period(sample_year.session, sample_year.month(decision), by=sample_year.people.officer, now=now)


def _reopen(sample_year: SampleYear, decision: Decision, now: datetime) -> None:
    """Reopen the month and correct one activity's audience."""
    until = now + timedelta(days=7)
    reason, officer = decision["reason"], sample_year.people.officer
    reopen_period(
        sample_year.session, sample_year.month(decision), reason=reason, until=until, by=officer, now=now
    )
    activity = sample_year.activity(decision["activity"])
    details = replace(details_of(activity), audience_onsite=decision["onsite"])
    by, version = sample_year.people.manager, activity.version
    edit_activity(sample_year.session, activity, details, version=version, by=by, now=now)


def _exclude(sample_year: SampleYear, decision: Decision, now: datetime) -> None:
    activity = sample_year.activity(decision["activity"])
    add_suspicious_answers(sample_year.session, activity, decision["odd"])
    decide_exclusion(
        sample_year.session,
        activity,
        ExclusionStep.EXCLUDED,
        Response.flags != 0,
        reason=decision["reason"],
        by=sample_year.people.manager,
        now=now,
    )


def _adjust(sample_year: SampleYear, decision: Decision, now: datetime) -> None:
    change = Adjustment(
        Decimal(decision["target"]), decision["reference"], decision["on"], decision["reason"]
    )
    adjust_target(
        sample_year.session, sample_year.indicator(decision), change, by=sample_year.people.officer, now=now
    )


def _judge(sample_year: SampleYear, decision: Decision, now: datetime) -> None:
    """Judge as manager, and where it is confirmed, confirm an hour later as officer."""
    judgement = judge(
        sample_year.session,
        sample_year.indicator(decision),
        sample_year.month(decision),
        grade=Grade(decision["grade"]),
        ratio=decision["ratio"],
        reason=decision["reason"],
        evidence=decision["evidence"],
        by=sample_year.people.manager,
        now=now,
    )
    if decision.get("confirmed"):
        later = now + timedelta(hours=1)
        confirm_judgement(sample_year.session, judgement, by=sample_year.people.officer, now=later)


def _explain(sample_year: SampleYear, decision: Decision, now: datetime) -> None:
    """Explain the deviation of an indicator, if it has one."""
    indicator, month = sample_year.indicator(decision), sample_year.month(decision)
    row = indicator_actual(sample_year.session, indicator.id, month)
    if row.status in {IndicatorStatus.RED, IndicatorStatus.YELLOW} or deviation_kinds(month_end_figure(row)):
        forecast = Decimal(decision["forecast"]) if "forecast" in decision else None
        explanation = Explanation(Cause(decision["cause"]), decision["text"], Likelihood.POSSIBLE, forecast)
        explain(sample_year.session, indicator, month, explanation, by=sample_year.people.manager, now=now)


DECISIONS: dict[str, Callable[[SampleYear, Decision, datetime], None]] = {
    "close": _close,
    "reopen": _reopen,
    "exclude": _exclude,
    "adjust": _adjust,
    "judge": _judge,
    "explain": _explain,
}
