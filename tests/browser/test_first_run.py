"""A new office: from the first link to the first counted survey answer, without a command line."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from activitylog.core.period import Period, business_day, utc_now
from activitylog.projects.declaration.samples import sample_path
from tests.browser.office import PASSWORD, Installation, phone
from tests.browser.test_chain import answer, figure_of, log_activity, survey_address
from tests.servers import answers, eventually, free_port

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture
def first_start(tmp_path: Path) -> Iterator[tuple[Installation, str]]:
    """A server started on an empty folder, and the link it printed."""
    port, log = free_port(), tmp_path / "start.log"
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "ACTIVITYLOG_DATA_DIR": str(tmp_path / "data"),
        "ACTIVITYLOG_PUBLIC_URL": address,
    }
    command = [
        sys.executable,
        "-m",
        "activitylog",
        "start",
        "--empty",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment, stdout=output)
    try:
        assert eventually(lambda: answers(f"{address}/healthz"), seconds=90)
        assert eventually(lambda: "/password/" in log.read_text(), seconds=90)
        link = re.search(r"http\S+/password/\S+", log.read_text())
        assert link
        yield Installation(address, environment), link[0]
    finally:
        server.terminate()
        server.wait(timeout=60)


def choose_password(page: Page, link: str, *, name: str = "") -> None:
    page.goto(link)
    expect(page.get_by_text("欢迎")).to_be_visible()
    if name:
        page.get_by_label("姓名").fill(name)
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_label("再填一次").fill(PASSWORD)
    page.get_by_role("button", name="设好密码并登录").tap()
    expect(page.get_by_text("密码已设好")).to_be_visible()


def declare(page: Page, year: int) -> None:
    """Upload the declaration as this year's, and confirm every rule that was proposed."""
    page.get_by_role("link", name="导入申报表").first.tap()
    page.locator("input[type=file]").set_input_files(sample_path())
    page.get_by_role("button", name="读出来核对").tap()
    expect(page.get_by_role("heading", name="核对申报表")).to_be_visible()
    for each in page.get_by_label("年度", exact=True).all():
        each.fill(str(year))
    page.locator("main form").get_by_role("button").last.tap()
    expect(page.get_by_text("已导入 5 个项目")).to_be_visible()
    confirmed = 0
    while (waiting := page.get_by_role("link", name="条规则待确认")).count():
        waiting.first.tap()
        page.get_by_role("button", name="全部确认").first.tap()
        expect(page.get_by_text("已确认").first).to_be_visible()
        page.goto(f"{page.url.split('/projects')[0]}/projects?year={year}")
        confirmed += 1
    assert confirmed == 5


def invite(page: Page, address: str) -> str:
    """Invite an organizer of one project; returns the link shown."""
    page.goto(f"{address}/")
    page.get_by_text("开始使用：").tap()
    page.get_by_role("link", name="邀请同事").tap()
    page.get_by_label("姓名").fill("小周")
    page.get_by_label("科普资源配送", exact=True).check()
    page.get_by_role("button", name="邀请").tap()
    expect(page.get_by_text("已邀请“小周”")).to_be_visible()
    return link_on(page)


def link_on(page: Page) -> str:
    link = re.search(r"http\S+/password/[\w-]+", page.locator("main").inner_text())
    assert link
    return link[0]


def test_an_empty_installation_counts_its_first_answer(
    browser: Browser, first_start: tuple[Installation, str]
) -> None:
    office, link = first_start
    today = business_day(utc_now())
    admin = phone(browser).new_page()
    choose_password(admin, link, name="李主任")
    expect(admin.get_by_text("已完成 0 步，共 5 步")).to_be_visible()
    declare(admin, today.year)
    colleague = phone(browser).new_page()
    choose_password(colleague, invite(admin, office.address))
    activity = log_activity(colleague, office)
    survey = survey_address(colleague, activity)
    answer(browser, survey, word="非常满意")
    admin.goto(activity)
    for item in admin.get_by_role("checkbox").all():
        item.check()
    admin.get_by_role("button", name="通过").first.tap()
    expect(admin.get_by_text("已审核").first).to_be_visible()
    period = Period.of(today)
    admin.goto(f"{office.address}/periods/{period}")
    admin.get_by_role("button", name="汇总").first.tap()
    expect(admin.get_by_text("已汇总").first).to_be_visible()
    assert "100.00%" in figure_of(admin, office, "受众群体满意度", period)
    admin.goto(f"{office.address}/")
    expect(
        admin.get_by_text("已完成 4 步，共 5 步")
    ).to_be_visible()  # phones do not open this machine's address
    come_back(browser, admin, office)
    colleague.goto(f"{office.address}/me")
    expect(colleague.get_by_role("heading", name="登录")).to_be_visible()


def come_back(browser: Browser, admin: Page, office: Installation) -> None:
    """The colleague forgets the password, gets another link, and the old phone is out."""
    admin.goto(f"{office.address}/users")
    admin.get_by_role("link", name="小周").tap()
    admin.get_by_role("button", name="发重设密码的链接").tap()
    expect(admin.get_by_text("新链接已生成")).to_be_visible()
    found = phone(browser).new_page()
    found.goto(link_on(admin))
    expect(found.get_by_role("heading", name="重设密码")).to_be_visible()
    found.get_by_label("新密码").fill(PASSWORD + "2")
    found.get_by_label("再填一次").fill(PASSWORD + "2")
    found.get_by_role("button", name="设好密码并登录").tap()
    expect(found.get_by_text("密码已设好")).to_be_visible()
