"""What the pages of notices and letters show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.review.queries import count_text
from activitylog.activities.rules import Status
from activitylog.core.period import business_day
from activitylog.notices.letters.rules import Letter
from activitylog.notices.models import Notice
from activitylog.notices.queries import notices_of, open_work, unread_count
from activitylog.notices.rules import KIND_LABELS, Kind
from activitylog.projects.queries import visible_to, year_to_show
from activitylog.rollup.queries import last_rolled_up
from activitylog.web.paging import Page, page_of

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for the person: words, count and the page where it is done."""

    words: str
    count: str
    address: str


@dataclass(frozen=True, slots=True)
class NoticesPage:
    """The newest notices, and beside them what waits."""

    labels: ClassVar[Mapping[Kind, str]] = KIND_LABELS

    notices: Page[Notice]
    unread: int
    waiting: Sequence[Waiting]

    @property
    def newest(self) -> int:
        """The number of the newest notice on the page."""
        return max((each.id for each in self.notices.rows), default=0)


@dataclass(frozen=True, slots=True)
class LetterPage:
    """A monthly letter, to be read again."""

    letter: Letter


def notices_page(session: Session, user: User, number: int, *, now: datetime) -> NoticesPage:
    return NoticesPage(
        notices=page_of(session, notices_of(user.id), number),
        unread=unread_count(session, user.id),
        waiting=_waiting(session, user, today=business_day(now)),
    )


def _waiting(session: Session, user: User, *, today: date) -> list[Waiting]:
    """What a reviewer's month and an organizer's activities wait for."""
    found = _own_activities(session, user, today) if user.may(Permission.LOG) else []
    if user.may(Permission.REVIEW):
        found = [*_month_work(session, user, today), *found]
    return [each for each in found if each.count]


def _month_work(session: Session, user: User, today: date) -> list[Waiting]:
    period = last_rolled_up(session, year_to_show(session, user, today))
    work = open_work(session, user, period)
    judgements = [
        Waiting(f"{word}：{row.indicator}", "1", f"/indicators/{row.indicator_id}/judgement?period={period}")
        for word, rows in (("评定", work.to_judge), ("复核评定", work.to_agree))
        for row in rows
    ]
    reasons = [
        Waiting(
            f"写原因：{each.row.indicator}",
            "1",
            f"/indicators/{each.row.indicator_id}/deviation?period={period}",
        )
        for each in work.to_explain
    ]
    return [
        Waiting("审核活动", count_text(work.activities), "/review"),
        Waiting("审核推送、支出等记录", count_text(work.records), "/review/records"),
        *_first(judgements, "要评定或复核", f"/periods/{period}"),
        *_first(reasons, "要写原因", f"/periods/{period}"),
    ]


def _first(found: Sequence[Waiting], words: str, address: str) -> list[Waiting]:
    """The first few by name; of more, a line that counts the rest."""
    rest = len(found) - MOST_NAMED
    return [*found[:MOST_NAMED], *([Waiting(f"另外{words}的", str(rest), address)] if rest > 0 else [])]


def _own_activities(session: Session, user: User, today: date) -> list[Waiting]:
    """Returned activities, and plans whose day has passed, that the person sees."""
    is_late = (Activity.status == Status.PLANNED) & (Activity.happens_on < today)
    rows = session.execute(
        select(Activity.status, func.count())
        .where((Activity.status == Status.RETURNED) | is_late, visible_to(user, Activity.project_id))
        .group_by(Activity.status)
    )
    counts = {row[0]: row[1] for row in rows}
    return [
        Waiting(
            "修改退回的活动", str(counts.get(Status.RETURNED, "")), "/activities?status=returned&year=all"
        ),
        Waiting(
            "登记过了日子的计划", str(counts.get(Status.PLANNED, "")), "/activities?status=planned&year=all"
        ),
    ]
