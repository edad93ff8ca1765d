"""The tables of uploads: the workbook's state, the rows of its preview, and layouts an office confirmed."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.audit.registry import Audited, Field
from activitylog.core.database import Base
from activitylog.ledger.uploads.rules import UploadStep


class LedgerUpload(Base):
    """A workbook somebody uploads; `key` names its files, `sheets` and `asked` are JSON."""

    __tablename__ = "ledger_upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    file_name: Mapped[str] = mapped_column(String(80))
    step: Mapped[UploadStep]
    message: Mapped[str] = mapped_column(Text, default="")
    sheets: Mapped[str] = mapped_column(Text, default="{}")  # new, updated, unchanged by sheet
    asked: Mapped[str] = mapped_column(Text, default="[]")  # the sheets whose columns are to be assigned
    # who and when
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    origin: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LedgerUploadRow(Base):
    """One row of a preview by its position; `changes` and `findings` are JSON, as in `rules.PreviewRow`."""

    __tablename__ = "ledger_upload_row"

    upload_id: Mapped[int] = mapped_column(
        ForeignKey("ledger_upload.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sheet: Mapped[str] = mapped_column(Text)
    row: Mapped[int | None]
    label: Mapped[str] = mapped_column(Text)
    is_new: Mapped[bool]
    doubt: Mapped[int]  # a rules.RowDoubt
    changes: Mapped[str] = mapped_column(Text)
    findings: Mapped[str] = mapped_column(Text)
    is_change: Mapped[bool]
    is_ticked: Mapped[bool]


class LedgerLayout(Base):
    """How the office's own sheet of these headings is read; `columns` is JSON: field by heading."""

    __tablename__ = "ledger_layout"

    id: Mapped[int] = mapped_column(primary_key=True)
    signature: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    sheet: Mapped[str] = mapped_column(String(10))
    columns: Mapped[str] = mapped_column(Text)
    confirmed_at: Mapped[datetime]


AUDITED = (
    Audited(
        LedgerLayout,
        "ledger_layout",
        "台账列名对照",
        {"sheet": Field("读作"), "columns": Field("各列读作")},
        name=lambda layout: str(layout.name),
    ),
)
