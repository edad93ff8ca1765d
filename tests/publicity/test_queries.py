"""Lists of pushes and reports, and their visibility."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.records import current_records, withdrawn_records
from activitylog.core.records import withdraw_record
from activitylog.errors import Missing
from activitylog.projects.queries import visible_record
from activitylog.publicity import queries
from activitylog.publicity.models import MediaReport, Push
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.publicity import NOW, make_media_report, make_push


def test_an_activitys_publicity_shows_the_withdrawn_last(session: Session) -> None:
    activity = make_activity(session)
    make_push(session, activity.project)
    first, second, third = (
        make_push(session, activity=activity, published_on=date(2024, 6, 12 + i)) for i in range(3)
    )
    report = make_media_report(session, activity=activity)
    withdraw_record(session, first, reason="重复", now=NOW)
    assert queries.publicity_of(session, activity.id) == ([second, third, first], [report])


def test_an_umbrella_lists_its_childrens_articles_and_counts_what_counts(session: Session) -> None:
    umbrella = make_project(session)
    child = make_project(session, parent=umbrella)
    old = make_push(session, child, published_on=date(2024, 3, 1))
    new = make_push(session, umbrella, published_on=date(2024, 5, 1))
    gone = make_push(session, child)
    make_push(session, make_project(session))
    withdraw_record(session, gone, reason="重复", now=NOW)
    page = current_records(session, Push, umbrella, page=1)
    assert page.rows == [new, old]
    assert page.total == queries.article_count(session, Push, umbrella) == 2
    assert withdrawn_records(session, Push, umbrella) == [gone]
    assert queries.article_count(session, MediaReport, umbrella) == 0


def test_a_long_list_comes_in_pages(session: Session) -> None:
    project = make_project(session)
    pushes = [make_push(session, project) for _ in range(31)]
    assert current_records(session, Push, project, page=2).rows == [pushes[0]]
    assert current_records(session, Push, project, page=99).number == 2


def test_an_organizer_sees_articles_of_own_projects_only(session: Session) -> None:
    push, report = make_push(session), make_media_report(session)
    stranger = make_user(session, make_project(session))
    auditor = make_user(session, role=Role.AUDITOR)
    assert visible_record(session, auditor, Push, push.id) is push
    assert visible_record(session, auditor, MediaReport, report.id) is report
    with pytest.raises(Missing):
        visible_record(session, stranger, Push, push.id)
    with pytest.raises(Missing):
        visible_record(session, stranger, MediaReport, report.id)
