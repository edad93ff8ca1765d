"""Records of a project that may belong to one of its activities: pushes, media reports, expenses."""

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import (
    Mapped,
    Session,
    declared_attr,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)

from activitylog.activities.models import Activity
from activitylog.core.records import DatedRecord
from activitylog.core.spreadsheets import ListColumn
from activitylog.errors import BadInput
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_of, project_of
from activitylog.web.paging import Page, page_of


class ActivityRecord(DatedRecord):
    """The columns of such a record; `dated_by` names the one with the day it counts for."""

    dated_by: ClassVar[str]

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)

    @declared_attr
    def activity(self) -> Mapped[Activity | None]:
        return relationship(Activity)

    @declared_attr
    def project(self) -> Mapped[Project]:
        return relationship(Project)


R = TypeVar("R", bound=ActivityRecord)
BATCH = 500  # records held at a time while a list is exported


def project_for(session: Session, project_id: int, activity_id: int | None) -> Project:
    """The record's project; an activity of another project is refused."""
    project = project_of(session, project_id)
    if activity_id is not None:
        activity = session.get(Activity, activity_id)
        if activity is None or activity.project_id != project_id:
            raise BadInput(f"这场活动不属于项目“{project.name}”，请核对活动编号。", field="activity")
    return project


def current_records(session: Session, model: type[R], project: Project, *, page: int) -> Page[R]:
    """A project's records that are not withdrawn, for an umbrella its children's too, the latest first."""
    return page_of(session, _of(model, project).where(model.withdrawn_at.is_(None)), page)


def all_current_records(session: Session, model: type[R], project: Project) -> Iterable[R]:
    """The same records without pages, read as they are used."""
    records = _of(model, project).where(model.withdrawn_at.is_(None)).options(joinedload(model.project))
    return session.scalars(records, execution_options={"yield_per": BATCH})


PLACE_COLUMNS: tuple[ListColumn[Any], ...] = (
    ListColumn("项目", lambda record: record.project.name, 24),
    ListColumn("活动编号", lambda record: record.activity.number if record.activity else ""),
    ListColumn("活动", lambda record: record.activity.title if record.activity else "", 40),
    ListColumn("审核", lambda record: "待审核" if record.is_waiting else "已审核", 10),
)  # of an exported list, after the columns of the kind


def withdrawn_records(session: Session, model: type[R], project: Project) -> list[R]:
    """A project's withdrawn records, the latest first."""
    return list(session.scalars(_of(model, project).where(model.withdrawn_at.is_not(None))))


def _of(model: type[R], project: Project) -> Select[R]:
    return (
        select(model)
        .options(selectinload(model.activity), selectinload(model.approved_by))
        .where(model.project_id.in_(branch_of(project)))
        .order_by(getattr(model, model.dated_by).desc(), model.id.desc())
    )
