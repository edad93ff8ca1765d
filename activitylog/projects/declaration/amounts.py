"""Reads the year's amount and its sources, in the unit that the form gives for them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from activitylog.core.money import yuan_text
from activitylog.core.text.words import half_width
from activitylog.projects.declaration.cells import (
    YUAN_PER_UNIT,
    amount_and_unit,
    money_unit,
    read_amount_fen,
    without_spaces,
)
from activitylog.projects.declaration.document import RemarkKind
from activitylog.projects.declaration.findings import DeclarationFindings
from activitylog.projects.declaration.layout import DeclarationForm
from activitylog.projects.declaration.sources.rows import TableRow

NO_AMOUNT = frozenset({"-", "—", "——", "/", "无"})
MONEY_UNITS = {"元": 1, "千元": 1_000, "万元": 10_000, "亿元": 100_000_000}
_WORDS = {yuan: word for word, yuan in MONEY_UNITS.items()}
_MENTIONED = re.compile(r"(\d+(?:,\d{3})*(?:\.\d+)?)(百万元|亿元|万元|千元|元)(?!/)")


@dataclass(frozen=True, slots=True)
class LabelledCell:
    """The text beside a label, and its line."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Amounts:
    """The year's amount and where it comes from, in fen."""

    budget: int = 0
    fiscal: int = 0
    carried_over: int = 0
    other: int = 0


@dataclass(frozen=True, slots=True)
class MoneyUnit:
    """Yuan per unit where a person or an earlier form of the same heading gives it; None for neither."""

    chosen: int | None = None
    inherited: int | None = None


def read_amounts(
    form: DeclarationForm,
    entries: Mapping[str, LabelledCell],
    name: str,
    unit: MoneyUnit,
    findings: DeclarationFindings,
) -> Amounts:
    """The amounts; an empty source is 0, an empty total or a unit that cannot be found a problem."""
    total = entries["budget"] if _is_filled(entries, "budget") else entries.get("whole")
    if total is None or half_width(total.text) in NO_AMOUNT:
        findings.add_problem(
            f"{f'“{name}”' if name else '这张申报表'}没有填资金总额",
            line=form.line,
            expected="“年度资金申请总额”后面一格写金额，如 300,000.00",
        )
        return Amounts()
    fields = [field for field in ("fiscal", "carried_over", "other") if _is_filled(entries, field)]
    cells = [total, *(entries[field] for field in fields)]
    yuan = _yuan_per_unit(form, cells, unit, findings)
    if yuan is None:
        return Amounts()
    budget, *parts = [_fen(cell, yuan, findings) for cell in cells]
    sources = dict(zip(fields, parts, strict=True))
    if sources and sum(parts) != budget:
        message = (
            f"“{name}”的资金总额{yuan_text(budget)}元与各项来源之和{yuan_text(sum(parts))}元不一致，请核对。"
        )
        findings.add_remark(RemarkKind.AMOUNTS, message, project=name, line=total.line)
    return Amounts(budget, sources.get("fiscal", 0), sources.get("carried_over", 0), sources.get("other", 0))


def stated_units(rows: Sequence[TableRow]) -> set[int]:
    """The units that cells state for the amounts, such as 项目资金(万元) or 单位：元."""
    stated = (money_unit(cell) for row in rows for cell in row.cells)
    return {unit for unit in stated if unit is not None}


def _yuan_per_unit(
    form: DeclarationForm, cells: Sequence[LabelledCell], unit: MoneyUnit, findings: DeclarationFindings
) -> int | None:
    """Yuan per unit; where every amount names its own or is 0, any. A problem is added for none or two."""
    read = [amount_and_unit(cell.text) for cell in cells]
    if all(each is None or each[1] is not None or each[0] == 0 for each in read):
        return 1
    stated = stated_units(form.head)
    if len(stated) == 1:
        return next(iter(stated))
    if unit.chosen is not None:
        return unit.chosen
    if len(stated) > 1:
        words = "、".join(_WORDS.get(each, str(each)) for each in sorted(stated))
        findings.add_problem(
            "金额的单位有不同的写法", line=cells[0].line, value=words, expected="只写一种单位，如 单位：元"
        )
        return None
    if unit.inherited is not None and not form.has_title:
        return unit.inherited
    above = stated_units(form.above)
    return next(iter(above)) if len(above) == 1 else _mentioned_unit(form, cells[0], findings)


def _mentioned_unit(form: DeclarationForm, total: LabelledCell, findings: DeclarationFindings) -> int | None:
    """The unit with which the form's own text writes the same amount; without one a problem."""
    read = amount_and_unit(total.text)
    figure = read[0] if read else None
    rows = [*form.above, *form.head, *form.table]
    units = {yuan for row in rows for yuan in _units_of(figure, row)}
    if len(units) == 1:
        yuan = units.pop()
        message = (
            f"金额“{total.text}”没有写单位，按文字里同一数额的单位“{_WORDS.get(yuan, '')}”读入，请核对。"
        )
        findings.add_remark(RemarkKind.MONEY_UNIT, message, line=total.line)
        return yuan
    findings.add_problem(
        "找不到金额的单位",
        line=total.line,
        value=total.text,
        expected="金额旁或表头写明单位，如 项目资金（万元）；或在导入时指明（命令行加 --money-unit 万元）",
    )
    return None


def _units_of(figure: Decimal | None, row: TableRow) -> Iterator[int]:
    for number, word in _MENTIONED.findall(without_spaces(" | ".join(row.cells))):
        if figure is not None and Decimal(number.replace(",", "")) == figure:
            yield YUAN_PER_UNIT[word]


def _is_filled(entries: Mapping[str, LabelledCell], field: str) -> bool:
    return field in entries and half_width(entries[field].text) not in NO_AMOUNT


def _fen(entry: LabelledCell, yuan_per_unit: int, findings: DeclarationFindings) -> int:
    fen = read_amount_fen(entry.text, yuan_per_unit=yuan_per_unit)
    if fen is None:
        findings.add_problem(
            "金额无法识别",
            line=entry.line,
            value=entry.text,
            expected="不带负号、精确到分的数，如 300,000.00",
        )
    return fen or 0
