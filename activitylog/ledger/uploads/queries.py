"""Queries of uploads, of the rows of a preview, and of confirmed layouts."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ColumnExpressionArgument, Select, func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.errors import Missing
from activitylog.ledger.reading.layouts import Layout, Layouts
from activitylog.ledger.uploads.models import LedgerLayout, LedgerUpload, LedgerUploadRow
from activitylog.ledger.uploads.rules import PreviewRow, RowDoubt, RowPlace, UploadStep

NEWEST = 10  # uploads of one person listed


def upload_of(session: Session, user: User, upload_id: int) -> LedgerUpload:
    """One of the person's own uploads; Missing when it is another's, or removed."""
    upload = session.get(LedgerUpload, upload_id)
    if upload is None or upload.created_by_id != user.id:
        raise Missing("没有这份上传的台账，或已过一天被清掉；请重新上传。")
    return upload


def newest_uploads(session: Session, user: User) -> Sequence[LedgerUpload]:
    own = select(LedgerUpload).where(LedgerUpload.created_by_id == user.id)
    return session.scalars(own.order_by(LedgerUpload.id.desc()).limit(NEWEST)).all()


def confirmed_layouts(session: Session) -> Layouts:
    return {
        row.signature: Layout(row.sheet, json.loads(row.columns))
        for row in session.scalars(select(LedgerLayout))
    }


def layouts_by_name(session: Session) -> Sequence[LedgerLayout]:
    return session.scalars(select(LedgerLayout).order_by(LedgerLayout.name, LedgerLayout.id)).all()


def preview_selected(upload: LedgerUpload, *, sheet: str = "", only_doubtful: bool = False) -> Select[Any]:
    """The rows of the preview in their order, of all sheets or of one."""
    rows = select(LedgerUploadRow).where(LedgerUploadRow.upload_id == upload.id)
    if sheet:
        rows = rows.where(LedgerUploadRow.sheet == sheet)
    if only_doubtful:
        rows = rows.where(LedgerUploadRow.doubt < RowDoubt.NONE)
    return rows.order_by(LedgerUploadRow.position)


_COLUMNS = tuple(LedgerUploadRow.__table__.columns)


def preview_row(row: Any) -> PreviewRow:
    """The row of a LedgerUploadRow, or of its columns."""
    changes = tuple((heading, old, new) for heading, old, new in json.loads(row.changes))
    findings = tuple((column, text, is_problem) for column, text, is_problem in json.loads(row.findings))
    return PreviewRow(row.sheet, row.row, row.label, row.is_new, changes, findings)


def row_counts(session: Session, upload: LedgerUpload) -> dict[str, int]:
    """How many rows have problems or warnings, and how many changes there are and are ticked."""

    def number(condition: ColumnExpressionArgument[bool]) -> ColumnElement[int]:
        return func.count().filter(condition)

    row = session.execute(
        select(
            number(LedgerUploadRow.doubt == RowDoubt.PROBLEM).label("problems"),
            number(LedgerUploadRow.doubt == RowDoubt.WARNING).label("warnings"),
            number(LedgerUploadRow.is_change).label("changes"),
            number(LedgerUploadRow.is_change & LedgerUploadRow.is_ticked).label("ticked"),
        ).where(LedgerUploadRow.upload_id == upload.id)
    ).one()
    return dict(row._mapping)


class StoredChange(NamedTuple):
    """A row that changes something: its position, a digest of its changes, and whether it is ticked."""

    position: int
    digest: int
    is_ticked: bool


def stored_changes(session: Session, upload: LedgerUpload) -> dict[RowPlace, StoredChange]:
    """Every row of the preview that changes something, by its place."""
    row = LedgerUploadRow
    rows = select(row.sheet, row.row, row.position, row.changes, row.is_ticked)
    found = session.execute(
        rows.where(row.upload_id == upload.id, row.is_change), execution_options={"yield_per": 500}
    )
    return {
        (each.sheet, each.row): StoredChange(each.position, hash(each.changes), each.is_ticked)
        for each in found
    }


class StoredRow(NamedTuple):
    """A row of a stored preview."""

    position: int
    row: PreviewRow
    is_change: bool
    is_ticked: bool


def stored_preview(session: Session, upload: LedgerUpload) -> Iterator[StoredRow]:
    """Every row of the preview, read as they are needed."""
    columns = preview_selected(upload).with_only_columns(*_COLUMNS, maintain_column_froms=True)
    for row in session.execute(columns, execution_options={"yield_per": 500}):
        yield StoredRow(row.position, preview_row(row), row.is_change, row.is_ticked)


def is_ready(upload: LedgerUpload, counts: dict[str, int]) -> bool:
    """Whether the upload can be imported: checked, without problems, and something is ticked."""
    return upload.step is UploadStep.CHECKED and not counts["problems"] and counts["ticked"] > 0
