from datetime import date

import pytest
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.errors import Missing
from activitylog.projects.queries import (
    projects_to_log_in,
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
