"""Recognises the rows of a table that are no indicators: signatures, notes, sums, rows left empty."""

import re

from activitylog.projects.declaration.cells import without_spaces
from activitylog.projects.declaration.columns import SERIAL
from activitylog.projects.declaration.levels import is_level_word, resembles_level_word
from activitylog.projects.declaration.sources.rows import TableRow

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
