"""What every dated record of a project obeys: a day in the project's year; withdrawn, never deleted."""

from datetime import date, datetime
from hashlib import sha256
from typing import Protocol

from activitylog.core.period import day_label
from activitylog.errors import BadInput, Refused, StaleVersion

LONGEST_REASON = 200


class Withdrawable(Protocol):
    """A record that stays when it no longer counts."""

    withdrawn_at: datetime | None
    withdrawn_reason: str


def check_year(day: date, year: int, *, thing: str, field: str, into_january: bool = False) -> None:
    """Refuse a day outside the project's year; `into_january` gives one month more to tell of a December."""
    if day.year == year or (into_january and (day.year, day.month) == (year + 1, 1)):
        return
    until = f"，最晚 {year + 1} 年 1 月" if into_january else ""
    raise BadInput(
        f"这是 {year} 年的项目，{thing}不能是 {day.year} 年{day_label(day)}。请核对日期{until}，"
        f"或登记到 {day.year} 年的项目。",
        field=field,
    )


def check_past(day: date, today: date, *, thing: str, field: str) -> None:
    """Refuse a day that has not come yet."""
    if day > today:
        raise BadInput(f"{thing}不能晚于今天（{day_label(today)}），请核对。", field=field)


def short(text: str, length: int, *, thing: str, field: str, needed: bool = False) -> str:
    """The text without outer white space, refused when too long or, where needed, when empty."""
    text = text.strip()
    if needed and not text:
        raise BadInput(f"请填写{thing}。", field=field)
    if len(text) > length:
        raise BadInput(f"{thing}最多 {length} 个字，请缩短。", field=field)
    return text


def withdraw(record: Withdrawable, *, thing: str, reason: str, now: datetime) -> None:
    """Take a record out of every count; it stays, with its reason."""
    if record.withdrawn_at is not None:
        raise Refused(f"这条{thing}已经撤下，不用再撤。")
    record.withdrawn_reason = short(reason, LONGEST_REASON, thing="撤下的理由", field="reason", needed=True)
    record.withdrawn_at = now


def restore(record: Withdrawable, *, thing: str) -> None:
    """Let a withdrawn record count again."""
    if record.withdrawn_at is None:
        raise Refused(f"这条{thing}没有撤下，不用恢复。")
    record.withdrawn_at = None
    record.withdrawn_reason = ""


def text_seen(*values: object) -> str:
    """A digest of what an edit page showed; sent back with the edit, it tells whether that still stands."""
    return sha256("\n".join(map(str, values)).encode()).hexdigest()[:16]


def check_seen(now_stands: str, seen: str, *, shown: str) -> None:
    """Refuse an edit of something that has changed since its page was made; `shown` says what stands now."""
    if now_stands != seen:
        raise StaleVersion(
            f"您打开这一页以后，别人改过这条记录，现在是：{shown}。您填写的内容还在下面，核对后可再次保存。"
        )
