"""Any layout of a form's table is read as it was meant, or refused with its line."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from activitylog.errors import DeclarationError
from activitylog.projects.declaration.document import DeclaredIndicator
from activitylog.projects.declaration.reader import read_declaration
from tests.examples import examples
from tests.factories.declaration_files import WRITERS, Merged

NAMES = st.text("山水风云花鸟星月竹梅", min_size=2, max_size=6)
GROUPS = (
    ("产出指标", "数量指标"),
    ("产出指标", "质量指标"),
    ("产出指标", "时效指标"),
    ("产出指标", "成本指标"),
    ("效益指标", "社会效益指标"),
    ("效益指标", "可持续影响指标"),
    ("满意度指标", "满意度指标"),
)
BESIDE = ("实际完成值", "分值", "得分", "权重", "偏差原因分析及改进措施", "备注", "指标解释")
FILLING = {"实际完成值": "98%", "分值": "10", "得分": "9.8", "权重": "10", "指标解释": "按次统计"}
NUMERALS = {5: "五", 10: "十", 12: "十二", 60: "六十", 100: "一百", 250: "二百五十"}
WORDS = ("有效提升", "健全", "2025年12月底前", "2025年12月", "效果明显")


@dataclass(frozen=True)
class Meant:
    """One row: its target as it is meant, written in one cell or in three."""

    name: str
    level1: str
    level2: str
    operator: str
    number: str
    unit: str
    cell: str

    @property
    def expected(self) -> tuple[str, str, str, str, str, str]:
        word = self.cell if not self.operator else self.number
        return self.level1, self.level2, self.name, self.operator, word, self.unit

    def cells(self, *, in_three: bool) -> dict[str, str]:
        if not in_three:
            return {"value": self.cell}
        if not self.operator:
            return {"sign": "定性", "value": self.cell, "unit": ""}
        return {"sign": self.operator, "value": self.number, "unit": self.unit}


@st.composite
def meant_rows(draw: st.DrawFn) -> list[Meant]:
    groups = sorted(draw(st.sets(st.sampled_from(GROUPS), min_size=1, max_size=5)), key=GROUPS.index)
    names = draw(st.lists(NAMES, min_size=len(groups), max_size=8, unique=True))
    return [draw(meant(name, *groups[at * len(groups) // len(names)])) for at, name in enumerate(names)]


@st.composite
def meant(draw: st.DrawFn, name: str, level1: str, level2: str) -> Meant:
    if draw(st.integers(0, 3)) == 0:
        return Meant(name, level1, level2, "", "", "", draw(st.sampled_from(WORDS)))
    unit = draw(st.sampled_from(("场", "人次", "篇", "%", "万元", "天", "个")))
    number = draw(st.sampled_from((*NUMERALS, 1.5, 99.99, 2000)))
    operator = draw(st.sampled_from("≥≤=")) if unit != "%" else "≥"
    figure = draw(st.sampled_from([f"{number}", f"{number:.2f}", f"{number:,}"]))
    spellings = {
        "≥": ("≥{}", ">={}", "不少于{}", "{}以上", "达到{}以上", "{}（含）以上"),
        "≤": ("≤{}", "<={}", "不超过{}", "控制在{}以内", "{}以内"),
        "=": ("={}", "＝{}", "等于{}"),
    }[operator]
    numeral = NUMERALS.get(int(number)) if number == int(number) and unit != "%" else None
    if numeral and draw(st.booleans()):
        figure = numeral
    cell = draw(st.sampled_from(spellings)).format(figure + draw(st.sampled_from([unit, f"({unit})"])))
    return Meant(name, level1, level2, operator, f"{number:g}" if number != 99.99 else "99.99", unit, cell)


@dataclass
class Layout:
    """The columns of a table, and how its level cells are written."""

    columns: list[str]
    in_three: bool
    repeats_levels: bool
    has_points: bool
    is_numbered: bool
    gaps: dict[str, int] = field(default_factory=dict)

    def heading(self, column: str) -> str:
        heads = {"level1": "一级指标", "level2": "二级指标", "name": "三级指标", "value": "年度指标值"}
        return (heads | {"sign": "指标性质", "unit": "度量单位", "side": ""}).get(column, column)

    def rows(self, meant: list[Meant]) -> list[list[str]]:
        head = [""] * len(self.spread([""] * len(self.columns)))
        rows = [
            ["项目支出绩效目标表", *head[1:]],
            ["（2025年度）", *head[1:]],
            ["项目名称", "社区科普", *head[2:]],
            ["项目资金（万元）", "年度资金总额", "30", *head[3:]],
            self.spread([self.heading(column) for column in self.columns]),
        ]
        above: tuple[str, str] = ("", "")
        for number, each in enumerate(meant, 1):
            rows.append(self.spread(self.row(each, above, number)))
            above = each.level1, each.level2
        return rows

    def row(self, meant: Meant, above: tuple[str, str], number: int) -> list[str]:
        first = meant.level1 != above[0] or self.repeats_levels
        second = first or meant.level2 != above[1]
        points = "(50分)" if self.has_points else ""
        cells = {
            "level1": meant.level1 + points if first else "",
            "level2": meant.level2 if second else "",
            "name": f"指标{number}：{meant.name}" if self.is_numbered else meant.name,
            **meant.cells(in_three=self.in_three),
        }
        return [cells.get(column, FILLING.get(column, "")) for column in self.columns]

    def spread(self, cells: list[str]) -> list[str]:
        """The cells with empty columns behind some, as merged cells leave them."""
        spread = []
        for column, cell in zip(self.columns, cells, strict=True):
            spread += [cell, *[""] * self.gaps.get(column, 0)]
        return spread


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    in_three = draw(st.booleans())
    target = draw(st.permutations(["sign", "value", "unit"])) if in_three else ["value"]
    beside = draw(st.lists(st.sampled_from(BESIDE), max_size=4, unique=True))
    behind = draw(st.permutations([*target, *beside]))
    columns = [*(["side"] * draw(st.integers(0, 1))), "level1", "level2", "name", *behind]
    return Layout(
        columns,
        in_three,
        repeats_levels=draw(st.booleans()),
        has_points=draw(st.booleans()),
        is_numbered=draw(st.booleans()),
        gaps={column: draw(st.integers(0, 2)) for column in ("level2", "name")},
    )


def read(kind: str, rows: list[list[str]], merged: list[Merged] | None = None) -> list[DeclaredIndicator]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / kind
        WRITERS[kind](path, rows, merged or [])
        [project] = read_declaration(path).projects
    assert (project.name, project.budget_fen) == ("社区科普", 30_000_000)
    return list(project.indicators)


def summary(indicators: list[DeclaredIndicator]) -> list[tuple[str, ...]]:
    return [
        (each.level1, each.level2, each.name, each.operator, each.target_text, each.unit)
        for each in indicators
    ]


@examples(60, thorough=1500)
@given(meant_rows(), layouts(), st.sampled_from(["tabs.txt", "pipes.md", "commas.csv", "page.html"]))
def test_a_table_with_a_header_is_read_whole(meant: list[Meant], layout: Layout, kind: str) -> None:
    assert summary(read(kind, layout.rows(meant))) == [each.expected for each in meant]


@examples(8, thorough=150)
@given(meant_rows(), layouts(), st.sampled_from(["book.xlsx", "document.docx", "print.pdf"]))
def test_merged_cells_are_read_whole(meant: list[Meant], layout: Layout, kind: str) -> None:
    rows = layout.rows(meant)
    assert summary(read(kind, rows, merged_levels(layout, rows))) == [each.expected for each in meant]


@examples(40, thorough=800)
@given(meant_rows(), layouts(), st.data())
def test_characters_nobody_sees_change_nothing(
    meant: list[Meant], layout: Layout, data: st.DataObject
) -> None:
    rows = [[data.draw(disguised(cell)) for cell in row] for row in layout.rows(meant)]
    assert summary(read("tabs.txt", rows)) == [each.expected for each in meant]


@st.composite
def disguised(draw: st.DrawFn, text: str) -> str:
    """The text with invisible characters, full-width signs, a radical for an ideograph or inner spaces."""
    if not text or not draw(st.booleans()):
        return text
    signs = str.maketrans({"(": "（", ")": "）", "%": "％", "一": "\u2f00", "二": "\u2f06", "人": "\u2f08"})
    text = text.translate(signs) if draw(st.booleans()) else text
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(["\u200b", "\ufeff", "\u2060", "\u202a", "\xad"])) + text[at:]


def merged_levels(layout: Layout, rows: list[list[str]]) -> list[Merged]:
    """The level cells merged over the blank ones below them."""
    areas: list[Merged] = []
    for column in ("level1", "level2"):
        at = position(layout, column)
        top = 5
        for row in range(6, len(rows) + 1):
            if row == len(rows) or rows[row][at]:
                areas += [(top, at, row - 1, at)] if row - 1 > top else []
                top = row
    return areas


def position(layout: Layout, column: str) -> int:
    before = layout.columns[: layout.columns.index(column)]
    return sum(1 + layout.gaps.get(each, 0) for each in before)


@examples(60, thorough=1500)
@given(meant_rows(), layouts(), st.data())
def test_a_row_whose_cells_slipped_is_read_right_or_refused(
    meant: list[Meant], layout: Layout, data: st.DataObject
) -> None:
    """Text copied from a merged table loses its blank cells: what is read nevertheless must be right."""
    rows = layout.rows(meant)
    slipped = data.draw(st.sets(st.integers(5, len(rows) - 1), max_size=3))
    for at in slipped:
        rows[at] = [cell for cell in rows[at] if cell]
    found = read_or_refusal(rows)
    if isinstance(found, DeclarationError):
        assert all(problem.row and problem.expected for problem in found.problems)
        assert {(problem.row or 0) - 1 for problem in found.problems} & slipped
        return
    targets = {(each.name, each.printed_target) for each in found}
    assert targets == {
        (name, f"{operator}{word}{unit}") for *_, name, operator, word, unit in expected(meant)
    }


def read_or_refusal(rows: list[list[str]]) -> list[DeclaredIndicator] | DeclarationError:
    try:
        return read("tabs.txt", rows)
    except DeclarationError as refusal:
        return refusal


def expected(meant: list[Meant]) -> list[tuple[str, ...]]:
    return [each.expected for each in meant]
