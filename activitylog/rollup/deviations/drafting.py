"""Drafts the explanation of a deviation from the posted records, for a person to complete."""

from collections.abc import Callable
from decimal import Decimal

from sqlalchemy.orm import Session

from activitylog.activities.sources import month_day
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.figure_text import (
    number_text,
    record_unit,
    target_text,
    with_unit,
)
from activitylog.indicators.judgements.queries import current_judgement
from activitylog.indicators.measures import Measure
from activitylog.indicators.measures.measure import Evidence
from activitylog.indicators.status import HUNDRED, MONTHS
from activitylog.projects.models import Indicator
from activitylog.rollup.deviations import missed_records
from activitylog.rollup.deviations.missed_record_text import (
    day_note,
    late_clauses,
    listed,
    quoted,
    records_text,
    satisfaction_note,
    spending_note,
)
from activitylog.rollup.deviations.queries import deviation_kinds_of, month_end_figure
from activitylog.rollup.deviations.rules import DeviationKind
from activitylog.rollup.drilldown import key_sums
from activitylog.rollup.forecast import is_cumulative

FEW_MONTHS = 3
SHARE_WITHOUT_TARGET = Decimal(90)


def draft_explanation(session: Session, indicator: Indicator, row: IndicatorActual) -> str:
    """The draft for a rolled-up figure that requires an explanation; "" where it requires none."""
    if not deviation_kinds_of(row):
        return ""
    head = _graded(session, indicator, row) if row.judged else _figure(row)
    clauses = [head, *(clause for clause in _evidence_clauses(session, indicator, row) if clause)]
    return "；".join(clauses) + "。"


def _graded(session: Session, indicator: Indicator, row: IndicatorActual) -> str:
    """The grade with the judgement's reason."""
    judgement = current_judgement(session, indicator, row.period)
    if judgement is None or row.judged is None:
        return ""
    reason = judgement.reason.strip("。；;. \n")
    clause = f"{judgement.period.label}评为“{row.judged.word}”" + (f"，理由：{reason}" if reason else "")
    return f"{clause}；{row.measure.label}为 {row.figure_text}" if row.measure else clause


def _figure(row: IndicatorActual) -> str:
    """The gap between the figure and its plan or target."""
    until = f"到{row.period.month}月末"
    if row.value is None or row.target is None:
        return f"{until}还没有可以计算的记录"
    if row.is_percentage:
        return f"{until}为 {row.value:.2f}%{row.base_text}，{_percentage_gap(row, row.value, row.target)}"
    done = f"{until}完成 {with_unit(number_text(row.value), row.unit)}"
    plan = row.planned_figure
    is_behind = is_cumulative(row) and row.value < row.target
    if row.period.month < MONTHS and is_behind and plan is not None and row.value < plan:
        return (
            f"{done}，按计划应有 {with_unit(number_text(plan), row.unit)}，"
            f"少 {with_unit(number_text(plan - row.value), row.unit)}"
        )
    return f"{done}，{_target_gap(row, row.value, row.target)}"


def _percentage_gap(row: IndicatorActual, value: Decimal, target: Decimal) -> str:
    word = "低" if value < target else "高"
    return f"比目标 {target_text(row)} {word} {abs(value - target):.2f} 个百分点"


def _target_gap(row: IndicatorActual, value: Decimal, target: Decimal) -> str:
    word = "少" if value < target else "多"
    gap = f"比目标{word} {with_unit(number_text(abs(value - target)), row.unit)}"
    if value <= target or target <= 0:
        return gap
    return f"{gap}（超出 {(value / target - 1) * HUNDRED:,.0f}%）"


def _evidence_clauses(session: Session, indicator: Indicator, row: IndicatorActual) -> list[str]:
    """The clauses of the measure's kind of evidence."""
    if row.measure is None:
        return []
    return _EVIDENCE[row.measure.evidence](session, indicator, row, row.measure)


def _late(session: Session, indicator: Indicator, row: IndicatorActual, _measure: Measure) -> list[str]:
    return late_clauses(session, missed_records.failed(session, indicator.id, row.period), row.period)


def _failed(session: Session, indicator: Indicator, row: IndicatorActual, measure: Measure) -> list[str]:
    clause = records_text(session, missed_records.failed(session, indicator.id, row.period), day_note)
    return [f"{clause}{measure.rate_text.failure}"] if clause and measure.rate_text else []


def _below_target(
    session: Session, indicator: Indicator, row: IndicatorActual, measure: Measure
) -> list[str]:
    target = SHARE_WITHOUT_TARGET if row.target is None else row.target
    clause = records_text(
        session, missed_records.below(session, indicator.id, row.period, target), satisfaction_note
    )
    return [f"{clause}{measure.label}低于 {number_text(target)}%"] if clause else []


def _spending(session: Session, indicator: Indicator, row: IndicatorActual, _measure: Measure) -> list[str]:
    is_over = row.value is not None and row.target is not None and row.value < row.target
    word, read = ("超过", missed_records.overspent) if is_over else ("低于", missed_records.underspent)
    clause = records_text(session, read(session, indicator.id, row.period), spending_note)
    return [f"{clause}实付{word}计划"] if clause else []


def _missing_keys(
    session: Session, indicator: Indicator, row: IndicatorActual, measure: Measure
) -> list[str]:
    if not _is_short(row) or measure.keys is None:
        return _counted(session, indicator, row, measure)
    used = key_sums(session, indicator.id, row.period)
    missing = [name for key, name in measure.keys.names.items() if key not in used]
    return [f"{measure.keys.heading}：{'、'.join(missing)}"] if missing else []


def _keys(session: Session, indicator: Indicator, row: IndicatorActual, measure: Measure) -> list[str]:
    used = sorted(key_sums(session, indicator.id, row.period).items(), key=lambda pair: -pair[1])
    if not used or measure.keys is None:
        return []
    listed = "、".join(f"{measure.keys.text(key)} {count:,} 次" for key, count in used)
    return [f"{measure.keys.heading}：{listed}"]


def _undone(session: Session, indicator: Indicator, row: IndicatorActual, measure: Measure) -> list[str]:
    if not _is_short(row):
        return _counted(session, indicator, row, measure)
    found, of = missed_records.undone(session, indicator, row.period)
    names = [f"{quoted(each.name)}（应在{month_day(each.due_on)}完成）" for each in found if each.due_on]
    return [f"{listed(names, of, '项')}到{row.period.month}月末没有完成"] if names else []


def _counted(session: Session, indicator: Indicator, row: IndicatorActual, _measure: Measure) -> list[str]:
    """Of a count: the months without postings, else those with least; where it exceeds, those with most."""
    months = missed_records.amounts_by_month(session, indicator.id, row.period)
    if not _is_short(row):
        return _months(row, months, "入账最多", most=True)
    empty = [month for month in range(1, row.period.month + 1) if month not in months]
    return [f"{month_spans(empty)}没有入账记录"] if empty else _months(row, months, "入账最少", most=False)


def _months(row: IndicatorActual, months: dict[int, int], clause: str, *, most: bool) -> list[str]:
    chosen = sorted(months, key=lambda month: -months[month] if most else months[month])[:FEW_MONTHS]
    unit = record_unit(row.unit)
    named = [f"{month}月 {with_unit(f'{months[month]:,}', unit)}" for month in sorted(chosen)]
    return [f"{clause}的月份：{'、'.join(named)}"] if named else []


def _is_short(row: IndicatorActual) -> bool:
    """Whether the figure falls short rather than exceeds."""
    if row.value is None or row.target is None:
        return True
    if row.operator in {"≤", "<"}:
        return False
    at = month_end_figure(row)
    return not at.is_more(row.value) and DeviationKind.BEYOND not in deviation_kinds_of(row)


def month_spans(months: list[int]) -> str:
    """3月、7月至9月."""
    spans: list[list[int]] = []
    for month in months:
        if spans and month == spans[-1][-1] + 1:
            spans[-1].append(month)
        else:
            spans.append([month])
    return "、".join(f"{s[0]}月" if len(s) == 1 else f"{s[0]}月至{s[-1]}月" for s in spans)


_EVIDENCE: dict[Evidence, Callable[[Session, Indicator, IndicatorActual, Measure], list[str]]] = {
    Evidence.MONTHS: _counted,
    Evidence.LATE: _late,
    Evidence.FAILED: _failed,
    Evidence.BELOW_TARGET: _below_target,
    Evidence.SPENDING: _spending,
    Evidence.MISSING_KEYS: _missing_keys,
    Evidence.KEYS: _keys,
    Evidence.UNDONE: _undone,
}
