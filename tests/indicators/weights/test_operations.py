"""Weights set by hand are stored and audited; without them the defaults apply."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.audit.models import AuditEntry
from activitylog.errors import BadInput, StaleVersion
from activitylog.indicators.weights.models import ExecutionWeight, IndicatorWeight
from activitylog.indicators.weights.operations import clear_weights, set_weights
from activitylog.indicators.weights.queries import Weights, weights_of
from activitylog.projects.models import Project
from activitylog.rollup.operations import open_year
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.statements import statements

NOW = datetime(2025, 1, 10, 4, tzinfo=UTC)


@pytest.fixture
def project(session: Session) -> Project:
    project = make_project(session)
    for level1 in ("产出指标", "产出指标", "效益指标", "满意度指标"):
        make_indicator(session, project, level1=level1)
    return project


def standing(session: Session, project: Project) -> Weights:
    return weights_of(session, [project.id])[project.id]


def by_hand(session: Session, project: Project, *weights: str, execution: str = "10") -> None:
    session.refresh(project, ["indicators"])
    ids = [indicator.id for indicator in project.indicators]
    set_weights(
        session,
        project,
        execution=Decimal(execution),
        by_indicator=dict(zip(ids, map(Decimal, weights), strict=True)),
    )


def test_without_a_hand_the_defaults_stand_and_nothing_is_stored(session: Session, project: Project) -> None:
    weights = standing(session, project)
    assert list(weights.by_indicator.values()) == [Decimal(25), Decimal(25), Decimal(30), Decimal(10)]
    assert (weights.execution, weights.total, weights.is_by_hand, weights.warning) == (10, 100, False, "")
    assert session.scalars(select(IndicatorWeight)).all() == []


def test_weights_set_by_hand_stand_until_they_are_given_back(session: Session, project: Project) -> None:
    by_hand(session, project, "30", "19.99", "20.01", "10", execution="20")
    by_hand(session, project, "30", "20.01", "19.99", "10", execution="20")
    weights = standing(session, project)
    assert list(weights.by_indicator.values())[1:3] == [Decimal("20.01"), Decimal("19.99")]
    assert (weights.execution, weights.total, weights.is_by_hand) == (20, 100, True)
    clear_weights(session, project)
    assert not standing(session, project).is_by_hand
    assert session.scalars(select(ExecutionWeight)).all() == []


def test_a_sum_beside_one_hundred_is_refused_and_nothing_kept(session: Session, project: Project) -> None:
    with pytest.raises(BadInput, match=r"合计 99\.99 分"):
        by_hand(session, project, "25", "25", "30", "9.99")
    assert not standing(session, project).is_by_hand


def test_a_table_with_other_rows_than_the_page_showed_is_refused(session: Session, project: Project) -> None:
    with pytest.raises(StaleVersion, match="指标有增减"):
        set_weights(session, project, execution=Decimal(10), by_indicator={})


def test_a_row_declared_later_weighs_nothing_and_is_warned_of(session: Session, project: Project) -> None:
    by_hand(session, project, "25", "25", "30", "10")
    late = make_indicator(session, project)
    weights = standing(session, project)
    assert weights.by_indicator[late.id] == 0
    assert "申报表增加了 1 个指标" in weights.warning


def test_a_row_dropped_later_leaves_a_gap_and_is_warned_of(session: Session, project: Project) -> None:
    by_hand(session, project, "25", "25", "30", "10")
    session.delete(project.indicators[0])
    session.flush()
    assert standing(session, project).warning.startswith("各项分值合计 75.00 分，应正好是 100.00 分")


def test_a_project_without_indicators_has_nothing_to_weigh(session: Session) -> None:
    weights = standing(session, make_project(session))
    assert weights.by_indicator == {}
    assert "还没有指标" in weights.warning


def test_every_change_of_a_weight_is_in_the_trail(session: Session, project: Project) -> None:
    by_hand(session, project, "25", "25", "30", "10")
    session.commit()
    by_hand(session, project, "26", "24", "30", "10")
    session.commit()
    clear_weights(session, project)
    session.commit()
    told = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert [told.count(f"weight.{step}") for step in ("created", "edited", "removed")] == [4, 2, 4]
    assert [told.count(f"execution_weight.{step}") for step in ("created", "removed")] == [1, 1]


def test_any_number_of_projects_is_weighed_in_one_statement(session: Session, project: Project) -> None:
    other = make_project(session)
    make_indicator(session, other)
    with statements() as sent:
        assert len(weights_of(session, [project.id, other.id])) == 2
    assert len(sent) == 1


def test_a_year_copied_has_the_weights_set_by_hand(session: Session, project: Project) -> None:
    by_hand(session, project, "25", "25.5", "29.5", "10")
    other = make_project(session)
    make_indicator(session, other)
    open_year(session, source=2024, target=2025, now=NOW)
    copy, plain = (
        standing(session, session.scalars(select(Project).filter_by(name=each.name, year=2025)).one())
        for each in (project, other)
    )
    assert list(copy.by_indicator.values()) == list(standing(session, project).by_indicator.values())
    assert (copy.execution, copy.is_by_hand, plain.is_by_hand) == (10, True, False)


def test_a_year_is_copied_without_weights_that_do_not_add_up(session: Session, project: Project) -> None:
    by_hand(session, project, "25", "25", "30", "10")
    make_indicator(session, project)
    session.delete(project.indicators[0])
    session.flush()
    open_year(session, source=2024, target=2025, now=NOW)
    copied = session.scalars(select(Project).filter_by(year=2025)).one()
    assert not standing(session, copied).is_by_hand
