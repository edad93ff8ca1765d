from datetime import date

import pytest
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.errors import Missing
from activitylog.projects.queries import (
    project_seen_by,
    projects_seen_by,
    projects_to_log_in,
    year_to_show,
    years_seen_by,
)
from tests.factories.accounts import make_user
from tests.factories.projects import make_project


def test_organizers_see_their_projects_and_others_all(session: Session) -> None:
    mine, other = make_project(session), make_project(session, year=2023)
    organizer, auditor = make_user(session, mine), make_user(session, role=Role.AUDITOR)
    assert projects_seen_by(session, organizer) == [mine]
    assert projects_seen_by(session, auditor) == [mine, other]
    assert projects_seen_by(session, auditor, year=2023) == [other]
    assert projects_seen_by(session, None) == [mine, other]
    assert project_seen_by(session, auditor, other.id) is other
    with pytest.raises(Missing):
        project_seen_by(session, organizer, other.id)
    assert (years_seen_by(session, organizer), years_seen_by(session, auditor)) == ([2024], [2024, 2023])


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
