"""Recording pushes and reports once, withdrawing and restoring them."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.core.records import withdraw_record
from activitylog.errors import BadInput, Missing, Refused
from activitylog.publicity import operations
from activitylog.publicity.models import Push
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.publicity import NOW, make_media_report, make_push

LINK = "https://mp.weixin.qq.com/s/abc"


def test_a_push_keeps_who_entered_it_and_the_pasted_link(session: Session) -> None:
    activity = make_activity(session)
    person = make_user(session, activity.project)
    push = operations.add_push(
        session,
        project_id=activity.project_id,
        activity_id=activity.id,
        title=" 回顾 ",
        link=f"【回顾】 {LINK} 复制打开",
        batch="6月第2次",
        published_on=date(2024, 6, 12),
        by=person,
        now=NOW,
    )
    assert (push.title, push.link, push.article_key, push.batch) == ("回顾", LINK, LINK, "6月第2次")
    assert (push.created_by_id, push.created_at) == (person.id, NOW)


def test_the_same_article_on_the_same_activity_is_refused_naming_the_first(session: Session) -> None:
    activity = make_activity(session)
    make_push(session, activity=activity, link=LINK, title="回顾")
    with pytest.raises(Refused, match=r"回顾.*2024年6月12日") as refusal:
        make_push(session, activity=activity, link=LINK.replace("https", "http"), title="又一次")
    assert refusal.value.field == "link"
    assert session.scalar(select(func.count(Push.id))) == 1


def test_the_same_article_may_be_of_two_activities(session: Session) -> None:
    project = make_project(session)
    for _ in range(2):
        make_push(session, activity=make_activity(session, project), link=LINK)
    make_push(session, project, link=LINK)
    assert session.scalar(select(func.count(Push.id))) == 3


def test_the_same_article_without_an_activity_is_refused_within_the_project(session: Session) -> None:
    project = make_project(session)
    make_push(session, project, link="", title="简讯")
    make_push(session, make_project(session), link="", title="简讯")
    with pytest.raises(Refused) as refusal:
        make_push(session, project, link="", title="简讯")
    assert refusal.value.field == "title"


def test_the_same_report_is_refused_and_another_outlet_is_not(session: Session) -> None:
    activity = make_activity(session)
    make_media_report(session, activity=activity, link="", outlet="解放日报")
    make_media_report(session, activity=activity, link="", outlet="新民晚报")
    with pytest.raises(Refused, match="媒体报道"):
        make_media_report(session, activity=activity, link="", outlet="解放日报")


def test_neither_link_nor_title_is_refused(session: Session) -> None:
    with pytest.raises(BadInput, match="请粘贴文章链接"):
        make_push(session, link=" ", title=" ")


@pytest.mark.parametrize(
    ("published_on", "hangs_on_activity", "is_taken"),
    [
        (date(2024, 1, 1), False, True),
        (date(2024, 12, 31), False, True),
        (date(2023, 12, 31), True, False),
        (date(2025, 1, 5), False, False),
        (date(2025, 1, 31), True, True),
        (date(2025, 2, 1), True, False),
    ],
)
def test_the_day_lies_in_the_projects_year_or_the_january_after_an_activity(
    session: Session, published_on: date, hangs_on_activity: bool, is_taken: bool
) -> None:
    activity = make_activity(session)
    now = datetime(2025, 6, 1, tzinfo=UTC)

    def publish() -> None:
        make_push(
            session,
            activity.project,
            activity=activity if hangs_on_activity else None,
            published_on=published_on,
            now=now,
        )

    if is_taken:
        publish()
    else:
        with pytest.raises(BadInput, match="2024 年的项目"):
            publish()


def test_a_day_to_come_is_refused_by_shanghais_calendar(session: Session) -> None:
    evening = datetime(2024, 6, 11, 16, 30, tzinfo=UTC)  # half past midnight on the 12th in Shanghai
    make_push(session, published_on=date(2024, 6, 12), now=evening)
    with pytest.raises(BadInput, match="不能晚于今天") as refusal:
        make_push(session, published_on=date(2024, 6, 13), now=evening)
    assert refusal.value.field == "published_on"


def test_an_activity_of_another_project_is_refused(session: Session) -> None:
    activity = make_activity(session)
    project = make_project(session)
    with pytest.raises(BadInput, match="不属于项目"):
        operations.add_push(
            session,
            project_id=project.id,
            activity_id=activity.id,
            title="",
            link=LINK,
            batch="",
            published_on=date(2024, 6, 12),
            by=None,
            now=NOW,
        )


def test_a_project_that_is_not_there_is_missing(session: Session) -> None:
    with pytest.raises(Missing):
        operations.add_push(
            session,
            project_id=1,
            activity_id=None,
            title="",
            link=LINK,
            batch="",
            published_on=date(2024, 6, 12),
            by=None,
            now=NOW,
        )


def test_withdrawing_needs_a_reason_and_keeps_the_push(session: Session) -> None:
    push = make_push(session)
    with pytest.raises(BadInput, match="理由"):
        withdraw_record(session, push, reason=" ", now=NOW)
    withdraw_record(session, push, reason="重复登记", now=NOW)
    assert session.get(Push, push.id) is push
    assert (push.withdrawn_at, push.withdrawn_reason) == (NOW, "重复登记")
    with pytest.raises(Refused, match="已经撤下"):
        withdraw_record(session, push, reason="再撤", now=NOW)


def test_a_withdrawn_article_may_be_recorded_anew_and_then_not_restored(session: Session) -> None:
    activity = make_activity(session)
    first = make_push(session, activity=activity, link=LINK)
    withdraw_record(session, first, reason="日期有误", now=NOW)
    second = make_push(session, activity=activity, link=LINK)
    with pytest.raises(Refused, match="已经登记过"):
        operations.restore_article(session, first, by=None, now=NOW)
    withdraw_record(session, second, reason="还是第一条对", now=NOW)
    operations.restore_article(session, first, by=None, now=NOW)
    assert (first.withdrawn_at, first.withdrawn_reason) == (None, "")


def test_a_report_is_withdrawn_and_restored(session: Session) -> None:
    report = make_media_report(session)
    withdraw_record(session, report, reason="非本单位", now=NOW)
    assert report.withdrawn_at == NOW
    operations.restore_article(session, report, by=None, now=NOW)
    assert report.withdrawn_at is None
    with pytest.raises(Refused, match="没有撤下"):
        operations.restore_article(session, report, by=None, now=NOW)
