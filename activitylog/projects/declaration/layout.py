"""Splits the rows of a file into forms, and each form into its head and its indicator table."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from activitylog.projects.declaration.cells import without_spaces
from activitylog.projects.declaration.levels import LEVEL1_OF
from activitylog.projects.declaration.text import TextRow

FORM_TITLE = "绩效目标申报表"
NAME_LABEL = "项目名称"
_HEADINGS = frozenset({"一级指标", "二级指标", "三级指标"})
_YEAR_LINE = re.compile(r"\(?(?:(?:项目|预算|申报)?年度:?)?(\d{4})(?:年度?)?\)?")
_YEAR_IN_TITLE = re.compile(r"(?<!\d)(\d{4})年")


@dataclass(slots=True)
class DeclarationForm:
    """The rows of one form, which starts at `line`."""

    line: int
    head: list[TextRow] = field(default_factory=list)
    table: list[TextRow] = field(default_factory=list)

    @property
    def is_named(self) -> bool:
        return any(has_name_label(row) for row in self.head)

    @property
    def is_only_a_title(self) -> bool:
        return not self.table and not any(row.is_in_table for row in self.head)


def split_forms(rows: Sequence[TextRow]) -> tuple[tuple[TextRow, ...], tuple[DeclarationForm, ...]]:
    """Split a file into the rows before the first form and the forms."""
    preface: list[TextRow] = []
    forms: list[DeclarationForm] = []
    for row in rows:
        current = forms[-1] if forms else None
        if _is_form_start(row, current):
            forms.append(DeclarationForm(row.line))
        if not forms:
            preface.append(row)
        elif forms[-1].table or is_table_start(row):
            forms[-1].table.append(row)
        else:
            forms[-1].head.append(row)
    titles = (row for form in forms if form.is_only_a_title for row in form.head)
    return (*preface, *titles), tuple(form for form in forms if not form.is_only_a_title)


def _is_form_start(row: TextRow, current: DeclarationForm | None) -> bool:
    if _is_title(row):
        return True
    if has_name_label(row):
        return current is None or current.is_named or bool(current.table)
    return bool(current and current.table) and year_of_line(row) is not None


def _is_title(row: TextRow) -> bool:
    return len(row.cells) == 1 and FORM_TITLE in without_spaces(row.cells[0]) and len(row.cells[0]) <= 60


def has_name_label(row: TextRow) -> bool:
    first = without_spaces(row.cells[0]).rstrip(":")
    return first == NAME_LABEL or first.startswith(NAME_LABEL + ":")


def is_table_start(row: TextRow) -> bool:
    return is_heading(row) or (
        len(row.cells) >= 3 and any(without_spaces(cell) in LEVEL1_OF for cell in row.cells)
    )


def is_heading(row: TextRow) -> bool:
    return any(without_spaces(cell) in _HEADINGS for cell in row.cells)


def year_of_line(row: TextRow) -> int | None:
    """The year of a line that contains nothing else: (2024年度)."""
    text = "".join(without_spaces(cell) for cell in row.cells)
    match = _YEAR_LINE.fullmatch(text) if "年" in text else None
    return int(match[1]) if match else None


def year_in_title(row: TextRow) -> int | None:
    match = _YEAR_IN_TITLE.search(without_spaces(row.cells[0])) if len(row.cells) == 1 else None
    return int(match[1]) if match else None
