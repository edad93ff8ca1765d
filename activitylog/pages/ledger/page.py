"""What the pages of an upload show: its state, the preview's rows, and how they are paged."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from activitylog.ledger.columns import SHEETS
from activitylog.ledger.uploads.files import UploadFiles
from activitylog.ledger.uploads.models import LedgerUpload, LedgerUploadRow
from activitylog.ledger.uploads.queries import is_ready, preview_row, preview_selected, row_counts
from activitylog.ledger.uploads.rules import RUNNING, PreviewRow, UploadStep
from activitylog.web.paging import Page, page_of
from activitylog.web.requests import bounded_int

ROWS_OF_A_PAGE = 50
LONGEST_SHOWN = 60  # characters of a cell; the list as a file has all
STEP_LABELS = {
    UploadStep.CHECKING: "正在核对",
    UploadStep.ASSIGNING: "等您对照列名",
    UploadStep.CHECKED: "等您确认",
    UploadStep.REFUSED: "读不出来",
    UploadStep.IMPORTING: "正在导入",
    UploadStep.IMPORTED: "已导入",
}


@dataclass(frozen=True, slots=True)
class View:
    """Which rows of a preview are shown: of one sheet or of all, doubtful ones alone, one page."""

    sheet: str = ""
    only_doubtful: bool = False
    page: int = 1

    @classmethod
    def of(cls, query: MultiDict[str, str]) -> "View":
        sheet = query.get("sheet", "")
        is_known = any(sheet == each.name for each in SHEETS)
        return cls(
            sheet if is_known else "", query.get("only") == "doubtful", query.get("page", 1, type=bounded_int)
        )

    @property
    def query(self) -> dict[str, Any]:
        given = {"sheet": self.sheet, "only": "doubtful" if self.only_doubtful else ""}
        return {name: text for name, text in given.items() if text} | {"page": str(self.page)}

    def address(self, **changes: object) -> str:
        return urlencode(self.query | {"page": "1"} | {name: str(value) for name, value in changes.items()})


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the preview as the table shows it."""

    position: int
    row: PreviewRow
    can_be_ticked: bool
    is_ticked: bool

    @property
    def place(self) -> str:
        return " ".join(
            part for part in (self.row.sheet, f"第 {self.row.row} 行" if self.row.row else "") if part
        )

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """The texts of the cells; the zeros of a new record are those of cells left blank."""
        return [
            (heading, _shortened(old), _shortened(new))
            for heading, old, new in self.row.changes
            if not (self.row.is_new and new == "0")
        ]


@dataclass(frozen=True, slots=True)
class SheetTotals:
    """How many records of one sheet are new, changed and left as they are."""

    name: str
    new: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class UploadPage:
    """An upload that is checked or imported."""

    upload: LedgerUpload
    view: View
    totals: Sequence[SheetTotals]
    counts: Mapping[str, int]
    found: Page[LedgerUploadRow]
    lines: Sequence[Line]
    is_ready: bool
    has_numbered: bool
    is_numbering: bool

    @property
    def is_imported(self) -> bool:
        return self.upload.step is UploadStep.IMPORTED

    @property
    def takes_ticks(self) -> bool:
        """Whether rows may be ticked: not with problems, which have to be solved in the file."""
        return not self.is_imported and not self.counts["problems"]

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """Word, query and whether it is shown, of all rows, of each sheet, and of the doubtful ones."""
        view = self.view
        tabs = [("全部", View().address(), not view.sheet and not view.only_doubtful)]
        tabs += [
            (total.name, View(total.name).address(), view.sheet == total.name and not view.only_doubtful)
            for total in self.totals
        ]
        doubtful = self.counts["problems"] + self.counts["warnings"]
        if doubtful:
            tabs.append(
                (f"有疑问的 {doubtful:,}", View("", only_doubtful=True).address(), view.only_doubtful)
            )
        return tabs


def upload_page(session: Session, upload: LedgerUpload, files: UploadFiles, view: View) -> UploadPage:
    selected = preview_selected(upload, sheet=view.sheet, only_doubtful=view.only_doubtful)
    found = page_of(session, selected, view.page, size=ROWS_OF_A_PAGE)
    counts = row_counts(session, upload)
    totals = [SheetTotals(name, *each) for name, each in json.loads(upload.sheets).items()]
    lines = [Line(row.position, preview_row(row), row.is_change, row.is_ticked) for row in found.rows]
    ready = is_ready(upload, counts)
    has_numbered = files.numbered.is_file()
    is_numbering = upload.step is UploadStep.IMPORTED and not has_numbered and files.is_at_work()
    return UploadPage(upload, view, totals, counts, found, lines, ready, has_numbered, is_numbering)


@dataclass(frozen=True, slots=True)
class WorkPage:
    """An upload that is worked on: how far it is, or that the work was interrupted."""

    upload: LedgerUpload
    label: str
    stage: str
    done: int
    total: int
    is_interrupted: bool

    @property
    def text(self) -> str:
        if self.is_interrupted:
            return "处理中断了，什么都没有写入。"
        rows = f" {self.done:,} / {self.total:,} 行" if self.total else ""
        return f"{self.label}：{self.stage}{rows}"


def work_page(upload: LedgerUpload, files: UploadFiles) -> WorkPage | None:
    """The state of the work; None when the upload is not worked on."""
    if upload.step not in RUNNING:
        return None
    progress = files.progress()
    label = STEP_LABELS[upload.step]
    return WorkPage(upload, label, *progress, is_interrupted=not files.is_at_work())


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
