import pytest
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.review.queries import WaitingCounts, count_text, waiting_counts
from activitylog.activities.rules import Status
from tests.factories.accounts import make_user
from tests.factories.activities import NOW, make_activity
from tests.factories.milestones import make_milestone
from tests.factories.projects import make_project
from tests.factories.publicity import make_push
from tests.statements import statements


def test_what_others_entered_where_one_reviews_is_counted_by_one_statement(
    session: Session,
) -> None:
    own, other = make_project(session), make_project(session)
    reviewer = make_user(session, own, role=Role.MANAGER)
    second = make_user(session, role=Role.MANAGER)
    for project in (own, other):
        make_activity(session, project=project, status=Status.LOGGED)
        make_push(session, project=project).approved_at = None
        make_milestone(session, project=project).approved_at = None
    make_activity(session, project=own, status=Status.APPROVED)
    make_push(session, project=own).approved_at = NOW
    make_push(session, project=own).withdrawn_at = NOW
    written = make_push(session, project=own)
    written.approved_at, written.writers = None, f",{reviewer.id},"
    session.flush()
    assert waiting_counts(session, reviewer) == WaitingCounts(activities=1, records=2)
    with statements() as sent:
        assert waiting_counts(session, second) == WaitingCounts(activities=2, records=5)
    assert len(sent) == 1


@pytest.mark.parametrize(("count", "text"), [(0, ""), (1, "1"), (99, "99"), (100, "99+")])
def test_a_count_that_stopped_says_so(count: int, text: str) -> None:
    assert count_text(count) == text
