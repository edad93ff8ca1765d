"""Recognizes headings, also those that look like a column of the ledger, and fills merged cells down."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from activitylog.core.text.words import is_one_edit_away, word_key
from activitylog.ledger.columns import CellKind, LedgerColumn
from activitylog.ledger.reading.cells import BadCell, cell_text, is_blank

_BRACKETED = re.compile(r"[（(\[【〔][^）)\]】〕]*[）)\]】〕]")
_SHORTEST_CONTAINED = 2
_SHORTEST_MISTYPED = 3
_OTHER_NAMES = {
    "区": {"区县", "县区", "行政区", "所在区", "所属区", "所在区县", "区域"},
    "现场人数": {"人数", "总人数", "参加人数", "参与人数", "活动人数", "到场人数", "受众人数", "线下人数"},
    "举办日期": {"日期", "时间", "活动日期", "活动时间", "举办时间", "开展日期", "开展时间"},
    "场所名称": {"地点", "活动地点", "场地"},
    "场所类型": {"场地类型", "地点类型"},
    "活动名称": {"名称", "主题", "题目", "活动主题", "活动内容"},
    "活动类型": {"类型", "类别", "种类", "活动类别"},
    "科普形式": {"形式", "活动形式", "方式"},
    "主讲": {"讲师", "专家", "主讲老师", "授课人"},
    "标题": {"题目", "题名", "名称", "文章", "推文"},
    "发布时间": {"日期", "时间", "推送日期", "推送时间", "发文日期", "发送时间"},
    "发布日期": {"日期", "时间", "报道日期", "报道时间", "刊发日期", "刊登日期"},
    "媒体": {"来源", "报道单位"},
    "链接": {"网址", "地址"},
    "类别": {"类型", "种类"},
    "名称": {"事项", "工作内容", "题目"},
    "支出类别": {"类别", "类型", "费用类别", "科目"},
    "摘要": {"用途", "事由", "内容", "说明"},
    "实付金额": {"金额", "实际金额", "支付金额"},
    "支付日期": {"日期", "时间", "付款日期", "付款时间"},
    "备注": {"说明"},
}


def heading_of(cell: object) -> str:
    return word_key(cell_text(cell)).removesuffix("*")


def resembling_column(heading: str, missing: Iterable[LedgerColumn]) -> LedgerColumn | None:
    """The missing column that an unknown heading looks like: 现场人数（人） or 区县."""
    plain = word_key(_BRACKETED.sub("", heading)) or word_key(heading)
    columns = list(missing)
    named = (c for c in columns if plain == c.heading or plain in _OTHER_NAMES.get(c.heading, ()))
    return next(named, None) or next((c for c in columns if _is_alike(plain, c.heading)), None)


def _is_alike(plain: str, known: str) -> bool:
    shorter, longer = sorted((plain, known), key=len)
    if len(shorter) >= _SHORTEST_CONTAINED and shorter in longer:
        return True
    if len(shorter) < _SHORTEST_MISTYPED:
        return False
    return is_one_edit_away(plain, known) or _is_spread_over(known, plain)


def _is_spread_over(word: str, longer: str) -> bool:
    """Whether a word's characters stand in the longer one in their order: 质量达标 in 质量是否达标."""
    rest = iter(longer)
    return all(character in rest for character in word)


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
