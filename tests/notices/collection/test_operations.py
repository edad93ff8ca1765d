"""What happened becomes one notice for each person it concerns, with the place where it is done."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status
from activitylog.activities.rules import Status
from activitylog.core.actor import Actor, act_as
from activitylog.core.period import Period
from activitylog.notices.collection.operations import new_notices
from activitylog.notices.operations import NewNotice
from activitylog.notices.rules import Kind
from activitylog.rollup.models import Finding, JobRun
from activitylog.rollup.run import roll_up
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.rollup import make_indicator
from tests.notices.conftest import NOW, People

AFTER = timedelta(minutes=2)


def entry_time(session: Session) -> datetime:
    """A moment at which the newest entries of the trail have settled: they carry the machine's time."""
    return datetime.now(UTC) + AFTER


def review(session: Session, people: People, activity: Activity, status: Status, reason: str = "") -> None:
    act_as(session, Actor(people.manager.name, "", user_id=people.manager.id))
    change_status(session, activity, status, by=people.manager, now=NOW, reason=reason, quality_met=True)
    session.commit()


def found(session: Session, now: datetime, kind: Kind, *, close_day: int = 0) -> list[NewNotice]:
    return [each for each in new_notices(session, close_day=close_day, now=now)[0] if each.kind is kind]


def logged(session: Session, people: People, **changes: object) -> Activity:
    activity = make_activity(
        session, people.project, status=Status.LOGGED, by=people.organizer, title="社区讲座", **changes
    )
    session.commit()
    return activity


def test_who_logged_it_learns_that_it_was_returned_by_whom_and_why(session: Session, people: People) -> None:
    activity = logged(session, people)
    review(session, people, activity, Status.RETURNED, "人数与签到不符")
    (notice,) = found(session, entry_time(session), Kind.RETURNED)
    assert (notice.user_id, notice.title) == (people.organizer.id, "“社区讲座”被退回")
    assert "李敏" in notice.text
    assert "退回：人数与签到不符。请修改后重新提交。" in notice.text
    assert "6月10日 周一 · 曹杨社区书院 · 科普资源配送" in notice.text
    assert notice.address == f"/activities/{activity.number}/edit"


def test_a_return_for_want_of_photos_leads_to_where_they_are_added(session: Session, people: People) -> None:
    activity = logged(session, people)
    review(session, people, activity, Status.RETURNED, "照片不足或不清楚")
    (notice,) = found(session, entry_time(session), Kind.RETURNED)
    assert notice.address == f"/activities/{activity.number}/photos"
    assert "请补照片" in notice.text


def test_an_approval_is_told_once_it_can_no_longer_be_taken_back(session: Session, people: People) -> None:
    activity = logged(session, people)
    review(session, people, activity, Status.APPROVED)
    assert found(session, datetime.now(UTC), Kind.APPROVED) == []
    (notice,) = found(session, entry_time(session), Kind.APPROVED)
    assert (notice.user_id, notice.title) == (people.organizer.id, "“社区讲座”已通过审核")


def test_a_review_that_was_taken_back_is_not_told(session: Session, people: People) -> None:
    activity = logged(session, people)
    review(session, people, activity, Status.RETURNED, "日期有误")
    change_status(session, activity, Status.LOGGED, by=people.organizer, now=NOW)
    session.commit()
    assert found(session, entry_time(session), Kind.RETURNED) == []


def test_nobody_is_told_of_what_they_did_themselves_or_may_not_see_any_more(
    session: Session, people: People
) -> None:
    own = make_activity(session, people.project, status=Status.LOGGED, by=people.manager)
    gone = make_user(session, name="调走的")
    other = make_activity(session, people.project, status=Status.LOGGED, by=None)
    other.created_by_id = gone.id
    make_user(session, role=Role.MANAGER)
    session.commit()
    act_as(session, Actor(people.manager.name, "", user_id=people.manager.id))
    for each in (own, other):
        change_status(session, each, Status.RETURNED, by=None, now=NOW, reason="日期有误")
    session.commit()
    assert found(session, entry_time(session), Kind.RETURNED) == []


def test_a_disabled_person_gets_nothing(session: Session, people: People) -> None:
    activity = logged(session, people)
    people.organizer.is_enabled = False
    people.officer.is_enabled = False
    review(session, people, activity, Status.APPROVED)
    session.add(Finding(period=Period(2024, 5), message="账不符。", found_at=NOW))
    session.commit()
    notices = new_notices(session, close_day=0, now=entry_time(session))[0]
    assert {each.user_id for each in notices} == {None}


def test_plans_of_the_next_day_are_told_from_nine_to_who_made_them_and_the_groups(
    session: Session, people: People
) -> None:
    make_activity(
        session,
        people.project,
        status=Status.PLANNED,
        by=people.organizer,
        title="明天的讲座",
        planned_on=date(2024, 6, 13),
    )
    make_activity(session, people.project, status=Status.PLANNED, planned_on=date(2024, 6, 14))
    session.commit()
    assert found(session, datetime(2024, 6, 12, 0, 59, tzinfo=UTC), Kind.PLAN) == []
    notices = found(session, NOW, Kind.PLAN)
    assert [each.user_id for each in notices] == [people.organizer.id, None]
    assert notices[0].title == "明天（6月13日 周四）：明天的讲座"
    assert (
        found(session, NOW + timedelta(days=1), Kind.PLAN)[0].user_id is None
    )  # of the 14th, made by nobody


@pytest.mark.parametrize(("day", "is_told"), [(1, False), (2, True), (4, True), (5, False)])
def test_a_closing_is_told_three_days_before_with_what_waits(
    session: Session, people: People, day: int, is_told: bool
) -> None:
    make_indicator(session, people.project, target_word="有效提升")
    logged(session, people)
    roll_up(session, Period(2024, 6), now=NOW)
    session.commit()
    now = datetime(2024, 7, day, 2, tzinfo=UTC)
    notices = {each.user_id: each for each in found(session, now, Kind.CLOSING, close_day=5)}
    if not is_told:
        assert notices == {}
        return
    assert set(notices) == {people.manager.id, people.officer.id, None}
    told = notices[people.officer.id]
    assert told.title == f"2024年6月还有 {5 - day} 天结账（7月5日 周五）"
    assert "等您办的：1 场活动待审核，1 个指标待评定" in told.text
    assert told.address == "/periods/2024-06"
    assert found(session, now, Kind.CLOSING, close_day=0) == []


def test_a_roll_up_that_did_not_run_is_told_with_its_reason(session: Session, people: People) -> None:
    session.add(
        JobRun(
            job="roll_up",
            period=Period(2024, 6),
            holder="x",
            started_at=NOW,
            ended_at=NOW,
            is_done=False,
            outcome="OperationalError: 磁盘已满",
        )
    )
    session.commit()
    early = datetime(2024, 6, 30, 19, 59, tzinfo=UTC)  # a minute before four: two hours after it was due
    assert found(session, early, Kind.JOB) == []
    notices = found(session, early + timedelta(minutes=1), Kind.JOB)
    assert [each.user_id for each in notices] == [people.officer.id, None]
    assert notices[0].title == "2024年6月的自动汇总没有完成"
    assert "磁盘已满" in notices[0].text


def test_of_many_months_not_rolled_up_the_last_is_told(session: Session, people: People) -> None:
    notices = found(session, datetime(2024, 10, 3, tzinfo=UTC), Kind.JOB)
    assert {each.title for each in notices} == {"2024年9月的自动汇总没有完成"}


def test_findings_are_one_notice_until_they_change(session: Session, people: People) -> None:
    for number in range(5):
        session.add(Finding(period=Period(2024, 5), message=f"第 {number} 处。", found_at=NOW))
    session.add(Finding(period=Period(2024, 5), message="只是没计入。", found_at=NOW, is_error=False))
    session.commit()
    notices = found(session, NOW, Kind.FINDING)
    assert [each.user_id for each in notices] == [people.officer.id, None]
    assert notices[0].title == "账目自查发现 5 处不符"
    assert "另有 2 处" in notices[0].text
    key = notices[0].key
    session.delete(session.scalars(select(Finding)).first())
    session.commit()
    assert found(session, NOW, Kind.FINDING)[0].key != key


def test_the_sample_tells_nobody(session: Session, people: People) -> None:
    activity = make_activity(
        session, people.project, status=Status.PLANNED, by=people.organizer, planned_on=date(2024, 6, 13)
    )
    activity.is_sample = True
    session.commit()
    assert found(session, NOW, Kind.PLAN) == []
