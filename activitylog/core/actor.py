"""Who acts in a session and from where, as the audit trail will name them; set once, at the edge."""

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
    """Whatever the session writes from now on is this actor's doing."""
    session.info[_KEY] = actor


def actor_of(session: Session) -> Actor:
    """Who acts in the session; a session nobody has claimed is the program's own."""
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


def command_line(command: str) -> Actor:
    """The account of the operating system that runs a command on this host."""
    return Actor(COMMAND_LINE, f"{_account()}@{socket.gethostname()}: {command}")


def job(name: str) -> Actor:
    """A job of the timetable on this host."""
    return Actor(JOB, f"{socket.gethostname()}: {name}")


def as_info(actor: Actor) -> dict[str, Actor]:
    """The same for a `sessionmaker(info=…)`, so that every session it makes is the actor's."""
    return {_KEY: actor}


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account number without a name, as in containers
        return "?"
