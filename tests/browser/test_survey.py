"""The attendee's page on phones: without script, without network, reloaded, tapped twice, in English."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.core.database import make_engine
from activitylog.core.period import business_day, utc_now
from activitylog.projects.models import Project
from activitylog.surveys.access.rules import kiosk_pass
from activitylog.surveys.models import Response
from activitylog.surveys.questionnaires.operations import use_version
from activitylog.surveys.questionnaires.rules import Audience
from tests.browser.office import PASSWORD, Installation, phone, running, signed_in
from tests.databases import TRAIL_KEYS
from tests.factories.surveys import a_line, answer, make_surveyed_activity, publish_questions

pytestmark = pytest.mark.browser
TITLE = "“星空下的浦江”天文观测与科普讲座暨青少年航天知识竞赛闭幕式"
SMALLEST_TARGET = 60  # CSS pixels


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("hall")) as office:
        yield office


@pytest.fixture
def session(hall: Installation) -> Iterator[Session]:
    engine = make_engine(hall.database_url, trail_keys=TRAIL_KEYS)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def survey(hall: Installation, session: Session) -> str:
    """The address of a survey nobody has answered."""
    activity = make_surveyed_activity(session, title=TITLE, held_on=business_day(utc_now()))
    session.commit()
    return f"{hall.address}/s/{activity.survey_token}"


@pytest.fixture
def opened(browser: Browser, survey: str) -> Iterator[Callable[..., Page]]:
    """Phones that have opened the survey."""
    contexts: list[BrowserContext] = []

    def open_survey(**options: object) -> Page:
        contexts.append(phone(browser, **options))
        page = contexts[-1].new_page()
        page.goto(survey)
        return page

    yield open_survey
    for context in contexts:
        context.close()


def choose(page: Page, word: str) -> None:
    page.get_by_role("radio", name=word, exact=True).first.check(force=True)


def submit(page: Page) -> None:
    page.get_by_role("button", name="提交").tap()


def answer_without_network(page: Page) -> None:
    choose(page, "满意")
    page.context.set_offline(True)
    submit(page)
    expect(page.get_by_text("会自动再提交")).to_be_visible()


def expect_thanks(page: Page) -> None:
    expect(page.get_by_role("heading", name="谢谢您")).to_be_visible()


def stored(session: Session) -> int:
    session.rollback()
    return len(session.scalars(select(Response.id)).all())


def test_answered_without_script(opened: Callable[..., Page], session: Session) -> None:
    before, page = stored(session), opened(java_script_enabled=False)
    choose(page, "满意")
    submit(page)
    expect_thanks(page)
    assert stored(session) == before + 1


def test_an_answer_given_without_network_is_sent_when_it_is_back(
    opened: Callable[..., Page], session: Session
) -> None:
    before, page = stored(session), opened()
    answer_without_network(page)
    assert stored(session) == before
    page.context.set_offline(False)
    expect_thanks(page)
    assert stored(session) == before + 1


def test_an_answer_whose_thanks_were_lost_counts_once(opened: Callable[..., Page], session: Session) -> None:
    before, page, lost = stored(session), opened(), list[str]()

    def lose_the_first(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    page.route("**/s/*", lose_the_first)
    choose(page, "满意")
    submit(page)
    expect_thanks(page)
    assert len(lost) == 1
    assert stored(session) == before + 1


def test_a_reload_in_the_middle_keeps_every_answer(opened: Callable[..., Page]) -> None:
    page = opened()
    choose(page, "一般")
    page.get_by_text("再说几句").tap()
    choose(page, "收获很大")
    page.get_by_label("您的建议").fill("多办几场")
    page.reload()
    expect(page.get_by_role("radio", name="一般", exact=True).first).to_be_checked()
    expect(page.get_by_role("radio", name="收获很大")).to_be_checked()
    expect(page.get_by_label("您的建议")).to_have_value("多办几场")


def test_a_page_closed_while_it_waited_sends_when_it_is_opened_again(
    opened: Callable[..., Page], session: Session, survey: str
) -> None:
    before, page = stored(session), opened()
    answer_without_network(page)
    page.close()
    again = page.context.new_page()
    again.context.set_offline(False)
    again.goto(survey)
    expect_thanks(again)
    assert stored(session) == before + 1


def test_a_page_whose_questions_have_changed_keeps_only_the_compulsory_answer(
    opened: Callable[..., Page], session: Session, survey: str
) -> None:
    page = opened()
    choose(page, "一般")
    page.get_by_text("再说几句").tap()
    choose(page, "收获很大")
    project = session.get_one(Project, session.scalars(select(Activity.project_id)).first())
    line = a_line("还想听什么？", type="multiple", choices="天文\n地理\n生物")
    version = publish_questions(session, project, line)
    session.commit()
    page.wait_for_timeout(2500)  # the page is remembered for a moment
    page.reload()
    expect(page.get_by_role("radio", name="一般", exact=True).first).to_be_checked()
    page.get_by_text("再说几句").tap()
    for word in ("生物", "天文"):
        page.get_by_role("checkbox", name=word).check(force=True)
    page.reload()
    expect(page.get_by_role("checkbox", name="天文")).to_be_checked()
    expect(page.get_by_role("checkbox", name="地理")).not_to_be_checked()
    submit(page)
    expect_thanks(page)
    session.rollback()
    last = session.scalars(select(Response).order_by(Response.id.desc())).first()
    assert last is not None
    assert (last.overall, last.questionnaire, last.answers) == (3, version, {"q1": ["c1", "c3"]})
    use_version(session, project, Audience.ATTENDEES, "", by=None, now=utc_now())
    session.commit()


def test_tapped_again_an_optional_choice_is_taken_back(opened: Callable[..., Page]) -> None:
    page = opened()
    page.get_by_text("再说几句").tap()
    choice = page.get_by_role("radio", name="收获很大")
    choice.tap()
    expect(choice).to_be_checked()
    choice.tap()
    expect(choice).not_to_be_checked()


def test_two_taps_send_once(opened: Callable[..., Page], session: Session) -> None:
    before, page, sent = stored(session), opened(), list[str]()
    page.on("request", lambda request: sent.append(request.method) if request.method == "POST" else None)
    choose(page, "满意")
    page.get_by_role("button", name="提交").dblclick(force=True)
    expect_thanks(page)
    assert sent == ["POST"]
    assert stored(session) == before + 1


def test_a_phone_in_english_is_asked_in_english_and_may_switch(opened: Callable[..., Page]) -> None:
    page = opened(locale="en-GB")
    expect(page.get_by_role("button", name="Submit")).to_be_visible()
    page.get_by_role("link", name="中文").tap()
    expect(page.get_by_role("button", name="提交")).to_be_visible()


@pytest.mark.parametrize("is_large", [False, True])
def test_letters_and_targets_are_large_and_nothing_is_cut_off(
    opened: Callable[..., Page], is_large: bool
) -> None:
    page = opened()
    page.get_by_text("再说几句").tap()
    if is_large:
        page.get_by_text("大字").tap()
    size = page.evaluate("getComputedStyle(document.documentElement).fontSize")
    assert size == ("30px" if is_large else "20px")
    boxes = [
        each.bounding_box()
        for each in page.locator(".pick label, button, summary, .ways label, .ways a").all()
    ]
    assert all(box is not None and box["height"] >= SMALLEST_TARGET for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_kiosk_forgets_one_visitor_before_the_next_and_goes_on(
    hall: Installation, browser: Browser, session: Session
) -> None:
    before, page = stored(session), phone(browser).new_page()
    activity = make_surveyed_activity(session, title=TITLE, held_on=business_day(utc_now()))
    session.commit()
    key = (Path(hall.environment["ACTIVITYLOG_DATA_DIR"]) / "secret_key").read_text(encoding="ascii").strip()
    kiosk = kiosk_pass(key, activity.id, 1, utc_now() + timedelta(hours=1))
    page.goto(f"{hall.address}/s/{activity.survey_token}?kiosk={kiosk}")
    choose(page, "一般")
    page.get_by_role("link", name="换一位，重新填").tap()
    expect(page.get_by_role("radio", name="一般", exact=True).first).not_to_be_checked()
    for _ in range(2):
        choose(page, "满意")
        submit(page)
        expect_thanks(page)
        page.get_by_role("link", name="下一位").tap()
        expect(page.get_by_role("radio", name="满意", exact=True).first).not_to_be_checked()
    assert stored(session) == before + 2
    page.context.close()


def test_the_screen_with_the_code_stays_awake_and_counts_only_while_it_is_looked_at(
    browser: Browser, hall: Installation, session: Session, survey: str
) -> None:
    hall.run("user", "create", "老吴", "--role", "manager", "--password-stdin", stdin=PASSWORD)
    page = signed_in(browser, hall, "老吴", color_scheme="dark")
    page.add_init_script(
        "window.held = [];"
        "Object.defineProperty(navigator, 'wakeLock', {value: {request: async kind => { held.push(kind) }}})"
    )
    page.clock.install()
    activity = session.scalars(select(Activity).order_by(Activity.id.desc()).limit(1)).one()
    page.goto(f"{hall.address}/activities/{activity.number}/qr")
    assert page.evaluate("held") == ["screen"]
    screen = page.locator(".qr-screen")
    expect(screen).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(screen).to_have_css("color", "rgb(0, 0, 0)")
    session.rollback()
    answer(session, activity, now=utc_now())
    session.commit()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.clock.run_for(20_000)
    assert asked == []
    page.evaluate("Object.defineProperty(document, 'hidden', {value: false, configurable: true})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#answers")).to_have_text("1")
    assert asked == [f"{hall.address}/activities/{activity.number}/survey-count"]
    assert page.evaluate("held") == ["screen", "screen"]
    page.context.close()
