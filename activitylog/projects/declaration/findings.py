"""Collects every problem and remark of one file, so that all are reported at once."""

from activitylog.errors import Problem
from activitylog.projects.declaration.document import Remark, RemarkKind
from activitylog.projects.declaration.sources.rows import DeclarationFile


class DeclarationFindings:
    """Problems stop the import; remarks are part of the declaration. Both are kept with their line."""

    def __init__(self, source: DeclarationFile) -> None:
        self._source = source
        self.problems: list[tuple[int, Problem]] = []
        self.remarks: list[Remark] = []

    def add_problem(
        self, message: str, *, line: int | None = None, value: str = "", expected: str = ""
    ) -> None:
        sheet, row = self._source.place(line) if line is not None else ("", None)
        problem = Problem(
            message, file=self._source.file, sheet=sheet, row=row, value=_shortened(value), expected=expected
        )
        self.problems.append((line or 0, problem))

    def add_remark(
        self, kind: RemarkKind, message: str, *, project: str = "", line: int | None = None
    ) -> None:
        self.remarks.append(Remark(kind, self._place(line) + message, project, line))

    def _place(self, line: int | None) -> str:
        if line is None:
            return ""
        sheet, row = self._source.place(line)
        return (f"工作表“{sheet}”" if sheet else "") + f"第{row}行："


def _shortened(value: str, limit: int = 60) -> str:
    return value if len(value) <= limit else value[: limit - 1] + "…"
