"""The page of discrepancies, and the state of the trail in one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.audit.discrepancies.models import Discrepancy
from activitylog.audit.discrepancies.queries import (
    closed_discrepancies,
    count_open,
    open_discrepancies,
)
from activitylog.audit.discrepancies.rules import SORT_LABELS
from activitylog.audit.queries import last_check
from activitylog.web.formats import moment

CLOSED_SHOWN = 50


@dataclass(frozen=True, slots=True)
class TrailState:
    """The last check of the trail as a sentence; how many discrepancies are open; whether a check runs."""

    sentence: str
    open: int
    is_checking: bool

    @property
    def kind(self) -> str:
        """The kind of its notice."""
        return "warn" if self.open else "info"


@dataclass(frozen=True, slots=True)
class OpenLine:
    """An open discrepancy; `is_own` where it is about the reader, who may not close it."""

    discrepancy: Discrepancy
    label: str
    is_own: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class DiscrepancyPage:
    """The discrepancies that are open, as many as fit, and those closed last."""

    state: TrailState
    lines: Sequence[OpenLine]
    closed: Sequence[Discrepancy]


def trail_state(session: Session, *, is_checking: bool) -> TrailState:
    checked, count = last_check(session), count_open(session)
    if checked is None:
        sentence = "还没有核对过。每天凌晨会自动核对一次。"
    else:
        found = f"还有 {count} 处不符没有处理" if count else "没有发现不符"
        sentence = f"最近一次核对：{moment(checked.at)}，{found}。"
    if is_checking:
        sentence = "正在核对，过一会儿刷新本页看结果。"
    return TrailState(sentence, count, is_checking)


def discrepancy_page(session: Session, user: User, *, is_checking: bool, chosen: set[int]) -> DiscrepancyPage:
    lines = [
        OpenLine(each, SORT_LABELS[each.sort], each.user_id == user.id, each.id in chosen)
        for each in open_discrepancies(session)
    ]
    closed = closed_discrepancies(session, limit=CLOSED_SHOWN)
    return DiscrepancyPage(trail_state(session, is_checking=is_checking), lines, closed)
