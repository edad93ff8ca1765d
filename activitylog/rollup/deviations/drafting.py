"""Drafts the explanation of a deviation from the posted records, for a person to complete."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import partial

from sqlalchemy.orm import Session

from activitylog.core.money import yuan_text
from activitylog.core.period import Period, month_day
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
from activitylog.indicators.sources import SOURCE_BY_KEY, SOURCES, records_of
from activitylog.indicators.status import HUNDRED, MONTHS
from activitylog.projects.models import Indicator
from activitylog.rollup.deviations import queries
from activitylog.rollup.deviations.queries import MissedRecord, deviation_kinds_of, month_end_figure
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
    if row.is_money:
        return f"{until}为 {row.figure_text}，{_target_gap(row, row.value, row.target)}"
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
    return late_clauses(session, queries.failed(session, indicator.id, row.period), row.period)


def _failed(session: Session, indicator: Indicator, row: IndicatorActual, measure: Measure) -> list[str]:
    clause = records_text(session, queries.failed(session, indicator.id, row.period), day_note)
    return [f"{clause}{measure.rate_text.failure}"] if clause and measure.rate_text else []


def _below_target(
    session: Session, indicator: Indicator, row: IndicatorActual, measure: Measure
) -> list[str]:
    target = SHARE_WITHOUT_TARGET if row.target is None else row.target
    records = queries.below(session, indicator.id, row.period, target)
    clause = records_text(session, records, partial(satisfaction_note, base_of_one=measure.base_of_one))
    return [f"{clause}{measure.label}低于 {number_text(target)}%"] if clause else []


def _spending(session: Session, indicator: Indicator, row: IndicatorActual, _measure: Measure) -> list[str]:
    is_over = row.value is not None and row.target is not None and row.value < row.target
    word, read = ("超过", queries.overspent) if is_over else ("低于", queries.underspent)
    clause = records_text(session, read(session, indicator.id, row.period), spending_note)
    return [f"{clause}实付{word}计划"] if clause else []


def _costs(session: Session, indicator: Indicator, row: IndicatorActual, _measure: Measure) -> list[str]:
    clause = records_text(session, queries.costliest(session, indicator.id, row.period), paid_note)
    return [f"实付最多的：{clause}"] if clause else []


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
    listed = "、".join(f"{measure.keys.text(key)} {count:,} {measure.keys.unit}" for key, count in used)
    return [f"{measure.keys.heading}：{listed}"]


def _undone(session: Session, indicator: Indicator, row: IndicatorActual, measure: Measure) -> list[str]:
    if not _is_short(row):
        return _counted(session, indicator, row, measure)
    found, of = queries.undone(session, indicator, row.period)
    names = [f"{quoted(each.name)}（应在{month_day(each.due_on)}完成）" for each in found if each.due_on]
    return [f"{listed(names, of, '项')}到{row.period.month}月末没有完成"] if names else []


def _counted(session: Session, indicator: Indicator, row: IndicatorActual, _measure: Measure) -> list[str]:
    """Of a count: the months without postings, else those with least; where it exceeds, those with most."""
    months = queries.amounts_by_month(session, indicator.id, row.period)
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
    Evidence.COSTS: _costs,
}


LONGEST_TITLE = 40


def quoted(title: str) -> str:
    short = title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}……"
    return f"“{short}”"


def listed(names: Sequence[str], of: int, unit: str) -> str:
    """The names, and how many there are in all where more than one."""
    return "、".join(names) + (f"等 {of:,} {unit}" if of > 1 else "")


def late_clauses(session: Session, misses: Sequence[MissedRecord], period: Period) -> list[str]:
    """One clause for each source: its late or missing records up to the month's end."""
    clauses = []
    titles = _titles(session, misses)
    for source in SOURCES:
        ours, late = [miss for miss in misses if miss.source == source.key], source.lateness
        if late is None or not ours:
            continue
        found = late.look_up(session, [miss.source_id for miss in ours], period)
        texts = [late.text(miss.occurred_on, found.get(miss.source_id)) for miss in ours]
        names = [
            f"{titles[source.key, miss.source_id]}（{text}）" for miss, text in zip(ours, texts, strict=True)
        ]
        clauses.append(listed(names, ours[0].of, source.unit) + late.verdict)
    return clauses


def records_text(
    session: Session, misses: Sequence[MissedRecord], describe: Callable[[MissedRecord], str]
) -> str:
    """Every record's title with what `describe` adds; "" where there is none."""
    if not misses:
        return ""
    titles = _titles(session, misses)
    unit = SOURCE_BY_KEY[misses[0].source].unit
    return listed(
        [titles[miss.source, miss.source_id] + describe(miss) for miss in misses], misses[0].of, unit
    )


def _titles(session: Session, misses: Iterable[MissedRecord]) -> dict[tuple[str, int], str]:
    records = records_of(session, {(miss.source, miss.source_id) for miss in misses})
    return {key: quoted(record.title) for key, record in records.items()}


def day_note(miss: MissedRecord) -> str:
    return f"（{month_day(miss.occurred_on)}）"


def satisfaction_note(miss: MissedRecord, *, base_of_one: int) -> str:
    share = 100 * miss.amount / miss.base
    return f"（{month_day(miss.occurred_on)}，{share:.2f}%，n={miss.base // base_of_one:,}）"


def paid_note(miss: MissedRecord) -> str:
    return f"（{month_day(miss.occurred_on)}，实付 {yuan_text(miss.amount)} 元）"


def spending_note(miss: MissedRecord) -> str:
    planned, paid = yuan_text(miss.base), yuan_text(miss.amount)
    return f"（{month_day(miss.occurred_on)}，计划 {planned} 元，实付 {paid} 元）"
