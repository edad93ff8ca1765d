"""Hostile strings in every field of every form and in every argument: no error, nothing raw, no script."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as examples
from playwright.sync_api import Browser
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from activitylog.app import create_app
from activitylog.core.database import make_engine
from activitylog.settings import Settings
from tests.browser.office import running
from tests.conftest import dispose
from tests.databases import SECRET, TRAIL_KEYS, Databases, SqliteDatabases
from tests.examples import EVERYDAY
from tests.hostile.forms import RAW, STRINGS, read_page, shots
from tests.permissions.installation import make_office
from tests.permissions.table import OWN_EXAMPLES, QUESTIONS, assets_of
from tests.signed_in import signed_in

IS_THOROUGH = examples.get_current_profile_name() != EVERYDAY
ENDS_THE_SESSION = ("/logout", "/me/sign-ins", "/disable", "/sign-out", "/settings/signing-in", "/erase")
SOURCES = Path(__file__).parents[2] / "activitylog"
ASKED = re.compile(r"""args\.get(?:list)?\(\s*"(\w+)"|"(\w+)" (?:not )?in request\.args""")


@dataclass(frozen=True)
class Attacked:
    """An office into whose every form hostile strings were sent, and what was answered wrongly."""

    app: Flask
    client: FlaskClient
    addresses: list[str]
    wrong: list[str]
    sent: int


@contextmanager
def closing_engine(url: str) -> Iterator[Engine]:
    engine = make_engine(url, trail_keys=TRAIL_KEYS)
    yield engine
    engine.dispose()


@contextmanager
def attacked(folder: Path, url: str, session: Session) -> Iterator[Attacked]:
    office = make_office(session, folder)
    person = office.people["officer"]
    person.administers_accounts = True
    session.commit()
    app = create_app(Settings(folder, url, SECRET))
    app.config.update(LEDGER_WORK=lambda *_: None, TRAIL_CHECK=lambda _: None)
    client = signed_in(app, person)
    addresses = sorted(office_addresses(app, dict(office.own["officer"])))
    found = Attacked(app, client, addresses, [], 0)
    yield _with_forms_sent(found)
    dispose(app)


def office_addresses(app: Flask, values: dict[str, Any]) -> Iterator[str]:
    """Every page with the office's objects in its address."""
    values |= assets_of(app) | {"sign_in_id": 1}
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            own = {name: values[other] for name, other in OWN_EXAMPLES.get(rule.endpoint, {}).items()}
            filled = {name: (values | own)[name] for name in rule.arguments}
            yield urls.build(rule.endpoint, filled) + QUESTIONS.get(rule.endpoint, "")


def _with_forms_sent(office: Attacked) -> Attacked:
    wrong, sent, own = [], 0, office.client.get_cookie("session")
    assert own
    for address in office.addresses:
        office.client.set_cookie("session", own.value)  # a form for a password signs in somebody else
        _sign_cookie_anew(office.client)
        own = office.client.get_cookie("session")
        assert own
        page = office.client.get(address, buffered=True)
        wrong += _faults(page, f"GET {address}")
        if page.mimetype != "text/html":
            continue
        for form in read_page(page.text, address)[0]:
            for shot, only_texts in shots(is_thorough=IS_THOROUGH):
                if any(form.action.endswith(end) or end in form.action for end in ENDS_THE_SESSION):
                    continue
                values = form.filled(shot, only_texts=only_texts)
                answer = _sent(office.client, form.action, form.method, values)
                wrong += _faults(answer, f"{form.method} {form.action} {shot} {only_texts}")
                sent += 1
    office.client.set_cookie("session", own.value)
    return Attacked(office.app, office.client, office.addresses, wrong, sent)


def _sign_cookie_anew(client: FlaskClient) -> None:
    """A cookie is good for half an hour, and a thorough run takes longer."""
    with client.session_transaction() as cookie:
        cookie.modified = True


def _sent(client: FlaskClient, action: str, method: str, values: list[tuple[str, str]]) -> TestResponse:
    grouped: dict[str, list[str]] = {}
    for name, value in values:
        grouped.setdefault(name, []).append(value)
    if method == "GET":
        return client.get(action.partition("?")[0], query_string=grouped, buffered=True)
    return client.post(action, data=grouped, buffered=True)


def _faults(answer: TestResponse, what: str) -> list[str]:
    found = [f"{what}: {answer.status_code}"] if answer.status_code >= 500 else []
    if "X-Hostile" in answer.headers:
        found.append(f"{what}: a header of the attacker's")
    if answer.mimetype in {"text/html", "image/svg+xml"}:
        found += [f"{what}: {raw}" for raw in RAW if raw in answer.text]
    return found


@pytest.fixture(params=["sqlite", "postgresql"] if IS_THOROUGH else ["sqlite"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Attacked]:
    source: Databases = request.getfixturevalue(f"{request.param}_databases")
    with (
        source.fresh() as url,
        closing_engine(url) as engine,
        Session(engine) as session,
        attacked(tmp_path, url, session) as office,
    ):
        yield office


def test_no_string_breaks_a_page_or_stands_raw_in_one(office: Attacked) -> None:
    assert office.sent > 80
    assert office.wrong == []
    assert office.client.get("/users").status_code == 200
    pages = {at: office.client.get(at, buffered=True) for at in office.addresses}
    assert [fault for at, page in pages.items() for fault in _faults(page, f"afterwards {at}")] == []
    texts = [page.text for page in pages.values() if page.mimetype == "text/html"]
    assert any(escape(string) in text for string in STRINGS[:5] for text in texts)  # as text it is stored
    assert [fault for each in _with_questions(office) for fault in _faults(*each)] == []


def _with_questions(office: Attacked) -> Iterator[tuple[TestResponse, str]]:
    """Every address with every question any view knows, and strings in the place of each of its parts."""
    found = (ASKED.findall(file.read_text(encoding="utf-8")) for file in SOURCES.rglob("*.py"))
    names = sorted({name for pairs in found for pair in pairs for name in pair if name})
    assert {"page", "year", "next"} <= set(names)
    pages = [at.partition("?")[0] for at in office.addresses]
    for place, page in enumerate(pages):
        _sign_cookie_anew(office.client)
        for shot in range(len(STRINGS)) if IS_THOROUGH else (place,):
            asked = {name: STRINGS[(at + shot) % len(STRINGS)] for at, name in enumerate(names)}
            yield office.client.get(page, query_string=asked, buffered=True), f"GET {page} asked {shot}"
            parts = page.strip("/").split("/")
            for at in range(1, len(parts)):
                hostile = STRINGS[(shot + at) % len(STRINGS)]
                changed = "/" + "/".join([*parts[:at], hostile[:300], *parts[at + 1 :]])
                yield office.client.get(changed, buffered=True), f"GET {page} part {at} {shot}"


SANDBOXED = "Blocked script execution in"  # of a questionnaire's preview, whose frame runs none
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation",
  event => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.mark.browser
def test_no_script_runs_on_any_page(
    browser: Browser, tmp_path: Path, sqlite_databases: SqliteDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTIVITYLOG_SECRET_KEY", SECRET)
    url = f"sqlite:///{tmp_path / 'activitylog.db'}"
    with (
        sqlite_databases.fresh() as empty,
        closing(sqlite3.connect(empty.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(tmp_path / "activitylog.db")) as target,
    ):
        source.backup(target)
    with (
        closing_engine(url) as engine,
        Session(engine) as session,
        attacked(tmp_path, url, session) as office,
        running(tmp_path) as server,
    ):
        opened = list(_opened(browser, office, server.address))
    assert "\n".join(f"{at} {found}" for at, found in opened if found) == ""
    assert len(opened) > 50


def _opened(browser: Browser, office: Attacked, address: str) -> Iterator[tuple[str, list[str]]]:
    """Every page opened, with what ran, was reported as an error, or was refused by the policy."""
    cookie = office.client.get_cookie("session")
    assert cookie
    context = browser.new_context()
    context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])
    context.add_init_script(WATCH)
    page, faults = context.new_page(), list[str]()
    page.on(
        "console",
        lambda each: faults.append(f"{each.text} {each.location}") if each.type == "error" else None,
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    for each in office.addresses:
        known = office.client.head(each, buffered=True)
        if known.status_code != 200 or known.mimetype != "text/html" or each.startswith("/password/"):
            continue  # a file, a way in that is not set up, or a link that was used
        page.goto(address + each)
        if page.evaluate("window.hostile !== undefined"):
            faults.append("a script of the attacker's ran")
        shown = [fault for fault in faults if SANDBOXED not in fault]
        yield each, [*shown, *page.evaluate("window.violations")]
        faults.clear()
    context.close()
