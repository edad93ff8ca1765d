"""Figures typed in by hand, as pages show them."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.errors import Missing
from activitylog.indicators.models import ManualEntry
from activitylog.projects.models import Indicator
from activitylog.projects.queries import seen_by

A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry with the person who typed it in."""

    entry: ManualEntry
    by: str


def entries_of(session: Session, indicator: Indicator) -> tuple[list[EntryLine], list[EntryLine]]:
    """The entries that count, and the withdrawn; the newest day first."""
    rows = session.execute(
        select(ManualEntry, User.name)
        .outerjoin(User, User.id == ManualEntry.created_by_id)
        .where(ManualEntry.indicator_id == indicator.id)
        .order_by(ManualEntry.entered_on.desc(), ManualEntry.id.desc())
    )
    lines = [EntryLine(entry, name or "命令行") for entry, name in rows]
    kept = [line for line in lines if line.entry.withdrawn_at is None]
    return kept, [line for line in lines if line.entry.withdrawn_at is not None]


def entry_seen_by(session: Session, user: User | None, entry_id: int) -> tuple[ManualEntry, Indicator]:
    """One entry with its indicator, or Missing when there is none the person may see."""
    row = session.execute(
        select(ManualEntry, Indicator)
        .join(Indicator, Indicator.id == ManualEntry.indicator_id)
        .where(ManualEntry.id == entry_id, seen_by(user, Indicator.project_id))
    ).one_or_none()
    if row is None:
        raise Missing("没有这条人工填报，或它不在您的项目里；请从指标页重新进入。")
    return row.ManualEntry, row.Indicator


def repeats_another(session: Session, entry: ManualEntry) -> bool:
    """Whether the same person has entered the same a moment before: a form sent twice."""
    same = ("indicator_id", "amount", "entered_on", "reason", "evidence", "created_by_id")
    twin = select(ManualEntry.id).where(
        *(getattr(ManualEntry, name).is_not_distinct_from(getattr(entry, name)) for name in same),
        ManualEntry.id != entry.id,
        ManualEntry.withdrawn_at.is_(None),
        ManualEntry.created_at > entry.created_at - A_MOMENT,
    )
    return session.scalar(twin.limit(1)) is not None
