"""A head of the trail as one line of a file, and the comparison of kept heads with the entries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from activitylog.core.period import shanghai_text


@dataclass(frozen=True, slots=True)
class TrailHead:
    """The last entry at a moment: its number, how many there were, its hash and its seal."""

    kept_at: datetime
    number: int
    count: int
    hash: str
    seal: str = ""

    @property
    def line(self) -> str:
        moment = self.kept_at.astimezone(UTC).isoformat(timespec="seconds")
        return f"{moment} {self.number} {self.count} {self.hash} {self.seal or '-'}"

    @property
    def paper_text(self) -> str:
        """The head as it is printed and typed: `check --head HASH@N`."""
        return f"{self.hash}@{self.number}"


def head_of_line(line: str) -> TrailHead | None:
    """The head in a line of the file; None for a line that is none, such as one cut short by a crash."""
    try:
        moment, number, count, hash_, seal = line.split()
        return TrailHead(
            datetime.fromisoformat(moment), int(number), int(count), hash_, "" if seal == "-" else seal
        )
    except ValueError:
        return None


def head_of_paper(text: str, *, now: datetime) -> TrailHead | None:
    """The head somebody typed as HASH@N; None when it is none."""
    hash_, _, number = text.strip().lower().partition("@")
    is_hash = len(hash_) == 64 and set(hash_) <= set("0123456789abcdef")
    return TrailHead(now, int(number), 0, hash_) if is_hash and number.isdecimal() else None


class HeadCheck:
    """Compares heads with the entries, which `note` takes in order."""

    def __init__(self, heads: Iterable[TrailHead]) -> None:
        self._heads: dict[int, TrailHead] = {}
        for (
            head
        ) in heads:  # the first kept counts: whoever cuts the trail has later ones kept of the same number
            self._heads.setdefault(head.number, head)
        self._good = 0
        self._bad: TrailHead | None = None
        self._last = 0

    def note(self, number: int, hash_: str, seal: str) -> None:
        self._last = number
        head = self._heads.pop(number, None)
        if head is None or self._bad is not None:
            return
        if head.hash == hash_ and (not head.seal or head.seal == seal):
            self._good = number
        else:
            self._bad = head

    def problems(self, *, is_whole: bool = True) -> list[tuple[str, str]]:
        """What differs: a key by which it is known again, and a sentence.

        Where not all entries were read (not `is_whole`), what seems missing may only not have been read.
        """
        found = [self._changed(self._bad)] if self._bad is not None else []
        missing = [head for number, head in self._heads.items() if number > self._last]
        if missing and is_whole:
            found.append(self._cut(max(missing, key=lambda head: head.number)))
        return found

    def _changed(self, head: TrailHead) -> tuple[str, str]:
        return (
            f"changed {head.number} {head.hash}",
            f"审计记录第 {self._good + 1} 至 {head.number} 条中有被改过或换过的："
            f"第 {head.number} 条与 {shanghai_text(head.kept_at)} 留存的校验值不符。",
        )

    def _cut(self, head: TrailHead) -> tuple[str, str]:
        return (
            f"cut {head.number} {head.hash}",
            f"审计记录第 {self._last + 1} 至 {head.number} 条不见了：{shanghai_text(head.kept_at)} "
            f"留存时末条是第 {head.number} 条，现在只到第 {self._last} 条。"
            "末尾的记录被删去了，或数据库是从更早的备份恢复的。",
        )
