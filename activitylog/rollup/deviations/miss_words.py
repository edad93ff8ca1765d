"""Records behind a missed figure in words: what each is called, when it was due and what became of it."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.activities import facts as activity_facts
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.money import yuan_text
from activitylog.core.period import Period
from activitylog.indicators.sources import records_of
from activitylog.milestones import facts as milestone_facts
from activitylog.milestones.models import Milestone
from activitylog.publicity import facts as publicity_facts
from activitylog.publicity.models import Push
from activitylog.rollup.deviations.misses import Miss

LONGEST_TITLE = 40


def day_words(day: date) -> str:
    return f"{day.month}月{day.day}日"


def quoted(title: str) -> str:
    short = title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}……"
    return f"“{short}”"


def listed(names: Sequence[str], of: int, unit: str) -> str:
    """The names, and how many they stand for where there is more than one."""
    return "、".join(names) + (f"等 {of:,} {unit}" if of > 1 else "")


def late_words(session: Session, misses: Sequence[Miss], period: Period) -> list[str]:
    """One clause for each source: what was late, or never came, up to the month's end."""
    said = []
    titles = _titles(session, misses)
    for source, (look_up, words, unit, verdict) in _LATE.items():
        ours = [miss for miss in misses if miss.source == source]
        if not ours:
            continue
        found = look_up(session, [miss.source_id for miss in ours], period)
        names = [
            f"{titles[source, miss.source_id]}（{words(miss, found.get(miss.source_id))}）" for miss in ours
        ]
        said.append(listed(names, ours[0].of, unit) + verdict)
    return said


def plain_words(session: Session, misses: Sequence[Miss], unit: str, words: Callable[[Miss], str]) -> str:
    """Every record with a few words of its own; "" where there is none."""
    if not misses:
        return ""
    titles = _titles(session, misses)
    return listed([titles[miss.source, miss.source_id] + words(miss) for miss in misses], misses[0].of, unit)


def _titles(session: Session, misses: Iterable[Miss]) -> dict[tuple[str, int], str]:
    records = records_of(session, {(miss.source, miss.source_id) for miss in misses})
    return {key: quoted(record.title) for key, record in records.items()}


def happened(miss: Miss) -> str:
    return f"（{day_words(miss.occurred_on)}）"


def satisfied(miss: Miss) -> str:
    return f"（{day_words(miss.occurred_on)}，{100 * miss.amount / miss.base:.2f}%，n={miss.base:,}）"


def spent(miss: Miss) -> str:
    planned, paid = yuan_text(miss.base), yuan_text(miss.amount)
    return f"（{day_words(miss.occurred_on)}，计划 {planned} 元，实付 {paid} 元）"


def _activities(session: Session, ids: Collection[int], _period: Period) -> dict[int, Any]:
    rows = session.execute(select(Activity.id, Activity.held_on, Activity.status).where(Activity.id.in_(ids)))
    return {row.id: row for row in rows}


def _activity_words(miss: Miss, found: Any) -> str:
    planned = f"计划{day_words(miss.occurred_on)}"
    if found is None or found.held_on is None:
        return f"{planned}，没有举办记录"
    if found.held_on > miss.occurred_on:
        return f"{planned}，{day_words(found.held_on)}举办"
    return planned if found.status is Status.APPROVED else f"{planned}，记录还没有审核通过"


def _first_pushes(session: Session, ids: Collection[int], period: Period) -> dict[int, Any]:
    published_on = func.min(Push.published_on).label("published_on")
    rows = session.execute(
        select(Activity.id, Activity.held_on, published_on)
        .outerjoin(
            Push,
            (Push.activity_id == Activity.id)
            & Push.withdrawn_at.is_(None)
            & (Push.published_on <= period.last_day),
        )
        .where(Activity.id.in_(ids))
        .group_by(Activity.id, Activity.held_on)
    )
    return {row.id: row for row in rows}


def _release_words(miss: Miss, found: Any) -> str:
    if found is None or found.held_on is None:
        return f"应在{day_words(miss.occurred_on)}前推送"
    held = f"{day_words(found.held_on)}举办"
    if found.published_on is None:
        return f"{held}，没有推送"
    return f"{held}，{day_words(found.published_on)}才推送"


def _milestones(session: Session, ids: Collection[int], period: Period) -> dict[int, Any]:
    rows = select(Milestone.id, Milestone.done_on).where(
        Milestone.id.in_(ids), Milestone.done_on <= period.last_day
    )
    return {row.id: row for row in session.execute(rows)}


def _milestone_words(miss: Miss, found: Any) -> str:
    done = f"{day_words(found.done_on)}完成" if found else "没有完成"
    return f"应在{day_words(miss.occurred_on)}完成，{done}"


_LATE: dict[str, tuple[Callable[..., dict[int, Any]], Callable[[Miss, Any], str], str, str]] = {
    activity_facts.SOURCE: (_activities, _activity_words, "场活动", "没有按时举办"),
    publicity_facts.ACTIVITY_RELEASE: (_first_pushes, _release_words, "场活动", "没有按时发布信息"),
    milestone_facts.SOURCE: (_milestones, _milestone_words, "项工作", "没有按时完成"),
}
