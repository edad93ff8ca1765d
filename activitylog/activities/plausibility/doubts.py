"""Doubts about heads: beside what is usual, the venue's capacity, the answers, and last month."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from activitylog.activities.plausibility.rules import Turnout, Usual
from activitylog.core.period import business_day

FAR_TIMES_ONLINE = 10  # as many people as usual, or a part of them
LAST_MONTH_TIMES = 10


class Named(Protocol):
    """A person with a name."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class HeadsFigures:
    """The heads of an activity with what they are compared with; what is not known is None or 0."""

    turnout: Turnout
    usual_onsite: Usual | None = None
    usual_online: Usual | None = None
    capacity: int | None = None
    answers: int = 0  # on paper and on screen
    last_month: int = 0  # heads of the project


class Doubt(NamedTuple):
    """Why figures look like a slip, as a sentence with both numbers.

    `rule` names the rule, `figure` is what a person confirms who says that it is none.
    """

    rule: str
    figure: str
    sentence: str


class ReviewedDoubt(NamedTuple):
    """A doubt for the reviewer; `confirmed` says who confirmed the figures and when, "" for nobody."""

    sentence: str
    confirmed: str

    @property
    def text(self) -> str:
        return f"{self.sentence}。{self.confirmed}。" if self.confirmed else f"{self.sentence}，请核对。"


def confirmed_text(by: Named | None, at: datetime) -> str:
    """Who confirmed figures and when, as a reviewer reads it."""
    return f"{by.name if by else '一位已删除的用户'} {business_day(at):%m-%d} 确认过"


def _far_from_past(figures: HeadsFigures) -> str:
    turnout, usual = figures.turnout, figures.usual_onsite
    if usual is None or (not turnout.onsite and turnout.online) or not usual.is_far(turnout.onsite):
        return ""
    return f"现场人数填的是 {turnout.onsite:,} 人，而{usual}"


def _far_from_past_online(figures: HeadsFigures) -> str:
    online, usual = figures.turnout.online, figures.usual_online
    if usual is None or not online or not usual.is_far(online, times=FAR_TIMES_ONLINE):
        return ""
    return f"线上人数填的是 {online:,} 人，而{usual}"


def _only_online(figures: HeadsFigures) -> str:
    usual = figures.usual_onsite
    is_usual = usual is not None and usual.remote * 5 >= len(usual.past)
    if not figures.turnout.is_remote or is_usual:
        return ""
    return f"填了场所，现场却是 0 人、线上 {figures.turnout.online:,} 人，看看是不是填反了"


def _above_capacity(figures: HeadsFigures) -> str:
    onsite, capacity = figures.turnout.onsite, figures.capacity
    if capacity is None or onsite <= capacity:
        return ""
    return f"现场人数填的是 {onsite:,} 人，而这个场所最多容纳 {capacity:,} 人"


def _below_answers(figures: HeadsFigures) -> str:
    onsite, online = figures.turnout.onsite, figures.turnout.online
    doubt = answers_doubt(onsite=onsite, online=online, answers=figures.answers)
    return doubt.sentence if doubt else ""


def answers_doubt(*, onsite: int, online: int, answers: int) -> Doubt | None:
    """The doubt about more answers than people; None where there are not more."""
    if answers <= onsite + online:
        return None
    return Doubt("answers", f"{onsite}/{online}/{answers}", answers_sentence(answers, onsite + online))


def answers_sentence(answers: int, heads: int) -> str:
    return f"扫码和纸质问卷共 {answers:,} 份，比登记的受众 {heads:,} 人多"


def _beyond_last_month(figures: HeadsFigures) -> str:
    heads = figures.turnout.onsite + figures.turnout.online
    usual = figures.usual_onsite
    has_been = usual is not None and heads <= usual.most
    if not figures.last_month or heads <= figures.last_month * LAST_MONTH_TIMES or has_been:
        return ""
    return f"这一场填的是 {heads:,} 人，而本项目上个月一共 {figures.last_month:,} 人，超过十倍"


RULES: Mapping[str, Callable[[HeadsFigures], str]] = {
    "capacity": _above_capacity,
    "answers": _below_answers,
    "past": _far_from_past,
    "online": _far_from_past_online,
    "columns": _only_online,
    "month": _beyond_last_month,
}


def heads_doubts(figures: HeadsFigures) -> list[Doubt]:
    """Every reason why the heads look like a slip."""
    heads = f"{figures.turnout.onsite}/{figures.turnout.online}"
    confirmable = {"answers": f"{heads}/{figures.answers}"}
    found = (Doubt(name, confirmable.get(name, heads), rule(figures)) for name, rule in RULES.items())
    return [doubt for doubt in found if doubt.sentence]
