"""Declared projects."""

from datetime import UTC, datetime
from itertools import count

from sqlalchemy.orm import Session

from activitylog.projects.models import Project

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
_serial = count(1)


def make_project(
    session: Session,
    *,
    name: str = "",
    year: int = 2024,
    parent: Project | None = None,
    budget_fen: int = 300_000_00,
) -> Project:
    position = next(_serial)
    project = Project(
        name=name or f"科普项目{position}",
        year=year,
        parent_id=parent.id if parent else None,
        position=position,
        budget_fen=budget_fen,
        created_at=NOW,
    )
    session.add(project)
    session.flush()
    return project
