"""Commands: sessions, exit codes, and errors as one sentence."""

import errno
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from activitylog.core import commands as core_commands
from activitylog.core.database import begin_writing, upgrade_schema
from activitylog.errors import ActivityLogError, BadInput, Forbidden, Missing, Problem, Refused
from activitylog.projects.models import Project
from activitylog.settings import Settings
from tests.databases import Databases, SqliteDatabases
from tests.factories.projects import make_project
from tests.terminal import Terminal


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that ends with an error; returns exit code and standard error."""

    def _run(error: BaseException | None = None, *arguments: str) -> tuple[int, str]:
        @click.group()
        def group() -> None:
            pass

        @group.command()
        @click.option("--count", type=click.IntRange(1, 9))
        def act(count: int | None) -> None:
            if error is not None:
                raise error

        monkeypatch.setattr(sys, "argv", ["activitylog", *(arguments or ("act",))])
        try:
            core_commands.run(group)
        except SystemExit as stop:
            return int(str(stop.code)), capsys.readouterr().err
        return 0, capsys.readouterr().err

    return _run


@pytest.mark.parametrize(
    ("error", "code"),
    [(Refused("不行。"), 1), (Forbidden("不行。"), 1), (BadInput("不行。"), 2), (Missing("不行。"), 2)],
)
def test_a_refusal_is_its_sentence_and_its_code(run: Run, error: ActivityLogError, code: int) -> None:
    assert run(error) == (code, "不行。\n")


def test_problems_follow_the_sentence_with_their_places(run: Run) -> None:
    problem = Problem("不是数字", file="台账.xlsx", sheet="活动", row=3, column="现场人数", value="约")
    assert run(BadInput("有 1 处错误。", problems=[problem])) == (
        2,
        "有 1 处错误。\n  台账.xlsx 工作表“活动” 第3行 “现场人数”列：不是数字（填的是“约”）\n",
    )


def test_a_problem_in_the_sentence_is_not_repeated(run: Run) -> None:
    problem = Problem("没有这个文件", file="甲.txt")
    assert run(BadInput("“甲.txt”无法读取：没有这个文件。", problems=[problem]))[1].count("没有这个文件") == 1


def test_very_many_problems_are_cut_with_their_number(run: Run) -> None:
    problems = [Problem("不对", row=row) for row in range(core_commands.MOST_PROBLEMS + 7)]
    shown = run(BadInput("很多错误。", problems=problems))[1].splitlines()
    assert len(shown) == core_commands.MOST_PROBLEMS + 2
    assert "另有 7 处" in shown[-1]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/数据/台账.xlsx"),
            "“/数据/台账.xlsx”无法读写：磁盘已满",
        ),
        (PermissionError(errno.EACCES, "Permission denied", "甲.txt"), "没有权限"),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "甲"), "这是一个文件夹"),
        (OSError("odd"), "“文件”无法读写：odd"),
    ],
)
def test_a_file_that_cannot_be_read_or_written_is_named(run: Run, error: OSError, words: str) -> None:
    code, sentence = run(error)
    assert code == 2
    assert words in sentence


def test_a_database_that_fails_on_the_way_is_a_sentence(run: Run) -> None:
    error = OperationalError("INSERT …", {}, Exception("database or disk is full\nHINT: secret"))
    code, sentence = run(error)
    assert (code, sentence) == (
        1,
        "数据库出错（database or disk is full），没有保存；请检查数据库后再试一次。\n",
    )


def test_an_interrupted_command_ends_as_shells_expect(run: Run) -> None:
    assert run(KeyboardInterrupt())[0] == 130
    assert run(click.Abort())[0] == 130


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["dance"], "没有 dance 这个命令"),
        (["act", "--loud"], "没有 --loud 这个选项"),
        (["act", "again"], "多了参数 again"),
        (["act", "--count"], "选项 --count 后面的值不对或没有写"),
        (["act", "--count", "x"], "参数 --count 的值不对，应为 1 到 9 的整数"),
        (["act", "--count", "10"], "参数 --count 的值不对，应为 1 到 9 的整数"),
    ],
)
def test_a_wrong_call_says_what_was_wrong_and_where_the_help_is(
    run: Run, arguments: list[str], words: str
) -> None:
    code, sentence = run(None, *arguments)
    assert code == 2
    assert sentence.startswith(words)
    assert sentence.rstrip().endswith("--help。")
    assert len(sentence.splitlines()) == 1


def test_what_a_reading_command_changes_is_dropped(
    terminal: Terminal, settings: Settings, session: Session
) -> None:
    terminal.use_settings(settings)
    with core_commands.reading_session() as reading:
        make_project(reading)
    assert session.scalars(select(Project)).all() == []


def test_a_writing_command_commits_once_or_changes_nothing(
    terminal: Terminal, settings: Settings, session: Session
) -> None:
    terminal.use_settings(settings)
    with pytest.raises(Refused), core_commands.writing_session() as writing:  # noqa: PT012
        make_project(writing)
        raise Refused("不行。")
    with core_commands.writing_session() as writing:
        make_project(writing, name="留下的")
    assert session.scalars(select(Project.name)).all() == ["留下的"]


def test_a_database_without_tables_is_sent_to_the_upgrade(
    terminal: Terminal, databases: Databases, tmp_path: Path
) -> None:
    with databases.fresh(migrated=False) as url:
        terminal.use_settings(Settings(tmp_path, url, "a secret of the tests only"))
        with pytest.raises(BadInput, match="还没有建表，请先运行 activitylog db upgrade"):
            core_commands.reading_session().__enter__()


def test_a_database_of_an_older_version_is_sent_to_the_upgrade(
    terminal: Terminal, databases: Databases, tmp_path: Path
) -> None:
    with databases.fresh(migrated=False) as url:
        upgrade_schema(url, "0001")
        terminal.use_settings(Settings(tmp_path, url, "a secret of the tests only"))
        with pytest.raises(BadInput, match="还不是这个版本的结构，请先运行 activitylog db upgrade"):
            core_commands.reading_session().__enter__()


def test_a_writing_command_holds_sqlites_lock_from_the_start(
    terminal: Terminal, sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    with sqlite_databases.fresh() as url:
        terminal.use_settings(Settings(tmp_path, url, "a secret of the tests only"))
        with core_commands.writing_session(), core_commands.reading_session() as other:
            other.execute(text("PRAGMA busy_timeout=1"))
            other.rollback()
            with pytest.raises(OperationalError, match="locked"):
                begin_writing(other)
