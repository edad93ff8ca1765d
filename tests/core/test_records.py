"""The rules of all kinds of dated records."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from activitylog.core import records
from activitylog.core.database import Base, all_tables
from activitylog.core.records import DatedRecord
from activitylog.errors import BadInput, Refused, StaleVersion
from activitylog.milestones.models import Milestone
from tests.factories.accounts import make_user
from tests.factories.milestones import NOW as MILESTONE_DAY
from tests.factories.milestones import make_milestone
from tests.factories.projects import make_project

NOW = datetime(2024, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "into_january", "is_taken"),
    [
        (date(2024, 1, 1), False, True),
        (date(2024, 12, 31), False, True),
        (date(2025, 1, 1), False, False),
        (date(2025, 1, 31), True, True),
        (date(2025, 2, 1), True, False),
        (date(2023, 12, 31), True, False),
    ],
)
def test_a_day_lies_in_the_projects_year(day: date, into_january: bool, is_taken: bool) -> None:
    def check() -> None:
        records.check_year(day, 2024, thing="发布日期", field="published_on", into_january=into_january)

    if is_taken:
        check()
    else:
        with pytest.raises(BadInput, match=f"登记到 {day.year} 年的项目") as refusal:
            check()
        assert refusal.value.field == "published_on"


def test_today_has_come_and_tomorrow_has_not() -> None:
    records.check_past(date(2024, 6, 12), date(2024, 6, 12), thing="支付日期", field="paid_on")
    with pytest.raises(BadInput, match="支付日期不能晚于今天（6月12日 周三）"):
        records.check_past(date(2024, 6, 13), date(2024, 6, 12), thing="支付日期", field="paid_on")


def test_a_text_is_trimmed_and_must_fit() -> None:
    assert records.limited_text(" 摘要 ", 2, thing="摘要", field="summary") == "摘要"
    assert records.limited_text("  ", 2, thing="摘要", field="summary") == ""
    with pytest.raises(BadInput, match="请填写摘要"):
        records.limited_text("  ", 2, thing="摘要", field="summary", is_required=True)
    with pytest.raises(BadInput, match="最多 2 个字"):
        records.limited_text("长摘要", 2, thing="摘要", field="summary")


def test_a_new_record_says_who_entered_it_and_when(session: Session) -> None:
    person = make_user(session)
    project = make_project(session)
    milestone = Milestone(project_id=project.id, kind="制度", name="办法", done_on=NOW.date())
    assert records.add_record(session, milestone, project, by=person, now=NOW) is milestone
    assert (milestone.created_by_id, milestone.created_at) == (person.id, NOW)


def test_a_record_is_withdrawn_once_with_a_reason_and_restored(session: Session) -> None:
    milestone = make_milestone(session)
    with pytest.raises(BadInput, match="请填写撤下的理由"):
        records.withdraw_record(session, milestone, reason=" ", now=NOW)
    records.withdraw_record(session, milestone, reason=" 重复 ", now=NOW)
    assert (milestone.withdrawn_at, milestone.withdrawn_reason) == (NOW, "重复")
    with pytest.raises(Refused, match="这个里程碑已经撤下"):
        records.withdraw_record(session, milestone, reason="再撤", now=NOW)
    records.restore_record(session, milestone, by=None, now=NOW)
    assert (milestone.withdrawn_at, milestone.withdrawn_reason) == (None, "")
    with pytest.raises(Refused, match="这个里程碑没有撤下"):
        records.restore_record(session, milestone, by=None, now=NOW)


def test_the_same_stored_twice_in_a_minute_by_one_person_is_a_double_tap(session: Session) -> None:
    project = make_project(session)
    first = make_milestone(session, project)
    assert not records.is_repeated(session, first)
    assert records.is_repeated(session, make_milestone(session, project))
    assert not records.is_repeated(session, make_milestone(session))
    assert not records.is_repeated(session, make_milestone(session, project, name="另一个"))
    later = make_milestone(session, project, now=MILESTONE_DAY + timedelta(minutes=5))
    assert not records.is_repeated(session, later)


def test_what_was_withdrawn_may_be_stored_anew_at_once(session: Session) -> None:
    project = make_project(session)
    records.withdraw_record(session, make_milestone(session, project), reason="填错", now=NOW)
    assert not records.is_repeated(session, make_milestone(session, project))


def test_an_edit_of_a_record_changed_or_withdrawn_since_is_refused(session: Session) -> None:
    milestone = make_milestone(session)
    token = records.edit_token(milestone)
    records.check_edit(session, milestone, token, lambda record: record.name)
    records.withdraw_record(session, milestone, reason="重复", now=NOW)
    with pytest.raises(StaleVersion, match="现在是：科普活动管理办法"):
        records.check_edit(session, milestone, token, lambda record: record.name)


def test_every_kind_names_itself_and_the_fields_people_write() -> None:
    all_tables()
    kinds = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, DatedRecord)]
    assert {kind.__tablename__ for kind in kinds} == {
        "push",
        "media_report",
        "milestone",
        "expense",
        "manual_entry",
        "paper_tally",
    }
    for kind in kinds:
        assert kind.thing
        assert set(kind.written_fields) <= set(kind.__table__.columns.keys())


def test_an_edit_passes_only_over_the_state_its_page_showed() -> None:
    token = records.token_of("制度", date(2024, 6, 30), None)
    records.check_token(records.token_of("制度", date(2024, 6, 30), None), token, current="…")
    with pytest.raises(StaleVersion, match="现在是：新办法"):
        records.check_token(records.token_of("制度", date(2024, 7, 1), None), token, current="新办法")
