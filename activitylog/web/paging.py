"""A long list, one page at a time."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

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
    """The page that is there nearest to the number asked for, and how many pages there are: one at least."""
    pages = max(1, -(-total // size))
    return min(max(number, 1), pages), pages


def page_of(session: Session, wanted: Select[Row], number: int, *, size: int = PAGE_SIZE) -> Page[Row]:
    """That page of the wanted records; beyond the ends the nearest page."""
    total = session.scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
    number, pages = nearest_page(number, total, size)
    rows = session.scalars(wanted.limit(size).offset((number - 1) * size)).unique().all()
    return Page(list(rows), number, pages, total)
