"""Fills merged cells down: a word or day written once holds for every row its cell covers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from activitylog.ledger.columns import CellKind, LedgerColumn
from activitylog.ledger.reading.cells import BadCell, is_blank

_COUNTED = frozenset({CellKind.COUNT, CellKind.MONEY})
Area = tuple[tuple[int, int], tuple[int, int]]


class _Merge(NamedTuple):
    """A merged area from its upper left cell, by index; `cell` is what that holds."""

    last_row: int
    last_column: int
    cell: object = ""


class MergedCells:
    """The merged areas of one sheet, followed row by row."""

    def __init__(self, areas: Iterable[Area] | None) -> None:
        self._starts: defaultdict[int, dict[int, _Merge]] = defaultdict(dict)
        for (top, left), (bottom, right) in areas or ():
            self._starts[top][left] = _Merge(bottom, right)
        self._open: dict[int, _Merge] = {}

    def start_row(self, index: int, cells: Sequence[object]) -> None:
        """Remember what the areas that begin in a row hold."""
        for column, merge in self._starts.get(index, {}).items():
            if column < len(cells):
                self._open[column] = merge._replace(cell=cells[column])

    def cell(self, index: int, position: int, column: LedgerColumn, cell: object) -> object:
        """What holds for a cell; raises BadCell for a figure or several columns in one merged cell."""
        merge = self._open.get(position)
        if merge is None or index > merge.last_row or is_blank(merge.cell):
            return cell
        if position in self._starts.get(index, {}):
            _check(merge, index, position, column)
            return cell
        return merge.cell if is_blank(cell) and column.kind not in _COUNTED else cell


def _check(merge: _Merge, index: int, position: int, column: LedgerColumn) -> None:
    if merge.last_column > position:
        raise BadCell("这一格横着合并了几列，不知道是哪一列的；请取消合并，分开填写")
    if merge.last_row > index and column.kind in _COUNTED:
        raise BadCell(
            f"这一格合并了第 {index + 1}–{merge.last_row + 1} 行，数字不能合并填写；"
            "请取消合并，每行各填自己的"
        )
