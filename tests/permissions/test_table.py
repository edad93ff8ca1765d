"""Who may open and do what is as the stored table says, for every route, method and role."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from flask import Flask

from tests.databases import SqliteDatabases
from tests.permissions.table import (
    COLUMNS,
    FILE,
    FORBIDDEN,
    MISSING,
    PAGE,
    SIGN_IN,
    YES,
    Answer,
    Table,
    measured,
    page_text,
    purposes_of,
    read_table,
    table_of,
)

pytestmark = pytest.mark.long
HOW = (
    "put what it needs into tests/permissions/installation.py, run `python -m tests.permissions.table`, "
    "and read each new or changed line of tests/permissions/table.txt before committing it"
)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: SqliteDatabases) -> list[Answer]:
    with sqlite_databases.fresh() as url:
        folder = Path(url.removeprefix("sqlite:///")).parent
        return list(measured(folder))


@pytest.fixture(scope="module")
def stored() -> Table:
    return read_table(FILE.read_text(encoding="utf-8"))


def test_every_route_answers_every_role_as_the_table_says(answers: list[Answer], stored: Table) -> None:
    found = table_of(answers)
    new = [" ".join(line) for line in found.keys() - stored.keys()]
    assert not new, f"not in the permission table: {', '.join(sorted(new))}; {HOW}"
    gone = [" ".join(line) for line in stored.keys() - found.keys()]
    assert not gone, f"in the permission table, but no route: {', '.join(sorted(gone))}; {HOW}"
    assert list(_differences(found, stored)) == []


def _differences(found: Table, stored: Table) -> Iterator[str]:
    for line, cells in found.items():
        for column, cell, expected in zip(COLUMNS, cells, stored[line], strict=True):
            if cell != expected:
                yield f"{' '.join(line)} as {column}: {cell}, and the table says {expected}"


def test_who_may_not_writes_nothing(answers: list[Answer]) -> None:
    refused = {SIGN_IN, FORBIDDEN, MISSING}
    assert [each for each in answers if each.cell in refused and each.has_written] == []


def test_reading_writes_nothing(answers: list[Answer]) -> None:
    written = {each.line for each in answers if each.line[0] == "GET" and each.has_written}
    assert written <= {("GET", "/notices/<int:notice_id>")}  # a notice that was followed is read


def test_the_table_says_no_more_than_four_words(stored: Table) -> None:
    assert {cell for cells in stored.values() for cell in cells} <= {YES, SIGN_IN, FORBIDDEN, MISSING}


PUBLIC = (
    "/assets/",
    "/calendar/",
    "/healthz",
    "/login",
    "/look",
    "/password/",
    "/readyz",
    "/s/",
    "/settings/logo/",
    "/static/",
)


def _cells(stored: Table, column: str) -> Sequence[tuple[tuple[str, str], str]]:
    return [(line, cells[COLUMNS.index(column)]) for line, cells in stored.items()]


def test_nobody_opens_anything_but_what_is_public(stored: Table) -> None:
    opened = [rule for (_, rule), cell in _cells(stored, "nobody") if cell != SIGN_IN]
    assert [rule for rule in opened if not rule.startswith((*PUBLIC, "/sw.js"))] == []


@pytest.mark.parametrize("role", ["organizer", "manager"])
def test_of_another_project_nobody_opens_anything(stored: Table, role: str) -> None:
    own, other = (dict(_cells(stored, column)) for column in (role, f"{role}, other project"))
    named = {line for line in own if own[line] != other[line]}
    assert len(named) > 80
    assert {other[line] for line in named} == {MISSING}


def test_administering_accounts_opens_no_records_and_keeping_books_no_accounts(stored: Table) -> None:
    own = ("/", "/help", "/me", "/logout", "/notices", "/settings", "/users", *PUBLIC, "/sw.js")
    opened = [rule for (_, rule), cell in _cells(stored, "accounts") if cell == YES]
    assert [rule for rule in opened if rule != "/" and not rule.startswith(own[1:])] == []
    for column in set(COLUMNS) - {"accounts"}:
        assert [rule for (_, rule), cell in _cells(stored, column) if cell == YES and "/users" in rule] == []


def test_an_auditor_sends_no_form_but_of_their_own_and_of_what_differs_from_the_trail(stored: Table) -> None:
    sent = [rule for (method, rule), cell in _cells(stored, "auditor") if method != "GET" and cell == YES]
    assert [
        rule for rule in sent if not rule.startswith(("/me/", "/notices/", "/logout", "/audit/", *PUBLIC))
    ] == []


def test_the_page_is_the_table(stored: Table, app: Flask) -> None:
    text = page_text(stored, purposes_of(app))
    assert PAGE.read_text(encoding="utf-8") == text, "run `python -m tests.permissions.table`"
