"""Small declarations as text."""

from pathlib import Path

from activitylog.errors import BadInput, DeclarationError
from activitylog.projects.declaration.document import Declaration, DeclaredIndicator, RemarkKind
from activitylog.projects.declaration.reader import read_declaration

TITLE = "财政项目支出绩效目标申报表"
HEADING = "\t一级指标\t二级指标\t三级指标\t年度(/项目)指标值"
ONE_ROW = ("绩效 指标\t产出指标\t数量指标\t讲座场次\t≥10.00(场)",)


def form(
    *rows: str,
    name: str = "科普进社区",
    year_line: str = "(2025年度)",
    amount: str = "300,000.00",
    money_heading: str = "项目资金 (元)",
    goal: str = "把科学送到家门口。",
    heading: str = HEADING,
) -> str:
    """One form; `rows` are the lines of its indicator table."""
    return "\n".join(
        (
            TITLE,
            "",
            year_line,
            "",
            f"项目名称\t{name}\t项目性质\t经常性项目\t项目类别\t部门预算类",
            "主管部门\t某某协会\t实施单位\t某某中心\t\t",
            "计划开始日期\t2025-01-01\t计划完成日期\t2025-12-31\t\t",
            f"{money_heading}\t项目资金总额\t\t年度资金申请总额\t{amount}\t",
            f"\t其中：财政资金\t\t其中：当年财政拨款\t{amount}\t",
            "\t\t\t\t上年结转资金\t",
            "项目 绩效 目标\t项目总目标\t\t年度总体目标\t\t",
            f"\t\t\t{goal}\t\t",
            heading,
            *(rows or ONE_ROW),
            "",
        )
    )


def read(folder: Path, *forms: str, encoding: str = "utf-8") -> Declaration:
    path = folder / "申报表.txt"
    path.write_bytes("\n".join(forms).encode(encoding))
    return read_declaration(path)


def indicators(folder: Path, *rows: str) -> list[DeclaredIndicator]:
    """The indicators of one form made of these table lines."""
    return list(read(folder, form(*rows)).projects[0].indicators)


def levels(folder: Path, *rows: str) -> list[tuple[str, str, str]]:
    return [(each.level1, each.level2, each.name) for each in indicators(folder, *rows)]


def refusal(folder: Path, *forms: str) -> BadInput:
    """The error these forms are refused with."""
    try:
        read(folder, *forms)
    except DeclarationError as error:
        return error
    raise AssertionError("the declaration was read")


def remarks(declaration: Declaration, kind: RemarkKind) -> list[str]:
    return [remark.message for remark in declaration.warnings if remark.kind is kind]
