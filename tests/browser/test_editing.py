"""Editing an activity on a phone: drafts survive reloads, lost connections and another's save."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.details import ActivityDetails, details_of
from activitylog.activities.models import Activity
from activitylog.activities.operations import edit_activity, log_activity
from activitylog.core.database import make_engine
from activitylog.core.period import business_day, utc_now
from activitylog.projects.models import Project
from tests.browser.network_link import NetworkLink, open_network_link
from tests.browser.office import IPHONE, Installation, before_its_script, installation, phone, sign_in
from tests.databases import TRAIL_KEYS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data: Path = tmp_path_factory.mktemp("office")
    with installation(data, year=business_day(utc_now()).year) as office:
        yield office


@pytest.fixture
def session(office: Installation) -> Iterator[Session]:
    engine = make_engine(office.database_url, trail_keys=TRAIL_KEYS)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def link(office: Installation) -> Iterator[NetworkLink]:
    with open_network_link(office.address) as link:
        yield link


@pytest.fixture
def page(browser: Browser, link: NetworkLink) -> Iterator[Page]:
    context = phone(browser, **IPHONE)
    page = context.new_page()
    sign_in(page, link.address, "小周")
    yield page
    context.close()


@pytest.fixture
def logged(session: Session) -> Callable[[str], Activity]:
    """An activity of 小周, held today with 60 heads."""

    def log(title: str) -> Activity:
        project = session.scalars(select(Project).where(Project.name == "科普资源配送")).all()[-1]
        owner = session.scalars(select(User).where(User.name == "小周")).one()
        today = business_day(utc_now())
        details = ActivityDetails(project.id, title, held_on=today, districts=("310107",), audience_onsite=60)
        activity, _ = log_activity(session, details, by=owner, now=utc_now())
        session.commit()
        return activity

    return log


def rewritten_by_another(session: Session, activity: Activity, **changes: object) -> None:
    details = replace(details_of(activity), **changes)  # type: ignore[arg-type]
    edit_activity(session, activity, details, version=activity.version, by=None, now=utc_now())
    session.commit()


def lose_the_answer(route: Route) -> None:
    route.fetch()
    route.abort()


def save(page: Page) -> None:
    page.get_by_role("button", name="保存", exact=True).tap()


def test_a_change_outlasts_a_reload_and_a_dead_network_and_is_gone_once_stored(
    page: Page, link: NetworkLink, session: Session, logged: Callable[[str], Activity]
) -> None:
    activity = logged("改到一半的活动")
    address = f"{link.address}/activities/{activity.number}"
    page.goto(f"{address}/edit")
    page.get_by_label("现场人数").fill("86")
    page.get_by_label("活动名称").fill("改好名称的活动")
    expect(page.get_by_text("已存在本机")).to_be_visible()
    page.reload()
    expect(page.get_by_text("上次没有保存的修改")).to_be_visible()
    expect(page.get_by_label("活动名称")).to_have_value("改好名称的活动")
    link.cut()
    save(page)
    expect(page.get_by_text("没有网络，已保存在这台手机上，请稍后再点保存")).to_be_visible()
    link.restore()
    page.goto(f"{link.address}/phone")
    expect(page.locator("[data-phone-rows]")).to_contain_text(f"对 {activity.number} 的修改，还没有保存")
    page.get_by_role("link", name="继续修改").tap()
    expect(page.get_by_label("现场人数")).to_have_value("86")
    page.route("**/edit", lose_the_answer)
    save(page)
    expect(page.get_by_text("没有网络，已保存在这台手机上")).to_be_visible()
    page.unroute("**/edit")
    save(page)
    expect(page.get_by_role("heading", name="改好名称的活动")).to_be_visible()
    session.rollback()
    assert (activity.title, activity.audience_onsite, activity.version) == ("改好名称的活动", 86, 2)
    page.goto(f"{address}/edit")
    page.wait_for_timeout(300)
    expect(page.get_by_text("上次没有保存的修改")).to_have_count(0)


def test_a_change_made_before_the_script_has_come_is_kept_beside_those_of_the_draft(
    page: Page, link: NetworkLink, logged: Callable[[str], Activity]
) -> None:
    address = f"{link.address}/activities/{logged('改得早的活动').number}/edit"
    with before_its_script(page):
        page.goto(address, wait_until="commit")
        page.get_by_label("活动名称").fill("改早了的活动")
    expect(page.get_by_text("已存在本机")).to_be_visible()
    with before_its_script(page):
        page.goto(address, wait_until="commit")
        page.get_by_label("现场人数").fill("61")
    expect(page.get_by_text("上次没有保存的修改")).to_be_visible()
    page.reload()
    expect(page.get_by_label("活动名称")).to_have_value("改早了的活动")
    expect(page.get_by_label("现场人数")).to_have_value("61")


def test_a_draft_made_before_anothers_save_shows_both_versions_and_can_be_thrown_away(
    page: Page, link: NetworkLink, session: Session, logged: Callable[[str], Activity]
) -> None:
    activity = logged("两个人改的活动")
    address = f"{link.address}/activities/{activity.number}/edit"
    page.goto(address)
    page.get_by_label("活动名称").fill("我改的名称")
    expect(page.get_by_text("已存在本机")).to_be_visible()
    rewritten_by_another(session, activity, audience_onsite=75)
    page.goto(address)
    expect(page.get_by_text("这场活动后来又被改过")).to_be_visible()
    for _ in range(2):  # the second time as after a reload behind the picker
        save(page)
        expect(page.get_by_text("别人改过，现在是")).to_be_visible()
        page.goto(address)
    page.get_by_role("button", name="不要这些修改").tap()
    expect(page.get_by_label("活动名称")).to_have_value("两个人改的活动")
    expect(page.get_by_label("现场人数")).to_have_value("75")
    page.reload()
    page.get_by_label("活动名称").fill("又改的名称")
    save(page)
    expect(page.get_by_role("heading", name="又改的名称")).to_be_visible()
    session.rollback()
    assert (activity.title, activity.audience_onsite) == ("又改的名称", 75)
