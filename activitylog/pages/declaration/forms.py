"""The form for files, and the form of what was read from them, one block for each project and row."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    MultipleFileField,
    SelectField,
    StringField,
    TextAreaField,
)

from activitylog.errors import Problem
from activitylog.pages.declaration.page import (
    HEAD_ROWS,
    ROWS_OF_A_PROJECT,
    IndicatorDraft,
    ProjectDraft,
)
from activitylog.projects.declaration.amounts import MONEY_UNITS
from activitylog.projects.declaration.sources.reader import KINDS
from activitylog.projects.declaration.table.levels import LEVEL1_WORDS
from activitylog.web.forms import BaseForm, CountField, DayField, at_most, required

BY_AMOUNT, NO_UMBRELLA = "", "-"
LONGEST_NAME = 120
_LEVEL1 = {"": "请选择"} | {word: word for word in sorted(LEVEL1_WORDS)}
_UNITS = {"": "请选择"} | {word: word for word in MONEY_UNITS}


class FilesForm(BaseForm):
    """The files of one or more declarations."""

    files = MultipleFileField("申报表文件", description=f"{KINDS}；几个文件可以一次选，每个不超过 10 MB。")


class IndicatorRow(Form):
    """One row as it was read; a row whose box is not ticked is left out."""

    is_wanted = BooleanField("读入这一行", default=True)
    level1 = SelectField("一级指标", choices=_LEVEL1, default="", invalid_choice_message="请选择一级指标。")
    level2 = StringField("二级指标", default="", validators=[at_most("二级指标", 40)])
    name = StringField("三级指标", default="", validators=[at_most("三级指标", LONGEST_NAME)])
    target = StringField("指标值", default="", validators=[at_most("指标值", LONGEST_NAME)])
    wording = HiddenField(default="")
    place = HiddenField(default="")
    source = HiddenField(default="")
    doubt = HiddenField(default="")


class ProjectRow(Form):
    """One project as it was read."""

    name = StringField("项目名称", validators=[required("项目名称"), at_most("项目名称", LONGEST_NAME)])
    renamed_from = SelectField("由已有项目改名", default="", validate_choice=False)
    year = CountField("年度", validators=[required("年度")])
    nature = StringField("项目性质", default="", validators=[at_most("项目性质", 60)])
    category = StringField("项目类别", default="", validators=[at_most("项目类别", 60)])
    department = StringField("主管部门", default="", validators=[at_most("主管部门", LONGEST_NAME)])
    implementing_unit = StringField("实施单位", default="", validators=[at_most("实施单位", LONGEST_NAME)])
    starts_on = DayField("计划开始日期")
    ends_on = DayField("计划完成日期")
    money_unit = SelectField(
        "金额的单位",
        choices=_UNITS,
        default="",
        invalid_choice_message="请选择金额的单位。",
    )
    budget = StringField("年度资金申请总额", validators=[required("年度资金申请总额")])
    fiscal = StringField("当年财政拨款", default="")
    carried_over = StringField("上年结转资金", default="")
    other = StringField("其他资金", default="")
    goal = TextAreaField("年度总体目标", default="")
    doubt = HiddenField(default="")
    indicators = FieldList(FormField(IndicatorRow))


class CheckForm(BaseForm):
    """What was read, to be checked and mended before it is stored."""

    umbrella = SelectField("汇总项目", default=BY_AMOUNT, validate_choice=False)
    replace = BooleanField("改动已有的项目，以这份为准")
    projects = FieldList(FormField(ProjectRow))

    def offer(self, stored: Sequence[str]) -> None:
        """Fill the lists of names: of this form's projects, and of those of its years stored before."""
        names = [row.form.name.data or "" for row in self.projects]
        self.umbrella.choices = {BY_AMOUNT: "按金额判断", NO_UMBRELLA: "没有汇总项目"}
        self.umbrella.choices |= {name: name for name in (*names, *stored) if name}
        for row in self.projects:
            known = {name: name for name in stored if name not in names}
            row.form.renamed_from.choices = {"": "不是改名"} | known

    @property
    def chosen_umbrella(self) -> str | None:
        return {BY_AMOUNT: None, NO_UMBRELLA: ""}.get(self.umbrella.data, self.umbrella.data)

    @property
    def renames(self) -> dict[str, str]:
        rows = [row.form for row in self.projects]
        return {row.renamed_from.data: row.name.data for row in rows if row.renamed_from.data}

    def drafts(self) -> list[ProjectDraft]:
        """The projects with the rows that are ticked."""
        return [_draft(row.form) for row in self.projects]

    def mark(self, line: int, problem: Problem) -> None:
        """Show a problem of a mended line beside the field it is about."""
        at, offset = divmod(line, ROWS_OF_A_PROJECT)
        if at >= len(self.projects) or not line:
            self.form_errors.append(str(problem))
            return
        row = self.projects.entries[at].form
        field = _field_of(row, offset, problem)
        advice = f"，应为{problem.expected}" if problem.expected else ""
        field.errors = [*field.errors, f"{problem.message}{advice}。"]


def _field_of(row: Any, offset: int, problem: Problem) -> Any:
    if offset > HEAD_ROWS:
        ticked = [each.form for each in row.indicators if each.form.is_wanted.data]
        indicator = ticked[min(offset - HEAD_ROWS, len(ticked)) - 1]
        return indicator.level2 if "二级指标" in problem.message else indicator.target
    if "年度" in problem.message and offset < 6:
        return row.year
    if "金额的单位" in problem.message:
        return row.money_unit
    if "资金" in problem.message or offset == 6:
        return row.budget
    return {2: row.year, 5: row.ends_on}.get(offset, row.name)


def _draft(row: Any) -> ProjectDraft:
    values = {
        name: row[name].data
        for name in ProjectDraft.__dataclass_fields__
        if name not in {"indicators", "doubt", "goal"}
    }
    ticked = [each.form for each in row.indicators if each.form.is_wanted.data]
    indicators = tuple(
        IndicatorDraft(**{name: each[name].data or "" for name in IndicatorDraft.__dataclass_fields__})
        for each in ticked
    )
    return ProjectDraft(**values, goal=row.goal.data or "", doubt="", indicators=indicators)


def check_form(drafts: Sequence[ProjectDraft]) -> CheckForm:
    """The form filled with what was read."""
    return CheckForm(formdata=None, data={"projects": [asdict(draft) for draft in drafts]})
