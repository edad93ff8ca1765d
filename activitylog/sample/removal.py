"""Removes the sample: every record marked as sample and those that depend on it, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Column, ColumnElement, Select, Table, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.core.period import Period, year_periods
from activitylog.errors import Refused
from activitylog.files.models import StoredFile
from activitylog.files.store import FileStore
from activitylog.projects.models import Project
from activitylog.rollup.models import JobRun, MonthRecords
from activitylog.rollup.periods.operations import forget
from activitylog.sample.operations import LOADED
from activitylog.tables import metadata

TABLES = metadata.tables
# In the order of removal: a record before what it depends on. Other tables' rows are deleted with their
# activity, indicator or project by the database's cascade.
REMOVED_TABLES: Mapping[str, str] = {
    "扫码答卷": "response",
    "答卷设备": "answered_device",
    "场地方答卷": "host_response",
    "场地方设备": "host_device",
    "纸质问卷": "paper_tally",
    "照片": "photo",
    "推送": "push",
    "媒体报道": "media_report",
    "支出": "expense",
    "里程碑": "milestone",
    "人工填报": "manual_entry",
    "活动": "activity",
    "问卷": "questionnaire_version",
    "问卷设置": "project_questionnaire",
    "项目": "project",
    "演示账号": "user_account",
}
OWNERLESS = frozenset({"answered_device", "host_device", "project", "user_account"})
MADE_BY = ("created_by_id", "published_by_id", "changed_by_id")
OWNERS = ("activity_id", "project_id", "indicator_id")
SHARED_TABLES = ("activity_kind", "venue", "stored_file")  # rows removed when nothing else refers to them


def _sample_ids(name: str) -> Select[int]:
    """The ids of rows marked as sample; aliased, so that statements on the table do not correlate it."""
    table = TABLES[name].alias()
    return select(table.c.id).where(table.c.is_sample)


def _owners(name: str) -> Select[int]:
    """The ids of the activities, projects or indicators that are removed with the sample."""
    if name == "project_id":
        return _sample_ids("project")
    table = TABLES[name.removesuffix("_id")].alias()
    of_project = table.c.project_id.in_(_sample_ids("project"))
    return select(table.c.id).where(
        or_(of_project, table.c.is_sample) if name == "activity_id" else of_project
    )


def _is_in_sample(table: Table) -> ColumnElement[bool]:
    """Whether a record is removed with the sample: it is marked, or depends on a removed one."""
    is_marked = [table.c.is_sample] if "is_sample" in table.c else []
    return or_(*is_marked, *(table.c[name].in_(_owners(name)) for name in OWNERS if name in table.c))


def _is_own(table: Table) -> ColumnElement[bool]:
    """Whether a record is the office's own: not marked, and not created by the sample's users."""
    if "is_sample" in table.c:
        return ~table.c.is_sample
    makers = [table.c[name] for name in MADE_BY if name in table.c]
    if makers:
        return or_(makers[0].is_(None), makers[0].not_in(_sample_ids("user_account")))
    return table.c.activity_id.not_in(_sample_ids("activity"))


def remove_sample(session: Session, *, with_own: bool = False) -> dict[str, int]:
    """Remove every sample record and the note that it was loaded; returns the number removed by label.

    Refuses while it holds records of the office's own, unless `with_own`.
    """
    if not with_own:
        _check_nothing_own(session)
    session.execute(delete(JobRun).where(LOADED))
    years = session.scalars(select(Project.year).where(Project.is_sample).distinct()).all()
    shared = {name: _referred_ids(session, name) for name in SHARED_TABLES}
    children = update(Project).where(Project.parent_id.in_(_sample_ids("project")), ~Project.is_sample)
    session.execute(children.values(parent_id=None))
    _forget_closings(session, years)
    removed = {label: _remove(session, TABLES[name]) for label, name in REMOVED_TABLES.items()}
    for name, ids in shared.items():
        unused = (~exists().where(column == TABLES[name].c.id) for column in _referring_columns(name))
        session.execute(delete(TABLES[name]).where(TABLES[name].c.id.in_(ids), *unused))
    _remove_years(session, years)
    session.expire_all()
    if any(removed.values()):
        # the trail keeps its entries about the sample, marked; the removal is one more
        record_changes(
            session, Change("sample", None, "示例数据", "removed", before=dict(removed), is_sample=True)
        )
    return removed


def _forget_closings(session: Session, years: Sequence[int]) -> None:
    """Delete the closings of years with nothing but the sample, as closed periods refuse deletions."""
    declared = set(session.scalars(select(Project.year).where(~Project.is_sample)))
    for year in sorted(set(years) - declared):
        forget(session, year_periods(year))


def _remove(session: Session, table: Table) -> int:
    statement = delete(table).where(_is_in_sample(table))
    return session.connection().execute(statement.execution_options(preserve_rowcount=True)).rowcount


def _check_nothing_own(session: Session) -> None:
    counts: list[tuple[str, int]] = []
    for label, name in REMOVED_TABLES.items():
        if name not in OWNERLESS:
            own = select(func.count()).where(_is_in_sample(TABLES[name]), _is_own(TABLES[name]))
            counts.append((label, session.scalar(own) or 0))
    found = "、".join(f"{label} {count} 条" for label, count in counts if count)
    if found:
        raise Refused(
            f"示例项目里有不属于示例的内容：{found}。它们会随示例一起删除，所以什么也没有删。"
            "要保留活动，请先在活动页把它改到自己的项目；"
            "确定一起删除，请运行 activitylog sample remove --with-own。"
        )


def _referring_columns(name: str) -> Iterator[Column[int]]:
    """The columns of other tables that refer to the table."""
    for table in metadata.sorted_tables:
        keys = (key for key in table.foreign_keys if key.column.table.name == name != table.name)
        yield from (key.parent for key in keys)


def _referred_ids(session: Session, name: str) -> list[int]:
    """The ids in a shared table to which removed records refer."""
    columns = [column for column in _referring_columns(name) if set(OWNERS) & set(column.table.c.keys())]
    return [
        row
        for column in columns
        for row in session.scalars(select(column).where(_is_in_sample(column.table)).distinct())
    ]


def stored_by_sample(session: Session) -> set[str]:
    """The digests of the files of the sample's records."""
    ids = _referred_ids(session, "stored_file")
    return set(session.scalars(select(StoredFile.sha256).where(StoredFile.id.in_(ids))))


def unlink_unused(session: Session, files: FileStore, digests: set[str]) -> None:
    """Delete the files without a row in the database, after the commit."""
    left = set(session.scalars(select(StoredFile.sha256).where(StoredFile.sha256.in_(digests))))
    for digest in digests - left:
        files.path_of(digest).unlink(missing_ok=True)


def _remove_years(session: Session, years: Sequence[int]) -> None:
    """Delete the rows by month or year of years without a project left."""
    months = [month for year in years for month in year_periods(year)]
    session.execute(delete(MonthRecords).where(MonthRecords.period.in_(months)))
    remaining = set(session.scalars(select(Project.year).where(Project.year.in_(years))))
    counter = TABLES["activity_counter"]
    for year in sorted(set(years) - remaining):
        session.execute(delete(JobRun).where(JobRun.period.between(Period(year, 1), Period(year, 12))))
        session.execute(delete(counter).where(counter.c.year == year))
