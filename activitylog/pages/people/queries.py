"""Reads the list of users: their projects, when they were last seen, and whether they must wait."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from activitylog.accounts.models import FailedSignIn, Membership, SignIn, User
from activitylog.accounts.rules import BELONGS_TO_PROJECTS
from activitylog.accounts.second_factors.queries import holders
from activitylog.accounts.sign_ins.rules import COUNTED_FOR, MOST_OF_NAME_HERE, name_digest
from activitylog.errors import Missing
from activitylog.projects.models import Project

NOT_CHOSEN, DISABLED, WAITING, FINE = "还没设密码", "已停用", "多次密码错误，需等待", "正常"
ERASED = "已注销"


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A user as the list shows them; `projects` are names, of those who belong to some."""

    user: User
    projects: Sequence[str]
    seen_at: datetime | None
    waits: bool
    has_second_factor: bool

    @property
    def projects_text(self) -> str:
        """The projects the person sees; a dash for who sees no records."""
        if self.user.sees_all_projects:
            return "全部项目"
        if self.user.role not in BELONGS_TO_PROJECTS:
            return "—"
        return "、".join(self.projects) or "还没有项目"

    @property
    def state(self) -> str:
        if not self.user.is_enabled:
            return ERASED if self.user.erased_at else DISABLED
        if self.user.is_invited:
            return NOT_CHOSEN
        return WAITING if self.waits else FINE


def people(session: Session, *, now: datetime) -> list[PersonLine]:
    """Everybody, those who may sign in first, by name."""
    everybody = select(User).options(selectinload(User.identities))
    everybody = everybody.order_by(User.is_enabled.desc(), User.name)
    users = session.scalars(everybody).all()
    return _described(session, users, now=now)


def person(session: Session, user_id: int, *, now: datetime) -> PersonLine:
    """One of them; Missing when there is no such user."""
    user = session.get(User, user_id)
    if user is None:
        raise Missing("没有这个用户，请从用户名单重新进入。")
    return _described(session, [user], now=now)[0]


def _described(session: Session, users: Sequence[User], *, now: datetime) -> list[PersonLine]:
    ids = [user.id for user in users]
    projects, waiting = _projects(session, ids), _digests_waiting(session, now)
    latest = select(SignIn.user_id, func.max(SignIn.seen_at)).where(SignIn.user_id.in_(ids))
    seen = {row[0]: row[1] for row in session.execute(latest.group_by(SignIn.user_id))}
    secured = holders(session, ids)
    return [
        PersonLine(
            user=user,
            projects=projects.get(user.id, ()),
            seen_at=seen.get(user.id),
            waits=name_digest(user.name) in waiting,
            has_second_factor=user.id in secured,
        )
        for user in users
    ]


def _projects(session: Session, user_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
    rows = session.execute(
        select(Membership.user_id, Project.name)
        .join(Project, Project.id == Membership.project_id)
        .where(Membership.user_id.in_(user_ids))
        .order_by(Project.year.desc(), Project.position, Project.id)
    )
    found: dict[int, dict[str, None]] = {}
    for user_id, name in rows:
        found.setdefault(user_id, {})[name] = None
    return {user_id: tuple(names) for user_id, names in found.items()}


def _digests_waiting(session: Session, now: datetime) -> set[str]:
    """The digests of the names with which somebody must wait somewhere."""
    rows = session.execute(
        select(FailedSignIn.name_digest)
        .where(FailedSignIn.at > now - COUNTED_FOR)
        .group_by(FailedSignIn.name_digest, FailedSignIn.address)
        .having(func.count() >= MOST_OF_NAME_HERE)
    )
    return {digest for (digest,) in rows}


def project_names(session: Session) -> list[str]:
    """The names of all projects, the newest year's first, each once however many years it is declared in."""
    order = (Project.year.desc(), Project.position, Project.id)
    return list(dict.fromkeys(session.scalars(select(Project.name).order_by(*order))))


def projects_named(session: Session, names: Collection[str]) -> list[int]:
    """The ids of the projects so named in every year, so that access does not end with the year."""
    return list(session.scalars(select(Project.id).where(Project.name.in_(names))))
