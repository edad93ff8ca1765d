"""Splits the rows of a file into forms, and each form into its head, its indicator table and what follows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from activitylog.projects.declaration.cells import money_unit, without_spaces
from activitylog.projects.declaration.sources.rows import TableRow
from activitylog.projects.declaration.table.columns import is_heading
from activitylog.projects.declaration.table.levels import is_level_word

NAME_LABELS = frozenset(
    {"项目名称", "一级项目名称", "二级项目名称", "转移支付(项目)名称", "转移支付项目名称"}
)
_TITLE = re.compile(r"绩效(?:目标|指标|自评|运行|监控|评价)\S{0,8}表$|绩效目标\S{0,6}(?:批复|申报)\S{0,4}$")
_NO_FORM = re.compile("汇总表|一览表|清单|说明")
_YEAR_IN_BRACKETS = re.compile(r"\(\d{4}(?:年度?)?\)$")
_YEAR_LINE = re.compile(r"\(?(?:(?:项目|预算|申报)?年度:?)?(\d{4})(?:年度?)?\)?")
_YEAR_IN_TITLE = re.compile(r"(?<!\d)(\d{4})年")


@dataclass(slots=True)
class DeclarationForm:
    """The rows of one form, which starts at `line`; `above` are the file's rows before its forms."""

    line: int
    head: list[TableRow] = field(default_factory=list)
    table: list[TableRow] = field(default_factory=list)
    above: Sequence[TableRow] = ()

    @property
    def is_named(self) -> bool:
        return any(has_name_label(row) for row in self.head)

    @property
    def has_title(self) -> bool:
        return any(is_title(row) for row in self.head)

    @property
    def is_only_a_title(self) -> bool:
        return not self.table and not any(row.is_in_table for row in self.head)


def split_forms(rows: Sequence[TableRow]) -> tuple[tuple[TableRow, ...], tuple[DeclarationForm, ...]]:
    """Split a sheet into the rows before the first form and the forms."""
    preface: list[TableRow] = []
    forms: list[DeclarationForm] = []
    for row in rows:
        current = forms[-1] if forms else None
        if _is_form_start(row, current):
            forms.append(DeclarationForm(row.line, head=_lead(current)))
        if not forms:
            preface.append(row)
        elif forms[-1].table or is_table_start(row):
            forms[-1].table.append(row)
        else:
            forms[-1].head.append(row)
    titles = (row for form in forms if form.is_only_a_title for row in form.head)
    above = (*preface, *titles)
    found = tuple(form for form in forms if not form.is_only_a_title)
    for form in found:
        form.above = above
    return above, found


def _lead(previous: DeclarationForm | None) -> list[TableRow]:
    """The year and money unit between two forms, which belong to the later one; taken off the earlier."""
    lead: list[TableRow] = []
    while previous and previous.table and _is_lead(previous.table[-1]):
        lead.insert(0, previous.table.pop())
    return lead


def _is_lead(row: TableRow) -> bool:
    states_unit = any("单位" in cell and money_unit(cell) is not None for cell in row.cells)
    return year_of_line(row) is not None or (states_unit and re.search(r"\d", row.text) is None)


def _is_form_start(row: TableRow, current: DeclarationForm | None) -> bool:
    if is_title(row):
        return True
    if has_name_label(row):
        return current is None or current.is_named or bool(current.table)
    return bool(current and current.table) and year_of_line(row) is not None


def is_title(row: TableRow) -> bool:
    if len(row.cells) != 1 or len(row.cells[0]) > 60:
        return False
    title = _YEAR_IN_BRACKETS.sub("", without_spaces(row.cells[0]))
    return _TITLE.search(title) is not None and _NO_FORM.search(title) is None


def has_name_label(row: TableRow) -> bool:
    label = without_spaces(row.cells[0]).partition(":")[0]
    return label in NAME_LABELS


def is_table_start(row: TableRow) -> bool:
    return is_heading(row) or (len(row.cells) >= 3 and any(is_level_word(cell) for cell in row.cells))


def year_of_line(row: TableRow) -> int | None:
    """The year of a line that contains nothing else: (2024年度)."""
    text = "".join(without_spaces(cell) for cell in row.cells)
    match = _YEAR_LINE.fullmatch(text) if "年" in text else None
    return int(match[1]) if match else None


def year_in_title(row: TableRow) -> int | None:
    match = _YEAR_IN_TITLE.search(without_spaces(row.cells[0])) if len(row.cells) == 1 else None
    return int(match[1]) if match else None
