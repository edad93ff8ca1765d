"""Describes the records behind a missed figure: title, due day, and what happened instead."""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy.orm import Session

from activitylog.activities.sources import month_day
from activitylog.core.money import yuan_text
from activitylog.core.period import Period
from activitylog.indicators.sources import SOURCE_BY_KEY, SOURCES, records_of
from activitylog.rollup.deviations.missed_records import MissedRecord

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


def satisfaction_note(miss: MissedRecord) -> str:
    return f"（{month_day(miss.occurred_on)}，{100 * miss.amount / miss.base:.2f}%，n={miss.base:,}）"


def spending_note(miss: MissedRecord) -> str:
    planned, paid = yuan_text(miss.base), yuan_text(miss.amount)
    return f"（{month_day(miss.occurred_on)}，计划 {planned} 元，实付 {paid} 元）"
