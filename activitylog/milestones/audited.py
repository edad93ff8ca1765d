"""Audited milestones."""

from activitylog.audit.registry import WITHDRAWN, Audited, Field, Values, withdrawn
from activitylog.milestones.models import Milestone
from activitylog.projects.audited import PROJECT, own_project


def milestone_verb(before: Values, after: Values) -> str:
    is_done = set(after) == {"done_on"} and before["done_on"] is None
    return "done" if is_done else withdrawn(before, after)


AUDITED = (
    Audited(
        Milestone,
        "milestone",
        "里程碑",
        {
            "project_id": PROJECT,
            "kind": Field("类别"),
            "name": Field("名称"),
            "due_on": Field("计划日期"),
            "done_on": Field("完成日期"),
            **WITHDRAWN,
        },
        name=lambda record: str(record.name),
        project_id=own_project,
        edit_verb=milestone_verb,
    ),
)
