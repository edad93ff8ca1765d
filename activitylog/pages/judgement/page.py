"""The judgement page: the computed evidence, the grade it suggests, and the history of judgements."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period
from activitylog.files.forms import as_document
from activitylog.files.operations import StoredDocument
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
from activitylog.pages.project.page import load_month
from activitylog.projects.models import Indicator
from activitylog.projects.queries import branch_of, indicator_of_year_before, visible_projects
from activitylog.rollup.live_figure import compare_with_postings
from activitylog.rollup.periods.queries import Month
from activitylog.rollup.queries import indicator_actual
from activitylog.surveys.hosts.queries import HostEvidence, host_evidence

REGULATIONS = "制度"


@dataclass(frozen=True, slots=True)
class MilestoneAtMonthEnd:
    """A milestone with its state at the month's end."""

    milestone: Milestone
    state: MilestoneState
    is_done: bool


@dataclass(frozen=True, slots=True)
class JudgementStep:
    """One step of the history: a judgement given, or confirmed."""

    at: datetime
    who: str
    what: str
    reason: str = ""
    evidence: str = ""
    files: Sequence[JudgementFile] = ()


@dataclass(frozen=True, slots=True)
class LastGrade:
    """The grade the year before gave to the indicator of the same name, and the address of its page."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class JudgementPage:
    """The page of an indicator's judgement at a month's end, without its form."""

    indicator: Indicator
    period: Period
    month: Month
    row: IndicatorActual
    is_coming: bool
    next_open: Period | None
    target: str
    figure: str
    milestones: Sequence[MilestoneAtMonthEnd]
    other_milestones: str
    last_grade: LastGrade | None
    hosts: HostEvidence
    suggested: str
    current: Judgement | None
    judged_text: str
    may_confirm: bool
    history: Sequence[JudgementStep]


def judgement_page(
    session: Session, indicator: Indicator, period: Period, *, user: User, today: date
) -> JudgementPage:
    month = load_month(session, period, today)
    row = _row(session, indicator, month, today)
    milestones = _milestones(session, indicator, row, period)
    suggested = suggested_grade(row, milestones)
    current = current_judgement(session, indicator, period)
    awaits_confirmation = current is not None and current.confirmed_at is None
    return JudgementPage(
        indicator=indicator,
        period=period,
        month=month,
        row=row,
        is_coming=period.first_day > today,
        next_open=_next_open(session, period),
        target=target_text(indicator),
        figure=row.figure_text if row.measure else "",
        milestones=milestones,
        other_milestones="" if milestones else _milestones_text(session, indicator, period),
        last_grade=_last_grade(session, indicator, user),
        hosts=host_evidence(
            session,
            branch_of(indicator.project),
            since=Period(period.year, 1).first_day,
            until=period.last_day,
        ),
        suggested=GRADE_LABELS[suggested] if suggested else "",
        current=current,
        judged_text=row.judgement_text,
        may_confirm=current is not None and awaits_confirmation and current.judged_by_id != user.id,
        history=_history(judgements_of(session, indicator)),
    )


def _next_open(session: Session, period: Period) -> Period | None:
    """The month after the last closed one of the year."""
    closed = closed_months(session, period, Period(period.year, 12))
    return closed[-1].next if closed and closed[-1].month < 12 else None


def initial_values(session: Session, indicator: Indicator, period: Period, today: date) -> dict[str, Any]:
    """The form's initial values: the current judgement, else what the evidence suggests."""
    current = current_judgement(session, indicator, period)
    if current is not None:
        names = ("grade", "ratio", "reason", "evidence")
        return {name: getattr(current, name) for name in names}
    row = _row(session, indicator, load_month(session, period, today), today)
    suggested = suggested_grade(row, _milestones(session, indicator, row, period))
    return {"grade": suggested, "ratio": 100 if suggested is Grade.REACHED else None}


def initial_files(session: Session, indicator: Indicator, period: Period) -> list[StoredDocument]:
    """The form's initial files: those of the current judgement."""
    current = current_judgement(session, indicator, period)
    return [] if current is None else [as_document(each.file, each.name) for each in current.files]


def suggested_grade(row: IndicatorActual, milestones: list[MilestoneAtMonthEnd]) -> Grade | None:
    """The grade the computed evidence suggests; None where it suggests none."""
    if milestones and all(each.milestone.kind == REGULATIONS for each in milestones):
        return grade_of_parts(sum(each.is_done for each in milestones), len(milestones))
    if row.measure is None or row.measure.grade is None or row.figure is None:
        return None
    return row.measure.grade(row.figure)


def _row(session: Session, indicator: Indicator, month: Month, today: date) -> IndicatorActual:
    """The actual; for a month that has begun and is not rolled up, the live figure."""
    row = indicator_actual(session, indicator.id, month.period)
    if row.measure is None or month.is_rolled_up or month.period.first_day > today:
        return row
    live = compare_with_postings(session, indicator.id, row.measure, month.period)
    return replace(
        row, amount=live.amount, base=live.base, records=live.records, posted_at=None, adjustments=0
    )


def _milestones(
    session: Session, indicator: Indicator, row: IndicatorActual, period: Period
) -> list[MilestoneAtMonthEnd]:
    """The milestones the rule counts, by due date."""
    rule = session.get(Rule, indicator.id)
    if rule is None or row.measure is None or Filter.MILESTONE_KIND not in row.measure.filters:
        return []
    counted = select(Milestone).where(
        Milestone.project_id.in_(branch_of(indicator.project)), Milestone.is_counted
    )
    if rule.milestone_kind:
        counted = counted.where(Milestone.kind == rule.milestone_kind)
    return [
        _as_of(milestone, period)
        for milestone in session.scalars(counted.order_by(Milestone.due_on, Milestone.id))
    ]


def _milestones_text(session: Session, indicator: Indicator, period: Period) -> str:
    """The project's milestones due by the month's end, where the rule itself counts none."""
    due = select(Milestone).where(
        Milestone.project_id.in_(branch_of(indicator.project)),
        Milestone.is_counted,
        Milestone.due_on <= period.last_day,
    )
    states = [_as_of(each, period) for each in session.scalars(due)]
    done = sum(each.is_done for each in states)
    return f"到期 {len(states)} 项，完成 {done} 项" if states else ""


def _last_grade(session: Session, indicator: Indicator, user: User) -> LastGrade | None:
    last, found = Period(indicator.project.year - 1, 12), indicator_of_year_before(session, indicator)
    if found is not None and found.project not in visible_projects(session, user, year=last.year):
        return None
    grade = current_judgement(session, found, last) if found else None
    if found is None or grade is None:
        return None
    text = f"{GRADE_LABELS[grade.grade]}（{grade.ratio}%）"
    return LastGrade(text, f"/indicators/{found.id}/judgement?period={last}")


def _as_of(milestone: Milestone, period: Period) -> MilestoneAtMonthEnd:
    done_on = milestone.done_on
    is_done = done_on is not None and done_on <= period.last_day
    state = milestone_state(milestone.due_on, done_on if is_done else None, period.last_day)
    return MilestoneAtMonthEnd(milestone, state, is_done)


def _history(lines: list[JudgementLine]) -> list[JudgementStep]:
    steps: list[JudgementStep] = []
    for line in lines:
        judgement = f"{line.judged.period.label}的评定“{line.judged.word}”（{line.judged.ratio}%）"
        if line.judgement.confirmed_at:
            steps.append(
                JudgementStep(line.judgement.confirmed_at, line.confirmed_by, f"复核同意{judgement}")
            )
        steps.append(
            JudgementStep(
                line.judgement.judged_at,
                line.by,
                f"作出{judgement}",
                reason=line.judgement.reason,
                evidence=line.judgement.evidence,
                files=line.judgement.files,
            )
        )
    return steps
