"""The command line, called in this process the way a terminal calls it."""

import io
import sys
from dataclasses import dataclass

import pytest

from activitylog.cli import activitylog
from activitylog.core import command_line
from activitylog.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """What a terminal sees of a call."""

    code: int
    out: str
    err: str


class Terminal:
    """An environment to call commands in."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        for name in ("DATA_DIR", "DATABASE_URL", "SECRET_KEY", "PUBLIC_URL", "REDIS_URL", "SURVEY_LIMIT"):
            monkeypatch.delenv(f"ACTIVITYLOG_{name}", raising=False)

    def settle(self, settings: Settings) -> None:
        """Let the commands work on the database of these settings."""
        self.set("DATA_DIR", str(settings.data_dir))
        self.set("DATABASE_URL", settings.database_url)
        self.set("SECRET_KEY", settings.secret_key)

    def set(self, name: str, value: str) -> None:
        self._monkeypatch.setenv(f"ACTIVITYLOG_{name}", value)

    def __call__(self, *arguments: object, stdin: str | bytes | None = "") -> Outcome:
        """Call; without `stdin` there is none, as after `<&-`."""
        self._monkeypatch.setattr(sys, "argv", ["activitylog", *map(str, arguments)])
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        piped = None if raw is None else io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8")
        self._monkeypatch.setattr(sys, "stdin", piped)
        self._capsys.readouterr()
        code = 0
        try:
            command_line.run(activitylog)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        shown = self._capsys.readouterr()
        return Outcome(code, shown.out, shown.err)
