"""How the milestones of a project are grouped and found."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from activitylog.core.records import is_repeated, withdraw_record
from activitylog.errors import Missing
from activitylog.milestones import queries
from activitylog.milestones.models import Milestone
from activitylog.milestones.rules import KINDS, MilestoneState
from activitylog.projects.queries import visible_record
from tests.factories.accounts import make_user
from tests.factories.milestones import NOW, make_milestone
from tests.factories.projects import make_project


def test_milestones_are_listed_by_kind_and_day_with_the_withdrawn_apart(session: Session) -> None:
    umbrella = make_project(session)
    child = make_project(session, parent=umbrella)
    make_milestone(session, make_project(session))
    other = make_milestone(session, child, kind="验收", due_on=date(2024, 12, 1))
    late = make_milestone(session, child, due_on=date(2024, 9, 1))
    early = make_milestone(session, umbrella, due_on=date(2024, 3, 1), done_on=date(2024, 3, 1))
    gone = make_milestone(session, child)
    withdraw_record(session, gone, reason="重复", now=NOW)
    groups, withdrawn = queries.milestones_by_kind(session, umbrella, date(2024, 10, 1))
    shown = [(g.kind, g.done, [(s.milestone, s.state) for s in g.rows]) for g in groups]
    assert shown == [
        ("制度", 1, [(early, MilestoneState.ON_TIME), (late, MilestoneState.OVERDUE)]),
        ("验收", 0, [(other, MilestoneState.OPEN)]),
    ]
    assert withdrawn == [gone]


def test_new_words_follow_the_usual_kinds(session: Session) -> None:
    make_milestone(session, kind="验收")
    assert queries.kinds_used(session) == [*KINDS, "验收"]


def test_the_same_sent_twice_in_a_minute_is_known(session: Session) -> None:
    project = make_project(session)
    first = make_milestone(session, project)
    assert not is_repeated(session, first)
    assert is_repeated(session, make_milestone(session, project))
    assert not is_repeated(session, make_milestone(session, project, name="另一个"))
    assert not is_repeated(session, make_milestone(session, project, now=NOW + timedelta(minutes=5)))


def test_a_stranger_does_not_find_it(session: Session) -> None:
    milestone = make_milestone(session)
    with pytest.raises(Missing):
        visible_record(session, make_user(session, make_project(session)), Milestone, milestone.id)
