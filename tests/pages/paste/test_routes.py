"""Pasting links: read, checked, stored together.

A rollback ends the test's own view of the database, so that it sees what the browser has done.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.publicity.models import MediaReport, Push
from tests.factories.activities import make_activity
from tests.factories.publicity import make_push
from tests.factories.rollup import make_indicator
from tests.pages.cast import Cast, pages_cast

WECHAT = "https://mp.weixin.qq.com/s/abc"
NEWS = "https://www.thepaper.cn/newsDetail_forward_277"
TEXT = f"【天文课走进村居】 {WECHAT}?scene=1\n6月11日 科学家进社区 {NEWS}"
ROWS = {
    "then": "save",
    "rows-0-is_wanted": "y",
    "rows-0-kind": "push",
    "rows-0-link": f"{WECHAT}?scene=1",
    "rows-0-title": "天文课走进村居",
    "rows-0-published_on": "2024-06-12",
    "rows-0-batch": "第1批",
    "rows-1-is_wanted": "y",
    "rows-1-kind": "report",
    "rows-1-link": NEWS,
    "rows-1-title": "科学家进社区",
    "rows-1-outlet": "澎湃新闻",
    "rows-1-published_on": "2024-06-11",
}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(datetime(2024, 6, 12, 4, 0, tzinfo=UTC), tick=True):
        yield


cast = pages_cast


@pytest.fixture
def activity(cast: Cast, session: Session) -> Activity:
    activity = make_activity(session, cast.project, number="2024-0007", held_on=date(2024, 6, 10))
    session.commit()
    return activity


ADDRESS = "/activities/2024-0007/articles"


def test_what_was_pasted_is_proposed_with_what_it_will_count_for(
    cast: Cast, activity: Activity, session: Session
) -> None:
    make_indicator(session, cast.project, "pushes", name="微信公众号推送数")
    session.commit()
    assert "粘贴的内容" in cast.organizer.get(ADDRESS).text
    page = cast.organizer.post(ADDRESS, data={"text": TEXT}).text
    assert "核对 2 个链接" in page
    for told in (
        "天文课走进村居",
        "科学家进社区",
        "澎湃新闻",
        "2024-06-11",
        "公众号推送会计入：微信公众号推送数",
    ):
        assert told in page
    assert page.count("checked") == 2


@pytest.mark.usefixtures("activity")
def test_what_could_not_be_read_is_told_beside_what_was(cast: Cast) -> None:
    page = cast.organizer.post(ADDRESS, data={"text": f"{TEXT}\nhttps://例子.中国/新闻"}).text
    assert "有 1 处像链接但没有读：https://例子.中国/新闻。" in page
    assert "没有读" not in cast.organizer.post(ADDRESS, data={"text": TEXT}).text


def test_checked_links_are_stored_together(cast: Cast, activity: Activity, session: Session) -> None:
    answer = cast.organizer.post(ADDRESS, data=ROWS)
    assert (answer.status_code, answer.location) == (302, "/activities/2024-0007")
    session.rollback()
    push, report = session.scalars(select(Push)).one(), session.scalars(select(MediaReport)).one()
    assert (push.title, push.batch, push.article_key) == ("天文课走进村居", "第1批", WECHAT)
    assert (report.outlet, report.published_on) == ("澎湃新闻", date(2024, 6, 11))


def test_a_link_stored_before_is_shown_and_not_ticked(
    cast: Cast, activity: Activity, session: Session
) -> None:
    other = make_activity(session, cast.project, title="另一场")
    make_push(session, activity=activity, link=WECHAT)
    make_push(session, activity=other, link="https://mp.weixin.qq.com/s/other")
    session.commit()
    page = cast.organizer.post(ADDRESS, data={"text": f"{TEXT}\nhttps://mp.weixin.qq.com/s/other"}).text
    assert "这场活动已登记过这篇" in page
    assert "这篇已登记在“另一场”" in page
    assert page.count("checked") == 2


def test_one_refused_link_stores_none_and_is_named(cast: Cast, activity: Activity, session: Session) -> None:
    refused = cast.organizer.post(ADDRESS, data=ROWS | {"rows-1-published_on": "2024-06-13"})
    assert refused.status_code == 422
    assert "rows-1-published_on-error" in refused.text
    unchosen = {name: value for name, value in ROWS.items() if "is_wanted" not in name}
    assert "没有勾选" in cast.organizer.post(ADDRESS, data=unchosen).text
    session.rollback()
    assert session.scalars(select(Push)).all() == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "请粘贴链接。"),
        ("没有链接的一段话", "没有认出链接"),
        ("\n".join(f"https://a.cn/{n}" for n in range(21)), "一次最多 20 个链接"),
    ],
)
def test_text_without_links_or_with_too_many_is_refused_and_kept(
    cast: Cast, activity: Activity, text: str, sentence: str
) -> None:
    refused = cast.organizer.post(ADDRESS, data={"text": text})
    assert (refused.status_code, sentence in refused.text) == (422, True)
    assert text[:12] in refused.text


def test_strangers_and_auditors_paste_nothing(cast: Cast, activity: Activity) -> None:
    assert cast.stranger.get(ADDRESS).status_code == 404
    assert cast.stranger.post(ADDRESS, data=ROWS).status_code == 404
    assert cast.auditor.post(ADDRESS, data=ROWS).status_code == 403


def test_a_link_without_a_day_is_offered_with_the_day_held_and_says_so(
    cast: Cast, activity: Activity
) -> None:
    page = cast.organizer.post(ADDRESS, data={"text": f"天文课走进村居\n{WECHAT}"}).text
    assert 'value="2024-06-10"' in page
    assert "文中没写日期，先填举办日" in page
    assert "<details>" in page  # what was read is folded away
