"""A colleague invited: a password, a second factor, a forgotten password, a lost phone, and back again."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from activitylog.core.period import utc_now
from tests.browser.office import PASSWORD, Installation, phone, running
from tests.browser.test_first_run import choose_password, link_on

pytestmark = [pytest.mark.browser, pytest.mark.long]
NEW = PASSWORD + "2"
DESK = {
    "viewport": {"width": 1280, "height": 800},
    "is_mobile": False,
    "device_scale_factor": 1,
    "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36",
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Installation]:
    with running(tmp_path) as office:
        office.run("user", "create", "李主任", "--role", "admin", "--password-stdin", stdin=PASSWORD)
        yield office


def sign_in(page: Page, office: Installation, name: str, password: str = PASSWORD) -> None:
    page.goto(f"{office.address}/login")
    page.get_by_label("姓名").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").tap()


def type_code(page: Page, code: str) -> None:
    expect(page.get_by_role("heading", name="两步验证")).to_be_visible()
    page.get_by_label("验证码").fill(code)
    page.get_by_role("button", name="登录").tap()


def invited(admin: Page, office: Installation) -> str:
    admin.goto(f"{office.address}/users/new")
    admin.get_by_label("姓名").fill("王芳")
    admin.get_by_label("绩效专员").check()
    admin.get_by_role("button", name="邀请").tap()
    expect(admin.get_by_text("已邀请“王芳”")).to_be_visible()
    return link_on(admin)


def turned_on(page: Page, office: Installation) -> tuple[pyotp.TOTP, list[str]]:
    """Turn the second factor on; the app and the recovery codes."""
    page.goto(f"{office.address}/me")
    page.get_by_role("link", name="开启两步验证").tap()
    page.get_by_text("就在这台手机上设").tap()
    app = pyotp.TOTP("".join(page.locator(".codes li").inner_text().split()))
    page.get_by_label("验证码").fill(app.now())
    page.get_by_role("button", name="开启").tap()
    expect(page.get_by_role("heading", name="两步验证已开启")).to_be_visible()
    codes = page.locator(".codes li").all_inner_texts()
    if "MicroMessenger" in page.evaluate("navigator.userAgent"):  # it would lead nowhere there
        expect(page.get_by_role("link", name="存为文件")).to_have_count(0)
        expect(page.get_by_role("button", name="复制全部")).to_be_visible()
    else:
        with page.expect_download() as download:
            page.get_by_role("link", name="存为文件").tap()
        assert all(code in Path(download.value.path()).read_text(encoding="utf-8") for code in codes)
    page.get_by_role("link", name="恢复码保存好了").tap()
    page.wait_for_url(re.compile("^(?!.*second-factor)"))
    return app, codes


def next_code(app: pyotp.TOTP) -> str:
    """A code that has not been used: half a minute early is accepted."""
    return app.at(utc_now(), counter_offset=1)


@pytest.mark.parametrize("size", [{}, DESK], ids=["phone", "desk"])
def test_a_colleague_who_loses_everything_comes_back(
    browser: Browser, office: Installation, size: dict[str, object]
) -> None:
    admin, colleague = phone(browser, **size).new_page(), phone(browser, **size).new_page()
    sign_in(admin, office, "李主任")
    admin.wait_for_url(f"{office.address}/")
    choose_password(colleague, invited(admin, office))
    app, codes = turned_on(colleague, office)

    colleague.context.clear_cookies()  # another day
    sign_in(colleague, office, "王芳")
    type_code(colleague, next_code(app))
    colleague.wait_for_url(f"{office.address}/")

    forget_password(browser, admin, office, codes[0], size)  # and the phone is lost

    lost = phone(browser, **size).new_page()
    sign_in(lost, office, "王芳", NEW)
    type_code(lost, codes[0])  # used before
    expect(lost.get_by_text("验证码不对或已经用过").first).to_be_visible()
    type_code(lost, codes[1])
    expect(lost.get_by_text("刚才用掉了一个恢复码，还剩 8 个")).to_be_visible()

    lost.goto(f"{office.address}/me/second-factor/off")
    lost.get_by_label("密码").fill(NEW)
    lost.get_by_label("验证码").fill(codes[2])
    lost.get_by_role("button", name="关闭").tap()
    expect(lost.get_by_text("两步验证已关闭")).to_be_visible()
    turned_on(lost, office)
    colleague.goto(f"{office.address}/me")
    expect(colleague.get_by_role("heading", name="登录")).to_be_visible()


def forget_password(
    browser: Browser, admin: Page, office: Installation, code: str, size: dict[str, object]
) -> None:
    """Another link, a new password by it, and still no way in without a code."""
    admin.goto(f"{office.address}/users")
    expect(admin.locator("tr", has_text="王芳").get_by_text("两步验证")).to_be_visible()
    admin.get_by_role("link", name="王芳").tap()
    admin.get_by_role("button", name="发重设密码的链接").tap()
    expect(admin.get_by_text("新链接已生成")).to_be_visible()
    found = phone(browser, **size).new_page()
    found.goto(link_on(admin))
    found.get_by_label("新密码").fill(NEW)
    found.get_by_label("再填一次").fill(NEW)
    found.get_by_role("button", name="设好密码并登录").tap()
    expect(found.get_by_text("密码已设好")).to_be_visible()
    type_code(found, code)
    found.wait_for_url(re.compile("/$"))
    expect(found.get_by_text("还剩 9 个")).to_be_visible()
