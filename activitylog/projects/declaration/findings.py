"""Collects every problem and remark of one file, so that all are reported at once."""

from activitylog.errors import DeclarationError, Problem
from activitylog.projects.declaration.document import Remark, RemarkKind


class DeclarationFindings:
    """Problems stop the import; remarks are part of the declaration."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.remarks: list[Remark] = []

    def add_problem(
        self, message: str, *, line: int | None = None, value: str = "", expected: str = ""
    ) -> None:
        self.problems.append(
            Problem(message, file=self.file, row=line, value=_shortened(value), expected=expected)
        )

    def add_remark(
        self, kind: RemarkKind, message: str, *, project: str = "", line: int | None = None
    ) -> None:
        line_text = f"第{line}行：" if line is not None else ""
        self.remarks.append(Remark(kind, line_text + message, project, line))

    def raise_problems(self) -> None:
        if not self.problems:
            return
        ordered = sorted(self.problems, key=lambda problem: problem.row or 0)
        count = len(ordered)
        message = f"申报表“{self.file}”有{count}处无法读取，什么都没有改动；请改正后重新导入。"
        raise DeclarationError(message, problems=ordered)


def _shortened(value: str, limit: int = 60) -> str:
    return value if len(value) <= limit else value[: limit - 1] + "…"
