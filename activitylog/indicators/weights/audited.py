"""Audited weights of indicators and of budget execution."""

from activitylog.audit.registry import Audited, Field, RecordRef
from activitylog.indicators.weights.models import ExecutionWeight, IndicatorWeight
from activitylog.projects.audited import (
    INDICATOR,
    PROJECT,
    indicator_name,
    own_project,
    project_of_indicator,
)
from activitylog.projects.models import Project


def points(value: str) -> str:
    return f"{value} 分"


AUDITED = (
    Audited(
        IndicatorWeight,
        "weight",
        "指标分值",
        {"indicator_id": INDICATOR, "weight": Field("分值", points)},
        name=indicator_name,
        key=lambda record: int(record.indicator_id),
        project_id=project_of_indicator,
        deleted_with=(IndicatorWeight.indicator_id,),
    ),
    Audited(
        ExecutionWeight,
        "execution_weight",
        "预算执行率分值",
        {"project_id": PROJECT, "weight": Field("分值", points)},
        name=lambda record: RecordRef(Project.name, record.project_id),
        key=lambda record: int(record.project_id),
        project_id=own_project,
        deleted_with=(ExecutionWeight.project_id,),
    ),
)
