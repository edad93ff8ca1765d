"""Finds the project of a row by its name and the year of its date."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.ledger.cells import comparable
from activitylog.ledger.columns import LedgerSheet
from activitylog.ledger.findings import LedgerFindings
from activitylog.ledger.rows import LedgerRow
from activitylog.projects.models import Project

NAMES_SHOWN = 8


class ProjectNames:
    """Every project by name and year, loaded once."""

    def __init__(self, session: Session) -> None:
        self._ids: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self._names: dict[int, str] = {}
        stored = select(Project.id, Project.year, Project.name).order_by(Project.position, Project.id)
        for project_id, year, name in session.execute(stored):
            self._ids[name][year] = project_id
            self._names[project_id] = name
        self._spellings = {comparable(name): name for name in self._ids}

    def name_of(self, project_id: int) -> str:
        return self._names[project_id]

    def known_name(self, text: str) -> str | None:
        """The name as declared, found also when written half-width or with other spaces."""
        return text if text in self._ids else self._spellings.get(comparable(text))

    def find(self, name: str, day: date, activity_project: int | None = None) -> int | None:
        """The project so named in the day's year, else the activity's if so named."""
        years = self._ids.get(name, {})
        return years.get(day.year, activity_project if activity_project in years.values() else None)

    def check_name(self, row: LedgerRow, sheet: LedgerSheet, findings: LedgerFindings) -> str | None:
        """The declared name of the row's project; None, with a problem added, when no year has it."""
        if "project" in row.unreadable:
            return None
        name = self.known_name(row.values["project"])
        if name is None:
            findings.add_problem(
                f"没有这个项目，请先导入申报表或改正名称{self._hint(self._ids)}",
                sheet,
                row=row.number,
                field="project",
                value=row.values["project"],
            )
        return name

    def add_missing_project(
        self, row: int, sheet: LedgerSheet, findings: LedgerFindings, name: str, day: date
    ) -> None:
        """Add the problem that the project is not declared for the row's year."""
        others = [other for other, ids in self._ids.items() if day.year in ids]
        hint = self._hint(others) if others or not self._ids else "，也没有别的项目，请先导入那一年的申报表"
        findings.add_problem(
            f"{day.year} 年没有这个项目{hint}",
            sheet,
            row=row,
            field="project",
            value=name,
        )

    def _hint(self, names: Collection[str]) -> str:
        listed = list(dict.fromkeys(names))[:NAMES_SHOWN]
        return f"；现有：{'、'.join(listed)}" if listed else "；现在还没有任何项目"
