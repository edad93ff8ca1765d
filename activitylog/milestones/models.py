"""The table of milestones (制度, 科技小院, 资源推送, 工作节点) and what the trail records of them."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.activities.audited import audited_record
from activitylog.audit.registry import Field, Values, withdrawn
from activitylog.core.database import Base
from activitylog.core.records import DatedRecord
from activitylog.projects.models import Project


class Milestone(DatedRecord, Base):
    """One undertaking of a project: when it is due and when it was done."""

    __tablename__ = "milestone"
    __table_args__ = (
        CheckConstraint("due_on IS NOT NULL OR done_on IS NOT NULL", name="dated"),
        Index("ix_milestone_project_kind", "project_id", "kind"),
    )
    thing = "里程碑"
    counter = "个"
    written_fields = ("project_id", "kind", "name", "due_on", "done_on")

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date | None]
    done_on: Mapped[date | None]

    project: Mapped[Project] = relationship()


def milestone_verb(before: Values, after: Values) -> str:
    is_done = set(after) - {"approved_at"} == {"done_on"} and before["done_on"] is None
    return "done" if is_done else withdrawn(before, after)


AUDITED = (
    audited_record(
        Milestone,
        "milestone",
        "里程碑",
        {
            "kind": Field("类别"),
            "name": Field("名称"),
            "due_on": Field("计划日期"),
            "done_on": Field("完成日期"),
        },
        name=lambda milestone: str(milestone.name),
        edit_verb=milestone_verb,
    ),
)
