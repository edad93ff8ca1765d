"""Audited manual entries."""

from activitylog.audit.registry import APPROVED_OR_WITHDRAWN, Audited, Field, withdrawn
from activitylog.indicators.models import ManualEntry
from activitylog.projects.audited import INDICATOR, indicator_name, project_of_indicator

AUDITED = (
    Audited(
        ManualEntry,
        "manual",
        "人工填报",
        {
            "indicator_id": INDICATOR,
            "amount": Field("数量"),
            "entered_on": Field("登记日期"),
            "reason": Field("理由"),
            "evidence": Field("依据"),
            **APPROVED_OR_WITHDRAWN,
        },
        name=indicator_name,
        project_id=project_of_indicator,
        edit_verb=withdrawn,
    ),
)
