"""The deviation page: required reasons, drafts from the records, history."""

from html import unescape
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.projects.models import Indicator
from activitylog.rollup.deviations.models import Deviation
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.run import roll_up
from tests.factories.rollup import make_indicator
from tests.pages.project.test_routes import text_of
from tests.rollup.cast import JUNE, NOW, Cast, july_cast
from tests.statements import statements

REASON = {
    "cause": "staff",
    "explanation": "讲师不足，下半年增加两名",
    "likelihood": "possible",
    "forecast": "4,500",
}


cast = july_cast


def address(indicator: Indicator, month: str = "2024-06") -> str:
    return f"/indicators/{indicator.id}/deviation?period={month}"


def written(session: Session) -> list[Deviation]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Deviation).order_by(Deviation.id)))


def write(cast: Cast, **changes: Any) -> Any:
    return cast.manager.post(address(cast.people), data=REASON | changes)


def test_a_red_status_asks_for_its_reason_and_the_records_begin_it(cast: Cast) -> None:
    indicator = cast.manager.get(f"/indicators/{cast.people.id}?period=2024-06")
    assert address(cast.people) in unescape(indicator.text)
    assert "2024年6月亮了红灯，需要说明原因。 填写偏差原因" in text_of(
        cast.manager, f"/indicators/{cast.people.id}?period=2024-06"
    )
    page = text_of(cast.manager, address(cast.people))
    assert "到6月末完成 540 人，按计划应有 2,500 人，少 1,960 人；1月至3月没有入账记录。" in page
    assert "下面的话由入账记录拟出" in page
    assert "经费保障 制度保障 人员保障 硬件条件保障 其他" in page
    assert "确定能 有可能 完全不可能" in page


def test_those_that_wait_are_listed_for_the_office(cast: Cast) -> None:
    project = f"/projects/{cast.project.id}?period=2024-06"
    for client in (cast.manager, cast.officer):
        page = text_of(client, project)
        assert "需要说明原因的指标 7 个" in page
        assert "受众人数 亮了红灯" in page
    assert "需要说明原因" not in text_of(cast.organizer, project)
    assert "需要说明原因" not in text_of(cast.auditor, project)
    assert "需要说明原因" not in text_of(cast.officer, f"/projects/{cast.project.id}?period=2024-07")
    write(cast)
    assert "需要说明原因的指标 6 个" in text_of(cast.officer, project)


def test_a_reason_is_kept_and_shown(cast: Cast, session: Session) -> None:
    assert write(cast).location == f"/indicators/{cast.people.id}?period=2024-06"
    (deviation,) = written(session)
    assert (deviation.cause, deviation.forecast) == ("staff", 4500)
    page = text_of(cast.auditor, f"/indicators/{cast.people.id}?period=2024-06")
    assert "人员保障 ：讲师不足，下半年增加两名" in page
    assert "完成可能性：有可能，全年预计完成 4,500 人" in page
    assert "需要说明原因" not in page
    form = cast.manager.get(address(cast.people)).text
    assert 'value="staff" checked' in form
    assert 'value="4500"' in form
    assert "看入账记录怎么说" in form


def test_a_newer_reason_replaces_and_the_older_stays_to_be_read(cast: Cast, session: Session) -> None:
    write(cast)
    cast.officer.post(address(cast.people), data=REASON | {"cause": "funding", "explanation": "经费到账晚"})
    assert len(written(session)) == 2
    page = text_of(cast.organizer, address(cast.people))
    assert page.index("经费保障：经费到账晚") < page.index("人员保障：讲师不足，下半年增加两名")


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        ({"cause": ""}, ["6月亮了红灯，请选择偏差原因的类别。"]),
        ({"cause": "weather"}, ["6月亮了红灯，请选择偏差原因的类别。"]),
        ({"cause": "", "explanation": " "}, ["请选择偏差原因的类别。", "请填写偏差原因的说明。"]),
        ({"explanation": "长" * 2001}, ["偏差原因的说明最多 2000 个字"]),
        ({"likelihood": ""}, ["请选择全年目标的完成可能性。"]),
        ({"forecast": ""}, ["完成可能性不是“确定能”的，请填写全年预计完成值。"]),
        ({"forecast": "很多"}, ["全年预计完成值应为"]),
        ({"likelihood": "certain"}, ["全年预计完成值却达不到目标 ≥5,000 人"]),
    ],
)
def test_a_reason_that_cannot_be_is_refused_beside_its_field(
    cast: Cast, session: Session, changes: dict[str, str], sentences: list[str]
) -> None:
    answer = write(cast, **changes)
    assert answer.status_code == 422
    for sentence in sentences:
        assert sentence in answer.text.split("<form")[1]
    assert written(session) == []


def test_a_form_sent_twice_is_one_reason(cast: Cast, session: Session) -> None:
    write(cast)
    answer = write(cast)
    assert (answer.status_code, "完全相同" in answer.text) == (422, True)
    assert len(written(session)) == 1


def test_a_month_not_rolled_up_waits_with_its_reason(cast: Cast, session: Session) -> None:
    assert "2024年7月还没有汇总" in text_of(cast.officer, address(cast.people, "2024-07"))
    assert "2024年11月还没有到" in text_of(cast.officer, address(cast.people, "2024-11"))
    for month in ("2024-07", "2024-11"):
        answer = cast.manager.post(address(cast.people, month), data=REASON)
        assert (answer.status_code, "请先汇总，再填写偏差原因" in answer.text) == (422, True)
    assert cast.manager.post(address(cast.people, "2023-06"), data=REASON).status_code == 422
    assert written(session) == []


def test_a_closed_month_still_takes_its_reason(cast: Cast, session: Session) -> None:
    close_period(session, JUNE, by=None, now=NOW)
    session.commit()
    assert write(cast).status_code == 302


def test_what_is_well_may_be_said_to_be_certain(cast: Cast, session: Session) -> None:
    page = cast.manager.get(address(cast.held)).text
    assert "2024年6月不要求说明原因" in page
    assert 'value="certain" checked' in page
    assert cast.manager.post(address(cast.held), data={"likelihood": "certain"}).status_code == 302
    assert "完成可能性：确定能" in text_of(cast.auditor, f"{cast.page}?period=2024-06")


def test_a_judged_indicator_is_forecast_in_a_word(cast: Cast, session: Session) -> None:
    data = REASON | {"forecast": ""}
    answer = cast.manager.post(address(cast.punctual), data=data)
    assert (answer.status_code, "请填写全年预计完成值" in answer.text) == (422, True)
    cast.manager.post(address(cast.punctual), data=data | {"forecast_word": "基本及时"})
    assert [each.forecast_word for each in written(session)] == ["基本及时"]
    assert "全年预计“基本及时”" in text_of(cast.auditor, address(cast.punctual))


def test_a_saving_may_be_forecast_below_zero(cast: Cast, session: Session) -> None:
    saving = next(each for each in cast.project.indicators if each.name == "cost_saving")
    cast.manager.post(address(saving), data=REASON | {"forecast": "－2.5"})
    assert [str(each.forecast) for each in written(session)] == ["-2.5"]


def test_reasons_are_written_by_those_who_review(cast: Cast, session: Session) -> None:
    write(cast)
    for client in (cast.organizer, cast.auditor, cast.stranger):
        assert client.post(address(cast.people), data=REASON).status_code == 403
    for client in (cast.organizer, cast.auditor):
        assert "讲师不足" in text_of(client, address(cast.people))
        assert "<textarea" not in client.get(address(cast.people)).text
    assert cast.stranger.get(address(cast.people)).status_code == 404
    assert cast.officer.post("/indicators/999999/deviation", data=REASON).status_code == 404
    assert len(written(session)) == 1


def test_more_indicators_ask_the_database_no_more(cast: Cast, session: Session) -> None:
    address_of = f"/projects/{cast.project.id}?period=2024-06"
    cast.officer.get(address_of)
    with statements() as before:
        cast.officer.get(address_of)
    session.rollback()
    for _ in range(4):
        make_indicator(session, cast.project)
    roll_up(session, JUNE, now=NOW)
    session.commit()
    with statements() as after:
        cast.officer.get(address_of)
    assert len(after) == len(before)
