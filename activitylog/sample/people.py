"""The accounts of the sample."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.operations import create_user, disable_user
from activitylog.accounts.rules import Role, password_weakness

ROLES = {
    "演示组织者": Role.ORGANIZER,
    "演示负责人": Role.MANAGER,
    "演示绩效专员": Role.OFFICER,
}


@dataclass(frozen=True, slots=True)
class People:
    """The users by role; `passwords` by name, empty when nobody may sign in."""

    organizer: User
    manager: User
    officer: User
    passwords: dict[str, str]


def create_people(session: Session, *, project_ids: list[int], may_sign_in: bool, now: datetime) -> People:
    """Create three accounts, which are disabled unless they may sign in."""
    passwords = {name: _password() for name in ROLES}
    users = [
        create_user(
            session,
            name=name,
            password=passwords[name],
            role=role,
            project_ids=project_ids if role is Role.ORGANIZER else (),
            now=now,
            is_sample=True,
        )
        for name, role in ROLES.items()
    ]
    if not may_sign_in:
        for name in ROLES:
            disable_user(session, name=name)
    organizer, manager, officer = users
    return People(organizer, manager, officer, passwords if may_sign_in else {})


def _password() -> str:
    while True:
        password = secrets.token_urlsafe(9)
        if password_weakness(password) is None:
            return password
