import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import dev
from activitylog.cli import activitylog
from activitylog.settings import NOT_OF_ENVIRONMENT, Settings

ROOT = Path(dev.__file__).parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
WORDS = re.compile(r"[a-z][a-z-]*(?: [a-z][a-z-]*)*")
VARIABLE = re.compile(r"ACTIVITYLOG_[A-Z_]+")


def table(first_heading: str) -> list[list[str]]:
    """The rows of the one table whose first column has this heading."""
    lines = iter(README.splitlines())
    for line in lines:
        if line.startswith(f"| {first_heading} |"):
            next(lines)
            rows: list[list[str]] = []
            for row in lines:
                if not row.startswith("|"):
                    return rows
                rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]])
    raise AssertionError(f"README.md has no table “{first_heading}”")


def documented_commands() -> dict[str, str]:
    """Words of the command → how it is called, as README.md shows it."""
    calls = [row[0].strip("`") for row in table("command")]
    return {WORDS.match(call)[0]: call for call in calls}  # type: ignore[index]


def commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


COMMANDS = dict(commands(activitylog))


def test_commands_table_lists_every_command() -> None:
    assert set(documented_commands()) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_table_shows_the_options_and_arguments(name: str) -> None:
    call = documented_commands()[name].removeprefix(name)
    options = [p for p in COMMANDS[name].params if isinstance(p, click.Option)]
    arguments = [p for p in COMMANDS[name].params if isinstance(p, click.Argument)]
    shown = re.findall(r"(?<![\w-])--?[a-z][a-z-]*", call)
    assert sorted(p.name for p in options if set(p.opts) & set(shown)) == sorted(p.name for p in options)
    assert len(shown) == len(options)
    positional = re.sub(r"--?[a-z][a-z-]*( [A-Z]+)?", "", call)
    assert len(re.findall(r"[A-Z]+", positional)) == len(arguments)


def test_settings_table_lists_every_variable() -> None:
    files = (ROOT / "activitylog" / f"{name}.py" for name in ("settings", "environment"))
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    listed = {row[0].strip("`") for row in table("variable")}
    assert listed == set(VARIABLE.findall(source)) - {"ACTIVITYLOG_"}
    fields = {field.name for field in dataclasses.fields(Settings)} - NOT_OF_ENVIRONMENT
    assert listed == {f"ACTIVITYLOG_{name.upper()}" for name in {*fields, "own_url"}}


def test_settings_table_shows_the_defaults() -> None:
    shown = {row[0].strip("`"): row[1].strip("`") for row in table("variable")}
    defaults = {
        f"ACTIVITYLOG_{field.name.upper()}": str("" if field.default == () else field.default)
        for field in dataclasses.fields(Settings)
        if field.default is not dataclasses.MISSING and field.name not in NOT_OF_ENVIRONMENT
    }
    assert shown.items() >= defaults.items()


def test_targets_table_lists_every_target() -> None:
    assert {row[0].strip("`") for row in table("target of `dev.py`")} == set(dev.TARGETS)


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_files_that_are_linked_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert [link for link in links if not (ROOT / link).exists()] == []
