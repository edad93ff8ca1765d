"""The work on an upload, in a process of its own: checking the workbook, and importing its ticked rows.

The upload's row says how far it is: the import's transaction writes the records and "imported" together, so
that a process that dies has written both or nothing, and the page offers to begin again.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.audit.models import AuditEntry
from activitylog.core.actor import Actor, act_as
from activitylog.core.database import begin_writing
from activitylog.errors import ActivityLogError, Forbidden, LedgerError, Missing
from activitylog.ledger.columns import ACTIVITIES
from activitylog.ledger.imports.queries import chunks
from activitylog.ledger.numbered_copy import write_numbered_copy
from activitylog.ledger.operations import ImportPlan, plan_import, store_import
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.layouts import Layouts, sheets_to_assign
from activitylog.ledger.reading.reader import read_ledger
from activitylog.ledger.reading.rows import LedgerTable, TablePlace
from activitylog.ledger.uploads.files import ReportedProgress, UploadFiles, one_at_a_time
from activitylog.ledger.uploads.models import LedgerUpload
from activitylog.ledger.uploads.operations import (
    add_preview_rows,
    ask_for_layouts,
    clear_preview,
    end_check,
    end_import,
    number_rows,
)
from activitylog.ledger.uploads.queries import (
    StoredChange,
    confirmed_layouts,
    stored_changes,
    stored_preview,
)
from activitylog.ledger.uploads.rules import (
    RUNNING,
    PreviewRow,
    RowPlace,
    UploadStep,
    as_json,
    changes_by_place,
    ordered,
    preview_rows,
)

COMPARING, NUMBERING = "与已登记的比较", "写带编号的文件"
FAILED = "处理时出了意外，什么都没有写入；请再试一次，还不行请把这一页的地址告诉管理员。"
CHANGED = "您看过以后，有人改了其中 {count} 行对应的记录，所以还没有导入；请再核对一遍，然后导入。"
ROWS = 1000  # of a preview written in one transaction
_log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
Sessions = Callable[[], Session]


class _Work(NamedTuple):
    """One upload to be worked on."""

    sessions: Sessions
    files: UploadFiles
    upload_id: int
    file_name: str
    clock: Clock


def work_on_upload(sessions: Sessions, folder: Path, upload_id: int, *, clock: Clock) -> None:
    """Check or import an upload, whichever has begun; how it ended is in its row."""
    with sessions() as session:
        upload = session.get(LedgerUpload, upload_id)
        if upload is None or upload.step not in RUNNING:
            return
        step = upload.step
        files = UploadFiles(folder, upload.key)
        work = _Work(sessions, files, upload_id, upload.file_name, clock)
    with one_at_a_time(folder):
        try:
            if not files.workbook.is_file():
                raise Missing("上传的文件已过一天被清掉，请重新上传。")
            if step is UploadStep.CHECKING:
                _check(work)
            else:
                _import(work)
        except ActivityLogError as refusal:
            _note_end(work, step, str(refusal))
        except Exception:
            _log.exception("work on ledger upload %d failed", upload_id)
            _note_end(work, step, FAILED)


def _note_end(work: _Work, step: UploadStep, message: str) -> None:
    with work.sessions() as session:
        begin_writing(session)
        upload = session.get_one(LedgerUpload, work.upload_id)
        upload.step = UploadStep.REFUSED if step is UploadStep.CHECKING else UploadStep.CHECKED
        upload.message = message
        session.commit()


def _check(work: _Work) -> None:
    """Read the workbook, then ask for its layout or store what it would change."""
    with work.sessions() as session:
        layouts = confirmed_layouts(session)
    findings = LedgerFindings(work.file_name)
    tables, refusal = _read(work, findings, layouts)
    asked = sheets_to_assign(findings.sheets, layouts)
    if refusal is not None and not asked:
        raise refusal
    if asked:
        with _writing(work) as (session, upload):
            ask_for_layouts(session, upload, asked)
        return
    work.files.report(COMPARING, 0, 0)
    with work.sessions() as session:
        by = _uploader(session, session.get_one(LedgerUpload, work.upload_id))
        plan = plan_import(session, tables, findings, now=work.clock(), by=by)
    _store_preview(work, _rows(plan, tables, findings), _counts(plan, tables))


@contextmanager
def _writing(work: _Work) -> Iterator[tuple[Session, LedgerUpload]]:
    """A transaction that writes, with the upload; committed at the end."""
    with work.sessions() as session:
        begin_writing(session)
        yield session, session.get_one(LedgerUpload, work.upload_id)
        session.commit()


def _store_preview(
    work: _Work,
    rows: Sequence[PreviewRow],
    counts: Mapping[str, Sequence[int]],
    *,
    unticked: Collection[RowPlace] = frozenset(),
    message: str = "",
) -> None:
    """Store the preview in several short transactions, for others to write between them."""
    with _writing(work) as (session, upload):
        clear_preview(session, upload)
    for chunk in chunks(enumerate(rows), ROWS):
        with _writing(work) as (session, upload):
            add_preview_rows(session, upload, chunk, unticked)
    with _writing(work) as (session, upload):
        end_check(session, upload, counts, message=message)


def _read(
    work: _Work, findings: LedgerFindings, layouts: Layouts
) -> tuple[dict[str, LedgerTable], LedgerError | None]:
    """The tables, or why the file has none; its sheets are in the findings either way."""
    try:
        progress = ReportedProgress(work.files)
        return read_ledger(work.files.workbook, findings, progress, layouts), None
    except LedgerError as refusal:
        message = str(refusal).replace(work.files.workbook.name, work.file_name)
        return {}, LedgerError(message)


def _rows(plan: ImportPlan, tables: Mapping[str, LedgerTable], findings: LedgerFindings) -> list[PreviewRow]:
    return preview_rows(
        tables, plan.changes_of_stored, plan.changes_of_new, findings.problems, findings.warnings
    )


def _counts(plan: ImportPlan, tables: Mapping[str, LedgerTable]) -> dict[str, Sequence[int]]:
    counts = plan.counts(tables)
    return {name: (count.new, count.updated, count.unchanged) for name, count in counts.items()}


def _import(work: _Work) -> None:
    """Import the ticked rows in one transaction when they still change what the preview shows."""
    with work.sessions() as session:
        layouts = confirmed_layouts(session)
        preview = stored_changes(session, session.get_one(LedgerUpload, work.upload_id))
    findings = LedgerFindings(work.file_name)
    tables, refusal = _read(work, findings, layouts)
    if refusal is not None:
        raise refusal
    tables = _without(tables, {place for place, change in preview.items() if not change.is_ticked})
    work.files.report(COMPARING, 0, 0)
    with work.sessions() as session:  # comparing takes as long as writing: it locks nobody out
        planned = _plan(session, work, tables, findings)
    with _writing(work) as (session, upload):
        by = _act_as_uploader(session, upload)
        if not _is_current(session, planned):
            planned = _plan(session, work, tables, findings)
        differing = _differing(planned.digests, preview)
        is_agreed = not planned.findings.problems and not differing
        if is_agreed:
            unnumbered = [change for change in planned.plan.activities.changes if not change.number]
            progress = ReportedProgress(work.files)
            store_import(session, planned.plan, by=by, now=work.clock(), progress=progress)
            end_import(session, upload, _counts(planned.plan, tables), now=work.clock())
    if not is_agreed:
        _show_again(work, planned, tables, differing)
    elif unnumbered:
        numbers = {change.row.number: change.number for change in unnumbered}
        _note_numbers(work, preview, numbers, tables[ACTIVITIES.name].place)


class _Planned(NamedTuple):
    """What the rows change, as digests too, and the last entry of the trail when they were compared."""

    plan: ImportPlan
    digests: Mapping[RowPlace, int]
    findings: LedgerFindings
    last_entry: int


def _plan(session: Session, work: _Work, tables: Mapping[str, LedgerTable], read: LedgerFindings) -> _Planned:
    findings = LedgerFindings(read.file)
    findings.problems, findings.warnings = list(read.problems), list(read.warnings)
    last_entry = _last_entry(session)
    by = _uploader(session, session.get_one(LedgerUpload, work.upload_id))
    plan = plan_import(session, tables, findings, now=work.clock(), by=by)
    changes = chain(changes_by_place(plan.changes_of_stored), changes_by_place(plan.changes_of_new))
    digests = {place: hash(as_json(of_row)) for place, of_row in changes}
    return _Planned(plan, digests, findings, last_entry)


def _is_current(session: Session, planned: _Planned) -> bool:
    """Whether nobody has written anything audited since; the stored activities are locked from now on."""
    stored = [change.stored.id for change in planned.plan.activities.changes if change.stored is not None]
    for chunk in chunks(stored):
        session.execute(select(Activity.id).where(Activity.id.in_(chunk)).with_for_update()).all()
    return _last_entry(session) == planned.last_entry


def _last_entry(session: Session) -> int:
    return session.scalar(select(func.max(AuditEntry.id))) or 0


def _differing(now: Mapping[RowPlace, int], preview: Mapping[RowPlace, StoredChange]) -> int:
    """How many ticked rows change something else than the preview shows."""
    shown = {place: change.digest for place, change in preview.items() if change.is_ticked}
    return sum(now.get(place) != shown.get(place) for place in now.keys() | shown.keys())


def _show_again(work: _Work, planned: _Planned, tables: Mapping[str, LedgerTable], differing: int) -> None:
    """Store the preview as it is now, with the rows left out as they were."""
    with work.sessions() as session:
        stored = stored_preview(session, session.get_one(LedgerUpload, work.upload_id))
        left_out = [each.row for each in stored if each.is_change and not each.is_ticked]
    _store_preview(
        work,
        ordered([*_rows(planned.plan, tables, planned.findings), *left_out]),
        _counts(planned.plan, tables),
        unticked={(row.sheet, row.row) for row in left_out},
        message=CHANGED.format(count=differing) if differing and not planned.findings.problems else "",
    )


def _note_numbers(
    work: _Work, preview: Mapping[RowPlace, StoredChange], numbers: Mapping[int, str], place: TablePlace
) -> None:
    """Show the numbers given in the list of rows, and write the copy of the workbook that has them."""
    given = {
        preview[ACTIVITIES.name, row].position: number
        for row, number in numbers.items()
        if (ACTIVITIES.name, row) in preview
    }
    for chunk in chunks(given.items(), ROWS):
        with _writing(work) as (session, _):
            number_rows(session, work.upload_id, dict(chunk))
    work.files.report(NUMBERING, 0, 0)
    write_numbered_copy(work.files.workbook, work.files.numbered, numbers, place)


def _act_as_uploader(session: Session, upload: LedgerUpload) -> User:
    """The person who uploaded, to whom the audit trail attributes what is written."""
    by = _uploader(session, upload)
    act_as(session, Actor(by.name, upload.origin, user_id=by.id))
    return by


def _uploader(session: Session, upload: LedgerUpload) -> User:
    """The person who uploaded; Forbidden when they may no longer import."""
    by = session.get_one(User, upload.created_by_id)
    if not by.is_enabled or not by.may(Permission.REVIEW):
        raise Forbidden("您的账号已停用，或角色不再有导入台账的权限，没有导入。")
    return by


def _without(tables: Mapping[str, LedgerTable], left_out: set[RowPlace]) -> dict[str, LedgerTable]:
    return {
        name: replace(table, rows=[row for row in table.rows if (name, row.number) not in left_out])
        for name, table in tables.items()
    }
