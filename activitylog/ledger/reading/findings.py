"""Collects every problem and warning of one workbook, so that all are reported at once."""

from activitylog.errors import LedgerError, Problem
from activitylog.ledger.columns import SHEETS, LedgerSheet
from activitylog.ledger.reading.layouts import FileSheet

LONGEST_VALUE = 60
_ORDER = {sheet.name: position for position, sheet in enumerate(SHEETS)}


class LedgerFindings:
    """Problems stop the import; warnings are part of its report; `sheets` are those the file has."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.sheets: list[FileSheet] = []

    def add_problem(
        self, message: str, sheet: LedgerSheet, *, row: int | None = None, field: str = "", value: str = ""
    ) -> None:
        """Add a problem of a cell, row or column; what was expected is the column's `expected`."""
        column = sheet.column(field) if field else None
        self.problems.append(
            Problem(
                message,
                file=self.file,
                sheet=sheet.name,
                row=row,
                column=column.heading if column else "",
                value=_shortened(value),
                expected=column.expected if column else "",
            )
        )

    def add_warning(self, message: str, *, sheet: str = "", row: int | None = None, column: str = "") -> None:
        self.warnings.append(Problem(message, file=self.file, sheet=sheet, row=row, column=column))

    def raise_problems(self) -> None:
        if not self.problems:
            return
        ordered = sorted(self.problems, key=lambda problem: (_ORDER[problem.sheet], problem.row or 0))
        raise LedgerError(
            f"台账“{self.file}”有 {len(ordered)} 处问题，什么都没有改动；请改正后重新导入。", problems=ordered
        )


def _shortened(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 1] + "…"
