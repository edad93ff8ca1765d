"""One box finds records of every kind, of what the person may see."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories.accounts import make_admin
from tests.factories.activities import make_activity
from tests.factories.publicity import make_media_report, make_push
from tests.factories.rollup import make_indicator
from tests.pages.cast import Cast, pages_cast
from tests.signed_in import signed_in

cast = pages_cast


@pytest.fixture(autouse=True)
def _records(cast: Cast, session: Session) -> None:
    activity = make_activity(
        session,
        cast.project,
        title="VR天文课",
        number="2024-0777",
        venue_name="星空书院",
        speaker="李教授",
        by=cast.owner,
        held_on=date(2024, 6, 3),
    )
    make_indicator(session, cast.project, name="活动受众人数")
    make_push(session, activity=activity, title="看星星", link="https://mp.weixin.qq.com/s/abc123")
    make_media_report(session, cast.project, title="把星空搬进社区", link="https://www.xinmin.cn/2024/1.html")
    session.commit()


@pytest.mark.parametrize(
    ("text", "group", "title"),
    [
        ("天文", "活动", "VR天文课"),
        ("vr 天文课", "活动", "VR天文课"),
        ("ＶＲ天文", "活动", "VR天文课"),
        ("2024－0777", "活动", "VR天文课"),
        ("王小青", "活动", "VR天文课"),
        ("李教授", "活动", "VR天文课"),
        ("资源配送", "项目", "科普资源配送"),
        ("受众", "指标", "活动受众人数"),
        ("星空书", "场所", "星空书院"),
        ("看星", "公众号推送", "看星星"),
        ("http://mp.weixin.qq.com/s/abc123?from=timeline", "公众号推送", "看星星"),
        ("xinmin.cn", "媒体报道", "把星空搬进社区"),
    ],
)
def test_a_text_finds_what_is_meant_among_what_one_may_see(
    cast: Cast, text: str, group: str, title: str
) -> None:
    page = cast.organizer.get("/search", query_string={"q": text}).text
    assert f"<h2>{group}</h2>" in page
    assert f">{title}</a>" in page
    assert f">{title}</a>" not in cast.stranger.get("/search", query_string={"q": text}).text


def test_people_are_found_by_who_manages_them_only(app: Flask, cast: Cast, session: Session) -> None:
    admin = make_admin(session)
    session.commit()
    assert f'href="/users/{cast.owner.id}"' in signed_in(app, admin).get("/search?q=王小").text
    assert "王小青</a>" not in cast.manager.get("/search?q=王小").text


def test_more_of_a_group_is_paged(cast: Cast, session: Session) -> None:
    for n in range(25):
        make_activity(session, cast.project, title=f"昆虫展第{n}场")
    session.commit()
    assert "更多活动" in cast.organizer.get("/search?q=昆虫").text
    first = cast.organizer.get("/search?q=昆虫&in=activities").text
    assert (first.count("昆虫展第"), "page=2" in first) == (20, True)
    second = cast.organizer.get("/search?q=昆虫&in=activities&page=2").text
    assert (second.count("昆虫展第"), "page=3" in second, "上一页" in second) == (5, False, True)


@pytest.mark.parametrize(
    "query", ["", "?q=%01%25_", "?q=没有这样的&in=x&page=-3", f"?q={'长' * 900}&page=9999999"]
)
def test_nothing_found_says_so_and_nonsense_is_no_error(cast: Cast, query: str) -> None:
    page = cast.auditor.get(f"/search{query}")
    assert page.status_code == 200
    assert "没有找到" in page.text or "一处查到全部" in page.text
