"""What notices say: thing, place, person and the next step, and the address where it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import sha256
from urllib.parse import quote

from activitylog.activities.rules import MIN_PHOTOS
from activitylog.core.period import Period, day_label
from activitylog.notices.rules import clock_text

PLANS_FROM = time(9)  # o'clock, the plans of the next day are told
CLOSING_DAYS = 3  # days before a month is closed by itself
MOST_LISTED = 3
PHOTOS = "照片"


@dataclass(frozen=True, slots=True)
class NoticeText:
    """Title, text and the address of the page where the next step is taken."""

    title: str
    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """An activity as notices name it."""

    number: str
    title: str
    happens_on: date
    start_time: time | None
    venue: str
    project: str

    @property
    def address(self) -> str:
        return f"/activities/{quote(self.number)}"

    @property
    def place_text(self) -> str:
        parts = (day_label(self.happens_on, self.start_time), self.venue or "地点未定", self.project)
        return " · ".join(parts)


def returned_text(each: Occasion, *, by: str, at: datetime, reason: str, photos: int) -> NoticeText:
    """To where photos are added when the return asks for some, else to the form."""
    needs_photos = PHOTOS in reason and photos < MIN_PHOTOS
    step = "请补照片，再重新提交。" if needs_photos else "请修改后重新提交。"
    return NoticeText(
        f"“{each.title}”被退回",
        f"{by} {clock_text(at)} 退回：{reason.rstrip('。')}。{step}\n{each.place_text}",
        each.address + ("/photos" if needs_photos else "/edit"),
    )


def approved_text(each: Occasion, *, by: str, at: datetime) -> NoticeText:
    return NoticeText(
        f"“{each.title}”已通过审核",
        f"{by} {clock_text(at)} 审核通过，从此计入指标。\n{each.place_text}",
        each.address,
    )


def plan_text(each: Occasion) -> NoticeText:
    return NoticeText(
        f"明天（{day_label(each.happens_on, each.start_time)}）：{each.title}",
        f"{each.venue or '地点未定'} · {each.project}。到现场打开这场活动，办完当场登记，再出示问卷二维码。",
        each.address,
    )


def closing_text(month: Period, closes_on: date, *, today: date, work: Sequence[str] | None) -> NoticeText:
    """`work` is what is still open, as phrases; None where nobody was asked."""
    days = (closes_on - today).days
    rest = "请先看清单：待审核、待评定、待写原因的。" if work is None else "等您办的都办完了。"
    rest = f"等您办的：{'，'.join(work)}。" if work else rest
    return NoticeText(
        f"{month.label}还有 {days} 天结账（{day_label(closes_on)}）",
        f"{rest}结账以后登记或通过的，记入下一个未结账的月份。",
        f"/periods/{month}",
    )


def late_run_text(month: Period, outcome: str) -> NoticeText:
    said = f"上次运行说：{outcome}。" if outcome else "没有运行的记录。"
    return NoticeText(
        f"{month.label}的自动汇总没有完成",
        f"{said}可以在这个月的页面上手工汇总；如果每个月都这样，请告诉管服务器的同事，定时任务没有在运行。",
        f"/periods/{month}",
    )


def findings_text(messages: Sequence[str]) -> NoticeText:
    listed = "\n".join(messages[:MOST_LISTED])
    more = f"\n另有 {len(messages) - MOST_LISTED} 处，见首页。" if len(messages) > MOST_LISTED else ""
    return NoticeText(
        f"账目自查发现 {len(messages)} 处不符", f"{listed}{more}\n请先核对，再汇总或结账。", "/"
    )


def findings_key(messages: Sequence[str], found_in: Period) -> str:
    """The same findings, found again in the same month, are one occurrence."""
    together = "\n".join(sorted(messages)).encode()
    return f"{found_in}:{sha256(together).hexdigest()[:16]}"
