"""Kinds of notices and who gets them, channels, quiet hours, and how long a failed message waits."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from activitylog.accounts.rules import PERMISSIONS, Permission, Role
from activitylog.core.period import SHANGHAI, business_day, business_time, moment_of

_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")


class Kind(StrEnum):
    """What a notice is about."""

    RETURNED = "returned"
    APPROVED = "approved"
    PLAN = "plan"
    CLOSING = "closing"
    LETTER = "letter"
    JOB = "job"
    FINDING = "finding"


KIND_LABELS = {
    Kind.RETURNED: "活动被退回",
    Kind.APPROVED: "活动通过审核",
    Kind.PLAN: "明天有活动",
    Kind.CLOSING: "快要结账",
    Kind.LETTER: "每月一信",
    Kind.JOB: "自动汇总没有完成",
    Kind.FINDING: "账目自查有不符",
}
_NEEDS = {
    Kind.RETURNED: Permission.LOG,
    Kind.APPROVED: Permission.LOG,
    Kind.PLAN: Permission.LOG,
    Kind.CLOSING: Permission.REVIEW,
    Kind.LETTER: Permission.REVIEW,
    Kind.JOB: Permission.ROLL_UP,
    Kind.FINDING: Permission.ROLL_UP,
}
TO_GROUPS = frozenset({Kind.PLAN, Kind.CLOSING, Kind.JOB, Kind.FINDING})  # what a group's robot says, too


class Channel(StrEnum):
    """A way a notice reaches somebody; the robot of a group tells all in it."""

    PAGE = "page"
    MAIL = "mail"
    ROBOT = "robot"
    GROUP = "group"


CHANNEL_LABELS = {Channel.PAGE: "网页铃铛", Channel.MAIL: "邮件", Channel.ROBOT: "我的机器人"}
OWN_CHANNELS = tuple(CHANNEL_LABELS)


class DeliveryState(StrEnum):
    """How far the sending of a notice on one channel is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


BACK_OFF = (
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)
KEPT_FOR = timedelta(days=180)  # a notice that was read
LONGEST_WAIT = timedelta(hours=12)  # that a receiver may ask for


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when until when nothing is sent, by the clocks of Shanghai; the same time twice means never."""

    begins: time
    ends: time

    def end_after(self, moment: datetime) -> datetime | None:
        """When the quiet ends that reigns at the moment; None where there is none."""
        at, day = business_time(moment), business_day(moment)
        if self.begins <= self.ends:
            return moment_of(day, self.ends) if self.begins <= at < self.ends else None
        if at >= self.begins:
            return moment_of(day + timedelta(days=1), self.ends)
        return moment_of(day, self.ends) if at < self.ends else None


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways out that the office has set: whether mail, and the target of each group's robot."""

    has_mail: bool = False
    group_targets: tuple[str, ...] = ()


QUIET_HOURS = QuietHours(time(22), time(7, 30))


def kinds_of(role: Role) -> tuple[Kind, ...]:
    """The kinds of notices a role may get."""
    return tuple(kind for kind in Kind if _NEEDS[kind] in PERMISSIONS[role])


def roles_of(kind: Kind) -> tuple[Role, ...]:
    """The roles that may get notices of the kind."""
    return tuple(role for role in Role if _NEEDS[kind] in PERMISSIONS[role])


def next_attempt(attempts: int, now: datetime, *, asked_for: timedelta | None = None) -> datetime | None:
    """When a message that failed so often is tried again; None when it is given up."""
    if attempts > len(BACK_OFF):
        return None
    return now + max(BACK_OFF[attempts - 1], min(asked_for or timedelta(0), LONGEST_WAIT))


def clock_text(moment: datetime) -> str:
    """6月12日 10:05, in Shanghai."""
    there = moment.astimezone(SHANGHAI)
    return f"{there.month}月{there.day}日 {there:%H:%M}"


def is_mail_address(text: str) -> bool:
    return _MAIL.fullmatch(text) is not None
