"""Removes the sample: every record marked as sample and those that depend on it, and nothing else."""

from sqlalchemy import ColumnElement, Table, delete, exists, func, or_, select, true, update
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity, ActivityCounter
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.audit.registry import AUDITED
from activitylog.core.database import all_tables, referring_columns
from activitylog.core.period import year_periods
from activitylog.errors import Refused
from activitylog.files.models import StoredFile
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.models import JobRun, MonthRecords
from activitylog.rollup.periods.operations import delete_closings
from activitylog.sample.queries import LOADED

TABLES = all_tables().sorted_tables
PROJECTS = select(Project.id).where(Project.is_sample)
OWNERS = {  # of a removed record, by the column that refers to it
    "project_id": PROJECTS,
    "activity_id": select(Activity.id).where(Activity.is_sample | Activity.project_id.in_(PROJECTS)),
    "indicator_id": select(Indicator.id).where(Indicator.project_id.in_(PROJECTS)),
}
MADE_BY = ("created_by_id", "published_by_id", "changed_by_id")
WRITERS = ("written_by_id", "approved_by_id", "confirmed_by_id")
SHARED_TABLES = ("activity_kind", "venue", "stored_file")  # rows removed when nothing else refers to them
ANSWERS = {"response": "扫码答卷", "host_response": "场地方答卷"}  # tables without a label in the trail
LABELS = {spec.model.__tablename__: spec.label for spec in AUDITED.values()} | ANSWERS


def _needs_removal(table: Table) -> bool:
    """Whether people enter its rows, or no cascade of the database takes them along."""
    owned = [key for key in table.foreign_keys if key.parent.name in OWNERS]
    is_dated = bool(owned) and any(name in table.c for name in MADE_BY)
    is_root = table.name in {"project", "user_account"}
    return is_root or is_dated or any(key.ondelete is None for key in owned)


REMOVED_TABLES = tuple(table for table in reversed(TABLES) if _needs_removal(table))  # dependants first


def remove_sample(session: Session, *, with_own: bool = False) -> dict[str, int]:
    """Remove every sample record and the note that it was loaded; returns the number removed by label.

    Refuses while it holds records of the office's own, unless `with_own`.
    """
    if not with_own:
        _check_nothing_own(session)
    shared = {table: _referred_ids(session, table) for table in TABLES if table.name in SHARED_TABLES}
    _remove_years(session)
    own_children = select(Project).where(~Project.is_sample, Project.parent_id.in_(PROJECTS))
    for project in session.scalars(own_children):
        project.parent_id = None
    session.flush()
    _forget_people(session)
    removed = {}
    for table in REMOVED_TABLES:
        statement = delete(table).where(_in_sample(table)).execution_options(preserve_rowcount=True)
        removed[LABELS.get(table.name, "")] = session.connection().execute(statement).rowcount
    removed.pop("", None)
    for table, ids in shared.items():
        unused = (~exists().where(column == table.c.id) for column in referring_columns(table))
        session.execute(delete(table).where(table.c.id.in_(ids), *unused))
    session.expire_all()
    if any(removed.values()):
        # the trail keeps its entries about the sample, marked; the removal is one more
        record_changes(session, Change("sample", None, "示例数据", "removed", before=removed, is_sample=True))
    return removed


def _forget_people(session: Session) -> None:
    """Take the sample's people from what they wrote or approved of the office's own records."""
    people = select(User.id).where(User.is_sample)
    for column in referring_columns(all_tables().tables["user_account"]):
        if column.name in WRITERS:
            session.execute(update(column.table).where(column.in_(people)).values({column.name: None}))


def _in_sample(table: Table) -> ColumnElement[bool]:
    """Whether a record is removed: it is marked, or its activity, project or indicator is removed."""
    owned = [table.c[name].in_(ids) for name, ids in OWNERS.items() if name in table.c]
    return or_(*owned, *([table.c.is_sample] if "is_sample" in table.c else []))


def _check_nothing_own(session: Session) -> None:
    """Refuse while a person of the office has entered something that would go along."""
    counts: dict[str, int] = {}
    for table in REMOVED_TABLES:
        for maker in (table.c[name] for name in MADE_BY if name in table.c):
            by_sample = table.c.get("is_sample", maker.in_(select(User.id).where(User.is_sample)))
            own = select(func.count()).where(_in_sample(table), func.coalesce(~by_sample, true()))
            counts[LABELS[table.name]] = session.scalar(own) or 0
    found = "、".join(f"{label} {count} 条" for label, count in counts.items() if count)
    if found:
        raise Refused(
            f"示例项目里有不属于示例的内容：{found}。它们会随示例一起删除，所以什么也没有删。"
            "要保留活动，请先在活动页把它改到自己的项目；"
            "确定一起删除，请勾选“连同后来登记的一起删”（命令是 activitylog sample remove --with-own）。"
        )


def _remove_years(session: Session) -> None:
    """Delete the rows by month or year of the sample's years, most only where it is alone in the year."""
    session.execute(delete(JobRun).where(LOADED))
    own = set(session.scalars(select(Project.year).where(~Project.is_sample)))
    for year in set(session.scalars(select(Project.year).where(Project.is_sample))):
        months = year_periods(year)
        session.execute(delete(MonthRecords).where(MonthRecords.period.in_(months)))
        if year not in own:
            delete_closings(session, months)  # closed periods refuse deletions
            session.execute(delete(JobRun).where(JobRun.period.in_(months)))
            session.execute(delete(ActivityCounter).where(ActivityCounter.year == year))


def _referred_ids(session: Session, target: Table) -> set[int]:
    """The ids in a shared table to which removed records refer."""
    return {
        found
        for column in referring_columns(target)
        if OWNERS.keys() & column.table.c.keys()
        for found in session.scalars(select(column).where(_in_sample(column.table)))
    }


def stored_by_sample(session: Session) -> set[str]:
    """The digests of the files of the sample's records."""
    ids = _referred_ids(session, all_tables().tables["stored_file"])
    return set(session.scalars(select(StoredFile.sha256).where(StoredFile.id.in_(ids))))
