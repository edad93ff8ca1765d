"""Measures the permission table on the real application, reads and writes its file, and words its page.

`python -m tests.permissions.table` writes both anew. Every line that changed is to be read before it is
committed.
"""

import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from activitylog.accounts.providers.routes import PROVIDERS
from activitylog.app import create_app
from activitylog.audit.models import AuditEntry
from activitylog.core.database import make_engine, upgrade_schema
from activitylog.settings import Settings
from activitylog.web import assets
from tests.databases import SECRET
from tests.permissions.installation import Office, OtherOffice, Values, make_office, write_small_font
from tests.signed_in import signed_in

FILE = Path(__file__).with_name("table.txt")
PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
COLUMNS = (
    "nobody",
    "organizer",
    "organizer, other project",
    "manager",
    "manager, other project",
    "manager of all",
    "officer",
    "auditor",
    "accounts",
)
OTHER = ", other project"
YES, SIGN_IN, FORBIDDEN, MISSING = "yes", "sign-in", "403", "404"
ALLOWED = {
    200,
    204,
    302,
    400,
    409,
    413,
    415,
    422,
}  # a body of nothing is answered by these where it may be sent
METHODS = ("GET", "POST", "PATCH")
SHARED = {
    "period",
    "year",
    "revision",
    "audience",
    "ending",
    "user_id",
    "pair_id",
    "layout_id",
    "token",
    "provider",
}
SHARED |= {"digest", "name", "filename", "upload"}  # arguments that name no object of a project or a person
SURVEY = (("GET", "/s/<token>"), ("POST", "/s/<token>"))  # answered outside the application
OWN_EXAMPLES = {  # by endpoint, where the object an argument names is another than elsewhere
    "judgements.show": {"indicator_id": "judged_id"},
    "judgements.judge": {"indicator_id": "judged_id"},
    "calendar_feed.feed": {"token": "calendar"},
    "notice_settings.confirm": {"token": "mail_token"},
    "settings.logo": {"digest": "logo"},
}
BODIES = {  # what a form must name for permission alone to decide
    "exports.make": {"project_id": "project_id"},
    "venues.merge_into": {"venue_id": "venue_id", "into": "venue_id"},
    "paper.withdraw": {"tally": "tally_id"},
}
QUESTIONS = dict.fromkeys(
    ("results.texts_on_activity", "results.texts_on_project"), "?question=default-1/suggestion"
)
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')

Table = Mapping[tuple[str, str], Sequence[str]]  # the cells of COLUMNS by method and rule


@dataclass(frozen=True)
class Visitor:
    """A column's cookie and token, and the values of the objects it names."""

    column: str
    cookie: str
    token: str
    values: Values


@dataclass(frozen=True)
class Answer:
    """One answer, and whether anything at all was written by it."""

    line: tuple[str, str]
    column: str
    cell: str
    has_written: bool


def measured(folder: Path) -> Iterator[Answer]:
    """Every route, method and column on the folder's migrated, empty database; each write is taken back."""
    path = folder / "activitylog.db"
    font = write_small_font(folder / "small.ttf")
    settings = Settings(folder, f"sqlite:///{path}", SECRET, poster_font=font)
    engine = make_engine(settings.database_url, trail_keys=settings.trail_keys)
    with Session(engine) as session:
        office = make_office(session, folder)
        session.commit()
        app = create_app(settings)
        app.config.update(TESTING=True, LEDGER_WORK=lambda *_: None, TRAIL_CHECK=lambda _: None)
        app.extensions[PROVIDERS] = {OtherOffice.key: OtherOffice()}
        visitors = list(_visitors(app, office))
        session.commit()
    engine.dispose()
    with sqlite3.connect(path, isolation_level=None) as database:
        before = sqlite3.connect(":memory:")
        database.backup(before)
        content = _content(before)
        for line, endpoint in _lines(app):
            for visitor in visitors:
                if OTHER in visitor.column and not _is_of_project(line[1], endpoint):
                    continue
                version = _version(database)
                answer = _answer(app, visitor, line, endpoint, office)
                is_changed = _version(database) != version
                has_written = is_changed and _content(database) != content
                yield Answer(line, visitor.column, _cell(answer, visitor), has_written)
                if is_changed:
                    before.backup(database)
        before.close()
    app.extensions["attendees"].close()


def _version(database: sqlite3.Connection) -> int:
    """A number that changes with every commit of another connection."""
    number: int = database.execute("PRAGMA data_version").fetchone()[0]
    return number


def _content(database: sqlite3.Connection) -> int:
    """What all tables hold but the trail, which takes down downloads and refusals, too."""
    names = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    tables = [name for (name,) in names if name != AuditEntry.__tablename__]
    rows = (tuple(database.execute(f'SELECT * FROM "{name}"')) for name in tables)  # noqa: S608
    return hash(tuple(rows))


def _visitors(app: Flask, office: Office) -> Iterator[Visitor]:
    signed_in(app, office.people["auditor"])
    for column in COLUMNS:
        name = column.removesuffix(OTHER)
        values = office.other if OTHER in column or name not in office.own else office.own[name]
        values = {"sign_in_id": 1} | values  # the first one's
        if name == "nobody":
            client, page = app.test_client(), "/login"
        else:
            client, page = signed_in(app, office.people[name]), "/me"
            if OTHER not in column:
                with client.session_transaction() as cookie:
                    values["sign_in_id"] = int(cookie["_user_id"].partition(":")[0])
        found = TOKEN.search(client.get(page).text)
        stored = client.get_cookie("session")
        assert found
        assert stored
        yield Visitor(column, stored.value, found[1], values)


def _lines(app: Flask) -> list[tuple[tuple[str, str], str]]:
    """Every method and rule with its endpoint, those of the survey too."""
    of_app = [
        ((method, rule.rule), rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in METHODS
        if method in (rule.methods or ())
    ]
    return sorted([*of_app, *((line, "") for line in SURVEY)], key=lambda each: (each[0][1], each[0][0]))


def _is_of_project(rule: str, endpoint: str) -> bool:
    """Whether the address or the form names an object of a project or a person."""
    return endpoint in BODIES or bool(set(re.findall(r"<(?:[^:>]+:)?(\w+)>", rule)) - SHARED)


def _answer(
    app: Flask, visitor: Visitor, line: tuple[str, str], endpoint: str, office: Office
) -> TestResponse:
    method, _ = line
    values = visitor.values | {
        name: visitor.values[own] for name, own in OWN_EXAMPLES.get(endpoint, {}).items()
    }
    body = {name: values[own] for name, own in BODIES.get(endpoint, {}).items()}
    client = app.test_client()
    client.set_cookie("session", visitor.cookie)
    headers = Headers({"X-CSRFToken": visitor.token, "Upload-Offset": "0"})
    address = f"/s/{office.token}" if not endpoint else _address(app, endpoint, values)
    address += QUESTIONS.get(endpoint, "")
    sent = body if method == "POST" else None
    return client.open(address, method=method, data=sent, headers=headers, buffered=True)


def _address(app: Flask, endpoint: str, values: Values) -> str:
    style = assets_of(app)
    rule = next(iter(app.url_map.iter_rules(endpoint)))
    filled: dict[str, Any] = {}
    for name in rule.arguments:
        assert name in values or name in style, f"tests/permissions/installation.py makes no {name}"
        filled[name] = values.get(name, style.get(name))
    return app.url_map.bind("localhost").build(endpoint, filled)


def assets_of(app: Flask) -> dict[str, str]:
    with app.test_request_context():
        _, _, digest, name = assets.asset_url("phone/start.js").split("/", 3)
    return {"digest": digest, "name": name, "filename": "mark.svg"}


def _cell(answer: TestResponse, visitor: Visitor) -> str:
    """What became of a request: done or refused for what it says, hidden, forbidden, or sent to sign in."""
    is_sent_away = (answer.location or "").partition("?")[0] == "/login"
    if visitor.column == "nobody" and (is_sent_away or answer.status_code == 401):
        return SIGN_IN
    if answer.status_code in ALLOWED:
        return YES
    return str(answer.status_code)


def table_of(answers: Iterable[Answer]) -> Table:
    """The cells by line; what names no object of a project is the same for another one."""
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for answer in answers:
        cells.setdefault(answer.line, {})[answer.column] = answer.cell
    return {
        line: tuple(found.get(column, found[column.removesuffix(OTHER)]) for column in COLUMNS)
        for line, found in cells.items()
    }


def table_text(table: Table) -> str:
    """The file: one line for each method and rule."""
    width = max(len(rule) for _, rule in table)
    head = f"{'# ' + 'route':{width + 6}} | " + " | ".join(COLUMNS)
    lines = [
        f"{method:5} {rule:{width}} | "
        + " | ".join(f"{cell:{len(column)}}" for cell, column in zip(cells, COLUMNS, strict=True)).rstrip()
        for (method, rule), cells in table.items()
    ]
    return "\n".join([head, *lines, ""])


def read_table(text: str) -> Table:
    table: dict[tuple[str, str], Sequence[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            route, *cells = (part.strip() for part in line.split("|"))
            method, rule = route.split(maxsplit=1)
            table[method, rule] = tuple(cells)
    return table


def page_text(table: Table, purposes: Mapping[tuple[str, str], str]) -> str:
    """The page for people: by the first part of the address, what each route does and who may."""
    parts = [_INTRODUCTION]
    for area, lines in groupby(table.items(), key=lambda each: _area(each[0][1])):
        parts.append(f"\n## /{area}\n\n{_HEAD}")
        parts += [_page_line(line, cells, purposes.get(line, "")) for line, cells in lines]
    return "".join(parts)


_HEAD = """| route | does | organizer | manager | of all projects | officer | auditor | accounts |
|---|---|---|---|---|---|---|---|
"""


def _area(rule: str) -> str:
    return rule.split("/")[1].partition("<")[0]


def _page_line(line: tuple[str, str], cells: Sequence[str], purpose: str) -> str:
    by_column = dict(zip(COLUMNS, cells, strict=True))
    if by_column["nobody"] == YES:
        shown = ["everybody"] * 6
    else:
        roles = ("organizer", "manager", "manager of all", "officer", "auditor", "accounts")
        shown = [_page_cell(by_column[role], by_column.get(role + OTHER)) for role in roles]
    return f"| `{line[0]} {line[1].replace('|', '')}` | {purpose} | {' | '.join(shown)} |\n"


def _page_cell(own: str, other: str | None) -> str:
    if own == MISSING:
        return "if set up"
    if own != YES:
        return "–"
    return "own" if other not in {None, YES} else "yes"


_INTRODUCTION = """# Who may open and do what

Generated by `python -m tests.permissions.table` from the table measured on the running application,
`tests/permissions/table.txt`; `tests/permissions/test_table.py` compares it.

*own*: of the projects the person belongs to, those below an umbrella included; what is of others is answered
as not there. *–*: refused. *accounts* administers accounts and has no other role; who has both may do what
either may. Who is not signed in is led to the sign-in page, but for what is open to everybody.
"""


def purposes_of(app: Flask) -> dict[tuple[str, str], str]:
    """The first line of each view's docstring."""
    found = {}
    for line, endpoint in _lines(app):
        text = (app.view_functions[endpoint].__doc__ or "") if endpoint in app.view_functions else ""
        found[line] = text.strip().partition("\n")[0].replace("|", "/")
    return found | dict.fromkeys(SURVEY, "The attendee's survey.")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        upgrade_schema(f"sqlite:///{Path(folder) / 'activitylog.db'}")
        table = table_of(measured(Path(folder)))
        app = create_app(Settings(Path(folder), "sqlite://", SECRET))
    FILE.write_text(table_text(table), encoding="utf-8")
    PAGE.write_text(page_text(table, purposes_of(app)), encoding="utf-8")


if __name__ == "__main__":
    main()
