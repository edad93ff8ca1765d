"""Queries on a survey's kiosks: those that still take answers, with how many each has taken."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from activitylog.errors import Missing
from activitylog.surveys.access.rules import kiosk_of, kiosk_tag
from activitylog.surveys.models import Kiosk, Response
from activitylog.surveys.rules import AnswerFlag


def live_kiosks(session: Session, activity_id: int, now: datetime) -> Sequence[tuple[Kiosk, int]]:
    """The activity's kiosks that are neither revoked nor expired, latest first, with their answers."""
    kiosks = session.scalars(
        select(Kiosk)
        .options(joinedload(Kiosk.created_by))
        .where(Kiosk.activity_id == activity_id, Kiosk.revoked_at.is_(None), Kiosk.expires_at > now)
        .order_by(Kiosk.id.desc())
    ).all()
    is_at_a_kiosk = Response.flags.bitwise_and(AnswerFlag.KIOSK.value) != 0
    nonces = session.scalars(select(Response.nonce).where(Response.activity_id == activity_id, is_at_a_kiosk))
    taken = Counter(map(kiosk_of, nonces if kiosks else ()))
    return [(kiosk, taken[kiosk_tag(kiosk.id)]) for kiosk in kiosks]


def kiosk_by_id(session: Session, activity_id: int, kiosk_id: int) -> Kiosk:
    """One of the activity's kiosks; raises Missing."""
    kiosk = session.get(Kiosk, kiosk_id)
    if kiosk is None or kiosk.activity_id != activity_id:
        raise Missing("没有找到这个自助填写链接，请回到问卷入口页再看一次。")
    return kiosk
