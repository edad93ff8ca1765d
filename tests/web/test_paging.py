"""One page of a long list at a time."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.projects.models import Project
from activitylog.web.paging import Page, page_of
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
