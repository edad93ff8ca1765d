"""Failures on a phone: a server error, a full phone, a stopped clock, two tabs."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.core.database import make_engine
from activitylog.core.period import business_day, utc_now
from tests.browser.office import IPHONE, Installation, installation, signed_in
from tests.databases import TRAIL_KEYS

pytestmark = pytest.mark.browser
FORM = "/activities/new"
FULL = "() => { IDBObjectStore.prototype.put = function () { this.transaction.abort(); } }"
A_YEAR_BEHIND = """
  const now = Date.now.bind(Date);
  window.Date = class extends Date {
    constructor(...told) { if (told.length) super(...told); else super(window.Date.now()); }
    static now() { return now() - 400 * 86400_000; }
  };
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data: Path = tmp_path_factory.mktemp("troubles")
    with installation(data, year=business_day(utc_now()).year) as office:
        yield office


@pytest.fixture
def page(browser: Browser, office: Installation) -> Iterator[Page]:
    page = signed_in(browser, office, "小周", **IPHONE)
    yield page
    page.context.close()


def titles(office: Installation) -> list[str]:
    engine = make_engine(office.database_url, trail_keys=TRAIL_KEYS)
    with Session(engine) as session:
        found = list(session.scalars(select(Activity.title).order_by(Activity.id)))
    engine.dispose()
    return found


def fill(page: Page, title: str) -> None:
    page.get_by_label("项目", exact=True).select_option(index=1)
    page.get_by_label("资源配送", exact=True).check()
    page.get_by_label("所在区").select_option(label="奉贤")
    page.get_by_label("现场人数").fill("86")
    page.get_by_label("活动名称").fill(title)


def submit(page: Page) -> None:
    page.get_by_role("button", name="提交审核").tap()


def test_an_entry_the_server_fails_on_holds_up_none_behind_it(page: Page, office: Installation) -> None:
    said = {"result": "refused", "sentence": "刚才的操作没有完成。"}

    def fail(route: Route) -> None:
        if route.request.method == "POST" and "卡住的一场" in (route.request.post_data or ""):
            route.fulfill(status=500, content_type="application/json", body=json.dumps(said))
        else:
            route.continue_()

    page.context.route(f"**{FORM}", fail)
    page.goto(f"{office.address}{FORM}")
    fill(page, "卡住的一场")
    submit(page)
    expect(page.locator("[data-phone-rows]")).to_contain_text("刚才的操作没有完成")
    expect(page.locator("[data-entry-state]")).to_contain_text("可以接着记下一场")
    fill(page, "后面的一场")
    submit(page)
    expect(page.get_by_role("heading", name="后面的一场")).to_be_visible()
    assert titles(office) == ["后面的一场"]


def test_a_clock_that_stood_still_neither_dates_nor_refuses_an_activity(
    page: Page, office: Installation
) -> None:
    page.add_init_script(A_YEAR_BEHIND)
    page.goto(f"{office.address}{FORM}")
    expect(page.get_by_label("举办日期")).to_have_value(business_day(utc_now()).isoformat())
    fill(page, "电池耗尽以后")
    submit(page)
    expect(page.get_by_role("heading", name="电池耗尽以后")).to_be_visible()


def test_a_full_phone_says_that_it_keeps_nothing_more_and_still_sends(
    page: Page, office: Installation
) -> None:
    page.goto(f"{office.address}{FORM}")
    fill(page, "手机存不下")
    state = page.locator("[data-entry-state]")
    expect(state).to_contain_text("已存在本机")
    page.evaluate(FULL)
    page.get_by_label("现场人数").fill("87")
    expect(state).to_contain_text("没有存在本机")
    page.context.set_offline(True)
    submit(page)
    page.wait_for_timeout(300)
    expect(page.get_by_label("现场人数")).to_have_value("87")
    page.context.set_offline(False)
    submit(page)
    expect(page.get_by_role("heading", name="手机存不下")).to_be_visible()


def test_photos_refused_are_reported_on_every_page_and_can_be_sent_again(
    page: Page, office: Installation
) -> None:
    refused = {"error": "活动已取消，不能修改。", "photo": None}
    page.context.route("**/uploads/**", lambda route: route.fulfill(status=409, json=refused))
    page.goto(f"{office.address}{FORM}")
    fill(page, "照片没有存上")
    picture = io.BytesIO()
    Image.effect_noise((300, 300), 90).convert("RGB").save(picture, "JPEG")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="拍照或选照片").tap()
    chooser.value.set_files({"name": "一.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()})
    expect(page.locator("[data-photo-field] canvas")).to_have_count(1)
    submit(page)
    expect(page.get_by_role("heading", name="照片没有存上")).to_be_visible()
    expect(page.locator("[data-phone-line]")).to_contain_text("有照片没有存上")
    page.get_by_role("link", name="看一看").tap()
    expect(page.locator("[data-phone-rows]")).to_contain_text("活动已取消")
    page.context.unroute("**/uploads/**")
    page.get_by_role("button", name="再传一次").tap()
    expect(page.locator("[data-phone-rows]")).not_to_contain_text("没有存上：")
    expect(page.locator("[data-phone-rows]")).to_contain_text("已保存")


def test_a_browser_that_keeps_nothing_says_so_and_its_plain_form_sends(
    page: Page, office: Installation
) -> None:
    page.add_init_script("IDBFactory.prototype.open = () => { throw new Error('refused') }")
    page.goto(f"{office.address}{FORM}")
    expect(page.locator("[data-entry-state]")).to_contain_text("不在本机保存草稿")
    fill(page, "无痕浏览")
    submit(page)
    expect(page.get_by_role("heading", name="无痕浏览")).to_be_visible()


def test_two_tabs_go_on_with_one_draft_and_neither_overwrites_the_other(
    page: Page, office: Installation
) -> None:
    page.goto(f"{office.address}{FORM}")
    fill(page, "两页一份草稿")
    expect(page.locator("[data-entry-state]")).to_contain_text("已存在本机")
    other = page.context.new_page()
    other.goto(f"{office.address}{FORM}")
    expect(other.get_by_label("活动名称")).to_have_value("两页一份草稿")
    other.get_by_label("现场人数").fill("333")
    expect(other.locator("[data-entry-state]")).to_contain_text("已存在本机")
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.get_by_label("现场人数")).to_have_value("333")
    submit(page)
    expect(page.get_by_role("heading", name="两页一份草稿")).to_be_visible()
    other.evaluate("dispatchEvent(new Event('focus'))")
    expect(other.locator("[data-entry-state]")).to_contain_text("已经提交")
    expect(other.get_by_label("现场人数")).to_have_value("")
    assert titles(office).count("两页一份草稿") == 1


def test_a_change_made_after_the_session_ended_waits_for_the_sign_in(
    page: Page, office: Installation
) -> None:
    page.goto(f"{office.address}{FORM}")
    fill(page, "登录过期时修改")
    submit(page)
    expect(page.get_by_role("heading", name="登录过期时修改")).to_be_visible()
    page.goto(f"{page.url}/edit")
    page.get_by_label("现场人数").fill("555")
    page.context.clear_cookies()
    page.get_by_role("button", name="保存").tap()
    expect(page.get_by_role("link", name="去登录").last).to_be_visible()
    expect(page.get_by_label("现场人数")).to_have_value("555")


def test_a_phone_held_sideways_leaves_the_screen_to_the_form(page: Page, office: Installation) -> None:
    button = page.get_by_role("button", name="提交审核")
    page.goto(f"{office.address}{FORM}")
    expect(button).to_be_in_viewport()
    page.set_viewport_size({"width": 568, "height": 320})
    expect(button).not_to_be_in_viewport()
