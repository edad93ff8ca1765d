"""Finds the columns of an indicator table by its header row, and sorts a row's cells into them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from activitylog.projects.declaration.cells import without_spaces
from activitylog.projects.declaration.sources.rows import TableRow
from activitylog.projects.declaration.table.levels import (
    COUNTED,
    EITHER_LEVEL,
    LEVEL1_OF,
    LEVEL1_WORDS,
    is_level_word,
    level_word,
    resembles_level_word,
)
from activitylog.projects.declaration.table.targets import NO_SIGNS, parse_target


class FormColumn(StrEnum):
    """What a column of the table holds."""

    SIDE = "side"
    LEVEL1 = "level1"
    LEVEL2 = "level2"
    NAME = "name"
    SIGN = "sign"
    VALUE = "value"
    UNIT = "unit"
    OTHER = "other"


_HEADINGS = (
    (FormColumn.LEVEL1, re.compile(r"一级(?:绩效)?(?:指标)?(?:名称)?")),
    (FormColumn.LEVEL2, re.compile(r"二级(?:绩效)?(?:指标)?(?:名称)?")),
    (FormColumn.NAME, re.compile(r"三级(?:绩效)?(?:指标)?(?:名称)?|(?:绩效|具体)?指标(?:名称|内容)")),
    (FormColumn.SIGN, re.compile(r"(?:绩效)?(?:指标)?(?:性质|符号)|(?:计算|比较|运算|关系)符号?")),
    (FormColumn.UNIT, re.compile(r"(?:绩效)?(?:度量|计量|指标)(?:值)?单位|单位")),
)
_VALUE = re.compile(r"(?:指标|目标|预期|计划)值|年初值|^(?:年度|本年|全年)(?:绩效)?(?:指标)?目标$")
_NOT_THE_VALUE = re.compile(
    "完成|实际|实现|上年|历史|参考|调整|执行|得分|分值|权重|说明|解释|来源|类型|依据|设定|方向"
)
_THE_YEARS = re.compile("年度|年初|本年|当年|全年")
_WHOLE_TERM = re.compile("总体|实施期|中期|三年|全周期|项目期")
ACTUAL = re.compile("实际完成|完成值|实现值")
SIDE_LABELS = frozenset(
    {"绩效指标", "年度绩效指标", "项目绩效指标", "绩效目标", "项目绩效目标", "年度绩效目标", "绩效", "绩"}
    | {"年度绩效", "指标", "效", "标"}
)
_KIND_WORDS = NO_SIGNS - {"", "/", "无", "-"}
_UNIT_WORDS = COUNTED | {"万元", "元", "天", "年", "个月", "百分比"}
SERIAL = re.compile(r"\(?\d{1,3}\)?[.、)]?")


@dataclass(frozen=True, slots=True)
class TableHeader:
    """The header row's columns in order, each with what it holds and its heading."""

    columns: tuple[tuple[int, FormColumn, str], ...]

    @property
    def tail(self) -> tuple[FormColumn, ...]:
        """What the columns from the name on hold."""
        held = [column for _, column, _ in self.columns]
        return tuple(held[held.index(FormColumn.NAME) :])

    @property
    def value_heading(self) -> str:
        return next(heading for _, column, heading in self.columns if column is FormColumn.VALUE)

    @property
    def has_actuals(self) -> bool:
        return any(ACTUAL.search(heading) for _, _, heading in self.columns)

    def at(self, position: int) -> tuple[int, FormColumn]:
        """The column a cell belongs to: that of the last heading at or before it."""
        found = [(start, column) for start, column, _ in self.columns if start <= position]
        return found[-1] if found else (0, FormColumn.SIDE)


@dataclass(frozen=True, slots=True)
class RowCells:
    """A row's cells by what they hold; `has_columns` when the columns, not the order, decided.

    `level1` and `level2` are known by their column only; else `levels` are the cells in front of the name.
    """

    name: str
    value: str
    sign: str = ""
    unit: str = ""
    levels: tuple[str, ...] = ()
    level1: str = ""
    level2: str = ""
    has_columns: bool = False
    shares_value: bool = False


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row's cells cannot be told apart, and what was expected."""

    message: str
    expected: str


def is_heading(row: TableRow) -> bool:
    held = {_held(cell) for cell in row.cells}
    return len(held & {FormColumn.LEVEL1, FormColumn.LEVEL2, FormColumn.NAME}) + (
        FormColumn.VALUE in held
    ) >= 2 or any(without_spaces(cell) in {"一级指标", "二级指标", "三级指标"} for cell in row.cells)


def read_header(row: TableRow) -> TableHeader | RowFault | None:
    """The header's columns; None without name and value; a fault when two columns may be the value."""
    columns = [
        (position, _held(cell), without_spaces(cell))
        for position, cell in enumerate(row.columns)
        if cell and without_spaces(cell) not in SIDE_LABELS
    ]
    values = [each for each in columns if each[1] is FormColumn.VALUE]
    if len(values) > 1:
        years = [each for each in values if _THE_YEARS.search(each[2]) and not _WHOLE_TERM.search(each[2])]
        if len(years) != 1:
            headings = "”和“".join(each[2] for each in values)
            return RowFault(f"表头里“{headings}”都像是指标值", "只有一列是本年度的指标值，如 年度指标值")
        columns = [
            (
                at,
                FormColumn.OTHER if held is FormColumn.VALUE and (at, held, heading) != years[0] else held,
                heading,
            )
            for at, held, heading in columns
        ]
    held = [column for _, column, _ in columns]
    if FormColumn.NAME in held[:-1] and FormColumn.VALUE not in held:
        return RowFault("表头里没有指标值一列", "表头写明哪一列是指标值，如 年度指标值")
    if FormColumn.NAME not in held or FormColumn.VALUE not in held:
        return None
    return TableHeader(tuple(columns))


def split_value(header: TableHeader, row: TableRow) -> TableHeader | None:
    """The header with sign, value and unit from a second row below its 指标值; None for another row."""
    parts = [(at, _part(cell), without_spaces(cell)) for at, cell in enumerate(row.columns) if cell]
    held = [part for _, part, _ in parts]
    if len(held) < 2 or held.count(FormColumn.VALUE) != 1 or len(set(held)) != len(held):
        return None
    if any(header.at(at)[1] is not FormColumn.VALUE for at, _, _ in parts):
        return None
    others = [each for each in header.columns if each[1] is not FormColumn.VALUE]
    columns = sorted([*others, *parts], key=lambda each: each[0])
    return TableHeader(tuple(columns)) if FormColumn.OTHER not in held else None


def _part(cell: str) -> FormColumn:
    return FormColumn.VALUE if without_spaces(cell) in {"数值", "值", "数量", "目标"} else _held(cell)


def _held(cell: str) -> FormColumn:
    heading = without_spaces(cell).rstrip(":")
    if len(heading) > 20:
        return FormColumn.OTHER
    for column, pattern in _HEADINGS:
        if pattern.fullmatch(heading):
            return column
    if _VALUE.search(heading) and not _NOT_THE_VALUE.search(heading):
        return FormColumn.VALUE
    return FormColumn.OTHER


def sort_cells(row: TableRow, header: TableHeader | None) -> RowCells | RowFault:
    """The row's cells by column; by their order where the columns have shifted and it leaves no doubt."""
    if header is not None:
        cells = _by_column(row, header)
        if cells is not None:
            return cells
    return _by_order(row, header.tail if header else (FormColumn.NAME, FormColumn.VALUE))


def _by_column(row: TableRow, header: TableHeader) -> RowCells | None:
    """The cells by column; None when one of them cannot be what its column holds."""
    found: dict[FormColumn, str] = {}
    starts: set[int] = set()
    for position, cell in enumerate(row.columns):
        start, column = header.at(position)
        if not cell or column is FormColumn.OTHER:
            continue
        if column is FormColumn.SIDE:
            if not _is_beside(cell):
                return None
            continue
        if start in starts or column in found:
            return None
        starts.add(start)
        found[column] = cell
    above = {header.at(position)[1]: text for position, text in row.continued.items()}
    name, value = found.get(FormColumn.NAME, ""), found.get(FormColumn.VALUE, "")
    shares_value = not value and bool(above.get(FormColumn.VALUE))
    level1, level2 = (
        found.get(column) or above.get(column, "") for column in (FormColumn.LEVEL1, FormColumn.LEVEL2)
    )
    if not name or not (value or shares_value) or is_level_word(name):
        return None
    if not _may_be_sign_and_unit(found, value):
        return None
    if not _may_be_first(level1) or not _may_be_second(level2):
        return None
    return RowCells(
        name=name,
        value=value or above.get(FormColumn.VALUE, ""),
        sign=found.get(FormColumn.SIGN) or (above.get(FormColumn.SIGN, "") if shares_value else ""),
        unit=found.get(FormColumn.UNIT) or (above.get(FormColumn.UNIT, "") if shares_value else ""),
        level1=level1,
        level2=level2,
        has_columns=True,
        shares_value=shares_value,
    )


def _may_be_sign_and_unit(found: dict[FormColumn, str], value: str) -> bool:
    """Whether the cells of sign, unit and value hold none of each other's words, as when cells slipped."""
    sign, unit = (without_spaces(found.get(column, "")) for column in (FormColumn.SIGN, FormColumn.UNIT))
    is_sign = sign in NO_SIGNS or ((is_signed := parse_target(f"{sign}1")) is not None and is_signed.has_sign)
    return (
        is_sign
        and re.search(r"[\d≥≤<>=＝]", unit) is None
        and unit not in _KIND_WORDS
        and without_spaces(value) not in _KIND_WORDS | _UNIT_WORDS
    )


def _is_beside(cell: str) -> bool:
    return without_spaces(cell) in SIDE_LABELS or SERIAL.fullmatch(cell) is not None


def _may_be_first(cell: str) -> bool:
    word = level_word(cell)
    return not cell or word in LEVEL1_WORDS or (resembles_level_word(cell) and word not in LEVEL1_OF)


def _may_be_second(cell: str) -> bool:
    word = level_word(cell)
    return not cell or (resembles_level_word(cell) and (word not in LEVEL1_WORDS or word in EITHER_LEVEL))


def _by_order(row: TableRow, tail: Sequence[FormColumn]) -> RowCells | RowFault:
    cells = [cell for cell in row.cells if without_spaces(cell) not in SIDE_LABELS]
    levels: list[str] = []
    while len(cells) > 1 and _is_in_front(cells, tail):
        cell = cells.pop(0)
        levels += [] if SERIAL.fullmatch(cell) else [cell]
    if len(tail) == 2:
        return _name_and_value(cells, levels)
    found = dict(zip(tail, cells, strict=False))
    if len(cells) != len(tail) or not _may_be_sign_and_unit(found, found[FormColumn.VALUE]):
        return RowFault("这一行的格数与表头对不上", "表头有几列，这一行就有几格，空着的格也保留")
    return RowCells(
        name=found[FormColumn.NAME],
        value=found[FormColumn.VALUE],
        sign=found.get(FormColumn.SIGN, ""),
        unit=found.get(FormColumn.UNIT, ""),
        levels=tuple(levels),
    )


def _is_in_front(cells: Sequence[str], tail: Sequence[FormColumn]) -> bool:
    """Whether the first cell is a level or a serial number, and not the name."""
    if is_level_word(cells[0]):
        return True
    is_like_one = resembles_level_word(cells[0]) or SERIAL.fullmatch(cells[0]) is not None
    return len(cells) > len(tail) and is_like_one


def _name_and_value(cells: Sequence[str], levels: Sequence[str]) -> RowCells | RowFault:
    if len(cells) < 2 or is_level_word(cells[-1]):
        return RowFault("这一行缺少三级指标名称或指标值", "指标名称后面一格写指标值")
    if len(cells) > 2 and _is_figure(cells[-2]):
        return RowFault("这一行的指标值后面还有一格", "指标值是这一行的最后一格，或在表头里写明它是哪一列")
    if len(cells) > 2:
        return RowFault(f"看不懂指标名称前面的“{cells[0]}”", "一级指标、二级指标、三级指标、指标值各一格")
    return RowCells(name=cells[0], value=cells[1], levels=tuple(levels))


def _is_figure(cell: str) -> bool:
    target = parse_target(cell)
    return target is not None and target.number is not None
