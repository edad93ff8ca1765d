"""Users, their memberships and second factors."""

from datetime import UTC, datetime
from itertools import count

import pyotp
from sqlalchemy.orm import Session

from activitylog.accounts.models import Membership, User
from activitylog.accounts.rules import Role
from activitylog.accounts.second_factors.models import SecondFactor
from activitylog.accounts.second_factors.operations import NEVER
from activitylog.accounts.second_factors.rules import seal_secret
from activitylog.projects.models import Project

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
KEY = "a secret of the tests only"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_serial = count(1)


def make_user(
    session: Session,
    *projects: Project,
    role: Role = Role.ORGANIZER,
    administers_accounts: bool = False,
    name: str = "",
) -> User:
    """A member of the projects, without a password; a manager of none has all."""
    user = User(
        name=name or f"用户{next(_serial)}",
        role=role,
        administers_accounts=administers_accounts,
        has_all_projects=role is Role.MANAGER and not projects,
        password_hash="no password fits this",
        created_at=NOW,
    )
    session.add(user)
    session.flush()
    session.add_all(Membership(user_id=user.id, project_id=project.id) for project in projects)
    session.flush()
    return user


def make_admin(session: Session, name: str = "") -> User:
    """Who keeps the books and administers accounts, without a password."""
    return make_user(session, role=Role.OFFICER, administers_accounts=True, name=name)


def make_second_factor(session: Session, user: User, *, secret: str = SECRET) -> SecondFactor:
    """An authenticator app of the person, none of whose codes was used."""
    sealed = seal_secret(secret, user_id=user.id, key=KEY)
    factor = SecondFactor(user_id=user.id, sealed_secret=sealed, last_step=NEVER, since=NOW)
    session.add(factor)
    session.flush()
    return factor


def code_at(moment: datetime, secret: str = SECRET) -> str:
    """What the app shows at that moment."""
    return pyotp.TOTP(secret).at(moment)
