"""The page of changes: the figure as it was rolled up, every change since, and by whom."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.indicators.rules.operations import set_rule
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.projects.models import Indicator
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.run import roll_up
from tests.factories.activities import make_activity
from tests.factories.rollup import make_indicator
from tests.pages.cast import Cast, make_cast

ROLLED_UP = datetime(2024, 7, 1, 1, tzinfo=UTC)
NOW = datetime(2024, 7, 10, 4, tzinfo=UTC)
JUNE = Period(2024, 6)


@pytest.fixture
def cast(app: Flask, session: Session) -> Iterator[Cast]:
    with time_machine.travel(NOW, tick=True):
        yield make_cast(app, session)


@pytest.fixture
def held(cast: Cast, session: Session) -> Indicator:
    """June rolled up with two activities and closed."""
    with time_machine.travel(ROLLED_UP, tick=False):
        held = make_indicator(session, cast.project, name="下乡服务完成次数", unit="场")
        for title in ("天文课堂", "昆虫讲座"):
            make_activity(session, cast.project, title=title, held_on=date(2024, 6, 10))
        roll_up(session, JUNE, now=ROLLED_UP)
        close_period(session, JUNE, by=cast.owner, now=ROLLED_UP)
        session.commit()
    return held


def address(held: Indicator, query: str = "period=2024-06") -> str:
    return f"/indicators/{held.id}/changes?{query}"


def text_of(client: FlaskClient, where: str, status: int = 200) -> str:
    response = client.get(where)
    assert response.status_code == status, where
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


def withdraw(cast: Cast, session: Session) -> Activity:
    """The manager withdraws an activity on its page, so that the trail knows from where."""
    activity = make_activity(session, cast.project, title="临时取消的讲座", held_on=date(2024, 6, 11))
    roll_up(session, Period(2024, 7), now=NOW)
    session.commit()
    answer = cast.manager.post(
        f"/activities/{activity.number}/status",
        data={"step": "withdraw", "reason": "没有办成", "version": activity.version},
    )
    assert answer.status_code == 302
    session.rollback()
    return activity


def test_an_unchanged_figure_says_so(cast: Cast, held: Indicator) -> None:
    page = text_of(cast.auditor, address(held))
    assert "2024年6月汇总时 2 场，现在仍是 2 场，计入的记录没有变动。" in page
    assert "2024-07-01 09:00 系统 汇总" in page
    assert "结账 2024-07-01 09:00 王小青 第 1 版" in page
    assert "没有变动 补登、修改或撤下计入本指标的记录后，会逐条列在这里。" in page


def test_the_total_of_the_list_leads_from_then_to_now(cast: Cast, held: Indicator, session: Session) -> None:
    for day in (11, 12, 13):
        make_activity(session, cast.project, title=f"补登{day}", held_on=date(2024, 6, day), now=NOW)
    session.commit()
    page = text_of(cast.auditor, address(held))
    assert "2024年6月汇总时 2 场，现在 5 场；此后 3 条记录有变动。" in page
    assert page.count("新计入 等待入账") == 3
    assert "以上变动合计 +3 场：从 2 场变为 5 场。 变动都还没有入账。" in page


def test_a_record_rolled_up_in_july_and_withdrawn_since_is_listed_whole(
    cast: Cast, held: Indicator, session: Session
) -> None:
    withdraw(cast, session)
    page = text_of(cast.auditor, address(held))
    assert "临时取消的讲座" in page
    assert "已记入2024年7月" in page
    assert "状态 已审核 → 取消" in page
    assert "→ 没有办成" in page
    assert "以上变动合计 0 场：仍是 2 场。 其中 +1 场 已经入账；−1 场 等待入账。" in page


def test_a_field_is_shown_before_and_after(cast: Cast, session: Session, held: Indicator) -> None:
    people = make_indicator(session, cast.project, "people_reached", name="受众人数", unit="人")
    activity = make_activity(session, cast.project, title="数错人数", held_on=date(2024, 6, 20), now=NOW)
    roll_up(session, Period(2024, 7), now=NOW)
    session.commit()
    activity.audience_onsite = 90
    session.commit()
    page = text_of(cast.auditor, address(people, "period=2024-07"))
    assert "现场人数 60 人 → 90 人" in page
    assert "以上变动合计 +30 人" in page


def test_where_a_change_came_from_is_for_those_who_audit(
    cast: Cast, held: Indicator, session: Session
) -> None:
    withdraw(cast, session)
    assert "127.0.0.1" in text_of(cast.auditor, address(held))
    for client in (cast.manager, cast.organizer):
        page = text_of(client, address(held))
        assert "临时取消的讲座" in page
        assert "127.0.0.1" not in page


def test_a_stranger_to_the_project_sees_nothing_of_it(cast: Cast, held: Indicator) -> None:
    assert "下乡服务" not in text_of(cast.stranger, address(held), 404)


def test_a_month_not_rolled_up_has_nothing_to_compare(cast: Cast, held: Indicator) -> None:
    page = text_of(cast.auditor, address(held, "period=2024-07"))
    assert "2024年7月还没有汇总 汇总以后，这里会列出那时的数和此后的每一处变动。" in page


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("period=2024-06&revision=4", 404, "2024年6月没有第 4 版的这个数"),
        ("period=2023-06", 422, "这是2024年的指标"),
        ("period=june", 422, "月份“june”无法识别"),
    ],
)
def test_an_address_that_means_no_figure_is_refused(
    cast: Cast, held: Indicator, query: str, status: int, sentence: str
) -> None:
    assert sentence in text_of(cast.auditor, address(held, query), status)


def test_an_ended_revision_tells_what_became_of_it(cast: Cast, held: Indicator, session: Session) -> None:
    until = datetime(2024, 7, 20, tzinfo=UTC)
    reopen_period(session, JUNE, reason="漏记", until=until, by=cast.owner, now=NOW)
    make_activity(session, cast.project, title="漏记的讲座", held_on=date(2024, 6, 12), now=NOW)
    roll_up(session, JUNE, now=NOW)
    session.commit()
    page = text_of(cast.auditor, address(held, "period=2024-06&revision=1"))
    assert "2024年6月第 1 版已经反结账，这里从那一版的数说起。" in page
    assert "已记入2024年6月" in page
    assert "以上变动合计 +1 场：从 2 场变为 3 场。 变动都已入账。" in page
    assert 'revision=1">逐条看' in cast.auditor.get("/periods/2024-06/revisions/1").text


def test_a_changed_rule_is_reported_and_not_subtracted(cast: Cast, held: Indicator, session: Session) -> None:
    with time_machine.travel(NOW, tick=True):
        set_rule(session, held, RuleDetails("people_reached"), by=None, now=NOW)
        session.commit()
    page = text_of(cast.auditor, address(held))
    assert "计量方式已经改变，两个数不能相减。" in page
    assert "规则、目标与评定的变动" in page
    assert "计量方式 活动场次 → 受众人数" in page
    assert "以上变动合计" not in page


def test_a_change_missing_in_the_trail_is_reported(cast: Cast, held: Indicator, session: Session) -> None:
    table = Activity.__table__
    session.execute(table.update().where(table.c.title == "天文课堂").values(status=Status.WITHDRAWN.value))
    session.commit()
    assert "审计记录中没有相应的修改，请系统管理员核查。" in text_of(cast.auditor, address(held))


def test_the_figure_leads_to_what_changed_since(cast: Cast, held: Indicator, session: Session) -> None:
    link = f'href="/indicators/{held.id}/changes?period=2024-06"'
    assert link in cast.auditor.get(f"/indicators/{held.id}?period=2024-06").text
    make_activity(session, cast.project, held_on=date(2024, 6, 12), now=NOW)
    session.commit()
    assert link in cast.auditor.get("/periods/2024-06?changes=1").text


def test_a_long_list_is_paged_and_its_total_is_of_all(cast: Cast, held: Indicator, session: Session) -> None:
    for number in range(104):
        make_activity(session, cast.project, title=f"补登第{number}场", held_on=date(2024, 6, 11), now=NOW)
    session.commit()
    first, second = (text_of(cast.auditor, address(held, f"period=2024-06&page={page}")) for page in (1, 2))
    assert (first.count("新计入"), second.count("新计入")) == (100, 4)
    for page in (first, second):
        assert "全部 104 条变动合计 +104 场：从 2 场变为 106 场。" in page
