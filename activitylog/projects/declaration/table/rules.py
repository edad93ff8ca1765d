"""Finds the rows of an indicator table that are no indicators, and checks name and target of one that is."""

import re

from activitylog.core.text.words import half_width
from activitylog.projects.declaration.cells import without_spaces
from activitylog.projects.declaration.sources.rows import TableRow
from activitylog.projects.declaration.table.columns import SERIAL, RowCells
from activitylog.projects.declaration.table.levels import (
    COUNTED,
    is_level_word,
    names_a_level,
    resembles_level_word,
)
from activitylog.projects.declaration.table.targets import (
    EXPECTED,
    ONE_BOUND,
    Target,
    conflict,
    is_range,
    parse_target,
    with_unit,
)

_LABELS = (
    "备注|附注|注|说明|填表说明|填报说明|其他说明|合计|总计|小计|总分|得分合计|审核意见|审批意见|审核|审批|意见"
    "|(?:主管|财政|业务|归口)?(?:部门|科室|处室|单位)?(?:领导|负责人|分管领导)?(?:审核|审批|审定|初审|复核)?(?:意见|结论)|评价结论|自评结论|存在问题"
    "|改进措施|下一步工作计划|填表人|填报人|制表人|审核人|复核人|经办人|联系人|负责人|签字|签名|盖章|公章"
    "|(?:单位|部门|项目|财务|主管|分管)(?:主要)?(?:负责人|领导)|填表日期|填报日期|填表时间|填报时间|日期"
    "|联系电话|电话|联系方式|填表单位|填报单位|单位(?:公章|盖章)|项目责任人"
)
_LABEL = re.compile(rf"(?:{_LABELS})(?:\(.{{0,12}}\))?")
_LABEL_AND_TEXT = re.compile(rf"(?:{_LABELS})(?:\(.{{0,12}}\))?:.*|(?:合计|总计|小计|总分)\d.*", re.DOTALL)
_SEALED = re.compile(r"\((?:盖章|签章|签字|公章|签名|印章)\)|(?:盖章|签章|签字|公章|签名)(?:处|栏)?:?$")
_LABEL_AND_COLON = re.compile(r"[^\d≥≤<>=:%]{2,12}:(?:[^:]{0,20})")
_PLACEHOLDER = re.compile(r"[.…·。/、—–\-]*|无|暂无|不适用|/+")


def closing_label(row: TableRow) -> str:
    """The cell that says the row is no indicator; "" for an indicator."""
    if any(is_level_word(cell) for cell in row.cells):
        return ""
    cells = [cell for cell in row.cells if not SERIAL.fullmatch(cell) and not resembles_level_word(cell)]
    first = without_spaces(cells[0]) if cells else ""
    if _LABEL.fullmatch(first) or _LABEL_AND_TEXT.fullmatch(first) or _SEALED.search(first):
        return first
    if first.startswith("指标"):
        return ""
    return first if _LABEL_AND_COLON.fullmatch(first) and _are_labels(cells) else ""


def _are_labels(cells: list[str]) -> bool:
    """Whether every cell is a label with a colon, perhaps with what was filled in."""
    return all(_LABEL_AND_COLON.fullmatch(without_spaces(cell)) for cell in cells)


def is_placeholder(cell: str) -> bool:
    return _PLACEHOLDER.fullmatch(without_spaces(cell)) is not None


LONGEST_NAME = 120
WHOLE = 100  # per cent
_RATE = re.compile("(?:率|满意度|覆盖面|比例|占比)$")
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


def unlikely_target(name: str, target: Target) -> str:
    """Why a target of this name is unlikely; "" when it is not."""
    if target.number is None:
        return ""
    if target.number < 0:
        return f"“{target.operator}{target.number}{target.unit}”是负数"
    if target.unit == "%" and target.operator in {"≥", ">", "="} and target.number > WHOLE:
        return f"“{target.operator}{target.number}%”超过 100%"
    if not target.unit and 0 < target.number <= 1 and _RATE.search(name):
        share = f"{(target.number * WHOLE).normalize():f}%"
        return f"“{target.operator}{target.number}”没有写 %，要是 {share} 请连 % 写明"
    return ""
