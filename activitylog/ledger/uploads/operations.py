"""Adds, ticks, begins and removes uploads; stores previews and confirmed layouts."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import CursorResult, Table, Text, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.text.words import clean_text
from activitylog.errors import Refused
from activitylog.ledger.reading.layouts import FileSheet, Layout
from activitylog.ledger.uploads.models import LedgerLayout, LedgerUpload, LedgerUploadRow
from activitylog.ledger.uploads.rules import (
    BEGINS_AFTER,
    KEPT_FOR,
    LONGEST_FILE_NAME,
    MOST_UPLOADS,
    PreviewRow,
    RowDoubt,
    RowPlace,
    UploadStep,
    as_json,
)

_ROWS = cast(Table, LedgerUploadRow.__table__)


def check_number(session: Session, by: User, *, now: datetime) -> None:
    """Refuse another upload of who has too many that are not swept yet."""
    own = LedgerUpload.created_by_id == by.id, LedgerUpload.created_at > now - KEPT_FOR
    if (session.scalar(select(func.count()).where(*own)) or 0) >= MOST_UPLOADS:
        raise Refused(f"一天内已上传 {MOST_UPLOADS} 份台账，上限就是这么多；请明天再传，或接着用已传的。")


def add_upload(
    session: Session, *, key: str, file_name: str, by: User, origin: str, now: datetime
) -> LedgerUpload:
    """Add an upload whose workbook is already in its file; checking it is to begin."""
    upload = LedgerUpload(
        key=key,
        file_name=" ".join(clean_text(file_name).split())[-LONGEST_FILE_NAME:] or "台账.xlsx",
        step=UploadStep.CHECKING,
        created_by_id=by.id,
        origin=origin,
        created_at=now,
    )
    session.add(upload)
    session.flush()
    return upload


def begin_step(session: Session, upload: LedgerUpload, step: UploadStep) -> None:
    """Let the upload's check or import begin; Refused where it may not, as after a second tap."""
    begun = update(LedgerUpload).where(
        LedgerUpload.id == upload.id, LedgerUpload.step.in_(BEGINS_AFTER[step])
    )
    result = cast("CursorResult[object]", session.execute(begun.values(step=step, message="")))
    if not result.rowcount:
        raise Refused("这份台账已经在处理，或已经导入了；请看它现在的状态。")
    session.refresh(upload)


def clear_preview(session: Session, upload: LedgerUpload) -> None:
    session.execute(delete(LedgerUploadRow).where(LedgerUploadRow.upload_id == upload.id))


def add_preview_rows(
    session: Session,
    upload: LedgerUpload,
    rows: Iterable[tuple[int, PreviewRow]],
    unticked: Collection[RowPlace] = frozenset(),
) -> None:
    """Store some rows of a preview by their positions, ticked except for those left out."""
    session.execute(insert(_ROWS), [_row_values(upload, at, row, unticked) for at, row in rows])


def end_check(
    session: Session, upload: LedgerUpload, counts: Mapping[str, Sequence[int]], *, message: str = ""
) -> None:
    """The preview is complete: a person may tick and import."""
    upload.sheets = as_json(counts)
    upload.step, upload.message = UploadStep.CHECKED, message
    session.flush()


def end_import(
    session: Session, upload: LedgerUpload, counts: Mapping[str, Sequence[int]], *, now: datetime
) -> None:
    """The ticked rows are imported; belongs into the transaction that writes them."""
    upload.sheets = as_json(counts)
    upload.step, upload.ended_at = UploadStep.IMPORTED, now
    session.flush()


def number_rows(session: Session, upload_id: int, numbers: Mapping[int, str]) -> None:
    """Put the numbers given to new activities before the labels of their rows, by position."""
    row = _ROWS.c
    numbered = update(_ROWS).where(row.upload_id == upload_id, row.position == bindparam("at"))
    given = [{"at": position, "number": f"{number} "} for position, number in numbers.items()]
    session.execute(numbered.values(label=bindparam("number", type_=Text) + row.label), given)


def _row_values(
    upload: LedgerUpload, position: int, row: PreviewRow, unticked: Collection[RowPlace]
) -> dict[str, object]:
    is_change = bool(row.changes) and row.doubt is not RowDoubt.PROBLEM
    return {
        "upload_id": upload.id,
        "position": position,
        "sheet": row.sheet,
        "row": row.row,
        "label": row.label,
        "is_new": row.is_new,
        "doubt": int(row.doubt),
        "changes": as_json(row.changes),
        "findings": as_json(row.findings),
        "is_change": is_change,
        "is_ticked": is_change and (row.sheet, row.row) not in unticked,
    }


def ask_for_layouts(
    session: Session, upload: LedgerUpload, asked: Iterable[FileSheet], *, message: str = ""
) -> None:
    """Have a person say which columns of these sheets are which."""
    sheets = [[sheet.name, sheet.heading_row, list(sheet.headings)] for sheet in asked]
    upload.asked = as_json(sheets)
    upload.step, upload.message = UploadStep.ASSIGNING, message
    session.flush()


def asked_sheets(upload: LedgerUpload) -> list[FileSheet]:
    return [FileSheet(name, row, tuple(headings)) for name, row, headings in json.loads(upload.asked)]


def remember_layout(session: Session, sheet: FileSheet, layout: Layout, *, now: datetime) -> None:
    """Read sheets of this name and these headings so from now on."""
    stored = session.scalar(select(LedgerLayout).where(LedgerLayout.signature == sheet.signature))
    if stored is None:
        stored = LedgerLayout(signature=sheet.signature, name=sheet.name[:LONGEST_FILE_NAME])
        session.add(stored)
    stored.sheet, stored.columns, stored.confirmed_at = layout.sheet, as_json(dict(layout.columns)), now
    session.flush()


def forget_layout(session: Session, layout: LedgerLayout) -> None:
    session.delete(layout)
    session.flush()


def set_ticks(
    session: Session, upload: LedgerUpload, shown: Collection[int], ticked: Collection[int]
) -> None:
    """Tick some of the rows a page shows and untick its others."""
    of_upload = update(LedgerUploadRow).where(
        LedgerUploadRow.upload_id == upload.id, LedgerUploadRow.is_change
    )
    chosen = set(ticked)
    for is_ticked, positions in ((True, chosen & set(shown)), (False, set(shown) - chosen)):
        rows = of_upload.where(LedgerUploadRow.position.in_(positions))
        session.execute(rows.values(is_ticked=is_ticked))


def tick_all(session: Session, upload: LedgerUpload, *, sheet: str, is_ticked: bool) -> None:
    """Tick or untick every change of a sheet, or of all sheets."""
    rows = update(LedgerUploadRow).where(LedgerUploadRow.upload_id == upload.id, LedgerUploadRow.is_change)
    if sheet:
        rows = rows.where(LedgerUploadRow.sheet == sheet)
    session.execute(rows.values(is_ticked=is_ticked))


def remove_uploads(session: Session, *, now: datetime) -> int:
    """Remove uploads older than a day with their previews; their files are swept by the file store."""
    old = delete(LedgerUpload).where(LedgerUpload.created_at < now - KEPT_FOR)
    return cast("CursorResult[object]", session.execute(old)).rowcount
