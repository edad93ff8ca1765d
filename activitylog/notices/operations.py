"""Adds notices, each once; marks them read; forgets old ones; stores where a person's notices go."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from activitylog.core.dialects import insert_for
from activitylog.errors import Refused, StaleVersion
from activitylog.notices.models import (
    LONGEST_TITLE,
    Notice,
    NoticeDelivery,
    NoticeOptOut,
    NoticeSettings,
)
from activitylog.notices.queries import opt_outs, settings_of
from activitylog.notices.rules import KEPT_FOR, TO_GROUPS, Channel, DeliveryState, Kind, Ways

CHUNK = 200  # notices of one statement


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to be added: `occurrence` names what happened, among those of its kind; no user: groups."""

    user_id: int | None
    kind: Kind
    occurrence: str
    title: str
    text: str
    address: str

    @property
    def key(self) -> str:
        return f"{self.user_id or 'group'}:{self.kind}:{self.occurrence}"


def known_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Those of the keys whose notice is there."""
    return set(session.scalars(select(Notice.key).where(Notice.key.in_(keys))))


def add_notices(session: Session, notices: Sequence[NewNotice], *, ways: Ways, now: datetime) -> int:
    """Add those that are not there yet, each with its deliveries; returns how many."""
    added = 0
    for start in range(0, len(notices), CHUNK):
        chunk = notices[start : start + CHUNK]
        people = {each.user_id for each in chunk if each.user_id is not None}
        unwanted = opt_outs(session, people)
        ids = _insert(session, chunk, unwanted, now)
        settings = {
            each.user_id: each
            for each in session.scalars(select(NoticeSettings).where(NoticeSettings.user_id.in_(people)))
        }
        rows = [
            {"notice_id": ids[each.key], "channel": channel, "target": target, "due_at": now}
            for each in chunk
            if each.key in ids
            for channel, target in _channels(each, settings.get(each.user_id or 0), unwanted, ways)
        ]
        if rows:
            blank = {"state": DeliveryState.WAITING, "attempts": 0, "outcome": ""}
            session.execute(insert(NoticeDelivery), [row | blank for row in rows])
        added += len(ids)
    return added


def _insert(
    session: Session, notices: Sequence[NewNotice], unwanted: set[tuple[int, Kind, Channel]], now: datetime
) -> dict[str, int]:
    """The ids, by key, of those that were not there; what rings no bell is added as read."""
    table = cast(Table, Notice.__table__)
    rows = [
        asdict(each)
        | {
            "key": each.key,
            "title": each.title[:LONGEST_TITLE],
            "created_at": now,
            "read_at": now if (each.user_id, each.kind, Channel.PAGE) in unwanted else None,
        }
        for each in notices
    ]
    for row in rows:
        del row["occurrence"]
    new = insert_for(session, table).values(rows).on_conflict_do_nothing(index_elements=["key"])
    return {row.key: row.id for row in session.execute(new.returning(table.c.key, table.c.id))}


def _channels(
    notice: NewNotice, settings: NoticeSettings | None, unwanted: set[tuple[int, Kind, Channel]], ways: Ways
) -> Iterable[tuple[Channel, str]]:
    if notice.user_id is None:
        return [(Channel.GROUP, target) for target in ways.group_targets if notice.kind in TO_GROUPS]
    if settings is None:
        return []
    has_mail = ways.has_mail and settings.mail_confirmed_at is not None
    has = ((Channel.MAIL, has_mail), (Channel.ROBOT, bool(settings.webhook)))
    return [
        (channel, "")
        for channel, is_there in has
        if is_there and (notice.user_id, notice.kind, channel) not in unwanted
    ]


def mark_read(session: Session, notice: Notice, *, now: datetime) -> None:
    """Note when the person first opened it."""
    if notice.read_at is None:
        notice.read_at = now
        session.flush()


def mark_all_read(session: Session, user_id: int, *, up_to: int, now: datetime) -> int:
    """Mark the person's notices up to the newest that their page showed; returns how many were unread."""
    unread = Notice.user_id == user_id, Notice.read_at.is_(None), Notice.id <= up_to
    return len(session.execute(update(Notice).where(*unread).values(read_at=now).returning(Notice.id)).all())


def forget_old_notices(session: Session, *, now: datetime) -> int:
    """Delete what was read, or said to groups, longer ago than KEPT_FOR; returns how many."""
    before = now - KEPT_FOR
    is_old = (Notice.read_at < before) | (Notice.user_id.is_(None) & (Notice.created_at < before))
    return len(session.execute(delete(Notice).where(is_old).returning(Notice.id)).all())


@dataclass(frozen=True, slots=True)
class ChosenWays:
    """What a person chose: mail address, webhook, quiet hours, and the kinds unwanted by channel."""

    mail_address: str
    webhook: str
    quiet_from: time | None
    quiet_until: time | None
    unwanted: frozenset[tuple[Kind, Channel]]


def store_ways(session: Session, user_id: int, chosen: ChosenWays) -> NoticeSettings:
    """Store it; another mail address waits for its confirmation."""
    settings = settings_of(session, user_id)
    if settings.mail_address != chosen.mail_address:
        settings.mail_confirmed_at = None
    for name in ("mail_address", "webhook", "quiet_from", "quiet_until"):
        setattr(settings, name, getattr(chosen, name))
    session.add(settings)
    session.execute(delete(NoticeOptOut).where(NoticeOptOut.user_id == user_id))
    rows: list[dict[str, Any]] = [
        {"user_id": user_id, "kind": kind, "channel": channel} for kind, channel in chosen.unwanted
    ]
    if rows:
        session.execute(insert(NoticeOptOut), rows)
    session.flush()
    return settings


def confirm_mail(session: Session, user_id: int, *, owner_id: int, address: str, now: datetime) -> None:
    """Use the address from now on; it was sent a link, made for the owner of the settings."""
    if user_id != owner_id:
        raise Refused("这个链接是发给另一个账号的；请用设置邮箱的那个账号登录，再打开链接。")
    settings = settings_of(session, user_id)
    if settings.mail_address != address:
        raise StaleVersion("邮箱已经改过，这个链接作废；请到通知设置里再发一封确认邮件。")
    if settings.mail_confirmed_at is None:
        settings.mail_confirmed_at = now
        session.flush()
