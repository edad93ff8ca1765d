"""Reads a person's notices, what they chose, and the work of a month that waits for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.review.queries import waiting_counts
from activitylog.core.period import Period
from activitylog.errors import Missing
from activitylog.indicators.actual import IndicatorActual
from activitylog.notices.models import Notice, NoticeOptOut, NoticeSettings
from activitylog.notices.rules import Channel, Kind, roles_of
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_to
from activitylog.rollup.deviations.queries import Unexplained, unexplained
from activitylog.rollup.queries import actuals

MOST_COUNTED = 100  # the bell says 99+ beyond


def unread_count(session: Session, user_id: int) -> int:
    """How many of the person's notices are unread, counted to MOST_COUNTED by one index."""
    unread = select(Notice.id).where(Notice.user_id == user_id, Notice.read_at.is_(None))
    return session.scalar(select(func.count()).select_from(unread.limit(MOST_COUNTED).subquery())) or 0


def notices_of(user_id: int) -> Select[Notice]:
    """The person's notices, the newest first."""
    return select(Notice).where(Notice.user_id == user_id).order_by(Notice.id.desc())


def own_notice(session: Session, user_id: int, notice_id: int) -> Notice:
    """One notice of the person; Missing for anybody else's."""
    notice = session.get(Notice, notice_id)
    if notice is None or notice.user_id != user_id:
        raise Missing("没有这条通知，它可能已过期删除；请回到通知页看看。")
    return notice


def settings_of(session: Session, user_id: int) -> NoticeSettings:
    """What the person set; with nothing set, an empty row that is not stored."""
    found = session.get(NoticeSettings, user_id)
    return found or NoticeSettings(user_id=user_id, mail_address="", webhook="")


def opt_outs(session: Session, user_ids: Collection[int]) -> set[tuple[int, Kind, Channel]]:
    """What people do not want: person, kind and channel."""
    rows = session.execute(
        select(NoticeOptOut.user_id, NoticeOptOut.kind, NoticeOptOut.channel).where(
            NoticeOptOut.user_id.in_(user_ids)
        )
    )
    return {(user_id, kind, channel) for user_id, kind, channel in rows}


def receivers(session: Session, kind: Kind) -> Sequence[User]:
    """The enabled people whose role may get notices of the kind."""
    people = select(User).where(User.is_enabled, User.role.in_(roles_of(kind)))
    return session.scalars(people.order_by(User.id)).all()


def projects_in_charge(session: Session, user_id: int, year: int) -> set[int]:
    """The ids of the year's projects the person answers for."""
    user = session.get_one(User, user_id)
    return set(session.scalars(select(Project.id).where(Project.year == year, visible_to(user, Project.id))))


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What waits for a person: to be reviewed, and of a month to be judged, agreed to and explained.

    `activities` and `records` are counted to a hundred.
    """

    activities: int
    records: int
    to_judge: Sequence[IndicatorActual] = ()
    to_agree: Sequence[IndicatorActual] = ()
    to_explain: Sequence[Unexplained] = ()

    @property
    def parts(self) -> list[str]:
        """What waits, as phrases."""
        counted = (
            (self.activities, "场活动待审核"),
            (self.records, "条推送、支出等记录待审核"),
            (len(self.to_judge), "个指标待评定"),
            (len(self.to_agree), "个评定待复核"),
            (len(self.to_explain), "个指标待写原因"),
        )
        return [f"{count} {words}" for count, words in counted if count]


def open_work(
    session: Session, user: User, period: Period | None, rows: Sequence[IndicatorActual] | None = None
) -> OpenWork:
    """What waits for the person; `rows` are all figures of the month, where they were read already."""
    waiting = waiting_counts(session, user)
    if period is None:
        return OpenWork(waiting.activities, waiting.records)
    ids = projects_in_charge(session, user.id, period.year)
    rows = actuals(session, period) if rows is None else rows
    own = [row for row in rows if row.project_id in ids]
    judged = [row for row in own if row.is_judged]
    return OpenWork(
        waiting.activities,
        waiting.records,
        to_judge=[row for row in judged if row.judged is None],
        to_agree=[row for row in judged if row.judged is not None and not row.judged.is_confirmed],
        to_explain=unexplained(session, own, period),
    )
