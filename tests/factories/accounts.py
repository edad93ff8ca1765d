"""Users and their memberships."""

from datetime import UTC, datetime
from itertools import count

from sqlalchemy.orm import Session

from activitylog.accounts.models import Membership, User
from activitylog.accounts.rules import Role
from activitylog.projects.models import Project

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
_serial = count(1)


def make_user(session: Session, *projects: Project, role: Role = Role.ORGANIZER, name: str = "") -> User:
    """A member of the projects, without a password."""
    user = User(
        name=name or f"用户{next(_serial)}",
        role=role,
        password_hash="no password fits this",
        created_at=NOW,
    )
    session.add(user)
    session.flush()
    session.add_all(Membership(user_id=user.id, project_id=project.id) for project in projects)
    session.flush()
    return user
