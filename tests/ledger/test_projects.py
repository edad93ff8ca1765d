"""The project of a row, and the message when there is none."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from activitylog.errors import LedgerError
from tests.factories.ledger import PROJECT, activity_row, import_file, save_ledger
from tests.factories.projects import make_project


def refusal_of(session: Session, path: Path, **cells: object) -> str:
    with pytest.raises(LedgerError) as refusal:
        import_file(session, save_ledger(path, 活动=[activity_row(**cells)]))
    (problem,) = refusal.value.problems
    return problem.message


def test_a_year_without_the_project_names_those_it_has(session: Session, tmp_path: Path) -> None:
    make_project(session, name=PROJECT, year=2024)
    make_project(session, name="别的项目", year=2023)
    message = refusal_of(session, tmp_path / "台账.xlsx", 计划日期=None, 举办日期="2023-06-03")
    assert message == "2023 年没有这个项目；现有：别的项目"


def test_a_year_with_no_project_at_all_is_to_be_declared(session: Session, tmp_path: Path) -> None:
    make_project(session, name=PROJECT, year=2024)
    message = refusal_of(session, tmp_path / "台账.xlsx", 计划日期=None, 举办日期="2023-06-03")
    assert message == "2023 年没有这个项目，也没有别的项目，请先导入那一年的申报表"


def test_before_any_declaration_there_is_no_project(session: Session, tmp_path: Path) -> None:
    message = refusal_of(session, tmp_path / "台账.xlsx")
    assert message == "没有这个项目，请先导入申报表或改正名称；现在还没有任何项目"
