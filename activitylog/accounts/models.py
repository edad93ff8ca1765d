"""Tables of users and of their membership in projects."""

from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.accounts.rules import Role
from activitylog.core.database import Base


class User(UserMixin, Base):
    """A user with one role."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[Role]
    password_hash: Mapped[str] = mapped_column(String(200))
    is_enabled: Mapped[bool] = mapped_column(default=True)
    is_sample: Mapped[bool] = mapped_column(default=False)
    # sign-in
    session_key: Mapped[str] = mapped_column(String(32))
    calendar_hash: Mapped[str | None] = mapped_column(String(64), unique=True, index=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def is_active(self) -> bool:
        return self.is_enabled

    def get_id(self) -> str:
        """The identity in the session cookie, invalid after a new password or a disabled account."""
        return f"{self.id}:{self.session_key}"


class Membership(Base):
    """A user's membership in a project."""

    __tablename__ = "membership"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), primary_key=True, index=True
    )
