"""Reading one sheet into rows of typed values, every fault noted with its place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineSheet

from activitylog.ledger.cell_marks import MARK, NOT_CALCULATED
from activitylog.ledger.cells import BadCell, clean, folded, read_cell, text_of
from activitylog.ledger.columns import Column, Sheet
from activitylog.ledger.findings import Findings

STEP = 500  # rows between two tellings of progress
HEADINGS_WITHIN = 10  # upper rows in which to look for the headings: a title may stand above them


@dataclass(slots=True)
class Row:
    """One row by its number in Excel; fields in `bad` could not be read and have been told of."""

    number: int
    values: dict[str, Any]
    bad: frozenset[str] = frozenset()


@dataclass(slots=True)
class Table:
    """The filled rows of one sheet; only the fields in `given` have a column in the file."""

    sheet: Sheet
    given: frozenset[str]
    rows: list[Row]


class SheetReader:
    """Reads one sheet: its headings, wherever their columns stand, then row by row."""

    def __init__(self, sheet: Sheet, stored: CalamineSheet, findings: Findings) -> None:
        self._sheet = sheet
        self._stored = stored
        self._findings = findings

    def read(self, tell: Callable[[int], None]) -> Table | None:
        """The table, None when headings are missing; `tell` hears how many rows are read."""
        rows = enumerate(self._stored.iter_rows())
        heading_row = self._heading_row()
        if heading_row is None:
            self._tell_no_headings()
            return None
        headings = next(cells for index, cells in rows if index == heading_row)
        columns = self._columns(headings)
        if not self._are_enough(columns, heading_row + 1):
            return None
        table = Table(self._sheet, frozenset(column.field for column in columns.values()), [])
        for index, cells in rows:
            if index % STEP == 0:
                tell(index)
            if not all(_is_blank(cell) for cell in cells):
                table.rows.append(self._row(index, cells, columns))
        return table

    def _heading_row(self) -> int | None:
        """The upper row with the most of our headings, None when no upper row has any."""
        known = {column.heading for column in self._sheet.columns}
        upper = self._stored.to_python(skip_empty_area=False, nrows=HEADINGS_WITHIN)
        scores = [len(known & {_heading(cell) for cell in cells}) for cells in upper]
        return scores.index(max(scores)) if any(scores) else None

    def _tell_no_headings(self) -> None:
        headings = "、".join(column.heading for column in self._sheet.columns)
        self._findings.problem(
            f"前 {HEADINGS_WITHIN} 行里没有认出表头，请对照模板补上这一行：{headings}", self._sheet
        )

    def _columns(self, cells: list[Any]) -> dict[int, Column]:
        """Our columns by their position."""
        ours = {column.heading: column for column in self._sheet.columns}
        columns: dict[int, Column] = {}
        for position, cell in enumerate(cells):
            column = ours.get(_heading(cell))
            if column is None and not _is_blank(cell):
                name = text_of(cell).removeprefix(MARK)
                self._findings.warning("不认识这一列，没有导入。", sheet=self._sheet.name, column=name)
            elif column in columns.values() and column is not None:
                self._findings.problem("有两列同名，请只留一列", self._sheet, field=column.field)
            elif column is not None:
                columns[position] = column
        return columns

    def _are_enough(self, columns: Mapping[int, Column], heading_row: int) -> bool:
        given = {column.field for column in columns.values()}
        needed = [column.field for column in self._sheet.columns if column.is_required]
        if given.isdisjoint(self._sheet.one_of):
            needed += self._sheet.one_of[:1]
        missing = [field for field in needed if field not in given]
        for field in missing:
            self._findings.problem("缺少这一列，请对照模板补上", self._sheet, row=heading_row, field=field)
        return not missing

    def _row(self, index: int, cells: list[Any], columns: Mapping[int, Column]) -> Row:
        row = Row(index + 1, {})
        bad: set[str] = set()
        filled: set[str] = set()
        for position, column in columns.items():
            cell = cells[position]
            try:
                _check_readable(cell)
                row.values[column.field] = read_cell(column, cell)
                if not _is_blank(cell):
                    filled.add(column.field)
                elif column.is_required:
                    raise BadCell("没有填写")
            except BadCell as error:
                bad.add(column.field)
                shown = text_of(cell).removeprefix(MARK)
                self._findings.problem(
                    str(error), self._sheet, row=row.number, field=column.field, value=shown
                )
        bad.update(self._unfilled(row, filled | bad))
        row.bad = frozenset(bad)
        return row

    def _unfilled(self, row: Row, filled: set[str]) -> tuple[str, ...]:
        """The fields of which one should have been filled and none is."""
        one_of = self._sheet.one_of
        if not one_of or not filled.isdisjoint(one_of):
            return ()
        names = "、".join(f"“{self._sheet.column(field).heading}”" for field in one_of)
        self._findings.problem(f"{names}至少要填一项", self._sheet, row=row.number, field=one_of[0])
        return one_of


def _check_readable(cell: object) -> None:
    if cell == MARK + NOT_CALCULATED:
        raise BadCell("公式还没有计算出结果，请用 Excel 打开并保存一次")
    if isinstance(cell, str) and cell.startswith(MARK):
        raise BadCell("单元格里是错误值")


def _heading(cell: object) -> str:
    return folded(text_of(cell)).removesuffix("*")


def _is_blank(cell: object) -> bool:
    return cell == "" or (isinstance(cell, str) and not clean(cell))
