"""Dated records: stored with author and moment, edited with a token, approved, withdrawn, restored.

A record counts once it is approved and while it is not withdrawn. What a person enters or edits waits for
approval, unless the project skips review; what a command enters is the office's act and approved at once.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import ColumnElement, ForeignKey, Index, Text, and_, event, or_, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Mapper, Session, declared_attr, mapped_column, relationship

from activitylog.core.period import day_label
from activitylog.core.text.words import clean_text
from activitylog.errors import BadInput, Refused, StaleVersion

LONGEST_REASON = 200
DOUBLE_TAP = timedelta(minutes=1)


class Person(Protocol):
    """A user who enters a record."""

    @property
    def id(self) -> int: ...


class ReviewedProject(Protocol):
    """The project of a record."""

    @property
    def year(self) -> int: ...

    @property
    def skips_review(self) -> bool: ...


class DatedRecord:
    """The columns of every kind of record; `written_fields` are those a person fills in.

    Each kind has a relationship `project`, by whose setting its records wait for approval.
    """

    thing: ClassVar[str]  # the record's name in sentences
    counter: ClassVar[str]  # 个, 笔, 篇, 条: the word that counts such records
    written_fields: ClassVar[tuple[str, ...]]

    id: Mapped[int] = mapped_column(primary_key=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    writers: Mapped[str] = mapped_column(Text, default="", server_default="")  # see `writers_with`
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approved_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")

    @declared_attr
    def created_by(self) -> Mapped[Any]:
        return _person(self, "created_by_id")

    @declared_attr
    def written_by(self) -> Mapped[Any]:
        return _person(self, "written_by_id")

    @declared_attr
    def approved_by(self) -> Mapped[Any]:
        return _person(self, "approved_by_id")

    @hybrid_property
    def is_counted(self) -> bool:
        """Whether it counts; the condition of every fact and of every sum."""
        return self.approved_at is not None and self.withdrawn_at is None

    @is_counted.inplace.expression
    @classmethod
    def _is_counted(cls) -> ColumnElement[bool]:
        return and_(cls.approved_at.is_not(None), cls.withdrawn_at.is_(None))

    @property
    def is_approved_by_writer(self) -> bool:
        """Whether who approved it had written it, as the only one who may."""
        return f",{self.approved_by_id}," in self.writers

    @hybrid_property
    def is_waiting(self) -> bool:
        """Whether it waits for approval."""
        return self.approved_at is None and self.withdrawn_at is None

    @is_waiting.inplace.expression
    @classmethod
    def _is_waiting(cls) -> ColumnElement[bool]:
        return and_(cls.approved_at.is_(None), cls.withdrawn_at.is_(None))


def _person(kind: Any, column: str) -> Mapped[Any]:
    return relationship("User", foreign_keys=lambda: [getattr(kind, column)])


@event.listens_for(DatedRecord, "instrument_class", propagate=True)
def _index_waiting(mapper: Mapper[Any], _kind: type[DatedRecord]) -> None:
    """The few that wait are found without reading the table, which every page of a reviewer does."""
    table: Any = mapper.local_table
    waits = table.c.approved_at.is_(None)
    Index(f"ix_{table.name}_waiting", table.c.id, sqlite_where=waits, postgresql_where=waits)


R = TypeVar("R", bound=DatedRecord)


def add_record(
    session: Session, record: R, project: ReviewedProject, *, by: Person | None, now: datetime
) -> R:
    """Store a new record with its author and moment; `by` is None for an import by a command."""
    record.created_by_id = record.written_by_id = by_id = None if by is None else by.id
    record.writers = writers_with("", by_id)
    record.created_at = now
    record.approved_at = now if by is None or project.skips_review else None
    session.add(record)
    session.flush()
    return record


def is_repeated(session: Session, record: DatedRecord) -> bool:
    """Whether the same person has stored an equal record within a minute before: a form sent twice."""
    model = type(record)
    same = (*model.written_fields, "created_by_id")
    twin = select(model.id).where(
        *(getattr(model, name).is_not_distinct_from(getattr(record, name)) for name in same),
        model.id != record.id,
        model.withdrawn_at.is_(None),
        model.created_at > record.created_at - DOUBLE_TAP,
    )
    return session.scalar(twin.limit(1)) is not None


def is_no_double_tap(model: Any, *, by: Person | None, now: datetime) -> ColumnElement[bool]:
    """The condition of records that are no form sent twice: of another person, or a minute old."""
    by_id = None if by is None else by.id
    return or_(model.created_by_id.is_distinct_from(by_id), model.created_at <= now - DOUBLE_TAP)


def edit_token(record: DatedRecord) -> str:
    """A digest of the record for its edit form, by which a stale edit is found."""
    return token_of(*(getattr(record, name) for name in _edited_fields(record)))


def check_edit(session: Session, record: R, token: str, describe: Callable[[R], str]) -> None:
    """Lock the record and refuse an edit begun on an older state; StaleVersion says what it is now."""
    lock_record(session, record)
    check_token(edit_token(record), token, current=describe(record))


def lock_record(session: Session, record: DatedRecord) -> None:
    """Read the record anew, as nobody else can write it before this transaction ends."""
    session.refresh(record, (*_edited_fields(record), *_APPROVAL), with_for_update=True)


_APPROVAL = ("created_by_id", "written_by_id", "writers", "approved_by_id", "approved_at")


def write_fields(
    session: Session, record: Any, values: Mapping[str, object], *, by: Person | None, now: datetime
) -> None:
    """Write an edit's fields; refused while the record is withdrawn. What is changed waits for approval."""
    check_not_withdrawn(record)
    changed = {name: value for name, value in values.items() if getattr(record, name) != value}
    for name, value in changed.items():
        setattr(record, name, value)
    if changed:
        add_writer(record, by)
        renew_approval(record, record.project, by=by, now=now)
    session.flush()


def add_writer(record: Any, by: Person | None) -> None:
    """Note who wrote the record last, before its approval is renewed."""
    record.written_by_id = by_id = None if by is None else by.id
    record.writers = writers_with("" if record.approved_by_id is not None else record.writers, by_id)


def writers_with(writers: str, by_id: int | None) -> str:
    """All who wrote a version since a person last approved the record, as ,3,7, to be searched in.

    They stay until the next version, so that an approval by one of them can be told. What a command writes
    is the office's act, whoever wrote before.
    """
    if by_id is None or f",{by_id}," in writers:
        return "" if by_id is None else writers
    return f"{writers or ','}{by_id},"


def renew_approval(record: Any, project: ReviewedProject, *, by: Person | None, now: datetime) -> None:
    """Let the project's record wait for approval, or count at once where nobody approves.

    The activity it hangs on may be of another project, which it counts for as well.
    """
    activity = getattr(record, "activity", None)
    at_once = by is None or (project.skips_review and (activity is None or activity.project.skips_review))
    record.approved_at = (record.approved_at or now) if at_once else None
    record.approved_by_id = None


def check_not_withdrawn(record: DatedRecord) -> None:
    if record.withdrawn_at is not None:
        raise Refused(f"这{record.counter}{record.thing}已撤下，请先恢复，再修改。")


def _edited_fields(record: DatedRecord) -> tuple[str, ...]:
    return (*record.written_fields, "withdrawn_at")


def token_of(*values: object) -> str:
    """A digest of the values an edit form shows."""
    return sha256("\n".join(map(str, values)).encode()).hexdigest()[:16]


def check_token(stored: str, sent: str, *, current: str) -> None:
    """Refuse an edit of a record changed since its form was made; `current` says what it is now."""
    if stored != sent:
        raise StaleVersion(
            f"您打开这一页以后，别人改过这条记录，现在是：{current}。您填写的内容还在下面，核对后可再次保存。"
        )


def withdraw_record(session: Session, record: DatedRecord, *, reason: str, now: datetime) -> None:
    """Withdraw a record with a reason: it no longer counts, and stays stored."""
    if record.withdrawn_at is not None:
        raise Refused(f"这{record.counter}{record.thing}已经撤下，不用再撤。")
    record.withdrawn_reason = limited_text(
        reason, LONGEST_REASON, thing="撤下的理由", field="reason", is_required=True
    )
    record.withdrawn_at = now
    session.flush()


def restore_record(session: Session, record: Any, *, by: Person | None, now: datetime) -> None:
    """Restore a withdrawn record: it counts again, or waits for approval as a new one does."""
    lock_record(session, record)
    if record.withdrawn_at is None:
        raise Refused(f"这{record.counter}{record.thing}没有撤下，不用恢复。")
    record.withdrawn_at = None
    record.withdrawn_reason = ""
    renew_approval(record, record.project, by=by, now=now)
    session.flush()


def check_year(day: date, year: int, *, thing: str, field: str, into_january: bool = False) -> None:
    """Refuse a day outside the project's year; `into_january` also allows January of the next."""
    if day.year == year or (into_january and (day.year, day.month) == (year + 1, 1)):
        return
    until = f"，最晚 {year + 1} 年 1 月" if into_january else ""
    raise BadInput(
        f"这是 {year} 年的项目，{thing}不能是 {day.year} 年{day_label(day)}。请核对日期{until}，"
        f"或登记到 {day.year} 年的项目。",
        field=field,
    )


def check_past(day: date, today: date, *, thing: str, field: str) -> None:
    """Refuse a day after today."""
    if day > today:
        raise BadInput(f"{thing}不能晚于今天（{day_label(today)}），请核对。", field=field)


def limited_text(
    text: str,
    length: int,
    *,
    thing: str,
    field: str,
    is_required: bool = False,
    read: Callable[[str], str] = clean_text,
) -> str:
    """The text as `read` spells it; refused when too long, or when empty and required."""
    text = read(text)
    if is_required and not text:
        raise BadInput(f"请填写{thing}。", field=field)
    if len(text) > length:
        raise BadInput(f"{thing}最多 {length} 个字，请缩短。", field=field)
    return text
