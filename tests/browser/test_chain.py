"""One activity on phones: logged, scanned, answered, approved, rolled up, and found behind its figure."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from activitylog.core.period import Period, business_day, utc_now
from tests.browser.office import Installation, installation, phone, signed_in

pytestmark = pytest.mark.browser
TITLE = "庄行镇农业科普下乡：水稻病虫害绿色防控"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data: Path = tmp_path_factory.mktemp("office")
    with installation(data, year=business_day(utc_now()).year) as office:
        yield office


def log_activity(page: Page, office: Installation) -> str:
    """Fill the form with taps as on site; returns the activity's address."""
    page.get_by_role("link", name="记活动").first.tap()
    page.wait_for_url("**/activities/new")
    choice = page.locator("#project_id option").filter(has_text=str(business_day(utc_now()).year))
    if choice.count():  # who belongs to one project is not asked
        page.get_by_label("项目", exact=True).select_option(choice.first.get_attribute("value"))
    page.get_by_label("下乡服务", exact=True).check()
    page.get_by_label("活动名称").fill(TITLE)
    page.get_by_label("场所名称").fill("庄行镇文化活动中心")
    page.get_by_label("所在区").select_option(label="奉贤")
    page.get_by_label("现场人数").fill("86")
    page.get_by_role("button", name="提交审核").tap()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(page.get_by_text("待审核").first).to_be_visible()
    return page.url


def survey_address(page: Page, activity: str) -> str:
    """What the activity's code says, read from the picture a phone would save."""
    png = page.request.get(f"{activity}/qr.png")
    assert png.headers["content-type"] == "image/png"
    return str(zxingcpp.read_barcode(Image.open(io.BytesIO(png.body()))).text)


def answer(browser: Browser, address: str, *, word: str) -> None:
    page = phone(browser).new_page()
    page.goto(address)
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    page.get_by_role("radio", name=word, exact=True).check()
    page.get_by_role("button", name="提交").tap()
    expect(page.get_by_role("heading", name="谢谢您")).to_be_visible()
    page.reload()
    page.context.close()


def figure_of(page: Page, office: Installation, name: str, period: Period) -> str:
    """The indicator's page, reached as a person would: 指标, project, indicator."""
    page.goto(f"{office.address}/projects")
    page.get_by_role("link", name="科普资源配送").first.tap()
    page.wait_for_url("**/projects/*")
    page.get_by_role("link", name=name).first.tap()
    page.wait_for_url("**/indicators/*")
    page.goto(page.url.split("?")[0] + f"?period={period}")
    return page.locator("main").inner_text()


def test_an_activity_goes_from_a_phone_to_the_figure_it_counts_for(
    browser: Browser, office: Installation
) -> None:
    period = Period.of(business_day(utc_now()))
    organizer = signed_in(browser, office, "小周")
    activity = log_activity(organizer, office)
    address = survey_address(organizer, activity)
    assert address.startswith(f"{office.address}/s/")
    answer(browser, address, word="非常满意")
    answer(browser, address, word="一般")
    organizer.goto(f"{activity}/qr")
    expect(organizer.locator("body")).to_contain_text("2")

    manager = signed_in(browser, office, "老吴")
    manager.goto(activity)
    for item in manager.get_by_role("checkbox").all():
        item.check()
    manager.get_by_role("button", name="通过").first.tap()
    expect(manager.get_by_text("已审核").first).to_be_visible()

    officer = signed_in(browser, office, "陈姐")
    officer.goto(f"{office.address}/periods/{period}")
    officer.get_by_role("button", name="汇总").first.tap()
    expect(officer.get_by_text("已汇总").first).to_be_visible()
    held = figure_of(officer, office, "下乡服务完成次数", period)
    assert TITLE in held
    assert "1 次" in held
    satisfied = figure_of(officer, office, "受众群体满意度", period)
    assert "50.00%" in satisfied
    assert TITLE in satisfied
