"""Reads one sheet into rows of typed values; every problem is added with its row and column."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from python_calamine import CalamineSheet

from activitylog.core.text.links import read_link
from activitylog.ledger.columns import VERSION, CellKind, LedgerColumn, LedgerSheet
from activitylog.ledger.reading.cells import (
    ERROR_PREFIX,
    NOT_CALCULATED,
    BadCell,
    cell_text,
    is_blank,
    is_clear,
    read_cell,
)
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.layouts import Layout
from activitylog.ledger.reading.rules import MergedCells, heading_of, resembling_column
from activitylog.ledger.reading.sheet_xml import CellPlace, SheetNotes

ROWS_PER_REPORT = 500  # rows between two reports of progress
HIDDEN_LISTED = 10
HEADINGS_WITHIN = 10  # rows searched for the headings: a title may be above them


@dataclass(slots=True)
class LedgerRow:
    """One row by its number in Excel; `values` are those of its filled cells.

    The fields in `unreadable` are already problems; `version` is that of an exported row, `record` the mark
    of the record it was written from.
    """

    number: int
    values: dict[str, Any]
    unreadable: frozenset[str] = frozenset()
    version: str = ""
    record: str = ""


class TablePlace(NamedTuple):
    """Where a table is in its file: the sheet's name, the index of the heading row, the columns by field."""

    name: str
    heading_row: int
    columns: Mapping[str, int]


@dataclass(slots=True)
class LedgerTable:
    """The filled rows of one sheet."""

    sheet: LedgerSheet
    rows: list[LedgerRow]
    place: TablePlace


class SheetReader:
    """Reads one sheet: its headings, in any order of columns, then row by row."""

    def __init__(
        self,
        sheet: LedgerSheet,
        stored: CalamineSheet,
        notes: SheetNotes,
        findings: LedgerFindings,
        *,
        layout: Layout | None = None,
    ) -> None:
        self._sheet = sheet
        self._assigned: Mapping[str, str] = layout.columns if layout else {}
        self._stored = stored
        self._notes = notes
        self._version_at: int | None = None
        self._merged = MergedCells(stored.merged_cell_ranges)
        self._findings = findings

    def read(self, report: Callable[[int], None], heading_row: int | None = None) -> LedgerTable | None:
        """The table, None when headings are missing; `report` is called with the number of rows read."""
        rows = enumerate(self._stored.iter_rows())
        heading_row = self._heading_row() if heading_row is None else heading_row
        if heading_row is None:
            self._add_no_headings()
            return None
        headings = next(cells for index, cells in rows if index == heading_row)
        columns = self._columns(headings, heading_row + 1)
        if not self._has_needed_columns(columns, heading_row + 1):
            return None
        positions = {column.field: position for position, column in columns.items()}
        table = LedgerTable(self._sheet, [], TablePlace(self._stored.name, heading_row, positions))
        for index, cells in rows:
            if index % ROWS_PER_REPORT == 0:
                report(index)
            if not all(is_blank(cell) for cell in cells):
                self._merged.start_row(index, cells)
                table.rows.append(self._row(index, cells, columns))
        self._warn_of_hidden_rows(table)
        return table

    def _heading_row(self) -> int | None:
        """The index of the upper row with the most known headings, None when no upper row has any."""
        known = {column.heading for column in self._sheet.columns}
        upper = self._stored.to_python(skip_empty_area=False, nrows=HEADINGS_WITHIN)
        scores = [len(known & {heading_of(cell) for cell in cells}) for cells in upper]
        return scores.index(max(scores)) if any(scores) else None

    def _add_no_headings(self) -> None:
        headings = "、".join(column.heading for column in self._sheet.columns)
        self._findings.add_problem(
            f"前 {HEADINGS_WITHIN} 行里没有认出表头，请对照模板补上这一行：{headings}", self._sheet
        )

    def _columns(self, cells: list[Any], heading_row: int) -> dict[int, LedgerColumn]:
        """The known columns by position."""
        ours = {column.heading: column for column in self._sheet.columns}
        columns: dict[int, LedgerColumn] = {}
        unknown = []
        for position, cell in enumerate(cells):
            if heading_of(cell).startswith(VERSION.heading[:2]):
                self._version_at = position
                continue
            column = ours.get(heading_of(cell)) or self._assigned_column(heading_of(cell))
            if column is None and heading_of(cell) in self._assigned:
                continue
            if column is None and not is_blank(cell):
                unknown.append(cell_text(cell).removeprefix(ERROR_PREFIX))
            elif column in columns.values() and column is not None:
                self._findings.add_problem("有两列同名，请只留一列", self._sheet, field=column.field)
            elif column is not None:
                columns[position] = column
        given = set(columns.values())
        for name in unknown:
            self._add_unknown_column(name, [c for c in self._sheet.columns if c not in given], heading_row)
        return columns

    def _assigned_column(self, heading: str) -> LedgerColumn | None:
        field = self._assigned.get(heading)
        if not field:
            return None
        column = self._sheet.column(field)
        message = f"按“{column.heading}”读（列名对照里这样定的）。"
        self._findings.add_warning(message, sheet=self._sheet.name, column=heading)
        return column

    def _add_unknown_column(self, name: str, missing: list[LedgerColumn], heading_row: int) -> None:
        """One that looks like a missing column stops the import: its figures would be lost."""
        column = resembling_column(name, missing)
        if column is None or column.field == "note":
            self._findings.add_warning("不认识这一列，没有导入。", sheet=self._sheet.name, column=name)
            return
        message = (
            f"没有这一列，而“{name}”像是它；是的话请把列名改成“{column.heading}”，"
            "不是的话请给那一列换个名称或删去"
        )
        self._findings.add_problem(message, self._sheet, row=heading_row, field=column.field)

    def _warn_of_hidden_rows(self, table: LedgerTable) -> None:
        hidden = [row.number for row in table.rows if row.number in self._notes.hidden_rows]
        if hidden:
            rows = "、".join(str(number) for number in hidden[:HIDDEN_LISTED])
            more = " 等" if len(hidden) > HIDDEN_LISTED else ""
            message = f"隐藏的 {len(hidden)} 行（第 {rows}{more} 行）也读了；不要导入的，请从文件中删去。"
            self._findings.add_warning(message, sheet=self._sheet.name)

    def _has_needed_columns(self, columns: Mapping[int, LedgerColumn], heading_row: int) -> bool:
        given = {column.field for column in columns.values()}
        needed = [column.field for column in self._sheet.columns if column.is_required]
        if given.isdisjoint(self._sheet.one_of):
            needed += self._sheet.one_of[:1]
        missing = [field for field in needed if field not in given]
        for field in missing:
            self._findings.add_problem(
                "缺少这一列，请对照模板补上", self._sheet, row=heading_row, field=field
            )
        return not missing

    def _row(self, index: int, cells: list[Any], columns: Mapping[int, LedgerColumn]) -> LedgerRow:
        row = LedgerRow(index + 1, {})
        if self._version_at is not None:
            row.version, _, row.record = cell_text(cells[self._version_at]).partition("-")
        unreadable: set[str] = set()
        filled: set[str] = set()
        for position, column in columns.items():
            cell = cells[position]
            try:
                cell = self._merged.cell(index, position, column, cell)
                cell = self._address(row.number, position, column, cell)
                _check_readable(cell)
                if not is_blank(cell):
                    row.values[column.field] = read_cell(column, cell)
                    if not is_clear(cell):
                        filled.add(column.field)
                elif column.is_required:
                    raise BadCell("没有填写")
            except BadCell as error:
                unreadable.add(column.field)
                text = cell_text(cell).removeprefix(ERROR_PREFIX)
                self._findings.add_problem(
                    str(error), self._sheet, row=row.number, field=column.field, value=text
                )
        if "link" not in filled | unreadable and (address := self._address_of_title(row.number, columns)):
            row.values["link"] = address
            filled.add("link")
        unreadable.update(self._unfilled_fields(row, filled | unreadable))
        row.unreadable = frozenset(unreadable)
        return row

    def _address(self, row: int, position: int, column: LedgerColumn, cell: object) -> object:
        """The address behind a cell that shows a title in its place."""
        if column.kind is not CellKind.LINK or "://" in cell_text(cell):
            return cell
        return self._notes.links.get(CellPlace(row, position), cell)

    def _address_of_title(self, row: int, columns: Mapping[int, LedgerColumn]) -> str:
        """The address behind the title where the sheet has links."""
        places = (position for position, column in columns.items() if column.field == "title")
        address = self._notes.links.get(CellPlace(row, next(places, -1)), "")
        if not address.startswith("http") or all(c.field != "link" for c in self._sheet.columns):
            return ""
        return read_link(address)

    def _unfilled_fields(self, row: LedgerRow, filled: set[str]) -> tuple[str, ...]:
        """The fields of `one_of` when none of them is filled."""
        one_of = self._sheet.one_of
        if not one_of or not filled.isdisjoint(one_of):
            return ()
        names = "、".join(f"“{self._sheet.column(field).heading}”" for field in one_of)
        self._findings.add_problem(f"{names}至少要填一项", self._sheet, row=row.number, field=one_of[0])
        return one_of


def _check_readable(cell: object) -> None:
    if cell == ERROR_PREFIX + NOT_CALCULATED:
        raise BadCell("公式还没有计算出结果，请用 Excel 打开并保存一次")
    if isinstance(cell, str) and cell.startswith(ERROR_PREFIX):
        raise BadCell("单元格里是错误值")
