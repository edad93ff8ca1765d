"""Every measure is defined in one entry, complete, and in agreement with the facts it counts."""

import re
from collections.abc import Iterable

import pytest
from sqlalchemy.dialects import sqlite

from activitylog.activities.details import UNCOUNTED
from activitylog.indicators.aggregation import AggregationKind
from activitylog.indicators.measures import BY_KEY, MEASURES, Measure
from activitylog.indicators.measures.measure import DISTRICT_NAMES, Filter
from activitylog.indicators.sources import SOURCES
from tests.mentions import Mention, in_python, in_template, mentions_in_package

ENTRIES = "activitylog/indicators/measures/"
# Keys that are also ordinary words of pages: they count only where they are meant as a measure.
ORDINARY = {"pushes", "manual", "media_reports"}
MEANT_AS_KEY = {"Measure", "measure", "key", "BY_KEY", "RuleDetails"}

# key|records|arithmetic|filters|evidence of a reason|grade|words of a contribution|heading of keys|proposal
TABLE = """
activities_held|activity|total one|districts forms kinds venue_kinds|MONTHS||||by name, events
people_reached|activity|total audience_onsite|audience_group districts forms includes_online kinds venue_kinds|MONTHS||||by name
districts_covered|activity|distinct district|districts forms kinds venue_kinds|MISSING_KEYS|||还没有到的区|by name, ≤ 16
forms_used|activity|distinct form|districts forms kinds venue_kinds|KEYS|forms||用到的科普形式|
quality_rate|activity|rate quality_met÷one|districts forms kinds venue_kinds|FAILED||达标/活动 场?||by name
activities_on_time|activity|rate on_time÷due|districts forms kinds venue_kinds|LATE|rate|按时/应计 项?||by name
pushes|push|distinct article|districts forms kinds venue_kinds|MONTHS||||
push_batches|push|distinct sending|districts forms kinds venue_kinds|MONTHS|||named|
activities_pushed|push|distinct activity_id|districts forms kinds venue_kinds|MONTHS||||by event
releases_on_time|release|rate on_time÷due|districts forms kinds venue_kinds|LATE|rate|按时/应计 项?||by name
media_reports|media_report|distinct item|districts forms includes_reposts kinds venue_kinds|MONTHS||||
satisfaction|survey|rate satisfied÷valid|districts forms kinds venue_kinds|BELOW_TARGET||满意/有效答卷 份||by name
satisfaction_index|survey|rate grades÷highest|districts forms kinds venue_kinds|BELOW_TARGET||得分/满分 分||
milestones_done|milestone|total one|milestone_kind|UNDONE||||
milestones_on_time|milestone|rate on_time÷due|milestone_kind|LATE|rate|按时/应计 项?||
everything_on_time|activity+release+milestone|rate on_time÷due|districts forms kinds venue_kinds|LATE|rate|按时/应计 项?||
cost_saving|expense|saving paid_fen÷planned_fen|districts expense_kinds forms kinds venue_kinds|SPENDING||||at most, 0±0.50
total_cost|expense|cost paid_fen|districts expense_kinds forms kinds venue_kinds|COSTS||||by name, at most
cost_per_activity|activity+expense|unit cost paid_fen÷one|districts expense_kinds forms kinds venue_kinds|COSTS||实付/活动 场||by name, at most
cost_per_head|activity+expense|unit cost paid_fen÷audience_onsite|districts expense_kinds forms includes_online kinds venue_kinds|COSTS||实付/受众 人||by name, at most
manual|manual|total amount||MONTHS||||
"""  # noqa: E501


def _row(measure: Measure) -> list[str]:
    how, text, keys = measure.aggregation, measure.rate_text, measure.keys
    proposal = (
        ("by name", measure.is_narrowed_by_name),
        ("by event", measure.is_narrowed_to_event),
        ("events", measure.counts_events),
        ("at most", measure.can_be_at_most),
        (f"≤ {measure.highest}", measure.highest),
        (f"0±{measure.zero_tolerance}", measure.zero_tolerance),
    )
    return [
        measure.key,
        "+".join(source.key for source in measure.sources),
        f"{how.kind} {how.key or how.amount}{f'÷{how.base}' if how.base else ''}",
        " ".join(sorted(measure.filters)),
        measure.evidence.name,
        measure.grade.__name__.removeprefix("grade_of_") if measure.grade else "",
        f"{text.hit}/{text.whole} {text.unit}{'?' if text.is_yes_or_no else ''}" if text else "",
        (keys.heading or "named") if keys else "",
        ", ".join(word for word, holds in proposal if holds),
    ]


def test_every_measure_has_the_traits_of_its_row() -> None:
    rows = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
    assert [_row(measure) for measure in MEASURES] == rows


# key|before a draft's list|before the page's list|unit|where none is missing|over the map
WORDS_OF_KEYS = """
districts_covered|还没有到的区|各区|场|16 个区都已到达|到达各区的活动
forms_used|用到的科普形式|已用到|次||
push_batches|||次||
"""


def test_every_measure_with_printed_keys_has_the_words_of_its_row() -> None:
    words = [
        (each.key, keys.heading, keys.page_heading, keys.unit, keys.complete, keys.map_title)
        for each in MEASURES
        if (keys := each.keys)
    ]
    assert words == [tuple(line.split("|")) for line in WORDS_OF_KEYS.strip().splitlines()]


def test_only_districts_are_drawn_on_the_map_and_all_possible_keys_can_be_complete() -> None:
    for each in MEASURES:
        if keys := each.keys:
            assert not keys.map_title or keys.names is DISTRICT_NAMES, each.key
            assert bool(keys.complete) == bool(keys.names), each.key
            assert bool(keys.page_heading) == bool(keys.heading), each.key


def _sql(measure: Measure) -> str:
    return str(measure.facts().compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
def test_a_measure_names_the_records_its_facts_publish(measure: Measure) -> None:
    published = set(re.findall(r"'(\w+)' AS source\b", _sql(measure)))
    assert published == {source.key for source in measure.sources}


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
def test_a_measure_accepts_the_filters_its_facts_can_be_filtered_by(measure: Measure) -> None:
    columns = set(measure.facts().subquery().c.keys())
    has_activity = "activity_id" in columns and "milestone_kind" not in columns
    follows = {
        Filter.KINDS: has_activity,
        Filter.VENUE_KINDS: has_activity,
        Filter.FORMS: has_activity,
        Filter.DISTRICTS: has_activity,
        Filter.EXPENSE_KINDS: "expense_kind" in columns,
        Filter.MILESTONE_KIND: "milestone_kind" in columns,
        Filter.ONLINE: measure.aggregation.online is not None,
        Filter.AUDIENCE_GROUP: measure.aggregation.is_by_group,
        Filter.REPOSTS: "is_repost" in columns,
    }
    assert measure.filters == {each for each, holds in follows.items() if holds}


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
def test_a_measure_counts_columns_its_facts_publish(measure: Measure) -> None:
    how = measure.aggregation
    columns_used = {how.key} if how.counts_keys else {how.amount, how.base, how.online}
    assert columns_used - {None} <= set(measure.facts().subquery().c.keys())


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
def test_what_facts_publish_does_not_outlive_an_approval(measure: Measure) -> None:
    """A detail said to be counted by nothing may change without a second look."""
    statement = str(measure.facts().compile(dialect=sqlite.dialect()))
    assert [name for name in UNCOUNTED if re.search(rf"\bactivity\.{name}\b", statement)] == []


def test_every_rate_says_what_is_divided_by_what() -> None:
    worded = {AggregationKind.RATE, AggregationKind.UNIT_COST}
    quotients = {measure.key for measure in MEASURES if measure.aggregation.kind in worded}
    assert {measure.key for measure in MEASURES if measure.rate_text} == quotients


def test_every_kind_of_record_counts_for_some_measure() -> None:
    assert {source for measure in MEASURES for source in measure.sources} == set(SOURCES)


def _strays(mentions: Iterable[Mention]) -> list[Mention]:
    """Mentions of a measure's key: every one of a word that means nothing else, an ordinary word where it is
    compared with, looked up by or given as a measure, or is listed with other keys and nothing else."""
    keys = set(BY_KEY)
    return [
        each
        for each in mentions
        if each.word in keys
        and (
            each.word not in ORDINARY
            or each.beside in MEANT_AS_KEY
            or (len(each.among) > 1 and each.among <= keys)
        )
    ]


def test_no_module_or_template_names_a_measure_outside_its_entry() -> None:
    strays = [
        f"{file}:{mention.line} {mention.word}"
        for file, mention in mentions_in_package()
        if not file.startswith(ENTRIES) and _strays([mention])
    ]
    assert strays == []


def test_a_measures_key_stands_in_one_file() -> None:
    files: dict[str, set[str]] = {key: set() for key in BY_KEY}
    for file, mention in mentions_in_package():
        for stray in _strays([mention]):
            files[stray.word].add(file)
    assert {key: len(named_in) for key, named_in in files.items()} == dict.fromkeys(BY_KEY, 1)


@pytest.mark.parametrize(
    "code",
    [
        'SHARES = {"satisfaction", "other"}',
        'if rule.measure == "manual": pass',
        'if row.measure.key in ("manual", "other"): pass',
        'BY_KEY["manual"]',
        'BY_KEY.get("manual")',
        'PUBLISHED = ("pushes", "manual")',
        'RuleDetails("manual")',
        'RuleDetails(measure="manual")',
        'match measure.key:\n    case "manual": pass',
        'table = {"districts_covered": 1}',
    ],
)
def test_a_planted_stray_in_code_is_found(code: str) -> None:
    assert _strays(in_python(code))


@pytest.mark.parametrize(
    "code", ['{% if row.measure.key == "manual" %}{% endif %}', "{{ tiles['districts_covered'] }}"]
)
def test_a_planted_stray_in_a_template_is_found(code: str) -> None:
    assert _strays(in_template(code))


@pytest.mark.parametrize("code", ['context = {"pushes": 1, "reports": 2}', 'fetch(redirect="manual")'])
def test_an_ordinary_word_is_no_stray(code: str) -> None:
    assert not _strays(in_python(code))
