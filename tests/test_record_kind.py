"""A kind of record is added in at most six files: no list of the product has to be told of it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mentions import ROOT

MADE_UP = Path(__file__).parent / "record_kind" / "loans"
MOST_FILES = 6
OWN_FILES = ("models", "facts", "forms", "operations", "routes")
# What uses a kind for what only it has. A new kind needs none of them.
USES = {
    "expenses": {
        "indicators/facts.py": "divided by activities and heads",
        "indicators/measures/records.py": "a measure counts it",
        "pages/rule/routes.py": "a rule may count some kinds of expense",
        "ledger/imports/doubts.py": "amounts that look like a slip are told",
        "ledger/imports/record_kinds.py": "its sheet of the ledger",
        "ledger/workbook.py": "the usual kinds stand in the template",
        "pages/review/queries.py": "the reviewer sees amounts that look like a slip",
        "pages/activity/page.py": "an activity's page lists what it cost",
        "pages/project/page.py": "a project's page shows what was paid",
        "rollup/forecast.py": "what was paid is a figure of the forecast",
    },
    "milestones": {
        "notices/letters/queries.py": "the monthly letter says what falls due",
        "indicators/facts.py": "pooled with what else was due",
        "indicators/measures/records.py": "a measure counts it",
        "pages/rule/routes.py": "a rule may count one kind of milestone",
        "ledger/imports/record_kinds.py": "its sheet of the ledger",
        "ledger/workbook.py": "the usual kinds stand in the template",
        "pages/layout.py": "a kind of it that no rule counts is asked about",
        "pages/judgement/page.py": "its state is evidence for a grade",
        "pages/spellings/operations.py": "its kinds may be stored in two spellings",
        "rollup/deviations/queries.py": "its name explains a deviation",
    },
}


def _importing(folder: str) -> set[str]:
    """The files of the package outside the folder that import from it."""
    package = ROOT / "activitylog"
    imported = re.compile(rf"\bactivitylog\.{folder}\b|\bfrom activitylog import .*\b{folder}\b|\"{folder}\.")
    return {
        str(file.relative_to(package))
        for file in package.rglob("*.py")
        if imported.search(file.read_text(encoding="utf-8"))
    } - {str(file.relative_to(package)) for file in (package / folder).glob("*.py")}


def test_six_files_make_a_kind_of_record(tmp_path: Path) -> None:
    files = {file.name for file in MADE_UP.glob("*.py")} - {"__init__.py"}
    assert files == {f"{name}.py" for name in (*OWN_FILES, "migration")}
    assert len(files) <= MOST_FILES
    command = [sys.executable, "-m", "tests.record_kind.office", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("folder", USES)
def test_nothing_lists_a_kind_of_record_but_its_own_files(folder: str) -> None:
    assert _importing(folder) == USES[folder].keys()
    assert all((ROOT / "activitylog" / folder / f"{name}.py").exists() for name in OWN_FILES)
