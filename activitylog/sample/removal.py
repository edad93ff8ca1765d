"""Removes the sample: every record marked as sample and those that depend on it, and nothing else."""

from collections.abc import Iterator, Sequence

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Table,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session, aliased

from activitylog.accounts.models import User
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.audit.registry import AUDITED
from activitylog.core.database import all_tables
from activitylog.core.period import Period, year_periods
from activitylog.errors import Refused
from activitylog.files.models import StoredFile
from activitylog.files.store import FileStore
from activitylog.projects.models import Project
from activitylog.rollup.models import JobRun, MonthRecords
from activitylog.rollup.periods.operations import delete_closings
from activitylog.sample.queries import LOADED

TABLES = all_tables().tables
OWNERS = ("activity_id", "project_id", "indicator_id")
MADE_BY = ("created_by_id", "published_by_id", "changed_by_id")
SHARED_TABLES = ("activity_kind", "venue", "stored_file")  # rows removed when nothing else refers to them
ANSWERS = {"response": "扫码答卷", "host_response": "场地方答卷"}  # tables without a label in the trail


def _needs_removal(table: Table) -> bool:
    """Whether people enter its rows, or no cascade of the database takes them along."""
    owned = [key for key in table.foreign_keys if key.parent.name in OWNERS]
    is_dated = bool(owned) and any(name in table.c for name in MADE_BY)
    return is_dated or any(key.ondelete is None for key in owned)


REMOVED_TABLES = tuple(  # a record before what it depends on
    table
    for table in reversed(all_tables().sorted_tables)
    if table.name in {"project", "user_account"} or _needs_removal(table)
)


def remove_sample(session: Session, *, with_own: bool = False) -> dict[str, int]:
    """Remove every sample record and the note that it was loaded; returns the number removed by label.

    Refuses while it holds records of the office's own, unless `with_own`.
    """
    if not with_own:
        _check_nothing_own(session)
    session.execute(delete(JobRun).where(LOADED))
    years = session.scalars(select(Project.year).where(Project.is_sample).distinct()).all()
    shared = {name: _referred_ids(session, name) for name in SHARED_TABLES}
    umbrella, child = aliased(Project), update(Project).where(~Project.is_sample)
    of_sample = Project.parent_id.in_(select(umbrella.id).where(umbrella.is_sample))
    session.execute(child.where(of_sample).values(parent_id=None))
    declared = set(session.scalars(select(Project.year).where(~Project.is_sample)))
    gone = sorted(set(years) - declared)
    for year in gone:
        delete_closings(session, year_periods(year))  # closed periods refuse deletions
    removed = {_label(table): _remove(session, table) for table in REMOVED_TABLES}
    removed.pop("", None)
    for name, ids in shared.items():
        unused = (~exists().where(column == TABLES[name].c.id) for column in _referring_columns(name))
        session.execute(delete(TABLES[name]).where(TABLES[name].c.id.in_(ids), *unused))
    _remove_years(session, years, gone)
    session.expire_all()
    if any(removed.values()):
        # the trail keeps its entries about the sample, marked; the removal is one more
        change = Change("sample", None, "示例数据", "removed", before=dict(removed), is_sample=True)
        record_changes(session, change)
    return removed


def _label(table: Table) -> str:
    labels = {spec.model.__tablename__: spec.label for spec in AUDITED.values()} | ANSWERS
    return labels.get(table.name, "")


def _remove(session: Session, table: Table) -> int:
    statement = delete(table).where(_in_sample(table))
    return session.connection().execute(statement.execution_options(preserve_rowcount=True)).rowcount


def _in_sample(table: FromClause) -> ColumnElement[bool]:
    """Whether a record is removed: it is marked, or its activity, project or indicator is removed."""
    conditions: list[ColumnElement[bool]] = [table.c.is_sample] if "is_sample" in table.c else []
    for name in (name for name in OWNERS if name in table.c):
        owner = TABLES[name.removesuffix("_id")].alias()
        conditions.append(table.c[name].in_(select(owner.c.id).where(_in_sample(owner))))
    return or_(*conditions)


def _check_nothing_own(session: Session) -> None:
    """Refuse while a person of the office has entered something that would go along."""
    counts: dict[str, int] = {}
    for table in REMOVED_TABLES:
        for maker in (table.c[name] for name in MADE_BY if name in table.c):
            by_sample = table.c.get("is_sample", maker.in_(select(User.id).where(User.is_sample)))
            own = select(func.count()).where(_in_sample(table), func.coalesce(~by_sample, true()))
            counts[_label(table)] = session.scalar(own) or 0
    found = "、".join(f"{label} {count} 条" for label, count in counts.items() if count)
    if found:
        raise Refused(
            f"示例项目里有不属于示例的内容：{found}。它们会随示例一起删除，所以什么也没有删。"
            "要保留活动，请先在活动页把它改到自己的项目；"
            "确定一起删除，请运行 activitylog sample remove --with-own。"
        )


def _referring_columns(name: str) -> Iterator[Column[int]]:
    """The columns of other tables that refer to the table."""
    for table in all_tables().sorted_tables:
        keys = (key for key in table.foreign_keys if key.column.table.name == name != table.name)
        yield from (key.parent for key in keys)


def _referred_ids(session: Session, name: str) -> list[int]:
    """The ids in a shared table to which removed records refer."""
    columns = [column for column in _referring_columns(name) if set(OWNERS) & set(column.table.c.keys())]
    rows = (select(column).where(_in_sample(column.table)).distinct() for column in columns)
    return [found for statement in rows for found in session.scalars(statement)]


def stored_by_sample(session: Session) -> set[str]:
    """The digests of the files of the sample's records."""
    ids = _referred_ids(session, "stored_file")
    return set(session.scalars(select(StoredFile.sha256).where(StoredFile.id.in_(ids))))


def unlink_unused(session: Session, files: FileStore, digests: set[str]) -> None:
    """Delete the files without a row in the database, after the commit."""
    left = set(session.scalars(select(StoredFile.sha256).where(StoredFile.sha256.in_(digests))))
    for digest in digests - left:
        files.path_of(digest).unlink(missing_ok=True)


def _remove_years(session: Session, years: Sequence[int], gone: Sequence[int]) -> None:
    """Delete the rows by month or year of years without a project left."""
    months = [month for year in years for month in year_periods(year)]
    session.execute(delete(MonthRecords).where(MonthRecords.period.in_(months)))
    counter = TABLES["activity_counter"]
    session.execute(delete(counter).where(counter.c.year.in_(gone)))
    for year in gone:
        session.execute(delete(JobRun).where(JobRun.period.between(Period(year, 1), Period(year, 12))))
