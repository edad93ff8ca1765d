"""Any declaration written as text, however untidily, is read back unchanged."""

import tempfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from activitylog.projects.declaration.document import DeclaredIndicator, DeclaredProject
from activitylog.projects.declaration.reader import read_declaration
from activitylog.projects.declaration.table.levels import EITHER_LEVEL, LEVEL1_OF

# Names made of these say nothing about their level.
PLAIN = st.text("山水风云花鸟星月竹梅", min_size=2, max_size=8)
LEVEL2 = [level2 for level2 in LEVEL1_OF if level2 not in EITHER_LEVEL]
UNITS = {
    "数量指标": ("场", "人", "个", "篇", "次"),
    "时效指标": ("天", "%"),
    "经济成本指标": ("万元", "元", "%"),
}
SPELLINGS = {
    "≥": ("≥", ">=", "＞＝", "≧", "不少于", r"$\geq "),
    "≤": ("≤", "<=", "＜＝", "≦", "不超过", r"$\leq "),
    "=": ("=", "＝", "等于"),
    ">": (">", "＞", "大于"),
    "<": ("<", "＜", "小于"),
}


@st.composite
def indicator_lists(draw: st.DrawFn) -> tuple[DeclaredIndicator, ...]:
    level2s = draw(st.lists(st.sampled_from(LEVEL2), min_size=1, max_size=6, unique=True))
    names = draw(st.lists(PLAIN, min_size=len(level2s), max_size=12, unique=True))
    found = []
    for position, name in enumerate(names, 1):
        level2 = level2s[(position - 1) * len(level2s) // len(names)]
        found.append(draw(declared(name, level2, position)))
    return tuple(found)


@st.composite
def declared(draw: st.DrawFn, name: str, level2: str, position: int) -> DeclaredIndicator:
    blank = DeclaredIndicator(name, LEVEL1_OF[level2], level2, "", None, "", "", "", position)
    if draw(st.booleans()):
        word = draw(st.sampled_from(["健全", "良好", "有所增强"]))
        return replace(blank, target_word=word, wording=word)
    operator = draw(st.sampled_from(list(SPELLINGS)))
    unit = draw(st.sampled_from(UNITS.get(level2, ("%", "分"))))
    number = draw(st.decimals(0, 99999, places=2))
    wording = draw(spellings(operator, number, unit))
    return replace(blank, operator=operator, target=number, unit=unit, wording=wording)


@st.composite
def spellings(draw: st.DrawFn, operator: str, number: Decimal, unit: str) -> str:
    sign = draw(st.sampled_from(SPELLINGS[operator]))
    figure = draw(st.sampled_from([f"{number}", f"{number:,}", f"{number:f}"]))
    if sign.startswith("$"):
        return f"{sign}{figure}{unit.replace('%', chr(92) + '%')}$"
    if draw(st.booleans()):
        figure = figure.translate({ord(plain): ord(plain) + 0xFEE0 for plain in "0123456789.,"})
    return sign + figure + draw(st.sampled_from([f"({unit})", f"（{unit}）", unit, f" ( {unit} )"]))


@st.composite
def project_lists(draw: st.DrawFn) -> tuple[DeclaredProject, ...]:
    names = draw(st.lists(PLAIN, min_size=1, max_size=5, unique=True))
    # Distinct powers of two never add up to one another.
    budgets = [100 * 2**power for power in range(len(names))]
    umbrella = len(names) > 3 and draw(st.booleans())
    if umbrella:
        budgets[0] = sum(budgets[1:])
    return tuple(
        DeclaredProject(
            name=name,
            year=2031,
            nature=draw(PLAIN),
            category=draw(PLAIN),
            department=draw(PLAIN),
            implementing_unit=draw(PLAIN),
            starts_on=date(2031, 1, 1),
            ends_on=draw(st.dates(date(2031, 1, 1), date(2031, 12, 31))),
            budget_fen=budget,
            fiscal_fen=budget,
            carried_over_fen=0,
            other_fen=0,
            goal=(goal := draw(PLAIN) + "。"),
            original_goal=goal,
            parent=names[0] if umbrella and position > 1 else None,
            indicators=draw(indicator_lists()),
            position=position,
        )
        for position, (name, budget) in enumerate(zip(names, budgets, strict=True), 1)
    )


@st.composite
def texts(draw: st.DrawFn, projects: tuple[DeclaredProject, ...]) -> str:
    """The projects as an untidy office would send them."""
    lines: list[str] = []
    for project in projects:
        lines += ["财政项目支出绩效目标申报表", "（2031 年度）"]
        for cells in head_rows(project):
            lines += draw(untidy(cells))
        above = ""
        for each in project.indicators:
            shown = each.level2 != above or each.target is None or draw(st.booleans())
            first = draw(st.booleans())
            levels = [each.level1] * first + [each.level2] * shown
            above = each.level2
            lines += draw(untidy([*draw(spaced(levels)), each.name, each.wording]))
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


def head_rows(project: DeclaredProject) -> list[list[str]]:
    amount = f"{Decimal(project.budget_fen) / 100:,.2f}"
    return [
        ["项目名称", project.name, "项目性质", project.nature, "项目类别", project.category],
        ["主管部门", project.department, "实施单位", project.implementing_unit],
        ["计划开始日期", f"{project.starts_on}", "计划完成日期", f"{project.ends_on}"],
        ["项目资金 (元)", "项目资金总额", "年度资金申请总额", amount],
        ["其中：财政资金", "其中：当年财政拨款", amount],
        ["项目 绩效 目标", "项目总目标", "年度总体目标"],
        [project.original_goal],
        ["一级指标", "二级指标", "三级指标", "年度(/项目)指标值"],
    ]


@st.composite
def spaced(draw: st.DrawFn, words: list[str]) -> list[str]:
    return [word.replace("指标", draw(st.sampled_from(["指标", " 指标", "\u3000指 标"]))) for word in words]


@st.composite
def untidy(draw: st.DrawFn, cells: list[str]) -> list[str]:
    """One row with its cells slipped, perhaps followed by blank lines or a row of dashes."""
    gaps = draw(st.lists(st.integers(1, 3), min_size=len(cells), max_size=len(cells)))
    row = "\t" * draw(st.integers(0, 3)) + "".join(
        cell + "\t" * gap for cell, gap in zip(cells, gaps, strict=True)
    )
    return [row, *draw(st.lists(st.sampled_from(["", "\t\t", "--\t---\t---"]), max_size=2))]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
def test_untidy_text_reads_back_as_it_was_meant(data: st.DataObject, encoding: str) -> None:
    projects = data.draw(project_lists())
    text = data.draw(texts(projects))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "申报表.txt"
        path.write_bytes(text.encode(encoding))
        declaration = read_declaration(path)
    assert declaration.projects == projects
    assert declaration.year == 2031
