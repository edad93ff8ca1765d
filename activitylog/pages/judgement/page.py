"""What the judgement page shows: the computed evidence, what it suggests, and every judgement there was."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period
from activitylog.files.pending import as_document
from activitylog.files.uploads import StoredDocument
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.closings.queries import closed_months
from activitylog.indicators.figure_text import target_text
from activitylog.indicators.judgements.models import Judgement, JudgementFile
from activitylog.indicators.judgements.queries import JudgementLine, current_judgement, judgements_of
from activitylog.indicators.judgements.rules import (
    GRADE_LABELS,
    Grade,
    grade_of_parts,
)
from activitylog.indicators.measures.measure import Filter
from activitylog.indicators.models import Rule
from activitylog.milestones.models import Milestone
from activitylog.milestones.rules import MilestoneState, milestone_state
from activitylog.pages.project.page import month_of_page
from activitylog.projects.models import Indicator
from activitylog.projects.queries import branch_of
from activitylog.rollup.live_figure import compare_with_postings
from activitylog.rollup.periods.queries import Month
from activitylog.rollup.queries import indicator_actual
from activitylog.surveys.hosts.queries import HostEvidence, host_evidence

REGULATIONS = "制度"


@dataclass(frozen=True, slots=True)
class JudgedMilestone:
    """A milestone as it stood at the month's end."""

    milestone: Milestone
    state: MilestoneState
    is_done: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A judgement given, or agreed to."""

    at: datetime
    who: str
    what: str
    reason: str = ""
    evidence: str = ""
    files: Sequence[JudgementFile] = ()


@dataclass(frozen=True, slots=True)
class JudgementPage:
    """The page of an indicator's judgements at a month's end, without its form."""

    indicator: Indicator
    period: Period
    month: Month
    row: IndicatorActual
    is_coming: bool
    next_open: Period | None
    target_text: str
    figure: str
    undertakings: Sequence[JudgedMilestone]
    hosts: HostEvidence
    suggested: str
    standing: Judgement | None
    judgement_text: str
    may_confirm: bool
    history: Sequence[Step]


def judgement_page(
    session: Session, indicator: Indicator, period: Period, *, user: User, today: date
) -> JudgementPage:
    month = month_of_page(session, period, today)
    row = _row(session, indicator, month, today)
    undertakings = _undertakings(session, indicator, row, period)
    suggested = suggested_grade(row, undertakings)
    standing = current_judgement(session, indicator, period)
    waits = standing is not None and standing.confirmed_at is None
    return JudgementPage(
        indicator=indicator,
        period=period,
        month=month,
        row=row,
        is_coming=period.first_day > today,
        next_open=_next_open(session, period),
        target_text=target_text(indicator),
        figure=row.figure_text if row.measure else "",
        undertakings=undertakings,
        hosts=host_evidence(
            session,
            branch_of(indicator.project),
            since=Period(period.year, 1).first_day,
            until=period.last_day,
        ),
        suggested=GRADE_LABELS[suggested] if suggested else "",
        standing=standing,
        judgement_text=row.judgement_text,
        may_confirm=standing is not None and waits and standing.judged_by_id != user.id,
        history=_history(judgements_of(session, indicator)),
    )


def _next_open(session: Session, period: Period) -> Period | None:
    """The month after the last closed one of the year."""
    closed = closed_months(session, period, Period(period.year, 12))
    return closed[-1].next if closed and closed[-1].month < 12 else None


def first_answers(session: Session, indicator: Indicator, period: Period, today: date) -> dict[str, Any]:
    """What the form begins with: the judgement that stands, else what the evidence suggests."""
    standing = current_judgement(session, indicator, period)
    if standing is not None:
        names = ("grade", "ratio", "reason", "evidence")
        return {name: getattr(standing, name) for name in names}
    row = _row(session, indicator, month_of_page(session, period, today), today)
    suggested = suggested_grade(row, _undertakings(session, indicator, row, period))
    return {"grade": suggested, "ratio": 100 if suggested is Grade.REACHED else None}


def first_files(session: Session, indicator: Indicator, period: Period) -> list[StoredDocument]:
    """The files the form begins with: those of the judgement that stands."""
    standing = current_judgement(session, indicator, period)
    return [] if standing is None else [as_document(each.file, each.name) for each in standing.files]


def suggested_grade(row: IndicatorActual, undertakings: list[JudgedMilestone]) -> Grade | None:
    """What the computed evidence says for itself; None where only a person can tell."""
    if undertakings and all(each.milestone.kind == REGULATIONS for each in undertakings):
        return grade_of_parts(sum(each.is_done for each in undertakings), len(undertakings))
    if row.measure is None or row.measure.grade is None or row.figure is None:
        return None
    return row.measure.grade(row.figure)


def _row(session: Session, indicator: Indicator, month: Month, today: date) -> IndicatorActual:
    """The booked figure, or for a month that has come but is not booked the facts' own."""
    row = indicator_actual(session, indicator.id, month.period)
    if row.measure is None or month.is_rolled_up or month.period.first_day > today:
        return row
    live = compare_with_postings(session, indicator.id, row.measure, month.period)
    return replace(row, amount=live.amount, base=live.base, posted_at=None, adjustments=0)


def _undertakings(
    session: Session, indicator: Indicator, row: IndicatorActual, period: Period
) -> list[JudgedMilestone]:
    """The milestones the rule counts, in the order they are due."""
    rule = session.get(Rule, indicator.id)
    if rule is None or row.measure is None or Filter.MILESTONE_KIND not in row.measure.filters:
        return []
    wanted = select(Milestone).where(
        Milestone.project_id.in_(branch_of(indicator.project)), Milestone.withdrawn_at.is_(None)
    )
    if rule.milestone_kind:
        wanted = wanted.where(Milestone.kind == rule.milestone_kind)
    return [
        _as_of(milestone, period)
        for milestone in session.scalars(wanted.order_by(Milestone.due_on, Milestone.id))
    ]


def _as_of(milestone: Milestone, period: Period) -> JudgedMilestone:
    done_on = milestone.done_on
    is_done = done_on is not None and done_on <= period.last_day
    state = milestone_state(milestone.due_on, done_on if is_done else None, period.last_day)
    return JudgedMilestone(milestone, state, is_done)


def _history(lines: list[JudgementLine]) -> list[Step]:
    steps: list[Step] = []
    for line in lines:
        said = f"{line.judged.period.label}的评定“{line.judged.word}”（{line.judged.ratio}%）"
        if line.judgement.confirmed_at:
            steps.append(Step(line.judgement.confirmed_at, line.confirmed_by, f"复核同意{said}"))
        steps.append(
            Step(
                line.judgement.judged_at,
                line.by,
                f"作出{said}",
                reason=line.judgement.reason,
                evidence=line.judgement.evidence,
                files=line.judgement.files,
            )
        )
    return steps
