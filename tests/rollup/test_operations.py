"""A declaration taken in whole, beside books that may be closed."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.errors import PeriodClosed, Refused
from activitylog.indicators.models import Rule
from activitylog.indicators.rules.operations import details_of, rules_of, set_rule
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.projects.changes import ImportChoices
from activitylog.projects.declaration.document import Declaration
from activitylog.projects.declaration.reader import read_declaration
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.models import Indicator, Project
from activitylog.projects.operations import projects_of_year
from activitylog.rollup.operations import open_year, take_declaration
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.queries import actuals
from activitylog.rollup.run import roll_up
from tests.factories.activities import make_activity
from tests.factories.declarations import form, read

NOW = datetime(2025, 7, 1, 2, 0, tzinfo=UTC)
TALKS = "\t产出指标\t数量指标\t讲座场次\t≥10.00(场)"
HEADS = "\t产出指标\t数量指标\t受众人数\t≥500.00(人)"
JUNE = Period(2025, 6)


def taken(session: Session, folder: Path, *rows: str, replace: bool = False) -> Declaration:
    declaration = read(folder, form(*(rows or (TALKS, HEADS))))
    take_declaration(session, declaration, now=NOW, choices=ImportChoices(replace=replace))
    return declaration


def measures(session: Session) -> dict[str, str | None]:
    named = select(Indicator.name, Rule.measure).join(Rule, Rule.indicator_id == Indicator.id)
    return {row.name: row.measure for row in session.execute(named)}


def figures(session: Session, period: Period = JUNE) -> dict[str, int | None]:
    return {row.indicator: row.amount for row in actuals(session, period)}


def posted(session: Session) -> None:
    """June with one talk before sixty people."""
    make_activity(session, projects_of_year(session, 2025)[0], now=NOW)
    roll_up(session, JUNE, now=NOW)


def test_a_declaration_comes_in_with_a_rule_for_every_indicator(session: Session) -> None:
    take_declaration(session, read_declaration(sample_path()), now=NOW)
    projects = projects_of_year(session, 2024)
    assert len(rules_of(session, [project.id for project in projects])) == 46


def test_a_second_declaration_proposes_rules_for_what_is_new(session: Session, tmp_path: Path) -> None:
    taken(session, tmp_path, TALKS)
    taken(session, tmp_path, TALKS, HEADS, replace=True)
    assert measures(session) == {"讲座场次": "activities_held", "受众人数": "people_reached"}


def test_a_confirmed_rule_survives_another_target(session: Session, tmp_path: Path) -> None:
    taken(session, tmp_path)
    talks = session.scalars(select(Indicator).where(Indicator.name == "讲座场次")).one()
    expected = RuleDetails(measure="activities_held", kinds=("讲座",))
    set_rule(session, talks, expected, by=None, now=NOW)
    taken(session, tmp_path, TALKS.replace("10.00", "12"), HEADS, replace=True)
    session.expire_all()
    assert details_of(session.get_one(Rule, talks.id)) == expected


def test_another_unit_is_another_target_and_proposed_again(session: Session, tmp_path: Path) -> None:
    row = "\t产出指标\t数量指标\t微信公众号推送数\t≥40(篇)"
    taken(session, tmp_path, row)
    taken(session, tmp_path, row.replace("篇", "次"), replace=True)
    assert measures(session) == {"微信公众号推送数": "push_batches"}


def test_a_refused_declaration_leaves_rules_alone(session: Session, tmp_path: Path) -> None:
    taken(session, tmp_path)
    session.commit()
    with pytest.raises(Refused):
        taken(session, tmp_path, HEADS)
    session.rollback()
    assert set(measures(session)) == {"讲座场次", "受众人数"}


def test_what_an_open_month_rolled_up_goes_with_its_indicator(session: Session, tmp_path: Path) -> None:
    taken(session, tmp_path)
    posted(session)
    taken(session, tmp_path, TALKS, replace=True)
    roll_up(session, JUNE, now=NOW)
    assert figures(session) == {"讲座场次": 1}


def test_an_indicator_that_closed_months_hold_cannot_be_left_out(session: Session, tmp_path: Path) -> None:
    taken(session, tmp_path)
    posted(session)
    close_period(session, JUNE, by=None, now=NOW)
    session.commit()
    with pytest.raises(PeriodClosed, match="去掉了“科普进社区”的“受众人数”，但它们在已结账的月份里有数"):
        taken(session, tmp_path, TALKS, replace=True)
    session.rollback()
    assert figures(session) == {"讲座场次": 1, "受众人数": 60}


def test_a_closed_month_lets_targets_change(session: Session, tmp_path: Path) -> None:
    taken(session, tmp_path)
    posted(session)
    close_period(session, JUNE, by=None, now=NOW)
    taken(session, tmp_path, TALKS.replace("10.00", "12"), HEADS, replace=True)
    assert figures(session) == {"讲座场次": 1, "受众人数": 60}


def test_a_year_is_opened_with_the_promises_and_rules_of_another(session: Session) -> None:
    declaration = read_declaration(sample_path())
    take_declaration(session, declaration, now=NOW)
    open_year(session, source=2024, target=2025, now=NOW)
    rules = {
        year: [
            details_of(rules_of(session, [project.id])[indicator.id])
            for project in projects_of_year(session, year)
            for indicator in project.indicators
        ]
        for year in (2024, 2025)
    }
    assert len(rules[2025]) == 46
    assert rules[2025] == rules[2024]


def test_an_opened_year_counts_its_own_records_only(session: Session, tmp_path: Path) -> None:
    taken(session, tmp_path)
    posted(session)
    open_year(session, source=2025, target=2026, now=NOW)
    copy = session.scalars(select(Project).where(Project.year == 2026)).one()
    make_activity(session, copy, held_on=date(2026, 6, 1), now=datetime(2026, 7, 1, tzinfo=UTC))
    roll_up(session, Period(2026, 6), now=datetime(2026, 7, 1, tzinfo=UTC))
    assert figures(session, Period(2026, 6)) == {"讲座场次": 1, "受众人数": 60}
    assert figures(session) == {"讲座场次": 1, "受众人数": 60}


def test_taking_the_sample_leaves_its_mark(session: Session) -> None:
    take_declaration(session, read_declaration(sample_path()), now=NOW, is_sample=True)
    assert all(project.is_sample for project in projects_of_year(session, 2024))


def test_a_declaration_of_nothing_new_is_taken_twice(session: Session) -> None:
    declaration = read_declaration(sample_path())
    take_declaration(session, declaration, now=NOW)
    assert take_declaration(session, declaration, now=NOW) == []
    assert take_declaration(session, replace(declaration), now=NOW, choices=ImportChoices(replace=True)) == []
