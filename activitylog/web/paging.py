"""Splits long lists into pages, and links a page to the periods before and after its own."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from activitylog.core.period import Period

Row = TypeVar("Row")
PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list; `total` counts the whole list."""

    rows: list[Row]
    number: int
    pages: int
    total: int


def nearest_page(number: int, total: int, size: int = PAGE_SIZE) -> tuple[int, int]:
    """The existing page nearest to `number`, and the number of pages, at least one."""
    pages = max(1, -(-total // size))
    return min(max(number, 1), pages), pages


def page_of(session: Session, rows_selected: Select[Row], number: int, *, size: int = PAGE_SIZE) -> Page[Row]:
    """Page `number` of the records selected; beyond the ends the nearest page."""
    total = session.scalar(select(func.count()).select_from(rows_selected.order_by(None).subquery())) or 0
    number, pages = nearest_page(number, total, size)
    rows = session.scalars(rows_selected.limit(size).offset((number - 1) * size)).unique().all()
    return Page(list(rows), number, pages, total)


def neighbour_links(period: Period, address: str = "?period={}") -> dict[str, str]:
    """The addresses of the months before and after it; empty outside the year."""
    return {
        "previous": address.format(period.previous) if period.month > 1 else "",
        "next": address.format(period.next) if period.month < 12 else "",
    }
