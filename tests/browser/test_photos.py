"""Photos from a phone: shrunk there, uploaded in pieces over a broken connection, or by a plain form."""

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from activitylog.core.period import SHANGHAI, business_day, utc_now
from tests.browser.office import PHONE, Installation, installation, signed_in
from tests.browser.test_chain import log_activity
from tests.factories.files import make_photo

pytestmark = pytest.mark.browser
TAKEN = datetime(2024, 6, 10, 9, 30, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data: Path = tmp_path_factory.mktemp("office")
    with installation(data, year=business_day(utc_now()).year) as office:
        yield office


@pytest.fixture(scope="module")
def page(browser: Browser, office: Installation) -> Page:
    """An activity's page as its organizer sees it."""
    page = signed_in(browser, office, "小周")
    log_activity(page, office)
    return page


def photo(name: str, *, seed: int) -> FilePayload:
    """What a phone's camera makes, as many pieces even when shrunk."""
    return {
        "name": name,
        "mimeType": "image/jpeg",
        "buffer": make_photo(1800, 2400, seed=seed, taken=TAKEN, grain=True),
    }


def test_a_photo_outlives_a_broken_line_and_is_added_once(page: Page) -> None:
    pieces = []

    def break_once(route: Route) -> None:
        pieces.append(route.request.headers["upload-offset"])
        if len(pieces) == 3:
            route.abort()
        else:
            route.continue_()

    page.route("**/uploads/*", lambda r: break_once(r) if r.request.method == "PATCH" else r.continue_())
    page.set_input_files("#photo-files", [photo("IMG_1.jpg", seed=1)])
    expect(page.get_by_text("没有网络")).to_be_visible()
    page.get_by_role("button", name="再试一次").tap()
    expect(page.locator("#photo-wall li")).to_have_count(1)
    expect(page.get_by_role("heading", name="照片 1 张")).to_be_visible()
    assert pieces[2] == pieces[3] != "0"
    expect(page.locator("#photo-wall li")).to_contain_text("2024-06-10 09:30")
    large = page.request.get(page.locator("#photo-wall li a").first.evaluate("link => link.href"))
    assert Image.open(io.BytesIO(large.body())).size == (1536, 2048)
    page.unroute("**/uploads/*")


def test_a_bad_file_among_good_ones_is_named(page: Page) -> None:
    bad: FilePayload = {"name": "海报.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
    page.set_input_files("#photo-files", [bad, photo("IMG_2.jpg", seed=2)])
    expect(page.locator("#photo-wall li")).to_have_count(2)
    expect(page.get_by_text("“海报.svg”是网页或 SVG 图形")).to_be_visible()
    expect(page.get_by_role("button", name="再试一次")).to_have_count(0)


def test_without_a_script_the_form_sends_them_itself(browser: Browser, page: Page) -> None:
    context = browser.new_context(**{**PHONE, "java_script_enabled": False})  # type: ignore[arg-type]
    context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    plain = context.new_page()
    plain.goto(page.url)
    plain.set_input_files("#photo-files", [photo("IMG_3.jpg", seed=3)])
    plain.get_by_role("button", name="上传", exact=True).tap()
    expect(plain.get_by_text("已添加 1 张照片")).to_be_visible()
    context.close()
