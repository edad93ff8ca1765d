"""Checks the name and target of one row: what is wrong with it, and what is unlikely."""

import re

from activitylog.core.text.words import half_width
from activitylog.projects.declaration.cells import without_spaces
from activitylog.projects.declaration.columns import RowCells
from activitylog.projects.declaration.levels import COUNTED, is_level_word, names_a_level
from activitylog.projects.declaration.targets import (
    EXPECTED,
    ONE_BOUND,
    Target,
    conflict,
    is_range,
    parse_target,
    with_unit,
)

LONGEST_NAME = 120
WHOLE = 100  # per cent
LONGEST_WORD = 60
LONGEST_WORDING = 120
LONGEST_UNIT = 20
_UNIT_IN_NAME = re.compile(r"[(（]([^()（）\d]{1,4})[)）]$|(%|％)$")
_MEASURED = frozenset({"%", "元", "万元", "天", "年", "个月", "小时", "米", "公里", "平方米", "亩", "吨"})


def may_be_no_indicator(cells: RowCells, target: Target | None) -> bool:
    """Whether a row may be a signature or note: out of its columns, under no level, no signed figure."""
    is_certain = target is not None and target.number is not None and target.has_sign
    return not (cells.has_columns or cells.levels or is_certain or names_a_level(cells.name))


def row_problem(
    cells: RowCells, name: str, wording: str, target: Target | None, text: str
) -> tuple[str, str, str] | None:
    """The problem of a row: message, value, expected; None when there is none."""
    figure = parse_target(name)
    if figure is not None and figure.number is not None:
        return "这一行的指标值后面还有一格", text, "指标值是这一行的最后一格，或在表头里写明它是哪一列"
    if is_level_word(name):
        return "这一行缺少三级指标名称或指标值", text, "指标名称后面一格写指标值，" + EXPECTED
    if len(name) > LONGEST_NAME:
        return "三级指标名称太长", name, f"不超过{LONGEST_NAME}个字"
    return _target_problem(cells, name, wording, target, text)


def _target_problem(
    cells: RowCells, name: str, wording: str, target: Target | None, text: str
) -> tuple[str, str, str] | None:
    against = conflict(cells.sign, cells.value, cells.unit)
    if against:
        return f"指标“{name}”的{against}，不知道哪个对", text, "两处相同，或只写一处"
    if target is None:
        expected = ONE_BOUND if is_range(wording) else EXPECTED
        return f"指标“{name}”的指标值无法识别", wording, expected
    if len(wording) > LONGEST_WORDING or len(target.word) > LONGEST_WORD or len(target.unit) > LONGEST_UNIT:
        return f"指标“{name}”的指标值无法识别", wording, EXPECTED
    return None


def complete_unit(name: str, target: Target) -> tuple[str, Target]:
    """A unit written behind the name instead of the figure: 满意度(%) 90; a per cent sign leaves the name."""
    match = _UNIT_IN_NAME.search(name)
    unit = half_width(without_spaces(match[1] or match[2])) if match else ""
    if match is None or target.number is None or unit not in COUNTED | _MEASURED:
        return name, target
    bare = name[: match.start()]
    if unit == "%" and target.unit in {"", "%"} and bare:
        return bare, with_unit(target, "%")
    return name, with_unit(target, unit) if not target.unit else target


def unlikely_target(target: Target) -> str:
    """Why a target is unlikely; "" when it is not."""
    if target.number is None:
        return ""
    if target.number < 0:
        return f"“{target.operator}{target.number}{target.unit}”是负数"
    if target.unit == "%" and target.operator in {"≥", ">", "="} and target.number > WHOLE:
        return f"“{target.operator}{target.number}%”超过 100%"
    return ""
