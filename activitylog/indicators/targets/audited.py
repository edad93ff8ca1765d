"""Audited targets: monthly plans and adjustments."""

from activitylog.audit.registry import Audited, Field
from activitylog.indicators.targets.models import MonthlyPlan, TargetAdjustment
from activitylog.projects.audited import INDICATOR, indicator_name, project_of_indicator

AUDITED = (
    Audited(
        MonthlyPlan,
        "plan",
        "月度计划",
        {
            "indicator_id": INDICATOR,
            "month": Field("月份", lambda month: f"{month}月"),
            "cumulative": Field("累计应完成"),
        },
        name=indicator_name,
        key=lambda record: int(record.indicator_id) * 100 + int(record.month),
        project_id=project_of_indicator,
        deleted_with=(MonthlyPlan.indicator_id,),
    ),
    Audited(
        TargetAdjustment,
        "target",
        "目标调整",
        {
            "indicator_id": INDICATOR,
            "target": Field("调整后的指标值"),
            "reference": Field("文号"),
            "adjusted_on": Field("调整日期"),
            "reason": Field("理由"),
        },
        name=indicator_name,
        project_id=project_of_indicator,
        deleted_with=(TargetAdjustment.indicator_id,),
    ),
)
