"""Logging an activity on a phone: stored there whatever happens, and on the server exactly once."""

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time as clock
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.details import ActivityDetails
from activitylog.activities.models import Activity, Photo
from activitylog.activities.operations import log_activity
from activitylog.activities.rules import Status
from activitylog.core.database import make_engine
from activitylog.core.period import business_day, utc_now
from activitylog.projects.models import Project
from tests.browser.network_link import NetworkLink, open_network_link
from tests.browser.office import (
    IPHONE,
    PASSWORD,
    Installation,
    before_its_script,
    installation,
    phone,
    sign_in,
)
from tests.databases import TRAIL_KEYS
from tests.servers import eventually

pytestmark = pytest.mark.browser
MOST_BYTES, MOST_REQUESTS = 60_000, 14
PHONES = {"android": {}, "iphone": IPHONE}
PLAIN_HTTP = """  // what a page without https does not have
  delete Navigator.prototype.serviceWorker; delete Navigator.prototype.locks;
  delete window.caches; delete Crypto.prototype.randomUUID;
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data: Path = tmp_path_factory.mktemp("office")
    with installation(data, year=business_day(utc_now()).year) as office:
        office.run(
            "user", "create", "小李", "--role", "organizer", "--project", "科普资源配送", "--password-stdin",
            stdin=PASSWORD,
        )  # fmt: skip
        yield office


@pytest.fixture
def session(office: Installation) -> Iterator[Session]:
    engine = make_engine(
        f"sqlite:///{Path(office.environment['ACTIVITYLOG_DATA_DIR']) / 'activitylog.db'}",
        trail_keys=TRAIL_KEYS,
    )
    with Session(engine) as session:
        yield session
    engine.dispose()


@dataclass
class Hall:
    """A phone of 小周, its network link, and the session of the server."""

    page: Page
    link: NetworkLink
    session: Session

    @property
    def form(self) -> str:
        return f"{self.link.address}/activities/new"

    def arrived(self, title: str) -> list[tuple[str, int]]:
        """Every activity of the title with the number of its photos."""
        self.session.rollback()
        counted = select(func.count(Photo.id)).where(Photo.activity_id == Activity.id).scalar_subquery()
        rows = self.session.execute(select(Activity.title, counted).where(Activity.title == title))
        return [(row[0], row[1]) for row in rows]

    def arrives(self, title: str, *, photos: int) -> None:
        """Once, with all its photos, and it stays so."""
        deadline = time.monotonic() + 40
        while self.arrived(title) != [(title, photos)] and time.monotonic() < deadline:
            self.page.wait_for_timeout(100)
        expect(self.page.locator("[data-phone-list], main").first).to_be_attached()
        self.page.wait_for_timeout(300)
        assert self.arrived(title) == [(title, photos)]


@pytest.fixture
def hall(browser: Browser, office: Installation, session: Session) -> Iterator[Callable[[str], Hall]]:
    contexts: list[BrowserContext] = []
    with open_network_link(office.address) as link:

        def enter(kind: str = "android") -> Hall:
            contexts.append(phone(browser, **PHONES[kind]))
            if kind == "iphone":
                contexts[-1].add_init_script(PLAIN_HTTP)
            page = contexts[-1].new_page()
            sign_in(page, link.address, "小周")
            return Hall(page, link, session)

        yield enter
        for context in contexts:
            context.close()


def picture(number: int, *, side: int = 900) -> dict[str, object]:
    """A photo that no compression makes small."""
    noise = Image.effect_noise((side, side), 90 + number)
    content = io.BytesIO()
    noise.convert("RGB").save(content, "JPEG", quality=88)
    return {"name": f"现场{number}.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def fill(page: Page, title: str, *, heads: str = "86") -> None:
    choice = page.locator("#project_id option").filter(has_text=str(business_day(utc_now()).year)).first
    page.get_by_label("项目", exact=True).select_option(choice.get_attribute("value"))
    page.get_by_label("下乡服务", exact=True).check()
    page.get_by_label("场所名称").fill("庄行镇文化活动中心")
    page.get_by_label("所在区").select_option(label="奉贤")
    page.get_by_label("现场人数").fill(heads)
    page.get_by_label("活动名称").fill(title)


def add_photos(page: Page, count: int, *, side: int = 900) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="拍照或选照片").tap()
    chooser.value.set_files([picture(n, side=side) for n in range(count)])  # type: ignore[arg-type]
    expect(page.locator("[data-photo-field] canvas")).to_have_count(count)


def wait_for_worker(page: Page) -> None:
    """Until the form is kept; the policy forbids Playwright's own waiting for scripts."""
    for _ in range(100):
        if page.evaluate("caches.match('/activities/new').then(Boolean)"):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the form is not kept")


def submit(page: Page) -> None:
    page.get_by_role("button", name="提交审核").tap()


@pytest.mark.parametrize("kind", PHONES)
def test_a_whole_log_with_three_photos_takes_less_than_a_minute(
    hall: Callable[[str], Hall], kind: str
) -> None:
    there, title = hall(kind), f"一分钟记完 {kind}"
    began = time.monotonic()
    there.page.get_by_role("link", name="记活动").first.tap()
    expect(there.page.get_by_role("button", name="拍照或选照片")).to_be_visible()  # its script has begun
    fill(there.page, title)
    add_photos(there.page, 3)
    submit(there.page)
    expect(there.page.get_by_role("heading", name=title)).to_be_visible(timeout=60_000)
    assert time.monotonic() - began < 60
    there.arrives(title, photos=3)
    expect(there.page.get_by_text("等待审核；审核后计入指标")).to_be_visible()


@pytest.mark.parametrize(
    ("moment", "kind"),
    [("before", "iphone"), ("between", "android"), ("photo", "iphone"), ("photo", "android")],
)
def test_whenever_the_network_dies_it_arrives_once_with_every_photo(
    hall: Callable[[str], Hall], kind: str, moment: str
) -> None:
    there, title = hall(kind), f"断网 {moment} {kind}"
    there.page.goto(there.form)
    fill(there.page, title)
    add_photos(there.page, 3)
    if moment == "before":
        there.link.cut()
    elif moment == "between":
        there.link.drops_responses = True
    else:
        there.link.bytes_up_left = 700_000
    submit(there.page)
    expect(
        there.page.get_by_text("可以接着记下一场").or_(there.page.get_by_text("正在发送照片"))
    ).to_be_visible()
    there.page.wait_for_timeout(1_000)
    there.link.restore()
    there.arrives(title, photos=3)


def test_a_page_reloaded_by_the_picker_keeps_everything(
    hall: Callable[[str], Hall], session: Session
) -> None:
    there, title = hall("iphone"), "选照片时被重新载入"
    page = there.page
    page.goto(there.form)
    fill(page, title)
    page.get_by_label("开始时间").fill("14:30")
    add_photos(page, 2)
    page.get_by_text("推送和媒体报道").tap()
    page.get_by_role("button", name="再加一条推送").tap()
    page.locator("[name=pushes-2-link]").fill("https://mp.weixin.qq.com/s/abc")
    with page.expect_file_chooser():
        page.get_by_role("button", name="拍照或选照片").tap()
    page.reload()
    expect(page.get_by_label("活动名称")).to_have_value(title)
    expect(page.get_by_label("现场人数")).to_have_value("86")
    expect(page.get_by_label("开始时间")).to_have_value("14:30")
    expect(page.get_by_label("下乡服务", exact=True)).to_be_checked()
    expect(page.locator("[name=pushes-2-link]")).to_have_value("https://mp.weixin.qq.com/s/abc")
    expect(page.locator("[data-photo-field] canvas")).to_have_count(2)
    page.locator("[name=pushes-2-link]").fill("")
    submit(page)
    there.arrives(title, photos=2)
    assert session.scalars(select(Activity.start_time).where(Activity.title == title)).all() == [
        clock(14, 30)
    ]


def test_the_form_opens_without_network_after_one_small_visit(
    browser: Browser, hall: Callable[[str], Hall]
) -> None:
    there = hall("iphone")
    there.page.wait_for_load_state("networkidle")
    kept = there.page.context.storage_state()
    there.page.close()
    fresh = phone(browser, storage_state=kept)
    page = fresh.new_page()
    there.link.bytes_down = 0
    there.link.requests.clear()
    page.goto(there.form)
    page.wait_for_load_state("networkidle")
    wait_for_worker(page)
    page.wait_for_timeout(1_500)
    assert len(there.link.requests) <= MOST_REQUESTS, there.link.requests
    assert there.link.bytes_down <= MOST_BYTES
    there.link.cut()
    page.goto(there.form)
    expect(page.get_by_text("现在没有网络")).to_be_visible()
    title = "没有网络时打开、填写、提交"
    fill(page, title)
    submit(page)
    expect(page.get_by_text("可以接着记下一场")).to_be_visible()
    expect(page.locator("[data-phone-rows]")).to_contain_text("在本机")
    expect(page.get_by_label("现场人数")).to_have_value("")
    there.link.restore()
    page.get_by_role("button", name="现在发送").tap()
    expect(page.locator("[data-phone-rows]")).to_contain_text("已保存")
    assert there.arrived(title) == [(title, 0)]
    fresh.close()


def test_two_people_on_one_phone_never_see_each_others_entries(hall: Callable[[str], Hall]) -> None:
    there, page = hall("android"), None
    page = there.page
    page.goto(there.form)
    wait_for_worker(page)
    fill(page, "小周的草稿")
    expect(page.get_by_text("已存在本机")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, there.link.address, "小李")
    for address in ("/", "/phone", "/activities/new"):
        page.goto(there.link.address + address)
        page.wait_for_timeout(500)
        assert "小周的草稿" not in page.content()
        assert page.locator("[data-phone-rows] li").count() == 0
    expect(page.get_by_label("活动名称")).not_to_have_value("小周的草稿")
    there.link.cut()
    page.goto(there.form)
    assert page.locator("html").get_attribute("data-user") == page.evaluate(
        "localStorage['activitylog owner']"
    )
    assert "小周的草稿" not in page.content()
    there.link.restore()
    page.goto(f"{there.link.address}/me")
    page.get_by_role("button", name="退出登录").tap()
    page.wait_for_url("**/login")
    assert page.evaluate("caches.keys()") == []
    sign_in(page, there.link.address, "小周")
    page.goto(there.form)
    expect(page.get_by_label("活动名称")).to_have_value("小周的草稿")


def test_an_entry_waits_for_its_person_to_sign_in_again(hall: Callable[[str], Hall]) -> None:
    there, title = hall("iphone"), "登录过期以后发送"
    page = there.page
    page.goto(there.form)
    fill(page, title)
    page.context.clear_cookies()
    submit(page)
    expect(page.locator("[data-phone-rows]")).to_contain_text("登录后自动发送")
    page.get_by_role("link", name="去登录").tap()
    page.get_by_label("姓名").fill("小周")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").tap()
    there.arrives(title, photos=0)


def test_a_refused_entry_says_why_and_is_mended_on_the_form(
    hall: Callable[[str], Hall],
) -> None:
    there = hall("android")
    page = there.page
    page.goto(there.form)
    fill(page, "去年的日期")
    page.get_by_label("举办日期").fill(f"{business_day(utc_now()).year - 1}-06-10")
    there.link.cut()
    submit(page)
    expect(page.get_by_text("可以接着记下一场")).to_be_visible()
    there.link.restore()
    page.goto(f"{there.link.address}/phone")
    expect(page.locator("[data-phone-rows]")).to_contain_text("请改日期")
    expect(page.locator("[data-phone-rows]")).to_contain_text("被退回")
    page.get_by_role("link", name="去修改").tap()
    expect(page.locator(".field-error")).to_contain_text("请改日期")
    page.get_by_label("举办日期").fill(business_day(utc_now()).isoformat())
    submit(page)
    there.arrives("去年的日期", photos=0)


def test_what_is_written_before_the_script_has_come_is_an_entry_of_its_own(
    hall: Callable[[str], Hall],
) -> None:
    there = hall("iphone")
    page = there.page
    page.goto(there.form)
    page.get_by_label("活动名称").fill("昨天的草稿")
    expect(page.get_by_text("已存在本机")).to_be_visible()
    draft = page.locator("[data-entry]").get_attribute("data-nonce")
    with before_its_script(page):
        page.goto(f"{there.form}?", wait_until="commit")
        fill(page, "等不及的活动")
    expect(page.get_by_text("已存在本机")).to_be_visible()
    expect(page.locator("[data-phone-rows]")).to_contain_text("昨天的草稿")
    submit(page)
    there.arrives("等不及的活动", photos=0)
    with before_its_script(page):
        page.goto(f"{there.form}#{draft}", wait_until="commit")
        page.get_by_label("现场人数").fill("17")
    expect(page.get_by_label("活动名称")).to_have_value("昨天的草稿")
    expect(page.get_by_label("现场人数")).to_have_value("17")


@pytest.mark.parametrize("kind", PHONES)
def test_a_plan_of_the_day_is_logged_with_two_taps_also_without_network(
    hall: Callable[[str], Hall], session: Session, kind: str
) -> None:
    there, title = hall(kind), f"今天的计划 {kind}"
    page, today = there.page, business_day(utc_now())
    project = session.scalars(select(Project).where(Project.name == "科普资源配送")).all()[-1]
    owner = session.scalars(select(User).where(User.name == "小周")).one()
    plan = ActivityDetails(
        project.id,
        title,
        kinds=("下乡服务",),
        planned_on=today,
        start_time=clock(9, 30),
        districts=("310107",),
    )
    number = log_activity(session, plan, Status.PLANNED, by=owner, now=utc_now())[0].number
    session.commit()
    page.goto(f"{there.link.address}/")
    button = page.locator(f'a[href$="plan={number}"]').first
    if kind == "android":
        kept = "async (form) => Boolean(await caches.match(form))"
        assert eventually(lambda: page.evaluate(kept, button.get_attribute("href")))
        there.link.cut()
    button.tap()
    expect(page.get_by_role("button", name="拍照或选照片")).to_be_visible()  # its script has begun
    expect(page.locator("details[open] #planned_on")).to_have_count(0)
    page.get_by_label("现场人数").fill("40")
    there.link.cut()
    submit(page)
    expect(page.locator("[data-phone-rows]")).to_contain_text("在本机")
    there.link.restore()
    # the list says so, or the page has gone on to the activity
    saved = page.get_by_text("已保存").or_(page.get_by_role("heading", name=title))
    expect(saved.first).to_be_visible(timeout=40_000)
    there.arrives(title, photos=0)
    logged = session.scalars(select(Activity).where(Activity.number == number)).one()
    assert (logged.status, logged.audience_onsite, logged.held_on) == (Status.LOGGED, 40, today)
    assert logged.start_time == clock(9, 30)
