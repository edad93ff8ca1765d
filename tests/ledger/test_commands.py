import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from activitylog.errors import LedgerError
from activitylog.ledger.commands import ledger
from activitylog.settings import Settings
from tests.factories.ledger import PROJECT, activity_row, save_ledger
from tests.factories.projects import make_project


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, settings: Settings, session: Session) -> CliRunner:
    """The commands on a database with one project."""
    make_project(session, name=PROJECT, year=2024)
    session.commit()
    monkeypatch.setenv("ACTIVITYLOG_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("ACTIVITYLOG_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("ACTIVITYLOG_SECRET_KEY", settings.secret_key)
    return CliRunner()


def run(command: CliRunner, *arguments: str | Path) -> Result:
    return command.invoke(ledger, [str(argument) for argument in arguments])


def test_a_template_is_written(command: CliRunner, tmp_path: Path) -> None:
    result = run(command, "template", "-o", tmp_path / "模板.xlsx")
    assert result.exit_code == 0
    assert (tmp_path / "模板.xlsx").exists()


def test_import_says_what_it_did_and_export_gives_it_back(command: CliRunner, tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row()])
    assert "活动：新增 1，更新 0，未变 0" in run(command, "import", path, "--dry-run").output
    assert "活动：新增 1，更新 0，未变 0" in run(command, "import", path).output
    assert "活动 1 行" in run(command, "export", "--year", "2024", "-o", path).output
    counts = json.loads(run(command, "import", path, "--json").stdout)
    assert counts["sheets"]["活动"] == {"new": 0, "updated": 0, "unchanged": 1}
    assert counts["warnings"] == []


def test_an_import_lists_numbers_and_fields_as_text_and_as_json(command: CliRunner, tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row() | {"活动编号": None}])
    assert "第 2 行：导入时会给活动编号" in run(command, "import", path, "--dry-run").output
    assert "第 2 行：活动编号 2024-0001" in run(command, "import", path).output
    save_ledger(path, 活动=[activity_row(现场人数=130)])
    assert "活动 第 2 行：现场人数 120 → 130" in run(command, "import", path, "--dry-run").output
    listed = json.loads(run(command, "import", path, "--json").stdout)
    assert listed["numbers"] == []
    assert listed["changes"] == [{"sheet": "活动", "row": 2, "field": "现场人数", "old": "120", "new": "130"}]


@pytest.mark.parametrize("has_column", [True, False])
def test_a_copy_of_the_file_holds_the_numbers_given(
    command: CliRunner, tmp_path: Path, *, has_column: bool
) -> None:
    row = activity_row() | {"活动编号": None}
    rows = [row, row | {"活动名称": "另一场"}]
    if not has_column:
        rows = [{heading: each[heading] for heading in each if heading != "活动编号"} for each in rows]
    path, copy = save_ledger(tmp_path / "台账.xlsx", 活动=rows), tmp_path / "结果.xlsx"
    assert run(command, "import", path, "--dry-run", "-o", copy).exit_code == 0
    assert not copy.exists()
    assert run(command, "import", path, "-o", copy).exit_code == 0
    result = run(command, "import", copy)
    assert "活动：新增 0，更新 0，未变 2" in result.output
    assert "没有活动编号" not in result.output


def test_problems_come_as_json_too_and_nothing_is_stored(command: CliRunner, tmp_path: Path) -> None:
    rows = [activity_row(), activity_row("2", 现场人数="约100")]
    path = save_ledger(tmp_path / "台账.xlsx", 活动=rows)
    result = run(command, "import", path, "--json")
    assert isinstance(result.exception, LedgerError)
    assert json.loads(result.stdout)["problems"] == [
        {
            "file": "台账.xlsx",
            "sheet": "活动",
            "row": 3,
            "column": "现场人数",
            "value": "约100",
            "expected": "不小于 0 的整数，如 120",
            "message": "不是数字",
        }
    ]
    assert "新增 1" in run(command, "import", save_ledger(path, 活动=rows[:1])).output
