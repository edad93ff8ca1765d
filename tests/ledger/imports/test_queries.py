from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from activitylog.errors import LedgerError
from activitylog.ledger.imports.queries import RecordRow, StoredRecord, match_rows
from tests.factories.ledger import PROJECT, activity_row, import_file, save_ledger
from tests.factories.projects import make_project


def record(id_: int, batch: str, *, project_id: int = 1, withdrawn: bool = False) -> StoredRecord:
    return StoredRecord(id_, project_id, withdrawn, {"batch": batch})


def row(number: int, batch: str) -> RecordRow:
    return RecordRow(number, 1, None, {"batch": batch})


def pairs(rows: list[RecordRow], records: list[StoredRecord]) -> list[tuple[int, int | None]]:
    return [(row.number, found.id if found else None) for row, found in match_rows(rows, records, ("batch",))]


def test_rows_in_another_order_find_their_own_records() -> None:
    assert pairs([row(2, "乙"), row(3, "甲")], [record(1, "甲"), record(2, "乙")]) == [(2, 2), (3, 1)]


def test_what_is_equal_to_nothing_takes_what_is_left_in_order() -> None:
    records = [record(1, "甲"), record(2, "乙"), record(3, "丙")]
    assert pairs([row(2, "新"), row(3, "甲"), row(4, "另"), row(5, "多")], records) == [
        (2, 2),
        (3, 1),
        (4, 3),
        (5, None),
    ]


def test_a_withdrawn_record_is_found_last() -> None:
    records = [record(1, "甲", withdrawn=True), record(2, "乙")]
    assert pairs([row(2, "甲")], records) == [(2, 2)]
    assert pairs([row(2, "甲"), row(3, "甲")], records) == [(2, 2), (3, 1)]


def test_records_of_the_rows_own_project_come_first() -> None:
    assert pairs([row(2, "甲")], [record(1, "甲", project_id=9), record(2, "甲")]) == [(2, 2)]


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
