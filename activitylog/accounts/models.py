"""Tables of users, their membership in projects, how and where they sign in, and links to a password."""

from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.accounts.rules import (
    ADMIN_DUTY,
    SEES_ALL_PROJECTS,
    Permission,
    Role,
    permissions_of,
    role_text,
)
from activitylog.core.database import Base


class User(UserMixin, Base):
    """A user: a role with records and figures, and whether they administer accounts."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[Role]
    administers_accounts: Mapped[bool] = mapped_column(default=False, server_default=false())
    has_all_projects: Mapped[bool] = mapped_column(default=False, server_default=false())
    password_hash: Mapped[str] = mapped_column(String(200))
    is_enabled: Mapped[bool] = mapped_column(default=True)
    is_sample: Mapped[bool] = mapped_column(default=False)
    calendar_hash: Mapped[str | None] = mapped_column(String(64), unique=True, index=True)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]

    @property
    def is_active(self) -> bool:
        return self.is_enabled

    identities: Mapped[list["Identity"]] = relationship(
        back_populates="user", order_by="Identity.id", passive_deletes=True
    )

    @property
    def has_password(self) -> bool:
        return bool(self.password_hash)

    @property
    def sees_all_projects(self) -> bool:
        """Whether the person sees every project, and not only those they belong to."""
        return self.has_all_projects or self.role in SEES_ALL_PROJECTS

    @property
    def permissions(self) -> frozenset[Permission]:
        return permissions_of(
            self.role,
            administers_accounts=self.administers_accounts,
            sees_all_projects=self.sees_all_projects,
        )

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    @property
    def duties(self) -> frozenset[str]:
        """The words of what the person does, as settings name them."""
        return frozenset({self.role.value, *[ADMIN_DUTY] * self.administers_accounts})

    @property
    def role_text(self) -> str:
        """What the person is in the office, in words."""
        return role_text(self.role, administers_accounts=self.administers_accounts)

    @property
    def is_invited(self) -> bool:
        """Whether the person has neither chosen a password nor linked an identity, and so cannot sign in."""
        return not self.password_hash and not self.identities


class Membership(Base):
    """A user's membership in a project."""

    __tablename__ = "membership"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class SignIn(Base):
    """A user's sign-in on a device until it ends; the cookie holds its number and a key, kept as a digest."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(45))
    stays: Mapped[bool]
    began_at: Mapped[datetime]
    proven_at: Mapped[datetime | None]  # when the person last showed who they are
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class PendingSignIn(Base):
    """A sign-in whose password was right and whose code is awaited; the cookie holds its number and a key."""

    __tablename__ = "pending_sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(80))
    stays: Mapped[bool]
    expires_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class FailedSignIn(Base):
    """A failed attempt to sign in, counted by name and address."""

    __tablename__ = "failed_sign_in"
    __table_args__ = (
        Index("ix_failed_sign_in_name_at", "name_digest", "at"),
        Index("ix_failed_sign_in_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name_digest: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(45))
    at: Mapped[datetime] = mapped_column(index=True)


class PasswordLink(Base):
    """A one-time link by which a user chooses a password, until it is used, replaced or expired."""

    __tablename__ = "password_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # bookkeeping
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]

    user: Mapped[User] = relationship(foreign_keys=[user_id])


class Identity(Base):
    """Who a user is at a provider of sign-ins; `gives_role` where signing in there made the account."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("provider", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    provider: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(64))  # of the person at the provider
    gives_role: Mapped[bool]
    created_at: Mapped[datetime]

    user: Mapped[User] = relationship(back_populates="identities")


class WaitingForm(Base):
    """A form of an ended session, kept while its sender signs in at a provider; their cookie has the key."""

    __tablename__ = "waiting_form"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    form: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(index=True)
