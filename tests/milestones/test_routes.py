"""A project's milestones in the browser: one taken, one refused, one stranger per address.

A rollback ends the test's own view of the database, so that it sees what the browser has done.
"""

import re
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.core.period import business_day, utc_now
from activitylog.core.records import withdraw_record
from activitylog.indicators.rules.operations import set_rule
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.milestones.models import Milestone
from activitylog.projects.models import Project
from tests.factories.accounts import make_user
from tests.factories.milestones import NOW, make_milestone
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.signed_in import signed_in
from tests.workbooks import sent_rows

PLANNED = {"kind": "科技小院", "name": "金山小院", "due_on": "2024-09-30"}


@dataclass
class Cast:
    """An organizer of the project, one of another, and an auditor."""

    project: Project
    organizer: FlaskClient
    stranger: FlaskClient
    auditor: FlaskClient

    @property
    def address(self) -> str:
        return f"/projects/{self.project.id}/milestones"


@pytest.fixture
def cast(app: Flask, session: Session) -> Cast:
    project = make_project(session)
    organizer = make_user(session, project)
    stranger = make_user(session, make_project(session))
    auditor = make_user(session, role=Role.AUDITOR)
    session.commit()
    return Cast(project, *(signed_in(app, user) for user in (organizer, stranger, auditor)))


def test_a_milestone_is_planned_and_listed(cast: Cast) -> None:
    assert "这里会列出要按期办成的事" in cast.organizer.get(cast.address).text
    assert cast.organizer.post(cast.address, data=PLANNED).location == f"{cast.address}#main"
    page = cast.organizer.get(cast.address).text
    assert "金山小院" in page
    assert "逾期未完成" in page


def test_a_kind_of_ones_own_is_taken(cast: Cast, session: Session) -> None:
    cast.organizer.post(cast.address, data=PLANNED | {"kind": "", "other_kind": "验收"})
    session.rollback()
    assert session.scalars(select(Milestone.kind)).all() == ["验收"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": ""}, "请选择类别"),
        ({"other_kind": "验收"}, "类别只能有一个"),
        ({"name": ""}, "请填写里程碑名称"),
        ({"due_on": ""}, "请填写计划日期"),
        ({"due_on": "2025-01-01"}, "2024 年的项目"),
        ({"done_on": "2124-01-01"}, "不能晚于今天"),
    ],
)
def test_what_is_wrong_is_reported_and_nothing_stored(
    cast: Cast, session: Session, changes: dict[str, str], sentence: str
) -> None:
    answer = cast.organizer.post(cast.address, data=PLANNED | changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    session.rollback()
    assert session.scalars(select(Milestone)).all() == []


def test_a_form_sent_twice_is_stored_once(cast: Cast, session: Session) -> None:
    for _ in range(2):
        assert cast.organizer.post(cast.address, data=PLANNED).status_code == 302
    session.rollback()
    assert len(session.scalars(select(Milestone)).all()) == 1


def test_strangers_see_nothing_and_auditors_only_read(cast: Cast, session: Session) -> None:
    milestone = make_milestone(session, cast.project)
    session.commit()
    assert cast.stranger.get(cast.address).status_code == 404
    assert "科普活动管理办法" in cast.auditor.get(cast.address).text
    for client, status in ((cast.stranger, 404), (cast.auditor, 403)):
        assert client.post(cast.address, data=PLANNED).status_code == status
        for step in ("done", "edit", "withdraw", "restore"):
            assert client.post(f"/milestones/{milestone.id}/{step}").status_code == status
    session.rollback()
    assert session.scalars(select(Milestone.done_on)).all() == [None]


def test_one_tap_marks_it_done_today(app: Flask, session: Session) -> None:
    today = business_day(utc_now())
    project = make_project(session, year=today.year)
    milestone = make_milestone(session, project, due_on=date(today.year, 12, 31), now=utc_now())
    organizer = signed_in(app, make_user(session, project))
    session.commit()
    assert "今天完成" in organizer.get(f"/projects/{project.id}/milestones").text
    assert organizer.post(f"/milestones/{milestone.id}/done").status_code == 302
    assert organizer.post(f"/milestones/{milestone.id}/done").status_code == 409
    session.rollback()
    assert milestone.done_on == today
    assert "按时完成" in organizer.get(f"/projects/{project.id}/milestones").text


def test_the_day_done_may_be_given_and_must_be_a_day(cast: Cast, session: Session) -> None:
    milestone = make_milestone(session, cast.project)
    session.commit()
    address = f"/milestones/{milestone.id}/done"
    refused = cast.organizer.post(address, data={"done_on": "2024-06-31"})
    assert refused.status_code == 422
    assert "不是有效日期" in refused.text
    assert cast.organizer.post(address, data={"done_on": "2024-06-20"}).status_code == 302
    session.rollback()
    assert milestone.done_on == date(2024, 6, 20)


def test_an_edit_is_saved_and_a_stale_one_shows_both(cast: Cast, session: Session) -> None:
    milestone = make_milestone(session, cast.project)
    session.commit()
    address = f"/milestones/{milestone.id}/edit"
    page = cast.organizer.get(address).text
    token = re.search(r'name="seen"[^>]*value="([0-9a-f]+)"', page)
    assert token is not None
    values = {"kind": "制度", "name": "第一次改", "due_on": "2024-06-30", "seen": token[1]}
    assert cast.organizer.post(address, data=values).location == cast.address
    stale = cast.organizer.post(address, data=values | {"name": "第二次改"})
    assert stale.status_code == 422
    assert "第一次改" in stale.text
    assert "第二次改" in stale.text
    fresh = re.search(r'name="seen"[^>]*value="([0-9a-f]+)"', stale.text)
    assert fresh is not None
    again = values | {"name": "第二次改", "seen": fresh[1]}
    assert cast.organizer.post(address, data=again).status_code == 302
    session.rollback()
    assert milestone.name == "第二次改"


def test_a_milestone_is_withdrawn_with_a_reason_and_restored(cast: Cast, session: Session) -> None:
    milestone = make_milestone(session, cast.project)
    session.commit()
    address = f"/milestones/{milestone.id}/withdraw"
    assert "撤下里程碑" in cast.organizer.get(address).text
    assert cast.organizer.post(address, data={}).status_code == 422
    assert cast.organizer.post(address, data={"reason": "重复登记"}).location == cast.address
    assert "重复登记" in cast.organizer.get(cast.address).text
    assert cast.organizer.post(f"/milestones/{milestone.id}/restore").status_code == 302
    assert cast.organizer.post(f"/milestones/{milestone.id}/restore").status_code == 409


def test_a_past_years_milestone_asks_for_the_day(cast: Cast, session: Session) -> None:
    gone = make_milestone(session, cast.project)
    withdraw_record(session, gone, reason="重复", now=NOW)
    make_milestone(session, cast.project, name="志愿者管理制度")
    session.commit()
    page = cast.organizer.get(cast.address).text
    assert "填完成日期" in page
    assert "今天完成" not in page


@pytest.mark.parametrize(("answer", "kind"), [("take", "科技小院"), ("keep", "科技小院子")])
def test_a_kind_nobody_counts_is_asked_about_and_taken_or_kept(
    cast: Cast, session: Session, answer: str, kind: str
) -> None:
    limits = RuleDetails("milestones_done", milestone_kind="科技小院")
    set_rule(session, make_indicator(session, cast.project), limits, by=None, now=NOW)
    session.commit()
    written = PLANNED | {"kind": "", "other_kind": "科技小院子"}
    asked = cast.organizer.post(cast.address, data=written)
    assert asked.status_code == 422
    assert "没有指标数“科技小院子”，是不是“科技小院”？" in asked.text
    assert cast.organizer.post(cast.address, data=written | {"kind_answer": answer}).status_code == 302
    session.rollback()
    assert session.scalars(select(Milestone.kind)).all() == [kind]


def test_all_milestones_leave_as_a_workbook(cast: Cast, session: Session) -> None:
    make_milestone(session, cast.project, name="金山小院", due_on=date(2024, 9, 30), done_on=date(2024, 9, 1))
    make_milestone(session, make_project(session), name="别处的")
    session.commit()
    [row] = sent_rows(cast.auditor.get(f"{cast.address}?format=xlsx"))
    assert (row["名称"], f"{row['计划日期']:%m-%d}", row["状态"]) == ("金山小院", "09-30", "按时完成")
    assert cast.stranger.get(f"{cast.address}?format=xlsx").status_code == 404
