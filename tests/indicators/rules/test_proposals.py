"""Proposed rules: the shipped declaration row by row, and indicators of other offices."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from activitylog.indicators.measures import MEASURES
from activitylog.indicators.measures.keywords import UNCOUNTABLE
from activitylog.indicators.rules.proposals import clean_unit, propose_rules
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.projects.declaration.reader import read_declaration
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.declaration.table.targets import parse_target
from tests.rollup.declared_indicators import COUNTED, JUDGED, SAMPLE


@dataclass(frozen=True)
class Declared:
    name: str
    operator: str
    target: Decimal | None
    unit: str
    target_word: str = ""


def _rows(table: str, columns: int) -> list[list[str]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [row + [""] * (columns - len(row)) for row in rows]


def _declared(name: str, text: str) -> Declared:
    target = parse_target(text)
    assert target is not None, text
    return Declared(name, target.operator, target.number, target.unit, target.word)


def _proposed(name: str, text: str) -> RuleDetails:
    return propose_rules([_declared(name, text)])[0]


def _list(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("、")) if cell else ()


def test_every_indicator_of_the_shipped_declaration_gets_the_rule_its_words_tell() -> None:
    proposed = [
        [
            project.name,
            indicator.name,
            indicator.printed_target,
            rule.measure or "-",
            "、".join(rule.kinds),
            "、".join(rule.venue_kinds),
            rule.milestone_kind or "",
            "线上" if rule.includes_online else "",
            "评定" if indicator.target is None else "",
            str(rule.tolerance) if rule.tolerance else "",
        ]
        for project in read_declaration(sample_path()).projects
        for indicator, rule in zip(
            project.indicators, propose_rules(project.indicators, project=project.name), strict=True
        )
    ]
    assert proposed == _rows(SAMPLE, 10)


@pytest.mark.parametrize("row", _rows(COUNTED, 9), ids=lambda row: f"{row[0]}{row[1]}")
def test_words_of_other_declarations_tell_a_measure_or_are_left_to_hand(row: list[str]) -> None:
    name, declared, measure, kinds, venues, milestone, online, forms, districts = row
    assert _proposed(name, declared) == RuleDetails(
        measure=measure,
        kinds=_list(kinds),
        venue_kinds=_list(venues),
        milestone_kind=milestone or None,
        audience_group=online if online == "线上观众" else None,
        includes_online=bool(online),
        forms=_list(forms),
        districts=_list(districts),
    )


@pytest.mark.parametrize("row", _rows(JUDGED, 4), ids=lambda row: f"{row[0]}{row[1]}")
def test_a_target_in_words_is_judged_with_a_measure_as_evidence_where_there_is_one(row: list[str]) -> None:
    name, word, measure, milestone = row
    declared = _declared(name, word)
    assert declared.target is None
    (proposal,) = propose_rules([declared])
    assert (proposal.measure or "-", proposal.milestone_kind or "") == (measure, milestone)


def test_white_space_inside_a_name_changes_nothing() -> None:
    assert _proposed("受众 人数", "≥2000人") == _proposed("受众人数", "≥2000人")


def test_a_kind_in_use_narrows_an_indicator_that_names_it() -> None:
    declared = [_declared("科普讲座举办场次", "≥30场")]
    assert propose_rules(declared, ["讲座", "展览"])[0].kinds == ("讲座",)


def test_a_kind_that_only_repeats_the_projects_name_narrows_nothing() -> None:
    declared = [_declared("直通车走进村居数量", "≥60场")]
    assert propose_rules(declared, ["直通车"], project="惠民科普直通车")[0].kinds == ()


@pytest.mark.parametrize("kind", ["活动", "科普活动", "科普服务", "其他"])
def test_a_kind_that_says_nothing_narrows_nothing(kind: str) -> None:
    declared = [_declared("其他科普活动和科普服务场次", "≥30场")]
    assert propose_rules(declared, [kind])[0].kinds == ()


def test_a_kind_of_brackets_and_stars_is_read_as_it_stands() -> None:
    declared = [_declared("科普讲座(A*)场次", "≥30场")]
    assert propose_rules(declared, ["讲座(A*)"])[0].kinds == ("讲座(A*)",)


@pytest.mark.parametrize(
    ("heads", "sessions", "online"),
    [
        ("≥1000人", "≥5场", True),
        ("≥999人", "≥5场", False),
        ("≥0.1万人次", "≥5场", True),
        ("≥1人", "≥0场", False),
    ],
)
def test_more_heads_than_rooms_hold_are_meant_with_those_online(
    heads: str, sessions: str, *, online: bool
) -> None:
    promises = [_declared("受众人数", heads), _declared("活动场次", sessions)]
    assert [rule.includes_online for rule in propose_rules(promises)] == [online, False]


def test_the_pushes_of_the_one_event_a_project_is_about_are_of_its_kind() -> None:
    promises = [_declared("科普日主场重点活动", "=1场"), _declared("微信公众号推送活动数", "=1次")]
    assert propose_rules(promises)[1].kinds == ("科普日主场",)
    promises[0] = _declared("科普日主场重点活动", "≥3场")
    assert propose_rules(promises)[1].kinds == ()


def test_only_an_exact_saving_of_nothing_has_a_tolerance() -> None:
    tolerances = [_proposed("成本节约率", text).tolerance for text in ("=0.00%", "≥0.00%", "=5.00%")]
    assert tolerances == [Decimal("0.50"), 0, 0]


def test_keywords_are_read_in_an_order_that_leaves_nothing_to_chance() -> None:
    orders = [each.order for measure in MEASURES for each in measure.keywords]
    orders += [each.order for each in UNCOUNTABLE]
    assert len(orders) == len(set(orders))


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("青少年受众人数", "青少年"),
        ("老年人参与人数", "老年人"),
        ("银发老人受益人数", "老年人"),
        ("白领参与人数", "白领"),
        ("青少年和老年人参与人数", None),
        ("活动受众人数", None),
    ],
)
def test_a_name_that_speaks_of_one_audience_group_counts_it(name: str, group: str | None) -> None:
    proposal = _proposed(name, "≥500(人)")
    assert (proposal.measure, proposal.audience_group) == ("people_reached", group)


@pytest.mark.parametrize("unit", ["%", "%以上", "百分比", "%（抽样）", "% 左右"])
def test_a_unit_is_read_without_what_belongs_to_the_figure(unit: str) -> None:
    assert clean_unit(unit) == "%"


def test_a_project_named_like_a_kind_or_form_is_not_narrowed_to_it() -> None:
    declared = [_declared("科普讲座场次", "≥30场"), _declared("科普日活动场次", "≥2场")]
    proposals = propose_rules(declared, project="2026年全国科普日讲座")
    assert [(each.kinds, each.forms) for each in proposals] == [((), ()), ((), ())]
