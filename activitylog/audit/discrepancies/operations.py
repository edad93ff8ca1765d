"""Stores discrepancies once each, and closes them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.audit.discrepancies.models import Discrepancy
from activitylog.audit.discrepancies.rules import FoundDiscrepancy, why_not_closable
from activitylog.core.actor import actor_of
from activitylog.errors import Refused

CHUNK = 500


def store_discrepancies(
    session: Session, found: Sequence[FoundDiscrepancy], *, now: datetime
) -> list[Discrepancy]:
    """Store what was never found before; returns the new ones. One closed by a person stays closed."""
    by_key = {each.key: each for each in found}
    keys = list(by_key)
    for start in range(0, len(keys), CHUNK):
        known = select(Discrepancy.key).where(Discrepancy.key.in_(keys[start : start + CHUNK]))
        for key in session.scalars(known):
            by_key.pop(key)
    new = [
        Discrepancy(
            key=key,
            sort=each.sort,
            sentence=each.sentence,
            project_id=each.project_id,
            user_id=each.user_id,
            found_at=now,
        )
        for key, each in by_key.items()
    ]
    session.add_all(new)
    session.flush()
    return new


def close_discrepancies(session: Session, ids: Collection[int], *, reason: str, now: datetime) -> int:
    """Close discrepancies in the name of the session's person; refuses all when one may not be closed."""
    if not ids:
        raise Refused("还没有选要处理的不符之处，请先在列表里勾选。")
    chosen = session.scalars(
        select(Discrepancy).where(Discrepancy.id.in_(ids)).order_by(Discrepancy.id)
    ).all()
    actor, reason = actor_of(session), reason.strip()
    for each in chosen:
        is_about_oneself = each.user_id is not None and each.user_id == actor.user_id
        is_closed = each.closed_at is not None
        if why := why_not_closable(is_closed=is_closed, is_about_oneself=is_about_oneself, reason=reason):
            raise Refused(why)
        each.closed_at, each.closed_by_id, each.closed_by = now, actor.user_id, actor.name
        each.reason = reason
    session.flush()
    return len(chosen)
