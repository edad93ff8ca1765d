"""The kinds of pending matters, and whether a list of them still holds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from activitylog.core.period import Period


class MatterKind(StrEnum):
    """What may be pending in a project's month; the order is that of the list."""

    UNREVIEWED = "unreviewed"
    RETURNED = "returned"
    WAITING = "waiting"
    UNEXPLAINED = "unexplained"
    UNJUDGED = "unjudged"
    UNCONFIRMED = "unconfirmed"
    CHANGED = "changed"


_COUNTED = {
    MatterKind.UNREVIEWED: "场活动没有审核",
    MatterKind.RETURNED: "场活动退回后没有再提交",
    MatterKind.WAITING: "条其他记录等待第二人",
    MatterKind.UNEXPLAINED: "个指标缺偏差原因",
    MatterKind.UNJUDGED: "个指标没有评定",
    MatterKind.UNCONFIRMED: "条计数规则没有确认",
    MatterKind.CHANGED: "个指标汇总以后有变动",
}
_RANKS = {kind: rank for rank, kind in enumerate(MatterKind)}


@dataclass(frozen=True, slots=True)
class PendingMatter:
    """How many of one kind are pending in a project's month."""

    kind: MatterKind
    period: Period
    project_id: int
    project: str
    count: int

    @property
    def key(self) -> str:
        return f"{self.kind}.{self.period}.{self.project_id}"

    @property
    def count_text(self) -> str:
        return f"{self.count:,} {_COUNTED[self.kind]}"

    @property
    def text(self) -> str:
        return f"{self.project}：{self.count_text}"

    @property
    def rank(self) -> tuple[Period, int]:
        return self.period, _RANKS[self.kind]


@dataclass(frozen=True, slots=True)
class PendingList:
    """The months a closing would freeze, and what is pending in them."""

    months: Sequence[Period]
    matters: Sequence[PendingMatter] = field(default_factory=tuple)

    @property
    def token(self) -> str:
        """The months and counts, for the form of the page that shows the list."""
        return ";".join([*map(str, self.months), *(f"{each.key}={each.count}" for each in self.matters)])

    def new_since(self, token: str) -> frozenset[str]:
        """The keys of the matters that the list of that token had not, or fewer of."""
        shown = set(token.split(";"))
        return frozenset(each.key for each in self.matters if f"{each.key}={each.count}" not in shown)
