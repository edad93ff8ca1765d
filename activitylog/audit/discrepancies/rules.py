"""A discrepancy as it is found, by what it is known again, and the reasons for refusing to close it."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

SHORTEST_REASON = 4
LONGEST_REASON = 500


class Sort(StrEnum):
    """What differs from what."""

    CHAIN = "chain"
    HEAD = "head"
    RECORD = "record"
    ANSWERS = "answers"
    BOOKS = "books"


SORT_LABELS = {
    Sort.CHAIN: "审计记录",
    Sort.HEAD: "留存的校验值",
    Sort.RECORD: "记录",
    Sort.ANSWERS: "答卷",
    Sort.BOOKS: "账目",
}


@dataclass(frozen=True, slots=True)
class FoundDiscrepancy:
    """A difference; the same `subject` and `detail` are the same difference, whenever it is found.

    `user_id` is the person it is about, who may not close it.
    """

    sort: Sort
    subject: str
    detail: str
    sentence: str
    project_id: int | None = None
    user_id: int | None = None

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.sort}\n{self.subject}\n{self.detail}".encode()).hexdigest()


def why_not_closable(*, is_closed: bool, is_about_oneself: bool, reason: str) -> str:
    """A sentence when a person may not close a discrepancy with the reason; empty when he may."""
    if is_closed:
        return "这处不符已经有人处理过，请刷新页面。"
    if is_about_oneself:
        return "这处不符是关于您自己的账号，请由另一位同事核对后处理。"
    if len(reason) < SHORTEST_REASON:
        return f"请写明核对的结果和理由，至少 {SHORTEST_REASON} 个字。"
    if len(reason) > LONGEST_REASON:
        return f"理由太长，请缩到 {LONGEST_REASON} 个字以内。"
    return ""
