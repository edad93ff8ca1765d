from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.activities.details import details_of
from activitylog.activities.models import Activity
from activitylog.errors import Refused
from activitylog.pages.activity_form.operations import (
    NewActivity,
    NewPush,
    edit_and_submit_activity,
    enter_activity,
)
from activitylog.publicity.models import Push
from tests.factories.accounts import make_user
from tests.factories.activities import NOW, make_activity, make_details
from tests.factories.expenses import make_expense
from tests.factories.projects import make_project
from tests.factories.publicity import make_media_report, make_push
from tests.factories.surveys import make_paper_tally


def test_a_repeated_article_refuses_the_whole_entry_at_its_row(session: Session) -> None:
    project = make_project(session)
    organizer = make_user(session, project)
    session.commit()
    rows = [NewPush(f"pushes-{n}", "", "https://mp.weixin.qq.com/s/a", "", NOW.date()) for n in range(2)]
    entry = NewActivity(make_details(project), is_plan=False, pushes=tuple(rows))
    with pytest.raises(Refused) as refusal:
        enter_activity(session, entry, by=organizer, now=NOW, nonce=None)
    assert refusal.value.field == "pushes-1-link"
    session.rollback()
    assert session.scalar(select(func.count(Activity.id))) == 0


def test_the_same_nonce_adds_no_articles_again(session: Session) -> None:
    project = make_project(session)
    organizer = make_user(session, project)
    push = NewPush("pushes-0", "回顾", "", "", NOW.date())
    entry = NewActivity(make_details(project), is_plan=False, pushes=(push,))
    first, is_new = enter_activity(session, entry, by=organizer, now=NOW, nonce="n-1")
    later = NOW + timedelta(seconds=1)
    again, is_new_again = enter_activity(session, entry, by=organizer, now=later, nonce="n-1")
    assert (first, is_new, is_new_again) == (again, True, False)
    assert session.scalar(select(func.count(Push.id))) == 1


def test_articles_and_expenses_move_with_their_activity(session: Session) -> None:
    activity, goal = make_activity(session), make_project(session)
    records = [
        make_push(session, activity=activity),
        make_media_report(session, activity=activity),
        make_expense(session, activity=activity),
    ]
    tally = make_paper_tally(session, activity, very_satisfied=1)
    assert all(record.is_counted for record in (*records, tally))
    mover = make_user(session, activity.project, goal)
    edit_and_submit_activity(
        session,
        activity,
        make_details(goal),
        version=activity.version,
        is_submitted=False,
        by=mover,
        now=NOW,
    )
    session.expire_all()
    assert {record.project_id for record in (*records, activity)} == {goal.id}
    assert details_of(activity) == make_details(goal)
    waiting = [(record.is_waiting, record.written_by_id) for record in (*records, tally)]
    assert waiting == [(True, mover.id)] * 4  # what counted in one project is not approved for another
