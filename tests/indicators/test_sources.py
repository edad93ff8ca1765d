"""Every kind of record is defined in one entry, in agreement with the trail, the tables and the pages."""

import ast
from collections.abc import Iterable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from activitylog.activities.sources import Source
from activitylog.audit.registry import BY_KIND
from activitylog.core.database import feature_modules
from activitylog.indicators.sources import SOURCE_BY_KEY, SOURCES, records_of
from tests.mentions import ROOT, Mention, in_python, in_template, mentions_in_package

OBJECT_TYPES = {kind.object_type for source in SOURCES for kind in source.trail}
MEANT_AS_NAME = {"Source", "source", "SOURCE_BY_KEY", "literal"}

# key | counts by | trail | hangs on an activity | page
TABLE = """
activity    |held_on planned_on|activity              |      |
survey      |held_on           |activity +tally +ruling|     |
release     |held_on           |activity +push        |      |
push        |published_on      |push                  |hangs |publicity?show=pushes
media_report|published_on      |report                |hangs |publicity?show=reports
milestone   |due_on done_on    |milestone             |      |milestones
expense     |paid_on           |expense               |hangs |expenses
manual      |entered_on        |manual                |      |
"""


def _row(source: Source) -> list[str]:
    return [
        source.key,
        " ".join(column.key for column in source.dates),
        " ".join(f"{'+' if kind.is_by_activity else ''}{kind.object_type}" for kind in source.trail),
        "hangs" if source.hangs_on_activity else "",
        source.page,
    ]


def test_every_kind_of_record_has_the_traits_of_its_row() -> None:
    rows = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
    assert [_row(source) for source in SOURCES] == rows


def test_the_trail_calls_records_as_their_source_says() -> None:
    for source in SOURCES:
        for kind in source.trail:
            assert BY_KIND[kind.object_type].model is kind.model
        assert source.trail[0].model is source.model


def test_the_page_of_a_record_is_one_of_the_office(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    for source in SOURCES:
        if source.page:
            assert adapter.test(f"/projects/1/{source.page.partition('?')[0]}"), source.key


def test_a_record_that_is_gone_keeps_its_place(session: Session) -> None:
    found = records_of(session, [(source.key, 404) for source in SOURCES])
    assert {key: (record.title, record.address) for (key, _), record in found.items()} == {
        source.key: (f"（{source.label}已删除）", "") for source in SOURCES
    }


def _strays(mentions: Iterable[Mention]) -> list[Mention]:
    """A source's name where it is compared with or looked up by a `source`, made a `literal` of a fact, kept
    as a constant, or stands in one table with another source's and nothing but names of records."""
    names = set(SOURCE_BY_KEY)
    return [
        each
        for each in mentions
        if each.word in names
        and (
            each.beside in MEANT_AS_NAME
            or each.beside.isupper()
            or (len(each.among & names) > 1 and each.among <= names | OBJECT_TYPES)
        )
    ]


def test_no_module_or_template_names_a_source_but_its_facts() -> None:
    strays = [
        f"{file}:{mention.line} {mention.word}"
        for file, mention in mentions_in_package()
        if not file.endswith("/facts.py") and _strays([mention])
    ]
    assert strays == []


def _imported_sources(code: str) -> list[str]:
    """The sources that code imports from the facts of a feature."""
    names = {
        name
        for module in feature_modules("facts")
        for name, value in vars(module).items()
        if isinstance(value, Source)
    }
    return [
        alias.name
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".facts")
        for alias in node.names
        if alias.name in names
    ]


def test_only_facts_and_measures_import_a_source() -> None:
    strays = [
        f"{path.relative_to(ROOT)}: {', '.join(found)}"
        for path in sorted((ROOT / "activitylog").rglob("*.py"))
        if path.name != "facts.py" and path.parent.name != "measures"
        if (found := _imported_sources(path.read_text()))
    ]
    assert strays == []


def test_a_planted_import_of_a_source_is_found() -> None:
    assert _imported_sources("from activitylog.surveys.facts import IS_COUNTED, SURVEY") == ["SURVEY"]
    assert not _imported_sources("from activitylog.surveys.facts import IS_COUNTED")


def test_a_sources_name_is_said_once() -> None:
    named = {(mention.word, file) for file, mention in mentions_in_package() if _strays([mention])}
    assert sorted(word for word, _ in named) == sorted(SOURCE_BY_KEY)


@pytest.mark.parametrize(
    "code",
    [
        'if record.source == "push": pass',
        'if miss.source in ("survey", "other"): pass',
        'Posting.source.in_(("survey", "release"))',
        'SOURCE_BY_KEY["manual"]',
        'literal("push").label("source")',
        'PUSHED = "push"',
        'DAYS = {"push": 1, "report": 2, "milestone": 3}',
        'kinds = ("activity", "tally", "ruling", "push")',
        'kinds = {PUSH: "push", MEDIA_REPORT: "report", EXPENSE: "expense"}',
        'Record(source="expense")',
        'match source:\n    case "push": pass',
    ],
)
def test_a_planted_stray_in_code_is_found(code: str) -> None:
    assert _strays(in_python(code))


@pytest.mark.parametrize(
    "code",
    [
        '{% if record.source == "push" %}{% endif %}',
        '{% if entry.kind not in ("activity", "push", "report") %}{% endif %}',
    ],
)
def test_a_planted_stray_in_a_template_is_found(code: str) -> None:
    assert _strays(in_template(code))


@pytest.mark.parametrize(
    "code",
    ['context = {"activity": 1, "survey": 2, "must": 3}', 'KINDS = {"push": "推送", "report": "报道"}'],
)
def test_an_ordinary_word_is_no_stray(code: str) -> None:
    assert not _strays(in_python(code))
