"""Sessions and errors of commands: the database of the settings, refusals as sentences with an exit code."""

import errno
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from activitylog.core.actor import act_as, command_actor
from activitylog.core.database import has_current_schema, is_migrated, make_engine, start_writing
from activitylog.errors import ActivityLogError, BadInput, Problem
from activitylog.settings import PRIVATE_MASK, Settings

MOST_PROBLEMS = 200
INTERRUPTED = 130
_FILE_ERRORS = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EISDIR: "这是一个文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "所在磁盘是只读的",
    errno.ENOSPC: "磁盘已满",
}


@contextmanager
def reading_session() -> Iterator[Session]:
    """A session on the installation's database that never commits."""
    settings = Settings.from_env()
    engine = make_engine(settings.database_url, trail_keys=settings.trail_keys)
    try:
        with Session(engine) as session:
            act_as(session, command_actor(_command_path()))
            _check_ready(session)
            yield session
    finally:
        engine.dispose()


def _command_path() -> str:
    context = click.get_current_context(silent=True)
    return context.command_path if context else "activitylog"


@contextmanager
def writing_session() -> Iterator[Session]:
    """A session that holds the write lock; commits at the end, or rolls back after an error."""
    with reading_session() as session:
        start_writing(session)
        yield session
        session.commit()


def check_reachable(database_url: str) -> None:
    """Refuse a database that cannot be reached, whatever its schema."""
    engine = make_engine(database_url)
    try:
        engine.connect().close()
    except DBAPIError as error:
        raise _unreachable(error) from error
    finally:
        engine.dispose()


def _check_ready(session: Session) -> None:
    try:
        check_schema(session.connection())
    except DBAPIError as error:
        raise _unreachable(error) from error


def check_schema(connection: Connection) -> None:
    """Refuse a database without the schema of this version."""
    if not is_migrated(connection):
        raise BadInput("数据库还没有建表，请先运行 activitylog db upgrade。")
    if not has_current_schema(connection):
        raise BadInput("数据库还不是这个版本的结构，请先运行 activitylog db upgrade。")


def _unreachable(error: DBAPIError) -> BadInput:
    return BadInput(f"数据库连接不上（{database_message(error)}），请检查 ACTIVITYLOG_DATABASE_URL。")


def database_message(error: DBAPIError) -> str:
    """The first line of the database's error message; the others are hints for programmers."""
    return next(iter(str(error.orig).splitlines()), type(error.orig).__name__)


def print_refusal(error: ActivityLogError) -> None:
    """Print a refusal and its problems to standard error."""
    click.echo(str(error), err=True)
    problems = error.problems if isinstance(error, BadInput) else ()
    listed = [problem for problem in problems if not _is_part_of_sentence(problem, str(error))]
    for problem in listed[:MOST_PROBLEMS]:
        click.echo(f"  {problem}", err=True)
    if len(listed) > MOST_PROBLEMS:
        click.echo(f"  ……另有 {len(listed) - MOST_PROBLEMS} 处，请先改好以上各处再试。", err=True)


def _is_part_of_sentence(problem: Problem, sentence: str) -> bool:
    """Whether the problem is of the whole file and its message is part of the sentence."""
    return problem.row is None and not problem.value and problem.message in sentence


def run(group: click.Group) -> None:
    """Run a command group; print errors as a sentence and exit with their code.

    Files it writes are for this account alone.
    """
    os.umask(PRIVATE_MASK)
    try:
        group.main(standalone_mode=False)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.exceptions.NoArgsIsHelpError as call:
        click.echo(call.format_message())
    except ActivityLogError as error:
        print_refusal(error)
        sys.exit(error.exit_code)
    except (click.ClickException, DBAPIError, OSError) as error:
        click.echo(_error_sentence(error), err=True)
        sys.exit(1 if isinstance(error, DBAPIError) else 2)


def _error_sentence(error: click.ClickException | DBAPIError | OSError) -> str:
    if isinstance(error, click.ClickException):
        return usage_sentence(error)
    if isinstance(error, DBAPIError):
        return f"数据库出错（{database_message(error)}），没有保存；请检查数据库后再试一次。"
    file_error = _FILE_ERRORS.get(error.errno or 0, error.strerror or str(error))
    return f"“{error.filename or '文件'}”无法读写：{file_error}，请检查后再试。"


def usage_sentence(error: click.ClickException) -> str:
    """A usage error as a Chinese sentence with the command that shows the help."""
    context = getattr(error, "ctx", None)
    help_hint = f"请看 {context.command_path if context else 'activitylog'} --help。"
    return f"{_usage_error(error, context)}，{help_hint}"


def _usage_error(error: click.ClickException, context: click.Context | None) -> str:
    if isinstance(error, click.MissingParameter):
        return f"缺少参数 {_parameter_name(error.param, context)}"
    if isinstance(error, click.NoSuchOption):
        return f"没有 {error.option_name} 这个选项"
    if isinstance(error, click.exceptions.NoSuchCommand):
        return f"没有 {error.command_name} 这个命令"
    if isinstance(error, click.BadOptionUsage):
        return f"选项 {error.option_name} 后面的值不对或没有写"
    if isinstance(error, click.BadParameter):
        return f"参数 {_parameter_name(error.param, context)} 的值不对，{_expected(error)}"
    extra = re.search(r"unexpected extra arguments? \((.*)\)", error.format_message())
    return f"多了参数 {extra[1]}" if extra else f"命令不对（{error.format_message()}）"


def _expected(error: click.BadParameter) -> str:
    kind = error.param.type if error.param else None
    if isinstance(kind, click.IntRange):
        return f"应为 {kind.min} 到 {kind.max} 的整数"
    return "应为整数" if kind is click.INT else error.message


def _parameter_name(parameter: click.Parameter | None, context: click.Context | None) -> str:
    if parameter is None:
        return ""
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    return parameter.make_metavar(context) if context else parameter.human_readable_name
