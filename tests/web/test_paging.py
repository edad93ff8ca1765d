"""Splitting lists into pages."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.projects.models import Project
from activitylog.web.paging import Page, nearest_page, page_of
from tests.factories.projects import make_project


@pytest.mark.parametrize(
    ("asked", "given", "rows"), [(1, 1, [0, 1]), (3, 3, [4]), (0, 1, [0, 1]), (99, 3, [4])]
)
def test_a_page_beyond_the_ends_is_the_nearest(
    session: Session, asked: int, given: int, rows: list[int]
) -> None:
    projects = [make_project(session) for _ in range(5)]
    page = page_of(session, select(Project).order_by(Project.id), asked, size=2)
    assert page == Page([projects[row] for row in rows], given, 3, 5)


def test_an_empty_list_is_one_empty_page(session: Session) -> None:
    assert page_of(session, select(Project), 1) == Page([], 1, 1, 0)


@pytest.mark.parametrize(
    ("number", "total", "nearest"),
    [(1, 0, (1, 1)), (9, 0, (1, 1)), (0, 40, (1, 2)), (2, 40, (2, 2)), (3, 40, (2, 2)), (2, 20, (1, 1))],
)
def test_beyond_the_ends_the_nearest_page_is_shown(number: int, total: int, nearest: tuple[int, int]) -> None:
    assert nearest_page(number, total, 20) == nearest
