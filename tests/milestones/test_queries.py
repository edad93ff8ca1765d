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
    groups, page = queries.milestones_by_kind(session, umbrella, date(2024, 10, 1))
    shown = [(g.kind, g.done, g.total, [(s.milestone, s.state) for s in g.rows]) for g in groups]
    assert shown == [
        ("制度", 1, 2, [(early, MilestoneState.ON_TIME), (late, MilestoneState.OVERDUE)]),
        ("验收", 0, 1, [(other, MilestoneState.OPEN)]),
    ]
    assert (page.number, page.pages, page.total) == (1, 1, 3)
    assert queries.withdrawn_milestones(session, umbrella) == [gone]


def test_a_page_of_milestones_names_the_kinds_on_it_and_counts_all_of_them(session: Session) -> None:
    project = make_project(session)
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(queries.PAGE_SIZE)]
    for day in days:
        make_milestone(session, project, kind="资源推送", name=f"{day}推送", due_on=day, done_on=day)
    make_milestone(session, project, kind="资源推送", name="没有计划日期", due_on=None, done_on=days[0])
    make_milestone(session, project, kind="制度", due_on=days[-1])
    groups, page = queries.milestones_by_kind(session, project, days[-1])
    assert [(g.kind, len(g.rows)) for g in groups] == [("制度", 1), ("资源推送", queries.PAGE_SIZE - 1)]
    assert (page.pages, page.total) == (2, queries.PAGE_SIZE + 2)
    (rest,), page = queries.milestones_by_kind(session, project, days[-1], page=2)
    assert (rest.kind, rest.done, rest.total) == ("资源推送", queries.PAGE_SIZE + 1, queries.PAGE_SIZE + 1)
    names = [row.milestone.name for row in rest.rows]
    assert (page.number, names) == (2, [f"{days[-2]}推送", f"{days[-1]}推送"])


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
