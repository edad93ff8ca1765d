"""The token of a list of pending matters."""

from activitylog.core.period import Period
from activitylog.rollup.periods.pending.rules import MatterKind, PendingList, PendingMatter

JUNE = Period(2024, 6)


def matter(count: int, kind: MatterKind = MatterKind.UNREVIEWED) -> PendingMatter:
    return PendingMatter(kind, JUNE, 3, "科普资源配送", count)


def test_a_list_holds_while_months_and_counts_are_the_same() -> None:
    shown = PendingList([JUNE], [matter(2)])
    assert PendingList([JUNE], [matter(2)]).token == shown.token
    assert PendingList([JUNE], [matter(3)]).token != shown.token
    assert PendingList([Period(2024, 5), JUNE], [matter(2)]).token != shown.token


def test_what_grew_or_came_is_new() -> None:
    shown = PendingList([JUNE], [matter(2)]).token
    now = PendingList([JUNE], [matter(2), matter(1, MatterKind.WAITING)])
    assert now.new_since(shown) == {"waiting.2024-06.3"}
    assert PendingList([JUNE], [matter(3)]).new_since(shown) == {"unreviewed.2024-06.3"}
    assert PendingList([JUNE], [matter(2)]).new_since("") == {"unreviewed.2024-06.3"}
