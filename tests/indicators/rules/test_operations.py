"""Rules: proposed, set and confirmed by people, copied with a year."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from activitylog.activities.models import ActivityKind
from activitylog.errors import BadInput
from activitylog.indicators.models import Rule
from activitylog.indicators.rules.operations import (
    RuleDetails,
    confirm_rules,
    copy_rules,
    details_of,
    propose_for_year,
    rules_of,
    set_rule,
)
from activitylog.projects.models import Indicator, Project
from activitylog.projects.operations import copy_year
from activitylog.surveys.years.models import YearSatisfaction
from activitylog.surveys.years.queries import satisfaction_method
from activitylog.surveys.years.rules import SatisfactionMethod
from tests.factories.accounts import make_user
from tests.factories.projects import make_project

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)


def make_indicator(
    session: Session, project: Project, name: str = "讲座场次", *, target: str = "10", unit: str = "场"
) -> Indicator:
    """A figure to reach, or a word when `unit` is empty."""
    indicator = Indicator(name=name, level1="产出指标", level2="数量指标", position=len(project.indicators))
    if unit:
        indicator.operator, indicator.target, indicator.unit = "≥", Decimal(target), unit
    else:
        indicator.operator, indicator.target_word = "", target
    project.indicators.append(indicator)
    session.flush()
    return indicator


def rule_of(session: Session, indicator: Indicator) -> RuleDetails:
    session.flush()
    session.expire_all()
    return details_of(session.get_one(Rule, indicator.id))


def test_every_indicator_of_a_year_gets_a_rule_and_no_other_year_does(session: Session) -> None:
    this = make_indicator(session, make_project(session, year=2024))
    other = make_indicator(session, make_project(session, year=2025))
    propose_for_year(session, 2024)
    assert rule_of(session, this).measure == "activities_held"
    assert session.get(Rule, other.id) is None


def test_a_proposal_is_not_yet_confirmed(session: Session) -> None:
    indicator = make_indicator(session, make_project(session))
    propose_for_year(session, 2024)
    assert session.get_one(Rule, indicator.id).confirmed_at is None


def test_a_proposal_brings_the_kinds_it_names(session: Session) -> None:
    indicator = make_indicator(session, make_project(session), "开展配送和志愿服务数量", unit="次")
    propose_for_year(session, 2024)
    rule = rule_of(session, indicator)
    assert rule.kinds == ("资源配送", "志愿服务")
    stored = session.get_one(Rule, indicator.id)
    assert (stored.limits_kinds, stored.limits_venues) == (True, False)


def test_kinds_are_named_once_however_many_rules_use_them(session: Session) -> None:
    session.add(ActivityKind(name="志愿服务"))
    project = make_project(session)
    for name in ("志愿服务场次", "志愿服务活动场次"):
        make_indicator(session, project, name)
    propose_for_year(session, 2024)
    assert session.scalars(select(ActivityKind.name)).all() == ["志愿服务"]


def test_proposing_again_leaves_rules_as_they_are_whatever_kinds_came_into_use(session: Session) -> None:
    indicator = make_indicator(session, make_project(session))
    propose_for_year(session, 2024)
    session.add(ActivityKind(name="讲座"))
    propose_for_year(session, 2024)
    assert rule_of(session, indicator).kinds == ()


def test_a_rewritten_target_is_proposed_again_unless_a_person_confirmed_its_rule(session: Session) -> None:
    project = make_project(session)
    free, agreed = (make_indicator(session, project, f"微信推送{end}", unit="篇") for end in ("数", "数量"))
    propose_for_year(session, 2024)
    confirm_rules([session.get_one(Rule, agreed.id)], by=None, now=NOW)
    for indicator in (free, agreed):
        indicator.unit = "次"
    propose_for_year(session, 2024, rewritten={(project.name, free.name), (project.name, agreed.name)})
    assert rule_of(session, free).measure == "push_batches"
    assert rule_of(session, agreed).measure == "pushes"


def test_a_word_that_became_a_figure_needs_a_measure_again(session: Session) -> None:
    indicator = make_indicator(session, make_project(session), "能力提升情况", target="有效提升", unit="")
    set_rule(session, indicator, RuleDetails(measure=None), by=None, now=NOW)
    indicator.operator, indicator.target, indicator.target_word = "≥", Decimal(3), ""
    propose_for_year(session, 2024)
    assert rule_of(session, indicator).measure == "manual"
    assert session.get_one(Rule, indicator.id).confirmed_at is None


def test_a_rule_a_person_sets_is_theirs_and_confirmed(session: Session) -> None:
    officer = make_user(session)
    indicator = make_indicator(session, make_project(session))
    expected = RuleDetails(
        measure="people_reached",
        kinds=("下乡服务", "志愿服务"),
        venue_kinds=("学校", "村居"),
        includes_online=True,
        tolerance=Decimal("0.50"),
    )
    set_rule(session, indicator, expected, by=officer, now=NOW)
    rule = session.get_one(Rule, indicator.id)
    assert (rule.confirmed_at, rule.confirmed_by_id) == (NOW, officer.id)
    stored = rule_of(session, indicator)
    assert set(stored.venue_kinds) == {"学校", "村居"}
    assert stored == RuleDetails(**{**_fields(expected), "venue_kinds": stored.venue_kinds})


def _fields(details: RuleDetails) -> dict[str, object]:
    return {name: getattr(details, name) for name in RuleDetails.__slots__}


def test_setting_a_rule_again_takes_the_old_filters_away(session: Session) -> None:
    indicator = make_indicator(session, make_project(session))
    narrow = RuleDetails(measure="activities_held", kinds=("下乡服务",), venue_kinds=("村居",))
    set_rule(session, indicator, narrow, by=None, now=NOW)
    set_rule(session, indicator, RuleDetails(measure="pushes"), by=None, now=NOW)
    assert rule_of(session, indicator) == RuleDetails(measure="pushes")
    stored = session.get_one(Rule, indicator.id)
    assert (stored.limits_kinds, stored.limits_venues) == (False, False)


def test_a_figure_cannot_be_left_to_judgement_but_a_word_can(session: Session) -> None:
    project = make_project(session)
    figure = make_indicator(session, project)
    word = make_indicator(session, project, "健全性", target="健全", unit="")
    with pytest.raises(BadInput, match="定量指标“讲座场次”必须选择计量方式") as refusal:
        set_rule(session, figure, RuleDetails(measure=None), by=None, now=NOW)
    assert refusal.value.field == "measure"
    assert set_rule(session, word, RuleDetails(measure=None), by=None, now=NOW).measure is None


def test_satisfaction_is_counted_as_the_year_counts_it_whatever_was_offered(session: Session) -> None:
    """A form opened before the year's method was set stores the year's, not its own."""
    indicator, by = (
        make_indicator(session, make_project(session), "满意度", target="90", unit="%"),
        make_user(session),
    )
    assert satisfaction_method(session, 2024) is SatisfactionMethod.SHARE
    session.execute(
        insert(YearSatisfaction).values(year=2024, method=SatisfactionMethod.INDEX, changed_at=NOW)
    )  # by somebody else, since
    set_rule(session, indicator, RuleDetails(measure="satisfaction"), by=by, now=NOW)
    assert rule_of(session, indicator).measure == "satisfaction_index"


def test_a_measure_nobody_knows_is_refused(session: Session) -> None:
    indicator = make_indicator(session, make_project(session))
    with pytest.raises(BadInput, match="没有“applause”这种计量方式"):
        set_rule(session, indicator, RuleDetails(measure="applause"), by=None, now=NOW)


def test_a_copied_year_takes_its_rules_along_to_be_confirmed_anew(session: Session) -> None:
    project = make_project(session, name="科普进社区")
    indicator = make_indicator(session, project)
    expected = RuleDetails(measure="activities_held", kinds=("志愿服务",), tolerance=Decimal("1.5"))
    set_rule(session, indicator, expected, by=make_user(session), now=NOW)
    copy_year(session, 2024, 2025, now=NOW)
    copy_rules(session, 2024, 2025)
    copy = session.scalars(select(Project).where(Project.year == 2025)).one()
    (rule,) = rules_of(session, [copy.id]).values()
    assert details_of(rule) == expected
    assert (rule.confirmed_at, rule.confirmed_by_id) == (None, None)


def test_rules_are_read_for_the_projects_asked_for(session: Session) -> None:
    one, other = make_project(session), make_project(session)
    indicators = [make_indicator(session, project) for project in (one, other)]
    propose_for_year(session, 2024)
    assert set(rules_of(session, [one.id])) == {indicators[0].id}
    assert rules_of(session, []) == {}
