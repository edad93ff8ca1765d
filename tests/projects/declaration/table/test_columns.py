"""Which column of a table is which, by its heading."""

import pytest

from activitylog.projects.declaration.sources.rows import table_row
from activitylog.projects.declaration.table.columns import RowFault, TableHeader, read_header


def header(*headings: str) -> TableHeader | RowFault | None:
    return read_header(table_row(1, ("一级指标", "二级指标", "三级指标", *headings)))


@pytest.mark.parametrize(
    "heading",
    [
        *("指标值", "年度指标值", "年度(/项目)指标值", "年初目标值(A)", "指标目标值", "绩效指标值", "目标值"),
        *("预期值", "年度目标", "年度 指标值", "2025年目标值", "计划值"),
    ],
)
@pytest.mark.parametrize(
    "beside",
    [
        (),
        ("实际完成值", "分值", "得分"),
        ("指标解释", "权重"),
        ("全年(调整)指标值", "完成值"),
        ("指标值类型", "指标值设定依据"),
        ("上年实际值", "备注"),
    ],
)
def test_the_column_of_the_target_is_known_by_its_heading(heading: str, beside: tuple[str, ...]) -> None:
    for headings in ((heading, *beside), (*beside, heading)):
        found = header(*headings)
        assert isinstance(found, TableHeader)
        assert found.value_heading == heading.replace(" ", "")


def test_of_a_term_and_a_year_the_year_is_taken() -> None:
    found = header("实施期指标值", "年度指标值")
    assert isinstance(found, TableHeader)
    assert found.value_heading == "年度指标值"


@pytest.mark.parametrize("headings", [("指标值", "目标值"), ("2025年目标值", "2026年目标值"), ("指标解释",)])
def test_a_header_that_leaves_a_doubt_is_a_fault(headings: tuple[str, ...]) -> None:
    assert isinstance(header(*headings), RowFault)
