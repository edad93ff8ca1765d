"""Audited expenses."""

from activitylog.activities.audited import ACTIVITY, activity_id_of
from activitylog.audit.registry import WITHDRAWN, Audited, Field, fen, withdrawn
from activitylog.expenses.models import Expense
from activitylog.projects.audited import PROJECT, own_project

AUDITED = (
    Audited(
        Expense,
        "expense",
        "支出",
        {
            "project_id": PROJECT,
            "activity_id": ACTIVITY,
            "summary": Field("摘要"),
            "planned_fen": Field("计划金额", fen),
            "paid_fen": Field("实付金额", fen),
            "paid_on": Field("支付日期"),
            **WITHDRAWN,
        },
        name=lambda record: str(record.summary),
        project_id=own_project,
        activity_id=activity_id_of,
        edit_verb=withdrawn,
    ),
)
