from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.errors import Missing
from activitylog.projects.models import Project
from activitylog.projects.queries import (
    is_reviewed_besides,
    own_projects,
    projects_of,
    projects_to_log_in,
    reviewers_of,
    visible_project,
    visible_projects,
    visible_years,
    year_to_show,
)
from tests.factories.accounts import make_user
from tests.factories.projects import make_project


def test_organizers_see_their_projects_and_others_all(session: Session) -> None:
    mine, other = make_project(session), make_project(session, year=2023)
    organizer, auditor = make_user(session, mine), make_user(session, role=Role.AUDITOR)
    assert visible_projects(session, organizer) == [mine]
    assert visible_projects(session, auditor) == [mine, other]
    assert visible_projects(session, auditor, year=2023) == [other]
    assert visible_projects(session, None) == [mine, other]
    assert visible_project(session, auditor, other.id) is other
    with pytest.raises(Missing):
        visible_project(session, organizer, other.id)
    assert (visible_years(session, organizer), visible_years(session, auditor)) == ([2024], [2024, 2023])


def test_members_of_an_umbrella_belong_to_all_below_it_by_every_question(session: Session) -> None:
    umbrella = make_project(session)
    grandchild = make_project(session, parent=make_project(session, parent=umbrella))
    above = make_user(session, umbrella, role=Role.MANAGER)
    beside = make_user(session, make_project(session), role=Role.MANAGER)
    ids = {above.id, beside.id}
    assert set(session.scalars(own_projects(above.id))) == {p.id for p in visible_projects(session, above)}
    assert grandchild in visible_projects(session, above)
    assert (above.id, grandchild.id) in projects_of(session, ids)
    assert (beside.id, grandchild.id) not in projects_of(session, ids)
    assert session.scalars(reviewers_of(grandchild)).all() == [above]
    reviewed = select(Project.id).where(is_reviewed_besides(beside.id))
    assert grandchild.id in session.scalars(reviewed).all()
    assert grandchild.id not in session.scalars(select(Project.id).where(is_reviewed_besides(above.id))).all()


def test_activities_are_logged_in_children_not_in_the_umbrella(session: Session) -> None:
    umbrella = make_project(session)
    child, alone = make_project(session, parent=umbrella), make_project(session)
    assert projects_to_log_in(session, None) == [child, alone]


def test_the_year_shown_is_this_one_or_the_latest_there_is(session: Session) -> None:
    assert year_to_show(session, None, date(2026, 1, 5)) == 2026
    make_project(session, year=2023)
    make_project(session, year=2024)
    assert year_to_show(session, None, date(2026, 1, 5)) == 2024
    assert year_to_show(session, None, date(2023, 12, 31)) == 2023
