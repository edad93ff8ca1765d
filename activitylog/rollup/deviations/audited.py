"""Audited deviations."""

from activitylog.audit.registry import Audited, Field, month
from activitylog.projects.audited import INDICATOR, indicator_name, project_of_indicator
from activitylog.rollup.deviations.models import Deviation
from activitylog.rollup.deviations.rules import CAUSE_LABELS, LIKELIHOOD_LABELS, Cause, Likelihood

AUDITED = (
    Audited(
        Deviation,
        "deviation",
        "偏差原因",
        {
            "indicator_id": INDICATOR,
            "period": Field("月份", month),
            "cause": Field("类别", lambda value: CAUSE_LABELS[Cause(value)]),
            "explanation": Field("说明"),
            "figure": Field("当时的完成值"),
            "likelihood": Field("完成可能性", lambda value: LIKELIHOOD_LABELS[Likelihood(value)]),
            "forecast": Field("全年预计完成值"),
            "forecast_word": Field("全年预计完成值（定性）"),
        },
        name=indicator_name,
        project_id=project_of_indicator,
        deleted_with=(Deviation.indicator_id,),
    ),
)
