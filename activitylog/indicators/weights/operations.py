"""Sets all weights of a project at once, clears them, and copies them to another year."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.errors import StaleVersion
from activitylog.indicators.weights.models import ExecutionWeight, IndicatorWeight
from activitylog.indicators.weights.queries import weights_of
from activitylog.indicators.weights.rules import CENT, check_weights
from activitylog.projects.models import Indicator, Project
from activitylog.projects.operations import projects_of_year

EXECUTION_FIELD = "execution"


def field_of(indicator_id: int) -> str:
    """The form field of an indicator's weight."""
    return f"weight_{indicator_id}"


def set_weights(
    session: Session, project: Project, *, execution: Decimal, by_indicator: Mapping[int, Decimal]
) -> None:
    """Store the weight of 执行率 and of every indicator; together they must be exactly 100.00."""
    names = {indicator.id: indicator.name for indicator in project.indicators}
    if by_indicator.keys() != names.keys():
        raise StaleVersion("您打开这一页以后，申报表的指标有增减。请返回刷新，按现在的指标重新设定分值。")
    named = {field_of(key): (names[key], weight) for key, weight in by_indicator.items()}
    check_weights({EXECUTION_FIELD: ("预算执行率", execution)} | named)
    stored = {row.indicator_id: row for row in _stored(session, project)}
    for key, weight in by_indicator.items():
        _store(session, stored.get(key), IndicatorWeight(indicator_id=key, weight=weight.quantize(CENT)))
    whole = ExecutionWeight(project_id=project.id, weight=execution.quantize(CENT))
    _store(session, session.get(ExecutionWeight, project.id), whole)
    session.flush()


def _store(session: Session, stored: Any, row: Any) -> None:
    if stored is None:
        session.add(row)
    elif stored.weight != row.weight:
        stored.weight = row.weight


def clear_weights(session: Session, project: Project) -> None:
    """Go back to the defaults."""
    for row in _stored(session, project):
        session.delete(row)
    execution = session.get(ExecutionWeight, project.id)
    if execution is not None:
        session.delete(execution)
    session.flush()


def copy_weights(session: Session, source: int, target: int) -> None:
    """Give a copied year the weights set by hand, by project and indicator name, where they still fit."""
    originals = {project.name: project for project in projects_of_year(session, source)}
    weights = weights_of(session, [project.id for project in originals.values()])
    for project in projects_of_year(session, target):
        original = originals.get(project.name)
        if original is None or not weights[original.id].is_by_hand or weights[original.id].warning:
            continue
        execution, by_indicator = weights[original.id].execution, weights[original.id].by_indicator
        by_name = {each.name: by_indicator[each.id] for each in original.indicators}
        copied = {each.id: by_name[each.name] for each in project.indicators if each.name in by_name}
        set_weights(session, project, execution=execution, by_indicator=copied)


def _stored(session: Session, project: Project) -> list[IndicatorWeight]:
    rows = select(IndicatorWeight).join(Indicator, Indicator.id == IndicatorWeight.indicator_id)
    return list(session.scalars(rows.where(Indicator.project_id == project.id)))
