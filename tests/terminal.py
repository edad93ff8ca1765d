"""Runs commands in this process as a terminal would."""

import io
import sys
from dataclasses import dataclass

import pytest

from activitylog.cli import activitylog
from activitylog.core import commands as core_commands
from activitylog.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


class Terminal:
    """An environment in which commands are run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        for name in ("DATA_DIR", "DATABASE_URL", "SECRET_KEY", "PUBLIC_URL", "REDIS_URL", "SURVEY_LIMIT"):
            monkeypatch.delenv(f"ACTIVITYLOG_{name}", raising=False)

    def use_settings(self, settings: Settings) -> None:
        """Set the environment variables of these settings."""
        self.set("DATA_DIR", str(settings.data_dir))
        self.set("DATABASE_URL", settings.database_url)
        self.set("SECRET_KEY", settings.secret_key)

    def set(self, name: str, value: str) -> None:
        self._monkeypatch.setenv(f"ACTIVITYLOG_{name}", value)

    def __call__(self, *arguments: object, stdin: str | bytes | None = "") -> Outcome:
        """Run a command; `stdin` None closes standard input, as `<&-` does."""
        self._monkeypatch.setattr(sys, "argv", ["activitylog", *map(str, arguments)])
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        piped = None if raw is None else io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8")
        self._monkeypatch.setattr(sys, "stdin", piped)
        self._capsys.readouterr()
        code = 0
        try:
            core_commands.run(activitylog)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        captured = self._capsys.readouterr()
        return Outcome(code, captured.out, captured.err)
