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


def page_of(session: Session, wanted: Select[Row], number: int, *, size: int = PAGE_SIZE) -> Page[Row]:
    """That page of the wanted records; beyond the ends the nearest page."""
    total = session.scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
    pages = max(1, -(-total // size))
    number = min(max(number, 1), pages)
    rows = session.scalars(wanted.limit(size).offset((number - 1) * size)).unique().all()
    return Page(list(rows), number, pages, total)
