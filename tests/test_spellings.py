"""One table of spellings through every door: form, ledger and paste store the same.

A rollback ends the test's own view of the database, so that it sees what the browser has done.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import Form

from activitylog.activities.models import Activity, ActivityKind
from activitylog.activities.queries import ActivityFilters, activity_by_number
from activitylog.errors import LedgerError
from activitylog.expenses.models import Expense
from activitylog.indicators.manual.forms import SignedCountField
from activitylog.indicators.targets.forms import DecimalField
from activitylog.ledger.columns import ACTIVITIES, EXPENSES
from activitylog.ledger.reading.cells import BadCell, read_cell
from activitylog.milestones.models import Milestone
from activitylog.pages.activity_list.queries import activities_found
from activitylog.projects.declaration.cells import read_amount_fen
from activitylog.publicity.models import MediaReport, Push
from activitylog.web.forms import CountField, MoneyField
from tests.core.text.spellings import spelled_numbers, spelled_words
from tests.databases import rolled_back
from tests.examples import examples
from tests.factories.activities import make_activity
from tests.factories.ledger import (
    PROJECT,
    activity_row,
    expense_row,
    import_file,
    milestone_row,
    push_row,
    report_row,
    save_ledger,
)
from tests.factories.projects import make_project
from tests.factories.publicity import make_push
from tests.pages.cast import Cast, make_cast, typed

WORDS = {
    "科技小院": ("科技小院", "科技小院\u200b", "科技⼩院", "科 技小院", "\ufeff科技小院\u3000"),
    "VR体验": ("VR体验", "ＶＲ体验", "vr体验", "VR 体验\u00ad"),
}
NUMBERS = {
    "120": 120,
    "１２０": 120,
    "1,200": 1200,
    "1，200": 1200,
    "1 200": 1200,
    "12\u200b0": 120,
    "120.0": 120,
    "30，40": None,
    "30 40": None,
    "1,5": None,
    "1234,50": None,
    "12，3": None,
    "10²": None,
}
AMOUNTS = {
    "1,234.50": 123450,
    "￥１２３４．５元": 123450,
    "1 234.5": 123450,
    "1234,50": None,
    "3,00": None,
    "12 34": None,
}
WECHAT = "https://mp.weixin.qq.com/s?__biz=MzA4&mid=2650&idx=1&sn=0a1b"
ARTICLES = (
    (WECHAT, WECHAT.replace("&", "&amp;"), f"{WECHAT}&chksm=84&scene=21#wechat_redirect"),
    (
        "https://mp.weixin.qq.com/s/AbCdEf",
        "http://mp.weixin.qq.com/s/AbCdEf/",
        "https://mp.weixin.qq.com/s/AbCdEf。",
    ),
    (
        "https://a.cn/d?id=7&type=1",
        "https://a.cn/d?type=1&id=7",
        "http://a.cn:80/d/?id=7&type=1&utm_source=wx",
    ),
)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(datetime(2024, 6, 12, 4, 0, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def cast(app: Flask, session: Session) -> Cast:
    return make_cast(app, session)


@pytest.fixture
def activity(cast: Cast, session: Session) -> Activity:
    activity = make_activity(session, cast.project, number="2024-0007", held_on=date(2024, 6, 10))
    session.commit()
    return activity


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_one_through_every_door(cast: Cast, session: Session, tmp_path: Path, word: str) -> None:
    for place, spelling in enumerate(WORDS[word]):
        nonce = f"0a9c2f54-6f0e-4ad0-8a4e-3f1de0f1c{place:03}"
        assert cast.organizer.post(
            "/activities/new", data=typed(cast.project, new_kind=spelling, nonce=nonce)
        ).location
        planned = {"other_kind": spelling, "name": spelling, "due_on": f"2024-09-{place + 1:02}"}
        assert cast.organizer.post(f"/projects/{cast.project.id}/milestones", data=planned).status_code == 302
        rows = [
            activity_row(
                f"A-{place}", 活动类型=spelling, 科普形式=spelling, 场所类型=spelling, 场所名称=spelling
            )
        ]
        todo = [milestone_row(类别=spelling, 名称=spelling, 计划日期=f"2024-09-{place + 11}")]
        pushes = [push_row(活动编号=None, 批次=spelling, 链接=f"https://mp.weixin.qq.com/s/{place}")]
        session.rollback()
        import_file(session, save_ledger(tmp_path / "台账.xlsx", 活动=rows, 里程碑=todo, 推送=pushes))
        session.commit()
    names = {(word, "vr体验")} if word == "VR体验" else set()
    names |= {(word, word)}
    ledger_rows = Activity.number.startswith("A-")
    assert set(session.scalars(select(ActivityKind.name))) == {word}
    assert {(each.kind, each.name) for each in session.scalars(select(Milestone))} == names
    assert set(session.scalars(select(Activity.form).where(ledger_rows))) == {word}
    assert set(session.scalars(select(Activity.venue_kind).where(ledger_rows))) == {word}
    assert set(session.scalars(select(Push.batch))) == {word}


class Typed(Form):
    """One field for each sort of number."""

    heads = CountField("现场人数")
    target = DecimalField("指标值")
    amount = SignedCountField("数量")
    paid = MoneyField("实付金额")


def by_form(field: str, text: str) -> int | None:
    form = Typed(MultiDict({field: text}))
    return form[field].data if form.validate() else None


def by_ledger(column: object, text: str) -> int | None:
    try:
        return read_cell(column, text)  # type: ignore[arg-type, no-any-return]
    except BadCell:
        return None


@pytest.mark.parametrize(("text", "number"), NUMBERS.items())
def test_a_number_is_the_same_or_refused_through_every_door(text: str, number: int | None) -> None:
    assert by_form("heads", text) == by_ledger(ACTIVITIES.column("audience_onsite"), text) == number
    assert by_form("target", text) == by_form("amount", text) == number


@pytest.mark.parametrize(("text", "fen"), AMOUNTS.items())
def test_an_amount_is_the_same_or_refused_through_every_door(text: str, fen: int | None) -> None:
    paid = EXPENSES.column("paid_fen")
    assert by_form("paid", text) == by_ledger(paid, text) == read_amount_fen(text, yuan_per_unit=1) == fen


def test_a_refused_number_says_what_was_expected() -> None:
    form = Typed(MultiDict({"heads": "30，40", "paid": "1234,50"}))
    assert not form.validate()
    said = "看不出是多少，逗号和空格只能隔开三位一组的数字（如 1,234）；应为"
    assert form.heads.errors == [f"现场人数“30,40”{said}不小于 0 的整数，如 120。"]
    assert form.paid.errors == [f"实付金额“1234,50”{said}金额，如 1234.50（元）。"]


@given(number=st.integers(0, 10**7), data=st.data())
def test_every_spelling_of_a_number_is_the_same_through_every_door(number: int, data: st.DataObject) -> None:
    text = data.draw(spelled_numbers(number))
    assert by_form("heads", text) == by_ledger(ACTIVITIES.column("audience_onsite"), text) == number
    assert by_form("paid", text) == by_ledger(EXPENSES.column("paid_fen"), text) == number * 100


@pytest.mark.parametrize("spellings", ARTICLES)
@pytest.mark.parametrize("door", ["form", "ledger", "paste"])
def test_an_article_is_one_through_every_door(
    cast: Cast, activity: Activity, session: Session, tmp_path: Path, *, door: str, spellings: tuple[str, ...]
) -> None:
    number = activity.number
    for spelling in spellings:
        session.rollback()
        if door == "ledger":
            rows = [report_row(活动编号=number, 链接=spelling, 发布日期="2024-06-11")]
            import_file(session, save_ledger(tmp_path / "台账.xlsx", 媒体报道=rows))
            session.commit()
        elif door == "form":
            sent = {"link": spelling, "title": "天文课", "published_on": "2024-06-11"}
            cast.organizer.post(f"/activities/{number}/reports", data=sent)
        else:
            page = cast.organizer.post(
                f"/activities/{number}/articles", data={"text": f"天文课 {spelling}"}
            ).text
            assert ("已登记" in page) == (spelling != spellings[0])
            row = {
                "is_wanted": "y",
                "kind": "report",
                "link": spelling,
                "title": "天文课",
                "published_on": "2024-06-11",
            }
            sent = {f"rows-0-{name}": value for name, value in row.items()} | {"then": "save"}
            cast.organizer.post(f"/activities/{number}/articles", data=sent)
    session.rollback()
    assert len(session.scalars(select(MediaReport)).all()) == 1


ASKED = (
    ("https://mp.weixin.qq.com/s/AbCdEf", WECHAT),
    ("https://www.thepaper.cn/newsDetail_forward_27", "https://m.thepaper.cn/newsDetail_forward_27"),
    ("https://a.cn/1", ""),
)


@pytest.mark.parametrize(("first", "second"), ASKED)
def test_a_form_asks_whether_a_second_link_is_another_article(
    cast: Cast, activity: Activity, session: Session, first: str, second: str
) -> None:
    address = f"/activities/{activity.number}/reports"
    sent = {"title": "天文课", "outlet": "澎湃新闻", "published_on": "2024-06-11"}
    assert "是另一篇，照样登记" in cast.organizer.get(address).text
    assert cast.organizer.post(address, data=sent | {"link": first}).status_code == 302
    again = sent | {"link": second, "title": "天文 课\u200b"}
    page = cast.organizer.post(address, data=again)
    assert page.status_code == 422
    assert "当天已有一篇同名的媒体报道：《天文课》" in page.text
    other_day = again | {"published_on": "2024-06-10", "link": "https://a.cn/other"}
    assert cast.organizer.post(address, data=other_day).status_code == 302
    assert cast.organizer.post(address, data=again | {"is_another": "y"}).status_code == 302
    session.rollback()
    assert len(session.scalars(select(MediaReport)).all()) == 3


def test_the_activity_form_asks_in_its_row(cast: Cast, activity: Activity, session: Session) -> None:
    make_push(session, activity=activity, title="天文课", published_on=date(2024, 6, 11))
    session.commit()
    row = {"link": WECHAT, "title": "天文课", "published_on": "2024-06-11"}
    entry = typed(cast.project) | {f"pushes-0-{name}": value for name, value in row.items()}
    answer = cast.organizer.post("/activities/new", data=entry, headers={"Accept": "application/json"})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (409, ["pushes-0-is_another"])
    page = cast.organizer.get("/activities/new").text
    hidden = r'<div class="field-asked" hidden>\s*<div class="field">\s*<label[^>]*for="pushes-0-is_another"'
    assert re.search(hidden, page)
    assert cast.organizer.post("/activities/new", data=entry | {"pushes-0-is_another": "y"}).location
    session.rollback()
    assert len(session.scalars(select(Push)).all()) == 2


@pytest.mark.parametrize(("first", "second"), ASKED)
def test_a_ledger_tells_of_a_second_link_in_its_list(
    session: Session, tmp_path: Path, first: str, second: str
) -> None:
    make_project(session, name=PROJECT)
    rows = [push_row(活动编号=None, 链接=link or None) for link in (first, second)]
    report = import_file(session, save_ledger(tmp_path / "台账.xlsx", 推送=rows))
    assert [warning.row for warning in report.warnings] == [3]
    assert "与第 2 行同名同日，只是链接不同" in report.warnings[0].message
    third = [push_row(活动编号=None, 链接="https://a.cn/other")]
    report = import_file(session, save_ledger(tmp_path / "台账.xlsx", 推送=third))
    assert "与已登记的一篇" in report.warnings[0].message
    assert not import_file(session, save_ledger(tmp_path / "台账.xlsx", 推送=third)).warnings


@pytest.mark.parametrize(("first", "second"), ASKED[:2])
def test_pasted_links_of_one_title_and_day_are_told(
    cast: Cast, activity: Activity, session: Session, first: str, second: str
) -> None:
    address = f"/activities/{activity.number}/articles"
    page = cast.organizer.post(
        address, data={"text": f"6月11日 天文课 {first}\n6月11日 天文课 {second}"}
    ).text
    assert "与上面第 1 个链接同名同日，只是链接不同" in page
    row = {"is_wanted": "y", "kind": "push", "title": "天文课", "published_on": "2024-06-11"}
    sent = {f"rows-0-{name}": value for name, value in (row | {"link": first}).items()} | {"then": "save"}
    assert cast.organizer.post(address, data=sent).status_code == 302
    page = cast.organizer.post(address, data={"text": f"6月11日 天文课 {second}"}).text
    is_push = "mp.weixin" in second
    assert ("本项目当天已有一篇同名的推送" in page) == is_push
    sent["rows-0-link"] = second
    refused = cast.organizer.post(address, data=sent)
    assert refused.status_code == 409
    assert "确实是另一篇，请勾选" in refused.text
    assert cast.organizer.post(address, data=sent | {"rows-0-is_another": "y"}).status_code == 302


@pytest.mark.parametrize("number", ["2024－0007", "２０２４-0007", "2024–0007", "2024-0007\u200b"])
def test_an_activity_has_one_number_whoever_writes_it(
    cast: Cast, activity: Activity, session: Session, tmp_path: Path, number: str
) -> None:
    assert activity_by_number(session, None, number) is activity
    assert cast.organizer.get(f"/activities/{number}").status_code == 200
    same = [activity_row("2024-0007"), activity_row(number)]
    report = import_file(session, save_ledger(tmp_path / "台账.xlsx", 活动=same))
    assert "与第 2 行是同一个活动编号，内容也一样，只算一场" in report.warnings[0].message
    twice = [activity_row("2024-0007"), activity_row(number, 现场人数=51)]
    with pytest.raises(LedgerError) as caught:
        import_file(session, save_ledger(tmp_path / "台账.xlsx", 活动=twice))
    assert "活动编号与第 2 行重复" in str(caught.value.problems[0])
    import_file(session, save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row(number, 现场人数=50)]))
    session.expire_all()
    assert [(each.number, each.audience_onsite) for each in session.scalars(select(Activity))] == [
        ("2024-0007", 50)
    ]


def test_records_stored_in_an_old_spelling_are_not_imported_again(session: Session, tmp_path: Path) -> None:
    make_project(session, name=PROJECT)
    rows = {
        "里程碑": [milestone_row()],
        "推送": [push_row(活动编号=None, 链接="http://a.cn/1/")],
        "支出": [expense_row(活动编号=None)],
    }
    path = save_ledger(tmp_path / "台账.xlsx", **rows)
    import_file(session, path)
    session.execute(update(Milestone).values(kind="科技⼩院", name="庄行科技小院建成\u200b"))
    session.execute(update(Push).values(article_key="http://a.cn/1/"))
    session.execute(update(Expense).values(summary="讲师劳务费\u200b"))
    counts = import_file(session, path).sheets.values()
    assert [(count.new, count.updated, count.unchanged) for count in counts] == [(0, 0, 1)] * 3


@pytest.mark.parametrize("text", ["ＶＲ 天文课", "VR\u200b天文课", "vr天文课", "2024－0007", "曹杨 社区书院"])
def test_a_search_finds_every_spelling(cast: Cast, session: Session, text: str) -> None:
    make_activity(session, cast.project, number="2024-0007", title="VR天文课")
    assert activities_found(session, None, ActivityFilters(text=text), today=date(2024, 6, 30)).total == 1


@examples(10, thorough=60)
@given(data=st.data())
def test_every_spelling_of_a_kind_is_the_kind(session: Session, tmp_path: Path, data: st.DataObject) -> None:
    with rolled_back(session):
        make_project(session, name=PROJECT)
        kinds = [data.draw(spelled_words("资源配送")) for _ in range(3)]
        rows = [activity_row(f"A-{place}", 活动类型=kind) for place, kind in enumerate(kinds)]
        import_file(session, save_ledger(tmp_path / "台账.xlsx", 活动=rows))
        assert session.scalars(select(ActivityKind.name)).all() == ["资源配送"]
