"""Reads the manual entries of an indicator."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from activitylog.accounts.models import User
from activitylog.core.actor import COMMAND_LINE
from activitylog.errors import Missing
from activitylog.indicators.models import ManualEntry
from activitylog.projects.models import Indicator
from activitylog.projects.queries import visible_to


def entries_of(session: Session, indicator: Indicator) -> tuple[list[ManualEntry], list[ManualEntry]]:
    """The entries that count or wait, and the withdrawn; the newest day first."""
    entries = session.scalars(
        select(ManualEntry)
        .options(joinedload(ManualEntry.approved_by))
        .where(ManualEntry.indicator_id == indicator.id)
        .order_by(ManualEntry.entered_on.desc(), ManualEntry.id.desc())
    ).all()
    counted = [entry for entry in entries if entry.withdrawn_at is None]
    return counted, [entry for entry in entries if entry.withdrawn_at is not None]


def authors_of(session: Session, entries: Collection[ManualEntry]) -> dict[int, str]:
    """Who typed each entry in, by the entry's id."""
    ids = {entry.created_by_id for entry in entries}
    named = {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(ids)))}
    return {entry.id: named.get(entry.created_by_id, COMMAND_LINE) for entry in entries}


def visible_manual_entry(session: Session, user: User | None, entry_id: int) -> ManualEntry:
    """One entry, or Missing when there is none the person may see."""
    entry = session.scalar(
        select(ManualEntry)
        .join(Indicator, Indicator.id == ManualEntry.indicator_id)
        .where(ManualEntry.id == entry_id, visible_to(user, Indicator.project_id))
    )
    if entry is None:
        raise Missing("没有这条人工填报，或它不在您的项目里；请从指标页重新进入。")
    return entry
