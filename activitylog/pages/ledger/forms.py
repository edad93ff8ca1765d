"""The forms for a workbook, for pasted rows, and for assigning an office's own columns."""

from collections.abc import Sequence

from wtforms import FileField, SelectField, TextAreaField

from activitylog.ledger.columns import ACTIVITIES, SHEETS
from activitylog.ledger.reading.layouts import OURS, FileSheet, Layout, proposed_layout, unknown_headings
from activitylog.ledger.uploads.rules import LARGEST_WORKBOOK
from activitylog.ledger.uploads.workbook import MOST_PASTED
from activitylog.web.forms import BaseForm, required

NOT_IMPORTED = "不导入"
_SHEETS = {sheet.name: sheet.name for sheet in SHEETS}


class WorkbookForm(BaseForm):
    """A workbook to upload."""

    file = FileField(
        "台账文件（.xlsx）",
        description=f"模板、导出的台账，或您单位自己的表；不超过 {LARGEST_WORKBOOK // 1024**2} MB。",
    )


class PastedRowsForm(BaseForm):
    """Rows copied from Excel, of one sheet."""

    sheet = SelectField("粘贴的是", choices=_SHEETS, default=ACTIVITIES.name)
    rows = TextAreaField(
        "从 Excel 复制的行",
        description=f"连表头一起选中、复制，粘贴到这里；一次最多 {MOST_PASTED:,} 行。",
        validators=[required("要导入的行")],
    )


class ColumnChoice:
    """What one heading of the file is to be read as."""

    def __init__(self, name: str, heading: str, field: str, choices: Sequence[tuple[str, str]]) -> None:
        self.name, self.heading, self.field, self.choices = name, heading, field, choices


class SheetChoice:
    """What one sheet of the file is to be read as, and each of its headings that is none of ours."""

    def __init__(self, at: int, found: FileSheet, sent: dict[str, str] | None = None) -> None:
        self.found = found
        self.name = f"sheet-{at}"
        self.choices = [("", NOT_IMPORTED), *_SHEETS.items()]
        proposal = proposed_layout(found)
        chosen = proposal.sheet if sent is None else sent.get(self.name, "")
        self.sheet = chosen if chosen in OURS else ""
        self.shown_name = f"shown-{at}"
        self.is_shown = sent is None or sent.get(self.shown_name) == self.sheet
        layout = proposal if self.sheet == proposal.sheet else proposed_layout(found, self.sheet)
        self.columns = self._columns(at, layout, sent if self.is_shown else None)

    def _columns(self, at: int, layout: Layout, sent: dict[str, str] | None) -> list[ColumnChoice]:
        if not self.sheet:
            return []
        ours = OURS[self.sheet]
        fields = [
            (column.field, column.heading)
            for column in ours.columns
            if column.heading not in self.found.headings
        ]
        choices = [("", NOT_IMPORTED), *fields]
        columns = []
        for position, heading in enumerate(unknown_headings(self.found, ours)):
            name = f"column-{at}-{position}"
            field = layout.columns.get(heading, "") if sent is None else sent.get(name, "")
            columns.append(ColumnChoice(name, heading, field if field in dict(fields) else "", choices))
        return columns

    @property
    def given(self) -> list[str]:
        """Our headings that the sheet has under their own names."""
        ours = OURS.get(self.sheet)
        return [c.heading for c in ours.columns if c.heading in self.found.headings] if ours else []

    @property
    def error(self) -> str:
        """The sentence when two headings are read as the same column, or a needed one is missing."""
        if not self.sheet:
            return ""
        taken = [choice.field for choice in self.columns if choice.field]
        twice = next((field for field in taken if taken.count(field) > 1), None)
        ours = OURS[self.sheet]
        if twice:
            return f"有两列都读作“{ours.column(twice).heading}”，请只留一列。"
        given = {*taken, *(c.field for c in ours.columns if c.heading in self.found.headings)}
        missing = [c.heading for c in ours.columns if c.is_required and c.field not in given]
        return f"还没有指定哪一列是“{'”“'.join(missing)}”。" if missing else ""

    @property
    def layout(self) -> Layout:
        return Layout(self.sheet, {choice.heading: choice.field for choice in self.columns})
