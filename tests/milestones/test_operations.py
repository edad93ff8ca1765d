"""Planning, marking, correcting and withdrawing milestones."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from activitylog.core.records import edit_token, restore_record, withdraw_record
from activitylog.errors import BadInput, Missing, Refused, StaleVersion
from activitylog.milestones import operations
from activitylog.milestones.models import Milestone
from tests.factories.accounts import make_user
from tests.factories.milestones import NOW, make_milestone
from tests.factories.projects import make_project


def edit(session: Session, milestone: Milestone, *, token: str | None = None, **changes: Any) -> None:
    values = {name: getattr(milestone, name) for name in ("kind", "name", "due_on", "done_on")}
    operations.edit_milestone(
        session, milestone, token=token or edit_token(milestone), by=None, now=NOW, **values | changes
    )


def test_a_milestone_is_planned_by_somebody(session: Session) -> None:
    project = make_project(session)
    person = make_user(session, project)
    milestone = operations.plan_milestone(
        session,
        project_id=project.id,
        kind=" 科技小院 ",
        name=" 金山小院 ",
        due_on=date(2024, 9, 30),
        by=person,
        now=NOW,
    )
    assert (milestone.kind, milestone.name, milestone.done_on) == ("科技小院", "金山小院", None)
    assert milestone.created_by_id == person.id


@pytest.mark.parametrize(("values", "field"), [({"kind": " "}, "kind"), ({"name": "字" * 201}, "name")])
def test_a_milestone_needs_a_kind_and_a_name_that_fit(
    session: Session, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        make_milestone(session, **values)
    assert refusal.value.field == field


def test_a_milestone_of_no_project_is_refused(session: Session) -> None:
    with pytest.raises(Missing):
        operations.plan_milestone(
            session, project_id=9, kind="制度", name="办法", due_on=date(2024, 6, 1), by=None, now=NOW
        )


def test_the_first_day_done_stays(session: Session) -> None:
    milestone = make_milestone(session)
    operations.mark_done(session, milestone, done_on=date(2024, 6, 20), by=None, now=NOW)
    with pytest.raises(Refused, match="已标记完成"):
        operations.mark_done(session, milestone, done_on=date(2024, 7, 20), by=None, now=NOW)
    assert milestone.done_on == date(2024, 6, 20)


def test_a_day_to_come_is_not_done(session: Session) -> None:
    milestone = make_milestone(session)
    with pytest.raises(BadInput, match="不能晚于今天"):
        operations.mark_done(session, milestone, done_on=date(2025, 1, 1), by=None, now=NOW)
    assert milestone.done_on is None


def test_an_edit_may_take_the_mark_back(session: Session) -> None:
    milestone = make_milestone(session, done_on=date(2024, 6, 1))
    edit(session, milestone, done_on=None, due_on=date(2024, 7, 31))
    assert (milestone.due_on, milestone.done_on) == (date(2024, 7, 31), None)


def test_a_stale_edit_is_refused_with_the_current_values(session: Session) -> None:
    milestone = make_milestone(session)
    token = edit_token(milestone)
    edit(session, milestone, name="改过的办法")
    with pytest.raises(StaleVersion, match="改过的办法"):
        edit(session, milestone, token=token, name="另一个办法")
    assert milestone.name == "改过的办法"


def test_a_withdrawn_milestone_takes_no_change_until_restored(session: Session) -> None:
    milestone = make_milestone(session)
    with pytest.raises(BadInput, match="理由"):
        withdraw_record(session, milestone, reason="", now=NOW)
    withdraw_record(session, milestone, reason="重复", now=NOW)
    with pytest.raises(Refused, match="已撤下"):
        operations.mark_done(session, milestone, done_on=date(2024, 6, 1), by=None, now=NOW)
    with pytest.raises(Refused, match="已撤下"):
        edit(session, milestone, name="新名")
    restore_record(session, milestone, by=None, now=NOW)
    operations.mark_done(session, milestone, done_on=date(2024, 6, 1), by=None, now=NOW)
    assert milestone.done_on == date(2024, 6, 1)
