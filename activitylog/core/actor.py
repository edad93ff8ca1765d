"""The actor of a session, as the audit trail names it; set by routes, commands and jobs."""

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

COMMAND_LINE = "命令行"
JOB = "定时任务"
NOT_SIGNED_IN = "未登录"
_KEY = "actor"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a command or a job; `origin` is an address, or the host with what runs there."""

    name: str
    origin: str
    user_id: int | None = None
    is_sample: bool = False


def act_as(session: Session, actor: Actor) -> None:
    """Attribute everything the session writes from now on to this actor."""
    session.info[_KEY] = actor


def actor_of(session: Session) -> Actor:
    """The session's actor; the system itself when none was set."""
    actor = session.info.get(_KEY)
    return actor if isinstance(actor, Actor) else Actor("系统", socket.gethostname())


@contextmanager
def as_sample(session: Session) -> Iterator[None]:
    """Mark everything written within as part of the sample."""
    actor = actor_of(session)
    act_as(session, replace(actor, is_sample=True))
    try:
        yield
    finally:
        act_as(session, actor)


def command_actor(command: str) -> Actor:
    """The actor of a command: the operating system's account on this host."""
    return Actor(COMMAND_LINE, f"{_system_account()}@{socket.gethostname()}: {command}")


def job_actor(name: str) -> Actor:
    """The actor of a scheduled job on this host."""
    return Actor(JOB, f"{socket.gethostname()}: {name}")


def session_info(actor: Actor) -> dict[str, Actor]:
    """The `info` of a sessionmaker whose sessions all have this actor."""
    return {_KEY: actor}


def _system_account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account number without a name, as in containers
        return "?"
