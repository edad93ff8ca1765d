"""Collects every problem and remark of one file, so that all are told at once."""

from activitylog.errors import DeclarationError, Problem
from activitylog.projects.declaration.document import Remark, RemarkKind


class Findings:
    """Problems stop the import; remarks travel with the declaration."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.remarks: list[Remark] = []

    def problem(self, message: str, *, line: int | None = None, value: str = "", expected: str = "") -> None:
        self.problems.append(
            Problem(message, file=self.file, row=line, value=_shortened(value), expected=expected)
        )

    def remark(self, kind: RemarkKind, message: str, *, project: str = "", line: int | None = None) -> None:
        place = f"第{line}行：" if line is not None else ""
        self.remarks.append(Remark(kind, place + message, project, line))

    def raise_problems(self) -> None:
        if not self.problems:
            return
        ordered = sorted(self.problems, key=lambda problem: problem.row or 0)
        count = len(ordered)
        message = f"申报表“{self.file}”有{count}处无法读取，什么都没有改动；请改正后重新导入。"
        raise DeclarationError(message, problems=ordered)


def _shortened(value: str, limit: int = 60) -> str:
    return value if len(value) <= limit else value[: limit - 1] + "…"
