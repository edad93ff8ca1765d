"""The pages of manual entries."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.indicators.models import ManualEntry
from activitylog.projects.models import Indicator
from activitylog.rollup.periods.operations import close_period
from tests.factories.rollup import make_indicator
from tests.pages.project.test_routes import text_of
from tests.rollup.cast import JUNE, NOW, Cast, july_cast

TYPED = {
    "amount": "3",
    "entered_on": "2024-06-03",
    "reason": "走访记录为纸质",
    "evidence": "https://example.org/3",
}


cast = july_cast


@pytest.fixture
def visits(cast: Cast, session: Session) -> Indicator:
    indicator = make_indicator(session, cast.project, "manual", name="现场调研次数", target="5")
    session.commit()
    return indicator


def entries(session: Session) -> list[ManualEntry]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(ManualEntry)))


def typed(cast: Cast, visits: Indicator, **changes: Any) -> Any:
    return cast.manager.post(f"/indicators/{visits.id}/entries", data=TYPED | changes)


def test_the_indicator_page_leads_to_its_entries(cast: Cast, visits: Indicator) -> None:
    address = f"/indicators/{visits.id}/entries"
    assert address in cast.manager.get(f"/indicators/{visits.id}").text
    assert address not in cast.manager.get(cast.page).text
    assert "由记录计数" in text_of(cast.manager, f"{cast.page}/entries")
    page = cast.manager.get(address).text
    assert 'value="2024-07-10"' in page


def test_a_manager_types_in_a_figure_once(cast: Cast, visits: Indicator, session: Session) -> None:
    assert typed(cast, visits, amount="－1,203").status_code == 302
    typed(cast, visits, amount="-1203")
    assert [entry.amount for entry in entries(session)] == [-1203]
    page = cast.auditor.get(f"/indicators/{visits.id}/entries").text
    assert "走访记录为纸质" in page
    assert '<a href="https://example.org/3"' in page
    assert "填报一条" not in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": ""}, "请填写数量。"),
        ({"amount": "三次"}, "数量应为整数，如 12"),
        ({"amount": "9" * 5000}, "数量应为整数"),
        ({"entered_on": "2024-07-11"}, "日期不能晚于今天"),
        ({"entered_on": "2023-06-03"}, "这是 2024 年的项目"),
        ({"reason": ""}, "请填写说明。"),
        ({"evidence": " "}, "请填写依据。"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(
    cast: Cast, visits: Indicator, session: Session, changes: dict[str, Any], sentence: str
) -> None:
    answer = typed(cast, visits, **changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert entries(session) == []


def test_an_entry_is_withdrawn_with_a_reason_and_restored(
    cast: Cast, visits: Indicator, session: Session
) -> None:
    typed(cast, visits)
    (entry,) = entries(session)
    close_period(session, JUNE, by=None, now=NOW)
    session.commit()
    address = f"/entries/{entry.id}"
    assert "会作为调整记入2024年7月" in text_of(cast.manager, f"{address}/withdraw")
    assert cast.manager.post(f"{address}/withdraw", data={"reason": ""}).status_code == 422
    page = cast.manager.post(f"{address}/withdraw", data={"reason": "重复"}, follow_redirects=True).text
    assert "已撤下 1 条，不计入" in page
    assert "撤下的理由：重复" in page
    assert "已恢复" in cast.manager.post(f"{address}/restore", follow_redirects=True).text
    assert entries(session)[0].withdrawn_at is None


def test_what_people_judge_is_not_said_to_be_counted(cast: Cast, session: Session) -> None:
    judged = make_indicator(session, cast.project, None, target=None, target_word="有效提升", unit="")
    session.commit()
    page = text_of(cast.manager, f"/indicators/{judged.id}/entries")
    assert "这个指标由人评定，这里的填报不计入。" in page
    assert "由记录计数" not in page
    assert "下次汇总时计入本指标" not in page


def test_entries_are_written_by_those_who_may(cast: Cast, visits: Indicator, session: Session) -> None:
    typed(cast, visits)
    (entry,) = entries(session)
    for client in (cast.organizer, cast.auditor, cast.stranger):
        assert client.post(f"/indicators/{visits.id}/entries", data=TYPED).status_code == 403
        assert client.get(f"/entries/{entry.id}/withdraw").status_code == 403
        assert client.post(f"/entries/{entry.id}/restore").status_code == 403
    assert cast.stranger.get(f"/indicators/{visits.id}/entries").status_code == 404
    assert cast.manager.get("/entries/999999/withdraw").status_code == 404
    assert cast.manager.post("/indicators/999999/entries", data=TYPED).status_code == 404
