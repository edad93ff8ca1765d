"""Accessibility: axe on every page, light and dark, in usual and in large type."""

from collections.abc import Iterator
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.password_links.operations import make_password_link
from activitylog.activities.models import Activity
from activitylog.app import create_app
from activitylog.core.database import make_engine
from activitylog.core.period import Period, utc_now
from activitylog.indicators.models import ManualEntry, Rule
from activitylog.ledger.uploads.operations import add_preview_rows, add_upload
from activitylog.ledger.uploads.rules import PreviewRow, UploadStep
from activitylog.notices.letters.operations import store_letters
from activitylog.notices.letters.rules import Letter, Line, Section
from activitylog.notices.rules import Ways
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.settings import Settings
from tests.browser.office import PASSWORD, Installation, phone, running, signed_in
from tests.databases import TRAIL_KEYS
from tests.factories.photos import put_photo

pytestmark = pytest.mark.browser
AXE = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
NAME = "陈姐"
WIDTH, DESK = 390, {"width": 1280, "height": 800}
TAP = 44  # CSS pixels
MONTH = Period(2024, 3)
EXAMPLES = {
    "no": "SELECT number FROM activity WHERE status = 'logged' AND happens_on < CURRENT_DATE",
    "number": "SELECT number FROM activity WHERE status = 'approved'",
    "project_id": "SELECT id FROM project WHERE parent_id IS NOT NULL AND year = 2024",
    "indicator_id": "SELECT indicator_id FROM posting GROUP BY indicator_id ORDER BY count(*) DESC",
    "period": f"SELECT '{MONTH}'",
    "year": "SELECT year FROM project",
    "audience": "SELECT 'hosts'",
    "photo_id": "SELECT max(id) FROM photo",  # the one put to the activity of "no"
    "revision": "SELECT revision FROM reopening",
    "push_id": "SELECT id FROM push WHERE withdrawn_at IS NULL",
    "report_id": "SELECT id FROM media_report WHERE withdrawn_at IS NULL",
    "milestone_id": "SELECT id FROM milestone WHERE withdrawn_at IS NULL",
    "expense_id": "SELECT id FROM expense WHERE withdrawn_at IS NULL",
    "venue_id": "SELECT venue_id FROM activity WHERE venue_id IS NOT NULL",
    "entry_id": "SELECT id FROM manual_entry WHERE withdrawn_at IS NULL",
    "upload_id": "SELECT id FROM ledger_upload",
    "user_id": "SELECT id FROM user_account",
}
EXAMPLES_AT = {  # by the end of an address that not every record has
    "judgement": "SELECT id FROM indicator WHERE target IS NULL",
    "plan": "SELECT indicator_id FROM rule WHERE measure = 'activities_held'",
    "posters": "SELECT project_id FROM activity WHERE status = 'planned' ORDER BY happens_on DESC",
}
# arguments of addresses that are files or not opened by hand
NOT_PAGES = {
    "filename",
    "digest",
    "name",
    "upload",
    "token",
    "export_id",
    "tally_id",
    "ending",
    "position",
    "kiosk_id",
    "provider",
}
# runs no script, so not axe's either; only of an import that gave numbers
ASKED = ("/preview", "/numbered.xlsx")
QUESTIONS = {"/results/texts": "?question=default-1/suggestion"}  # by the end of an address
FINDINGS = """async (rules) => {
  // no background of a text is a bar that floats above it until one scrolls, nor what is still folded
  const floating = target => {
    for (let each = document.querySelector(target[0]); each; each = each.parentElement)
      if (each.matches("details:not([open])")
        || /sticky|fixed/.test(getComputedStyle(each).position)) return true;
    return false;
  };
  const isCovered = node => !floating(node.target)
    && node.any.some(check => (check.relatedNodes ?? []).some(other => floating(other.target)));
  const found = await axe.run(document, {resultTypes: ["violations"], preload: false, ...rules});
  return found.violations
    .map(each => ({...each, nodes: each.nodes.filter(node => !isCovered(node))}))
    .filter(each => each.nodes.length && ["serious", "critical"].includes(each.impact))
    .map(each => `${each.id}: ${each.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(" | ")}`);
}"""
TOO_SMALL = """(tap, TEXT = "td > a, p > a:only-child") => [...document.querySelectorAll(
    "button, summary, select, input:not([type=hidden], [type=radio], [type=checkbox]), textarea, " +
    ".button, .chip, .check, nav a, .tabs a, .pager a, .filters-on a, " + TEXT)]
  .filter(each => each.checkVisibility({visibilityProperty: true}) && each.offsetParent !== null)
  .map(each => [each, each.getBoundingClientRect()])
  .filter(([each, box]) => box.width > 1)
  .filter(([each, box]) => box.height < tap - 0.5 || (box.width < tap - 0.5 && !each.matches(TEXT)))
  .map(([each, box]) => `${box.width}×${box.height}: ${each.outerHTML.slice(0, 120)}`)"""
IS_HEADER_BROKEN = """() => {
  const parts = [...document.querySelectorAll(".frame-name, .frame-review, .frame-bell, .frame-search")];
  const tops = parts.filter(each => each.closest(".frame-top")).map(each => each.getBoundingClientRect().top);
  return Math.max(...tops) - Math.min(...tops) > 8;
}"""
COLOURS_ONLY = {"runOnly": ["color-contrast"]}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("open")) as office:
        office.run("sample", "load")
        add_what_the_sample_lacks(office)
        office.run("user", "create", NAME, "--role", "admin", "--password-stdin", stdin=PASSWORD)
        add_upload_to_check(office)
        add_notices_to_read(office)
        yield office


def add_what_the_sample_lacks(office: Installation) -> None:
    """A figure entered by hand, a photo, and a month closed and opened again."""
    engine, now = make_engine(office.database_url, trail_keys=TRAIL_KEYS), utc_now()
    with Session(engine) as session:
        rule = session.scalars(select(Rule).where(Rule.measure == "manual")).first()
        rule = rule or session.scalars(select(Rule)).first()
        assert rule
        session.add(
            ManualEntry(
                indicator_id=rule.indicator_id,
                amount=3,
                entered_on=date(2024, 3, 5),
                reason="纸质签到",
                evidence="签到表",
                created_at=now,
                approved_at=now,
            )
        )
        number = session.scalar(text(EXAMPLES["no"]))
        activity = session.scalars(select(Activity).where(Activity.number == number)).one()
        put_photo(session, activity, Path(office.environment["ACTIVITYLOG_DATA_DIR"]))
        close_period(session, MONTH, by=None, now=now)
        reopen_period(session, MONTH, reason="核对", until=now + timedelta(days=1), by=None, now=now)
        session.commit()
    engine.dispose()


def add_upload_to_check(office: Installation) -> None:
    """An uploaded ledger with a row that changes and one with a problem."""
    engine = make_engine(office.database_url, trail_keys=TRAIL_KEYS)
    with Session(engine) as session:
        by = session.scalars(select(User).where(User.name == NAME)).one()
        upload = add_upload(session, key="a", file_name="台账.xlsx", by=by, origin="", now=utc_now())
        changed = PreviewRow("活动", 2, "暑期天文课堂", False, (("现场人数", "12", "120"),), ())
        wrong = PreviewRow("活动", 3, "第二场", True, (), (("举办日期", "写成了 2024-13-01", True),))
        add_preview_rows(session, upload, enumerate((wrong, changed)))
        upload.step = UploadStep.CHECKED
        session.commit()
    engine.dispose()


def add_notices_to_read(office: Installation) -> None:
    """An unread notice, and a letter of the month."""
    engine = make_engine(office.database_url, trail_keys=TRAIL_KEYS)
    with Session(engine) as session:
        by = session.scalars(select(User).where(User.name == NAME)).one()
        lines = (Line("下乡服务完成次数", "/projects", "：偏慢，9 次，目标 ≥20 次，还差 11 次"),)
        letter = Letter(MONTH, NAME, (Section("落后和偏慢", lines, ""),))
        store_letters(session, {by.id: letter}, ways=Ways(), now=utc_now())
        session.commit()
    engine.dispose()


@pytest.fixture
def database(office: Installation) -> Iterator[Connection]:
    engine = make_engine(office.database_url, trail_keys=TRAIL_KEYS)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def addresses(database: Connection, tmp_path: Path) -> list[str]:
    """Every address that can be opened, with records of the sample in it; a new argument needs an example."""
    app = create_app(Settings(tmp_path, "sqlite://", "a secret of the tests only"))
    opened: list[str] = []
    with app.test_request_context():
        urls = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.arguments & NOT_PAGES or rule.rule.endswith(ASKED):
                continue
            own = EXAMPLES_AT.get(rule.rule.rpartition("/")[2])
            examples = {name: own or EXAMPLES.get(name) or _any(name) for name in rule.arguments}
            values = {name: database.scalar(text(f"{sql} LIMIT 1")) for name, sql in examples.items()}
            assert all(value is not None for value in values.values()), (rule.rule, values)
            question = next((asked for end, asked in QUESTIONS.items() if rule.rule.endswith(end)), "")
            opened.append(urls.build(rule.endpoint, values) + question)
    return sorted(set(opened))


def _any(argument: str) -> str:
    """Whatever record there is in the table an argument is called after."""
    assert argument.endswith("_id"), f"EXAMPLES does not say what to open for {argument}"
    return f"SELECT id FROM {argument.removesuffix('_id')}"  # noqa: S608


def is_a_page(page: Page, address: str) -> bool:
    return "text/html" in page.request.head(address).headers.get("content-type", "")


def faults(page: Page) -> list[str]:
    """What keeps somebody out of the page as it is open."""
    found: list[str] = page.evaluate(FINDINGS, {})
    page.emulate_media(color_scheme="dark")
    found += [f"dark {each}" for each in page.evaluate(FINDINGS, COLOURS_ONLY)]
    page.emulate_media(color_scheme="light")
    found += [f"small {each}" for each in page.evaluate(TOO_SMALL, TAP)[:5]]
    found += ["a header of which the bell or the search has its own line"] * page.evaluate(IS_HEADER_BROKEN)
    for size in ("", "large"):
        page.evaluate("size => document.documentElement.dataset.size = size", size)
        width = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{width} wide in {size or 'usual'} type"] if width > WIDTH else []
    page.evaluate("document.documentElement.dataset.size = ''")
    return found + _faults_at_a_desk(page)


def _faults_at_a_desk(page: Page) -> list[str]:
    """What keeps somebody out of the page on a wide screen."""
    phone_size = page.viewport_size
    assert phone_size
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    # the bar that floats above texts until one scrolls, looked at on the phone, is no background of theirs
    page.evaluate("document.querySelectorAll('.actions-near').forEach(e => e.style.visibility = 'hidden')")
    found = [f"wide {each}" for each in page.evaluate(FINDINGS, {})]
    page.emulate_media(color_scheme="dark")
    found += [f"wide dark {each}" for each in page.evaluate(FINDINGS, COLOURS_ONLY)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(phone_size)
    return found


def faults_text(found: dict[str, list[str]]) -> str:
    return "\n".join(f"{address}\n    " + "\n    ".join(each) for address, each in found.items() if each)


def test_every_page_of_the_office_is_open_to_everybody(
    browser: Browser, office: Installation, database: Connection, tmp_path: Path
) -> None:
    page = signed_in(browser, office, NAME, reduced_motion="reduce")
    page.context.add_init_script(AXE)
    found: dict[str, list[str]] = {}
    for address in [*addresses(database, tmp_path), "/nowhere"]:
        if address == "/nowhere" or is_a_page(page, office.address + address):
            answer = page.goto(office.address + address)
            assert answer is not None
            assert answer.status == (404 if address == "/nowhere" else 200), address
            found[address] = faults(page)
    assert faults_text(found) == ""
    assert len(found) > 40


@pytest.mark.parametrize("role", ["organizer", "accounts"])
def test_pages_made_for_a_role_are_open_to_everybody(
    browser: Browser, office: Installation, role: str
) -> None:
    office.run("user", "create", role, "--role", role, "--password-stdin", stdin=PASSWORD)
    page = signed_in(browser, office, role, reduced_motion="reduce")
    page.context.add_init_script(AXE)
    found: dict[str, list[str]] = {}
    for address in ("/", "/me"):
        page.goto(office.address + address)
        found[address] = faults(page)
    assert faults_text(found) == ""


def test_pages_for_who_is_not_signed_in_are_open_to_everybody(
    browser: Browser, office: Installation, database: Connection
) -> None:
    page = phone(browser, reduced_motion="reduce").new_page()
    page.context.add_init_script(AXE)
    token = database.scalar(
        text("SELECT survey_token FROM activity WHERE held_on >= :lately LIMIT 1"),
        {"lately": (utc_now() - timedelta(days=3)).date()},
    )
    found: dict[str, list[str]] = {}
    engine = make_engine(office.database_url, trail_keys=TRAIL_KEYS)
    with Session(engine) as session:
        person = session.scalars(select(User).where(User.name == NAME)).one()
        link = make_password_link(session, person, by=None, now=utc_now())
        session.commit()
    engine.dispose()
    for address in ("/login", f"/password/{link}", "/password/gone", f"/s/{token}", "/s/nobody"):
        page.goto(office.address + address)
        found[address] = faults(page)
    page.goto(f"{office.address}/login")
    page.get_by_role("button", name="登录").tap()
    expect(page.locator("#errors")).to_be_visible()
    found["/login refused"] = faults(page)
    assert page.evaluate("document.activeElement.id") == "errors"
    page.get_by_role("link", name="请填写姓名").tap()
    assert page.evaluate("document.activeElement.id") == "name"
    assert faults_text(found) == ""
